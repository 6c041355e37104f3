"""What a person sees who holds it wrongly: narrow terminals, poor encodings, far-off times, folders that may not be written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from avops.cli.main import run
from avops.errors import StorageError
from avops.lint.run import Request, lint
from avops.model.run import Run, RunStatus, Simulated, Trigger
from avops.project.changes import FileChange, apply_changes
from avops.project.document_wording import duration_of
from avops.project.trust import TrustRecord
from avops.report.runs_table import runs_page
from avops.report.schedule_page import PlannedFire, preview_page
from avops.report.sheet import Sheet
from avops.telemetry.database import open_reader, open_writer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeded") / "rooms"
    assert run(["init", str(folder), "--yes", "--mock"]) == 0
    return folder


@pytest.fixture
def project(seeded, tmp_path, monkeypatch):
    shutil.copytree(seeded, tmp_path / "rooms")
    monkeypatch.chdir(tmp_path / "rooms")
    return tmp_path / "rooms"


@pytest.mark.parametrize("width", [40, 50, 60, 80, 100, 120])
def test_a_narrow_list_of_runs_cuts_no_cell_and_keeps_the_mark(width):
    one = Run(
        id=7,
        workflow="Morning Systems Check",
        agent="Zoom_Room_Agent",
        recipe="Display Fix",
        trigger=Trigger.MANUAL,
        status=RunStatus.SUCCESS,
        simulated=Simulated.ALL,
        started_at=NOON,
        finished_at=NOON,
        room="HQ-1",
        started_by="ada",
        duration_s=0.008,
        paused_s=0.0,
        error=None,
        parent_id=None,
        slot=None,
        process=None,
        epoch=0,
    )
    lines = runs_page(Sheet(zone=UTC, width=width), [one]).text().splitlines()
    assert lines[1].endswith("[simulated]")
    assert ("Took" in lines[0]) == ("8 ms" in lines[1])
    assert ("Started" in lines[0]) == ("2026-03-02 12:00" in lines[1])


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_a_narrow_calendar_has_every_day(width):
    fires = [PlannedFire(workflow="Morning Systems Check", planned_at=NOON + timedelta(days=day)) for day in range(9)]
    text = preview_page(Sheet(zone=UTC, width=width), fires, days=9).text()
    for day in range(9):
        assert f"{(NOON + timedelta(days=day)):%a} {2 + day} Mar" in text
    assert text.count("12:00") == 9


def test_a_workflow_list_says_what_was_simulated(project, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert run(["workflow", "run", "Morning Systems Check"]) == 0
    capsys.readouterr()
    run(["workflow", "list"])
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "success" in line)
    assert line.endswith("[simulated]")


def test_the_dashboard_does_not_say_never_of_what_it_hides(project, capsys):
    assert run(["workflow", "run", "Morning Systems Check"]) == 0
    capsys.readouterr()
    run(["dash"])
    shown = capsys.readouterr().out
    (line,) = (line for line in shown.splitlines() if line.startswith("●  Morning Systems"))
    assert "only simulated" in line
    assert "never ran" in shown, "the other workflows never did"


def test_an_input_with_a_slip_is_told_the_right_one(project, capsys):
    assert run(["run", "Zoom_Room_Agent", "Display Fix", "--room", "HQ-1", "-i", "chanel=x"]) == 1
    assert "hint: did you mean 'channel'?" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_a_tick_at_the_end_of_time_is_refused(project, capsys, text):
    assert run(["tick", "--dry-run", "--at", text]) == 2
    assert "too far away" in capsys.readouterr().err


def test_a_base_that_is_not_there_is_told_as_such(project, capsys):
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    assert run(["diff", "nosuch"]) == 2
    assert "there is no branch or commit 'nosuch' here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("5 minutes", "5m"),
        ("90 seconds", "90s"),
        ("1.5 hrs", "1.5h"),
        ("2days", "2d"),
        ("10 MIN.", "10m"),
        ("a while", None),
        ("5 s s", None),
    ],
)
def test_a_duration_in_words(text, written):
    assert duration_of(text) == written


def test_signs_that_the_encoding_lacks_end_no_command(project):
    poor = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for words in (["help", "recipes"], ["kb", "list"]):
        done = subprocess.run([sys.executable, "-m", "avops", *words], env=poor, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        done.stdout.decode("ascii")


def test_a_folder_in_the_place_of_the_database(tmp_path):
    (tmp_path / "avops.db").mkdir()
    for opening in (open_reader, open_writer):
        with pytest.raises(StorageError, match="is a folder, not a database"):
            opening(tmp_path / "avops.db")


def test_no_home_is_told_with_what_mends_it(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(StorageError, match="no home folder"):
        TrustRecord()


def test_lint_works_for_an_account_without_a_home(tmp_path, monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    (tmp_path / "avops.yaml").write_text("{}\n")
    assert lint(Request(start=tmp_path, cache=True)).files == 1
    assert lint(Request(start=tmp_path, cache=True)).files == 1


def test_a_full_disk_names_no_none(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="a file cannot be written: no space left on device"):
        apply_changes(tmp_path, [FileChange(path="x.yaml", before=None, after="name: x\n")])


READS = """
import os, sys
from pathlib import Path
from avops.telemetry import schema
from avops.telemetry.database import open_reader
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
print(open_reader(Path(sys.argv[1])).execute("SELECT count(*) FROM runs").fetchone()[0])
"""


def test_a_database_of_another_account_can_be_read():
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / ".avops"
        open_writer(folder / "avops.db").close()
        os.chmod(made, 0o755)
        os.chmod(folder / "avops.db", 0o444)
        os.chmod(folder, 0o555)
        try:
            done = subprocess.run([sys.executable, "-c", READS, str(folder / "avops.db")], capture_output=True, check=False, text=True)
        finally:
            os.chmod(folder, 0o755)
        assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr
