"""The ticker of a service: each tick sees the project as it is then, and a project that cannot be read stops nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from avops.errors import AvopsError
from avops.report.silent import Silent
from avops.telemetry.schedule_store import SqliteScheduleStore
from avops.wiring.running import Running, with_executor
from avops.wiring.scheduling import ProjectTicker, WorkflowFiles
from avops.wiring.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from avops.schedule.tick_report import TickReport

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
AGENT = "name: A\ndomain: D\ntools: {room: [get]}\n"
TOOL = """name: room
kind: http
base_url: http://127.0.0.1:1
private: true
actions:
  get: {effect: read, output: {type: object}, request: {path: /}, mock: {power: "on"}}
"""
RECIPE = "name: R\nverify:\n  - {name: It has power, reading: {tool: room.get}, check: reading.power == 'on'}\n"
WORKFLOW = "name: W\nagent: A\nrecipe: R\ntrigger: {interval_minutes: 10}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {"avops.yaml": "mock: true\n", "agents/a.yaml": AGENT, "tools/room.yaml": TOOL, "recipes/r.yaml": RECIPE}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "workflows").mkdir()
    return tmp_path


def ticking(root: Path, work: Callable[[ProjectTicker], Awaitable[None]], *, survives: bool = True) -> None:
    workspace = open_workspace(root)

    async def main(running: Running) -> None:
        with SqliteScheduleStore(workspace.database, runs=running.store) as store:
            source = WorkflowFiles(workspace)
            await work(
                ProjectTicker(lambda: open_workspace(root), running, store, source=source, parallel=None, mock=False, survives=survives)
            )

    with_executor(workspace, Silent(), None, main)


def test_a_service_sees_files_and_settings_change_and_survives_broken_ones(project: Path) -> None:
    async def work(ticker: ProjectTicker) -> None:
        def at(minutes: int) -> Awaitable[TickReport]:
            return ticker.tick(NOW + timedelta(minutes=minutes))

        assert (await at(0)).ran == []
        (project / "workflows" / "w.yaml").write_text(WORKFLOW, encoding="utf-8")
        assert [slot.status for slot in (await at(1)).ran] == ["success"]
        (project / "recipes" / "r.yaml").write_text(RECIPE.replace("== 'on'", "== 'off'"), encoding="utf-8")
        assert [slot.status for slot in (await at(11)).ran] == ["failed"]
        (project / "avops.yaml").write_text("timezone: [\n", encoding="utf-8")
        broken = await at(12)
        assert broken.error is not None
        assert broken.error.startswith("avops.yaml:")
        assert (broken.summary, broken.exit_code, broken.is_quiet) == ("Did not tick.", 1, False)
        (project / "avops.yaml").write_text("mock: true\ncalendars: {blackout: [closed.ics]}\n", encoding="utf-8")
        (project / "closed.ics").write_text(closed(NOW + timedelta(minutes=21)), encoding="utf-8")
        (skipped,) = (await at(21)).skipped
        assert skipped.reason == "a closed day, by the blackout calendar"

    ticking(project, work)


def closed(at: datetime) -> str:
    day, after = f"{at - timedelta(days=1):%Y%m%d}", f"{at + timedelta(days=2):%Y%m%d}"
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
        f"DTSTART;VALUE=DATE:{day}\r\nDTEND;VALUE=DATE:{after}\r\nSUMMARY:Closed\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def test_a_single_tick_raises_what_it_cannot_read(project: Path) -> None:
    async def work(ticker: ProjectTicker) -> None:
        (project / "avops.yaml").write_text("timezone: [\n", encoding="utf-8")
        with pytest.raises(AvopsError):
            await ticker.tick(NOW)

    ticking(project, work, survives=False)


def test_a_ticker_that_was_stopped_begins_nothing(project: Path) -> None:
    async def work(ticker: ProjectTicker) -> None:
        (project / "workflows" / "w.yaml").write_text(WORKFLOW, encoding="utf-8")
        ticker.stop()
        assert (await ticker.tick(NOW)).ran == []

    ticking(project, work)
