"""What the shell is offered: the protocol of its completion, really spoken, in projects whole and broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from avops.cli.main import run

AVOPS = [sys.executable, "-m", "avops"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completion") / "rooms"
    run(["init", str(folder), "--yes", "--mock"])
    return folder


def asked(folder, environment):
    done = subprocess.run(AVOPS, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    return done


def bash(folder, *words, **more):
    """What bash is offered for the last of the words."""
    environment = {"_AVOPS_COMPLETE": "complete_bash", "COMP_WORDS": "\n".join(["avops", *words]), "COMP_CWORD": str(len(words)), **more}
    done = asked(folder, environment)
    assert done.returncode == 0
    return done.stdout.split("\n")[:-1] if done.stdout.strip() else []


def test_commands_options_and_sub_commands(project):
    assert bash(project, "ru") == ["run", "runs"]
    assert bash(project, "run", "--ro") == ["--room", "--rooms"]
    assert {"enable", "disable"} <= set(bash(project, "workflow", ""))


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("run", "zoom"), ["Zoom_Room_Agent"]),
        (("run", "Zoom_Room_Agent", "Dis"), ["display-fix"]),
        (("run", "Zoom_Room_Agent", "dai"), ["daily-av-systems-check"]),
        (("run", "Zoom_Room_Agent", "'Dis"), ["Display Fix"]),
        (("run", "Zoom_Room_Agent", '"dis'), ["display-fix"]),
        (("recipe", "show", "zoom"), ["zoom-room-reset"]),
        (("workflow", "enable", "MORN"), ["morning-systems-check"]),
        (("tool", "health", "s"), ["slack"]),
        (("runs", "list", "--agent", "sup"), ["SupportBot"]),
        (("runs", "list", "--recipe", "Event"), ["event-preflight"]),
        (("run", "A", "R", "--room", "lis"), ["LIS-1", "LIS-2"]),
        (("run", "A", "R", "--room", "=", "hq-1"), ["HQ-1"]),
        (("run", "A", "R", "--room", "="), ["HQ-1", "HQ-2", "HQ-3", "HQ-4", "LIS-1", "LIS-2"]),
        (("recipe", "attach", "sup"), ["SupportBot"]),
        (("recipe", "new", "Mine", "--from", "zoom"), ["zoom-room-reset"]),
        (("help", "recipe-"), ["recipe-tests"]),
        (("workflow", "new", "M"), []),
        (("run", "nobody-is-called-so"), []),
        (("no-such-command", "x"), []),
    ],
)
def test_names_of_the_project_whatever_their_case(project, words, offered):
    assert bash(project, *words) == offered


def test_what_is_offered_is_understood(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    offered = bash(project, "recipe", "show", "")
    assert len(offered) == 8
    for name in offered:
        assert run(["recipe", "show", name, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["name"]


def test_it_works_in_folders_below(project):
    assert bash(project / "recipes", "run", "zoom") == ["Zoom_Room_Agent"]


def test_the_newest_runs_with_what_they_were(tmp_path, monkeypatch, project):
    shutil.copytree(project, tmp_path / "p")
    monkeypatch.chdir(tmp_path / "p")
    assert bash(tmp_path / "p", "runs", "show", "") == []
    for _ in range(2):
        assert run(["run", "Zoom_Room_Agent", "Display Fix", "--room", "HQ-2"]) == 0
    assert bash(tmp_path / "p", "runs", "show", "") == ["2", "1"]
    assert bash(tmp_path / "p", "runs", "compare", "1", "2") == ["2"]
    zsh = asked(tmp_path / "p", {"_AVOPS_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "avops runs show "})
    assert '"2":"Display Fix in HQ-2, success"' in zsh.stdout
    fish = {
        "_AVOPS_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": "avops run Zoom_Room_Agent Dis",
    }
    assert asked(tmp_path / "p", fish).stdout == "Display Fix\n"


def test_the_questions_that_wait_with_what_they_ask(tmp_path, monkeypatch, project):
    shutil.copytree(project, tmp_path / "p")
    monkeypatch.chdir(tmp_path / "p")
    assert bash(tmp_path / "p", "approve", "") == []
    assert run(["run", "Zoom_Room_Agent", "Zoom Room Reset", "--room", "HQ-2", "-i", "reason=frozen"]) == 4
    assert bash(tmp_path / "p", "approve", "") == ["1"]
    assert '"1":"' in asked(tmp_path / "p", {"_AVOPS_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "avops approve "}).stdout


@pytest.mark.parametrize("name", ['x\\"); touch owned; (', "x'$(touch owned)`touch owned`", "x\ttouch", "x; touch owned"])
def test_no_name_of_a_repository_reaches_a_shell_as_anything_but_letters(tmp_path, name):
    (tmp_path / "avops.yaml").write_text("", encoding="utf-8")
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "x.yaml").write_text(f"name: {name}\n", encoding="utf-8")
    (tmp_path / "rooms.csv").write_text(f"room,name\nR1,{name}\n{name},R\n", encoding="utf-8")
    zsh = asked(tmp_path, {"_AVOPS_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "avops run A R --room "}).stdout
    zsh += asked(tmp_path, {"_AVOPS_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "avops recipe show "}).stdout
    assert not set(zsh.replace("_arguments '*: :((", "").replace("))'", "")) & set("\\$`;'")
    assert bash(tmp_path, "recipe", "show", "'x") == ["x"]
    assert bash(tmp_path, "run", "A", "R", "--room", "") == ["R1"]


def test_broken_files_offer_their_file_names_and_a_broken_project_offers_nothing(tmp_path):
    (tmp_path / "avops.yaml").write_text("database: [", encoding="utf-8")
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "no-name.yaml").write_text("act: [", encoding="utf-8")
    (tmp_path / "recipes" / "odd-bytes.yaml").write_bytes(b"name: \xff\xfe\n\x00")
    (tmp_path / "recipes" / "noted.yaml").write_text('name: "Fix it"   # why\n', encoding="utf-8")
    (tmp_path / "recipes" / "folder.yaml").mkdir()
    (tmp_path / ".avops").mkdir()
    (tmp_path / ".avops" / "avops.db").write_bytes(b"no database" * 100)
    assert bash(tmp_path, "recipe", "show", "") == ["no-name", "noted", "odd-bytes"]
    assert bash(tmp_path, "recipe", "show", "'Fi") == ["Fix it"]
    assert bash(tmp_path, "runs", "show", "") == []
    assert bash(tmp_path, "run", "A", "R", "--room", "") == []
    (tmp_path / "avops.yaml").unlink()
    assert bash(tmp_path, "recipe", "show", "") == []


def test_many_documents_are_offered_by_their_files_names_in_bounded_number(tmp_path):
    (tmp_path / "avops.yaml").write_text("", encoding="utf-8")
    (tmp_path / "recipes").mkdir()
    for number in range(600):
        (tmp_path / "recipes" / f"r-{number:03}.yaml").write_text(f"name: Recipe {number}\n", encoding="utf-8")
    assert bash(tmp_path, "recipe", "show", "r-59") == [f"r-59{digit}" for digit in range(10)]
    assert len(bash(tmp_path, "recipe", "show", "")) == 200


def test_nothing_heavy_is_imported_for_a_name(project):
    program = "import sys; from avops.cli.main import run; run([]); print(sorted(sys.modules), file=sys.stderr)"
    words = {"_AVOPS_COMPLETE": "complete_bash", "COMP_WORDS": "avops\nrun\nzoom", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project, env={**os.environ, **words}, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "Zoom_Room_Agent\n"
    imported = {name.strip("'[] \n").partition(".")[0] for name in done.stderr.split(",")}
    assert not imported & {"pydantic", "yaml", "asyncio", "httpx2", "jsonschema", "sqlite3", "prompt_toolkit"}


def test_bash_itself_is_offered_the_names(project, tmp_path):
    """The script that `--show-completion` prints, sourced by a real bash, whose function is called as Tab calls it."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "avops"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m avops "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    asks = """eval "$(avops --show-completion)"
COMP_WORDS=(avops run zoom); COMP_CWORD=2
_avops_completion avops
printf '%s\\n' "${COMPREPLY[@]}"
"""
    done = subprocess.run(["bash", "--norc", "-c", asks], cwd=project, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "Zoom_Room_Agent\n"
