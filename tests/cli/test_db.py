"""`avops db`: care for the database."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import QUICK, Site, avops

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path, monkeypatch)
    made.run(QUICK, get=[{"power": "on"}])
    return made


def spoil(site: Site) -> None:
    connection = sqlite3.connect(site.folder / ".avops/avops.db")
    connection.execute("UPDATE rollups_hourly SET success = success + 1")
    connection.commit()
    connection.close()


def test_info(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("db", "info") == 0
    lines = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["runs"].strip() == "1"
    assert lines["first run"].strip() == "2026-03-02 08:00"
    assert avops("db", "info", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["runs"], found["steps"], found["last_run_at"]) == (1, 3, "2026-03-02T07:00:00Z")


def test_a_check_finds_figures_that_do_not_match_and_rebuild_mends_them(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("db", "check") == 0
    assert capsys.readouterr().out == "sound\n"
    spoil(site)
    assert avops("db", "check") == 1
    told = capsys.readouterr()
    assert "the rollups of 2026-03-02 do not match its runs" in told.out
    assert told.err == "hint: avops db rebuild\n"
    assert avops("db", "check", "--json") == 1
    assert len(json.loads(capsys.readouterr().out)["problems"]) == 1
    assert avops("db", "rebuild") == 0
    assert capsys.readouterr().out == "counted 1 day anew\n"
    assert avops("db", "check") == 0


def test_a_damaged_file_is_told(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    path = site.folder / ".avops/avops.db"
    for name in ("avops.db-wal", "avops.db-shm"):
        (path.parent / name).unlink(missing_ok=True)
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    assert avops("db", "check") == 1
    assert "damaged" in capsys.readouterr().out


def test_a_backup_never_overwrites(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "copy.db"
    for name in ("copy.db", "copy-2.db"):
        assert avops("db", "backup", str(target)) == 0
        assert capsys.readouterr().out.strip() == str(tmp_path / name)
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT count(*) FROM runs").fetchone() == (1,)
    copy.close()


def test_a_backup_to_nowhere_says_why(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert avops("db", "backup", str(tmp_path / "file/copy.db")) == 3
    assert "cannot be written" in capsys.readouterr().err
