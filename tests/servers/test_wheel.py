"""The wheel and the source archive, built as they are given away: what is in them, and the README's five commands with nothing else.

Needs a package registry that pip reaches.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from tests.e2e import five

from avops.project.starter import FOLDERS

ROOT = Path(__file__).parents[2]
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")


def done(*command: object, cwd: Path) -> str:
    """What a command printed; it must end well."""
    ended = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False, timeout=900)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source archive, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("built")
    done(sys.executable, "-m", "venv", folder / "builder", cwd=folder)
    builder = folder / "builder" / "bin" / "python"
    done(builder, *PIP, "install", "build", cwd=folder)
    done(builder, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return folder


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_starter_and_the_pages_and_nothing_that_is_not_for_it(built: Path) -> None:
    names = set(contents(next(built.glob("*.whl"))))
    for folder in FOLDERS:
        for file in (ROOT / folder).iterdir():
            assert f"avops/starter/{folder}/{file.name}" in names
    for page in (ROOT / "docs").rglob("*.md"):
        assert f"avops/docs/{page.relative_to(ROOT / 'docs').as_posix()}" in names
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"avops"}
    assert not [name for name in names if name.endswith((".pyc", ".svg", ".db")) or "/tests/" in name]


def test_the_source_archive_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    """`build` made the wheel from the archive; here it is made from the checkout."""
    done(built / "builder" / "bin" / "python", *PIP, "wheel", "--no-deps", "--wheel-dir", tmp_path, ROOT, cwd=tmp_path)
    assert contents(next(tmp_path.glob("*.whl"))) == contents(next(built.glob("*.whl")))
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "LICENSE", "CHANGELOG.md", "Makefile", "constraints.txt", "Containerfile", "tests/conftest.py"} <= names


def test_a_person_with_only_the_wheel_gets_to_a_daily_check_in_five_commands(built: Path, tmp_path: Path) -> None:
    wheel = next(built.glob("*.whl"))
    (tmp_path / wheel.name).symlink_to(wheel)
    done(sys.executable, "-m", "venv", tmp_path / "fresh", cwd=tmp_path)
    programs = tmp_path / "fresh" / "bin"
    setting = {**five.environment(tmp_path, programs), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    shown = five.play(tmp_path, setting)
    assert shown.endswith("Installed: avops ticks every minute.\n")
    assert f"{programs}/avops tick" in (tmp_path / "crontab.txt").read_text(encoding="utf-8")
    five.fire(tmp_path, setting)
    rooms = tmp_path / "rooms"
    runs = json.loads(done(programs / "avops", "runs", "list", "--json", cwd=rooms))
    checks = [run for run in runs if run["workflow"] == "Morning Systems Check"]
    assert {run["trigger"] for run in checks} == {"manual", "schedule"}
    assert {(run["status"], run["simulated"]) for run in runs} == {("success", "all")}
    assert "Daily AV Systems Check" in done(programs / "avops", "runs", "show", str(checks[0]["id"]), cwd=rooms)
    assert done(programs / "avops", "help", "recipes", cwd=rooms).startswith("# Writing recipes")
    assert "nothing found" in done(programs / "avops", "lint", cwd=rooms)
