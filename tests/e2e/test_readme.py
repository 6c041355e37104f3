"""The README's session is what the commands print today."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.e2e import five

README = Path(__file__).resolve().parents[2] / "README.md"
SESSION = re.compile(r"<!-- session:.*?-->(.*?)<!-- end of session -->", re.DOTALL)
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
BROKEN = """# yaml-language-server: $schema=../schemas/recipe.schema.json
name: Broken
description: What a typing slip looks like.
room: required
plan:
  - name: Nobody is in a meeting
    chekc: zoom_room.status != 'InMeeting'
act:
  - name: Power the display on
    tool: display.set_powr
    with: {host: "{{ room.display_host }}", power: "on"}
    undo: auto
verify:
  - name: The display is on
    reading: {tool: display.get_power, with: {host: "{{ room.display_host }}"}}
    check: reading.power == 'on'
"""


def steady(text: str) -> str:
    """The text without what differs from run to run: durations, instants, ports, and who runs it."""
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?Z?", "DATE", text)
    text = re.sub(r"\b\d{10}\.\d{6}\b", "STAMP", text)
    text = re.sub(r"\b\d+ readings", "N readings", text)
    # How long a step took is shown only where it was worth showing.
    text = re.sub(r" {2,}\d+(\.\d+)? (ms|s)(?=$| {2,})", "", text, flags=re.MULTILINE)
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"^(  took +).*$", r"\1T", text, flags=re.MULTILINE)
    text = re.sub(r"(?<=[^\d])\d+(\.\d+)? ms\b", "T", text)
    text = re.sub(r"(by|started by) [a-z_][\w-]*$", r"\1 WHO", text, flags=re.MULTILINE)
    return "\n".join(re.sub(r" {2,}", "  ", line).rstrip() for line in text.strip().splitlines())


def test_the_session_of_the_readme_is_real(site):
    text = README.read_text(encoding="utf-8")
    session = SESSION.search(text)
    assert session is not None
    site.simulate("display_dark:HQ-1")
    fix = site.folder / "recipes" / "display-fix.yaml"
    fix.write_text(fix.read_text(encoding="utf-8").replace("within: 90s", "within: 5s"), encoding="utf-8")
    (site.folder / "recipes" / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    blocks = BLOCK.findall(session[1])
    assert len(blocks) >= 5
    printed = []
    for block in blocks:
        command = block.splitlines()[0].removeprefix("$ avops ")
        if "broken" not in command:
            (site.folder / "recipes" / "broken.yaml").rename(site.folder / "broken.txt")
        done = site.avops(*shlex.split(command), merged=True)
        if "broken" not in command:
            (site.folder / "broken.txt").rename(site.folder / "recipes" / "broken.yaml")
        code = f"(exit {done.returncode})\n" if done.returncode else ""
        printed.append(f"$ avops {command}\n{done.stdout.strip()}\n{code}")
    if os.environ.get("AVOPS_REGENERATE"):
        for old, new in zip(blocks, printed, strict=True):
            text = text.replace(f"```console\n{old}```", f"```console\n{new}```")
        README.write_text(text, encoding="utf-8")
        return
    for old, new in zip(blocks, printed, strict=True):
        assert steady(new) == steady(old), "renew the README with AVOPS_REGENERATE=1 python -m pytest tests/e2e/test_readme.py"


def test_the_five_commands_of_the_readme_make_a_daily_check(tmp_path):
    """All but the installation, which `make test-servers` tries with the wheel in a fresh environment."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "avops").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m avops "$@"\n', encoding="utf-8")
    (programs / "avops").chmod(0o755)
    setting = five.environment(tmp_path, programs)
    assert len(five.commands()) == 5
    shown = five.play(tmp_path, setting, skip="pip")
    if os.environ.get("AVOPS_REGENERATE"):
        README.write_text(README.read_text(encoding="utf-8").replace(five.block(), shown), encoding="utf-8")
        return
    assert steady(shown) == steady(five.block()), "renew the README with AVOPS_REGENERATE=1 python -m pytest tests/e2e/test_readme.py"
    five.fire(tmp_path, setting)
    runs = json.loads(
        subprocess.run(
            [sys.executable, "-m", "avops", "runs", "list", "--json"], cwd=tmp_path / "rooms", capture_output=True, text=True, check=True
        ).stdout
    )
    checks = [run for run in runs if run["workflow"] == "Morning Systems Check"]
    assert {run["trigger"] for run in checks} == {"manual", "schedule"}
    assert {(run["status"], run["simulated"]) for run in runs} == {("success", "all")}


def test_the_readme_names_the_wheel_of_this_version():
    from avops import __version__

    assert f"avops-{__version__}-py3-none-any.whl" in five.commands()[0]


def test_the_readme_names_every_command_and_none_that_is_not_there():
    from avops.cli.table import COMMANDS

    text = README.read_text(encoding="utf-8")
    listed = text[text.index("## The commands") : text.index("## How fast")]
    spoken = {word for code in re.findall(r"`([^`]+)`", listed) for word in re.findall(r"[a-z]+", code)}
    assert set(COMMANDS) <= spoken
    assert set(re.findall(r"`avops ([a-z]+)", listed)) <= set(COMMANDS)
    assert {command.split()[1] for command in re.findall(r"^\$ (avops .*)$", text, re.MULTILINE)} <= set(COMMANDS)
