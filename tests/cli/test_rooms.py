"""`avops dash --by room`: which rooms stand first, and what is said of them."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import Site, avops, columns, matches_golden
from tests.cli.test_dash import BERLIN, NOW, RECIPE

from avops.cli.dash_data import Question, gather_rooms
from avops.cli.periods import parse_period
from avops.model.run import DecisionKind, RunEnd, RunStatus
from avops.model.run import Question as Asked
from avops.report.rooms import rooms_page
from avops.report.sheet import Sheet
from avops.telemetry.database import open_reader
from avops.telemetry.filters import RunFilter

if TYPE_CHECKING:
    from pathlib import Path

    from avops.report.rooms import Board

GOOD, BAD = RunStatus.SUCCESS, RunStatus.FAILED
PAST = {
    "HQ-1": [GOOD, GOOD, GOOD, GOOD],
    "HQ-2": [GOOD, BAD],
    "HQ-3": [BAD, GOOD, BAD, GOOD, BAD, GOOD],
    "HQ-4": [BAD, BAD, BAD],
    "HQ-5": [GOOD, RunStatus.UNVERIFIED],
    "HQ-6": [BAD, GOOD],
    "HQ-7": [GOOD, RunStatus.WAITING],
    "HQ-8": [GOOD, RunStatus.INTERRUPTED],
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path, monkeypatch)
    (tmp_path / "rooms.csv").write_text("room,name\nHQ-1,Board\nHQ-9,Attic\n")
    bench = made.bench()

    async def go() -> None:
        for room, statuses in PAST.items():
            for ago, status in enumerate(reversed(statuses)):
                started_at = NOW - timedelta(hours=6 * ago + 1)
                run_id = await bench.store.create_run(bench.start_of(RECIPE, room=room, started_at=started_at))
                if status is RunStatus.WAITING:
                    asked = Asked(key="act.0", kind=DecisionKind.APPROVE, prompt="Restart the room?", phase="act", asked_at=started_at)
                    await bench.store.ask(run_id, asked)
                await bench.store.end_run(run_id, RunEnd(status=status, error=None, finished_at=started_at + timedelta(seconds=9)))

    asyncio.run(go())
    bench.close()
    return made


def board(site: Site, since: str = "7d", **names: str) -> Board:
    """The board at `NOW`."""
    from avops import wiring

    reader = open_reader(site.folder / ".avops/avops.db")
    try:
        chosen = RunFilter(**names)  # type: ignore[arg-type]  # names only
        asked = Question(chosen=chosen, period=parse_period(since, BERLIN, NOW), now=NOW, zone=BERLIN)
        return gather_rooms(reader, wiring.open_workspace(), asked)
    finally:
        reader.close()


def test_those_that_need_a_person_stand_first_then_the_worst(site: Site) -> None:
    assert [state.room for state in board(site).rooms] == ["HQ-7", "HQ-8", "HQ-4", "HQ-2", "HQ-5", "HQ-3", "HQ-6", "HQ-1"]


def test_a_room_whose_results_go_back_and_forth_is_flapping(site: Site) -> None:
    assert [state.room for state in board(site).rooms if state.is_flapping] == ["HQ-3"]


def test_failures_are_those_of_the_period(site: Site) -> None:
    found = {state.room: (state.failures, state.runs) for state in board(site, "10h").rooms}
    assert found["HQ-4"] == (2, 2)
    assert {state.room: (state.failures, state.runs) for state in board(site).rooms}["HQ-4"] == (3, 3)


def test_with_a_second_name_figures_are_the_same(site: Site) -> None:
    one = [(state.room, state.failures, state.runs) for state in board(site).rooms]
    assert [(state.room, state.failures, state.runs) for state in board(site, agent="Bot").rooms] == one
    assert [state.room for state in board(site, room="HQ-2").rooms] == ["HQ-2"]
    assert board(site, agent="Nobody").rooms == []


def test_the_screen(site: Site) -> None:
    found = board(site)
    for width in (80, 120):
        matches_golden(f"rooms-{width}", rooms_page(Sheet(zone=BERLIN, width=width), found).text() + "\n")
    for width in range(40, 201):
        assert max(columns(rooms_page(Sheet(zone=BERLIN, width=width), found).text())) <= width, width


def test_the_command(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("dash", "--by", "room") == 0
    out = capsys.readouterr().out
    assert "NEEDS A PERSON NOW" in out
    assert "avops approve 1" in out
    assert "1 room of the room list never had a run" in out
    assert avops("dash", "--by", "room", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rooms"][0]["room"] == "HQ-7"
    assert found["rooms"][0]["needs_a_person"] is True
    assert avops("dash", "--by", "floor") == 2
    assert avops("dash", "--by", "room", "--status", "failed") == 0
    assert "HQ-1" not in capsys.readouterr().out


def test_a_room_list_that_cannot_be_read_is_no_list_of_no_rooms(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rooms.csv").write_text('room,name\n"HQ-1\n')
    assert avops("dash", "--by", "room") == 0
    assert "the room list cannot be read, so rooms without a run are not known: avops lint" in capsys.readouterr().out
    assert avops("dash", "--by", "room", "--json") == 0
    assert json.loads(capsys.readouterr().out)["never_ran"] is None


def test_without_rooms_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    Site(tmp_path, monkeypatch)
    assert avops("dash", "--by", "room") == 0
    assert "no run was about a room yet" in capsys.readouterr().out
