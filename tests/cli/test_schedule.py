"""`avops schedule`: what people see of the schedule, and tell it."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import avops, matches_golden

from avops.model.schedule import Slot, SlotRecord, SlotState
from avops.schedule.index import note_tick
from avops.telemetry.schedule_store import SqliteScheduleStore

if TYPE_CHECKING:
    from pathlib import Path

START = "2026-03-27T05:30:00Z"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "avops.yaml").write_text("timezone: Europe/Berlin\n", encoding="utf-8")
    (tmp_path / "workflows").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


def write(project: Path, name: str, trigger: str, more: str = "") -> None:
    path = project / "workflows" / f"{name.lower().replace(' ', '-')}.yaml"
    path.write_text(f"name: {name}\nagent: A\nrecipe: R\ntrigger: {trigger}\n{more}", encoding="utf-8")


def store(project: Path) -> SqliteScheduleStore:
    return SqliteScheduleStore(project / ".avops" / "avops.db")


def test_a_preview_is_a_calendar_with_overlaps_and_the_clock_change(project, capsys):
    write(project, "Morning Check", '{cron: "30 6 * * *"}')
    write(project, "Backup", '{cron: "30 6 * * 1-5"}')
    write(project, "Sync", '{cron: "0 */6 * * *"}')
    write(project, "Off", '{cron: "0 12 * * *"}', "enabled: false\n")
    write(project, "Tell", "{after: Morning Check, on: failed}")
    assert avops("schedule", "preview", "--from", START, "--days", "5") == 0
    matches_golden("schedule-preview", capsys.readouterr().out)


def test_a_preview_of_one_workflow_has_a_line_for_each_fire(project, capsys):
    write(project, "Night Check", '{cron: "30 2 * * *"}')
    assert avops("schedule", "preview", "--from", START, "--days", "4", "--workflow", "night check") == 0
    text = capsys.readouterr().out
    # On 29 March 2026 the clock goes from 02:00 to 03:00: the check runs at the next instant.
    assert re.findall(r"\w{3} 2026-\d\d-\d\d \d\d:\d\d", text) == [
        "Sat 2026-03-28 02:30",
        "Sun 2026-03-29 03:00",
        "Mon 2026-03-30 02:30",
        "Tue 2026-03-31 02:30",
    ]
    assert avops("schedule", "preview", "--from", START, "--days", "1", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["fires"] == [{"workflow": "Night Check", "planned_at": "2026-03-28T01:30:00Z", "reason": None, "overlaps": []}]


def test_a_preview_names_broken_files_and_unknown_workflows(project, capsys):
    (project / "workflows" / "bad.yaml").write_text("name: [\n", encoding="utf-8")
    assert avops("schedule", "preview") == 1
    shown = capsys.readouterr()
    assert "nothing is planned" in shown.out
    assert "workflows/bad.yaml is broken" in shown.err
    assert avops("schedule", "preview", "--workflow", "nothing") == 2


def test_a_pause_stops_the_schedule_until_it_ends(project, capsys):
    write(project, "A", "{interval_minutes: 1}")
    assert avops("schedule", "pause", "trade fair", "--until", "2h") == 0
    assert "Paused until" in capsys.readouterr().out
    assert avops("tick") == 0
    assert capsys.readouterr().out == ""
    assert avops("schedule", "preview", "--days", "0.05") == 0
    assert "paused by" in capsys.readouterr().out
    assert avops("schedule", "status") == 0
    status = capsys.readouterr().out
    assert re.search(r"Paused +since .* until .*: trade fair", status)
    assert re.search(r"^A +.*skipped +paused by .*: trade fair$", status, re.MULTILINE)
    assert avops("schedule", "resume") == 0
    assert capsys.readouterr().out.endswith("trade fair\n")
    assert avops("schedule", "resume") == 0
    assert capsys.readouterr().out == "Nothing was paused.\n"


@pytest.mark.parametrize("until", ["2020-01-01 06:00", "yesterday", "0s"])
def test_a_pause_ends_in_the_future(project, until, capsys):
    assert avops("schedule", "pause", "why", "--until", until) == 2
    assert "hint: " in capsys.readouterr().err


def test_a_pause_may_end_at_a_local_time(project, capsys):
    assert avops("schedule", "pause", "why", "--until", "2999-07-01 18:00") == 0
    assert capsys.readouterr().out == "Paused until 2999-07-01 18:00 (Europe/Berlin).\n"
    with store(project) as opened:
        (kept,) = opened.pauses()
    assert kept.until_at == datetime(2999, 7, 1, 16, tzinfo=UTC)


def test_the_status_before_any_tick_says_what_to_do(project, capsys):
    assert avops("schedule", "status") == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("nobody has ticked here yet")
    assert "hint: avops schedule install" in shown.err


def test_the_status_tells_of_a_late_tick_of_lateness_and_of_missed_slots(project, capsys):
    now = datetime.now(UTC)
    write(project, "A", '{cron: "0 6 1 1 *"}')
    avops("tick")
    with store(project) as opened:
        slot = Slot(key="a", planned_at=now - timedelta(hours=5))
        opened.record(
            SlotRecord(
                key="a",
                planned_at=now - timedelta(hours=8),
                until_at=now - timedelta(hours=6),
                count=3,
                state=SlotState.MISSED,
                decided_at=now,
            )
        )
        opened.record(
            SlotRecord(
                key="a",
                planned_at=slot.planned_at,
                until_at=slot.planned_at,
                state=SlotState.RAN,
                decided_at=now,
                begun_at=slot.planned_at + timedelta(seconds=42),
                run_id=1,
            )
        )
        note_tick(opened, now - timedelta(hours=3))
    assert avops("schedule", "status") == 1
    shown = capsys.readouterr()
    assert "Last tick   3 h ago" in shown.out
    assert "Lateness    42 s on average, at most 42 s, over 1 slot\n" in shown.out
    assert re.search(r"^A +\S+ \S+ to \S+ \S+ +3 +missed$", shown.out, re.MULTILINE)
    assert avops("schedule", "status", "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["is_late"] is True
    assert document["missed"][0]["count"] == 3
    assert document["lateness"]["largest_s"] == 42.0


def test_install_prints_one_text(project, capsys):
    assert avops("schedule", "install", "--cron") == 0
    assert capsys.readouterr().out.startswith(f"* * * * * cd {project} && ")
    assert avops("schedule", "install", "--systemd") == 0
    assert "tick --forever\n" in capsys.readouterr().out
    assert avops("schedule", "install", "--systemd", "--timer") == 0
    assert "OnCalendar" in capsys.readouterr().out
    assert avops("schedule", "install", "--kubernetes", "--image", "registry.example/avops:1") == 0
    assert 'image: "registry.example/avops:1"' in capsys.readouterr().out
    assert avops("schedule", "install") == 2
    assert avops("schedule", "install", "--cron", "--systemd") == 2
    assert avops("schedule", "install", "--systemd", "--write") == 2


def test_install_writes_the_crontab_once_and_keeps_other_lines(project, monkeypatch, tmp_path, capsys):
    programs = tmp_path / "programs"
    programs.mkdir()
    table = tmp_path / "table"
    fake = programs / "crontab"
    fake.write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then [ -f "{table}" ] || {{ echo "no crontab for me" >&2; exit 1; }}; cat "{table}"; '
        f'else cat > "{table}"; fi\n',
        encoding="utf-8",
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    assert avops("schedule", "install", "--cron", "--write") == 0
    first = table.read_text(encoding="utf-8")
    assert first.count("\n") == 1
    table.write_text(f"# mine\n0 1 * * * backup\n{first}", encoding="utf-8")
    assert avops("schedule", "install", "--cron", "--write") == 0
    assert table.read_text(encoding="utf-8") == f"# mine\n0 1 * * * backup\n{first}"
    fake.write_text("#!/bin/sh\necho 'you are not allowed' >&2; exit 1\n", encoding="utf-8")
    capsys.readouterr()
    assert avops("schedule", "install", "--cron", "--write") == 3
    assert "crontab refused: you are not allowed" in capsys.readouterr().err
