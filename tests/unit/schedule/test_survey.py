"""What a tick does before anything is run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.schedule.projects import bench

from avops.project.project import Project
from avops.schedule.scan import scan_workflows

FORBIDDEN = ("asyncio", "cronsim", "jsonschema", "pydantic", "rich", "yaml", "zoneinfo")
LOOK = """
import sys
from datetime import datetime
from pathlib import Path
from avops.schedule.survey import survey
from avops.telemetry.schedule_store import SqliteScheduleStore
root = Path(sys.argv[1])
with SqliteScheduleStore(root / ".avops" / "avops.db") as store:
    report, has_work = survey(store, root, None, now=datetime.fromisoformat(sys.argv[2]))
print(has_work, len(report.broken), *sorted(set(sys.argv[3].split(",")) & set(sys.modules)))
"""


def look(root: Path, now: str) -> str:
    source = Path(__file__).parents[3] / "src"
    command = [sys.executable, "-c", LOOK, str(root), now, ",".join(FORBIDDEN)]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_a_tick_with_nothing_due_imports_nothing_heavy_and_asks_the_project_nothing(tmp_path: Path) -> None:
    with bench(tmp_path) as desk:
        # Older than the margin within which a file is read again.
        for path in (desk.write("A", '{cron: "0 6 * * *"}'), desk.write("B", '{cron: "x * * * *"}'), desk.write("C", "{after: A}")):
            os.utime(path, (1_700_000_000, 1_700_000_000))
        desk.tick("05:30:00")
        age(desk.store.path)
    assert look(tmp_path, "2026-05-04T05:31:00Z") == "False 1"
    assert look(tmp_path, "2026-05-04T06:00:00Z") == "True 1"


def age(database: Path) -> None:
    """Lets the index have been read long after the files were changed."""
    import sqlite3

    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE schedule_files SET read_at_ns = read_at_ns + 10000000000")
    connection.close()


def test_the_scan_finds_the_same_files_as_the_project(tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    folder = project / "workflows"
    (folder / "events" / "deep").mkdir(parents=True)
    (folder / "odd.yaml").mkdir()
    (folder / ".hidden").mkdir()
    outside.mkdir()
    for name in (
        "a.yaml",
        "b.YML",
        "c.test.yaml",
        "d.txt",
        ".e.yaml",
        "events/f.yml",
        "events/deep/g.yaml",
        ".hidden/h.yaml",
        "odd.yaml/i.yaml",
    ):
        (folder / name).write_text("name: X\n", encoding="utf-8")
    (outside / "j.yaml").write_text("name: J\n", encoding="utf-8")
    (folder / "inside.yaml").symlink_to("a.yaml")
    (folder / "leaves.yaml").symlink_to(outside / "j.yaml")
    (folder / "broken.yaml").symlink_to("nowhere.yaml")
    (folder / "elsewhere").symlink_to(outside)
    found = scan_workflows(project)
    assert sorted(found) == [entry.relative for entry in Project(project).workflows.entries]
    assert sorted(found) == [
        "workflows/a.yaml",
        "workflows/b.YML",
        "workflows/events/deep/g.yaml",
        "workflows/events/f.yml",
        "workflows/inside.yaml",
        "workflows/odd.yaml/i.yaml",
    ]


@pytest.mark.parametrize("kind", ["missing", "link out"])
def test_a_workflows_folder_that_is_none_has_no_files(tmp_path: Path, kind: str) -> None:
    if kind == "link out":
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "a.yaml").write_text("name: A\n", encoding="utf-8")
        (tmp_path / "project").mkdir()
        (tmp_path / "project" / "workflows").symlink_to(tmp_path / "outside")
    assert scan_workflows(tmp_path / "project") == {}
