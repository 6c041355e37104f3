"""`avops runs`: whole commands over a real database."""

from __future__ import annotations

import csv
import io
import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import ASKS, QUICK, STATE, Fault, Site, avops, columns, matches_golden

if TYPE_CHECKING:
    from pathlib import Path

RUN_KEYS = {
    "id", "workflow", "agent", "recipe", "trigger", "status", "simulated", "started_at", "finished_at", "duration_s", "error",
    "room", "started_by", "paused_s", "parent_id",
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project: run 1 failed and was taken back, run 2 worked, run 3 is unverified, run 4 was refused."""
    folder = tmp_path_factory.mktemp("past")
    with pytest.MonkeyPatch.context() as monkeypatch:
        site = Site(folder, monkeypatch)
        site.display_fix(works=False)
        site.display_fix(works=True)
        site.run("name: Look Around\nintake:\n  - {tool: room.get}\n", get=[STATE], workflow="Morning Check")
        site.run("name: Broken\nact:\n  - {tool: display.get}\n")
    return folder


@pytest.fixture
def history(past: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A copy of the past, to be looked at."""
    shutil.copytree(past, tmp_path, dirs_exist_ok=True)
    return Site(tmp_path, monkeypatch)


def test_a_list_shows_the_newest_first(history: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "list") == 0
    matches_golden("runs-list", capsys.readouterr().out)


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(
    history: Site, width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for command in (["list"], ["show", "1"], ["show", "1", "--full"], ["compare", "1", "2"], ["artifacts", "1"]):
        assert avops("runs", *command) == 0
        out = capsys.readouterr().out
        assert max(columns(out)) <= width, command


def test_a_run_is_shown_by_phase(history: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "show", "1") == 0
    matches_golden("runs-show-failed", capsys.readouterr().out)
    assert avops("runs", "show", "2") == 0
    matches_golden("runs-show-success", capsys.readouterr().out)


def test_full_unfolds_every_attempt(history: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "show", "1", "--full") == 0
    matches_golden("runs-show-full", capsys.readouterr().out)


def test_one_step_is_shown_with_its_parts(history: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "show", "1", "--step", "act.0") == 0
    out = capsys.readouterr().out
    assert "Power the display on" in out
    assert "held     ✓ Nobody is in a meeting" in out
    assert "Open a ticket" not in out


def test_an_unknown_step_lists_the_steps(history: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "show", "1", "--step", "act.9") == 2
    assert "no step 'act.9', expected one of act.0, act.1" in capsys.readouterr().err


def test_json_has_the_documented_keys(history: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in listed] == [4, 3, 2, 1]
    assert set(listed[0]) == RUN_KEYS
    assert avops("runs", "show", "1", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert set(shown) == RUN_KEYS | {"model_use", "steps", "artifacts", "decisions"}
    assert shown["started_at"] == "2026-03-02T07:00:00Z"
    assert shown["artifacts"] == [
        {
            "kind": "ticket",
            "title": "Ticket INC0042",
            "id": "INC0042",
            "url": None,
            "path": None,
            "step_key": "act.1",
            "after_failure": True,
        }
    ]
    assert [(one["status"], one["decided_by"], one["note"]) for one in shown["decisions"]] == [("approved", "alice", "the room is free")]
    assert next(step["undo_status"] for step in shown["steps"] if step["key"] == "act.0") == "ok"


def test_the_keys_are_in_the_documentation() -> None:
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs/json.md").read_text(encoding="utf-8")
    assert [key for key in sorted(RUN_KEYS) if f"`{key}`" not in text] == []


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (["--status", "failed"], [1]),
        (["--status", "success,refused"], [4, 2]),
        (["--status", "success", "--status", "failed"], [2, 1]),
        (["--recipe", "display fix"], [2, 1]),
        (["--workflow", "morning check"], [3]),
        (["--room", "hq-1", "--limit", "1"], [2]),
        (["--before", "3"], [2, 1]),
        (["--since", "2026-03-02..2026-03-02"], [4, 3, 2, 1]),
        (["--since", "2026-03-03"], []),
        (["--agent", "Somebody"], []),
    ],
)
def test_filters(history: Site, arguments: list[str], ids: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "list", "--json", *arguments) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)] == ids


def test_a_name_that_no_run_has_is_told_with_the_near_one(history: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "list", "--recipe", "Display Fxi") == 0
    told = capsys.readouterr()
    assert told.out == "no runs\n"
    assert "no run has the recipe 'Display Fxi'; did you mean 'Display Fix'?" in told.err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["list", "--status", "faild"], "no status 'faild', expected one of cancelled, failed"),
        (["list", "--since", "soon"], "'soon' is no period"),
        (["list", "--since", "2026-03-07..2026-03-01"], "ends before it begins"),
        (["list", "--before", "99"], "there is no run 99"),
        (["show", "99"], "there is no run 99"),
        (["artifacts", "99"], "there is no run 99"),
        (["compare", "1", "3"], "only runs of one recipe can be compared"),
        (["export", "--format", "xml"], "no format 'xml', expected one of csv, jsonl"),
    ],
)
def test_wrong_usage_exits_2_and_says_why(history: Site, arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", *arguments) == 2
    assert part in capsys.readouterr().err


def test_compare_shows_where_two_runs_parted(history: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "compare", "1", "2") == 0
    matches_golden("runs-compare", capsys.readouterr().out)
    assert avops("runs", "compare", "1", "2", "--json") == 0
    assert json.loads(capsys.readouterr().out)["parted_at"] == "verify.0"


def test_a_run_compared_with_itself_does_not_part(history: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "compare", "1", "1") == 0
    assert "Every step went the same way, with the same values." in capsys.readouterr().out


def test_artifacts_are_listed(history: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "artifacts", "1") == 0
    assert capsys.readouterr().out == "ticket   Ticket INC0042  made by a run that failed\n"
    assert avops("runs", "artifacts", "4") == 0
    assert capsys.readouterr().out == "run 4 left nothing behind\n"


def test_export_gives_a_line_per_run(history: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("runs", "export") == 0
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == [1, 2, 3, 4]
    assert avops("runs", "export", "--format", "csv", "--status", "success", "--output", "runs.csv") == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "runs.csv").read_text(encoding="utf-8"))))
    assert [(row["id"], row["recipe"], row["status"]) for row in rows] == [("2", "Display Fix", "success")]
    assert capsys.readouterr().err == "2 lines in runs.csv\n"


def test_what_a_device_says_cannot_touch_the_terminal(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[2J\x1b]0;owned\x07[bold red]x[/] \u202egnp\x9b31m\n\r"
    site.run(QUICK, get=[{"power": "on", "name": evil}], room=evil)
    for command in (["list"], ["show", "1"], ["show", "1", "--full"], ["list", "--json"], ["show", "1", "--json"], ["compare", "1", "1"]):
        assert avops("runs", *command) == 0
        out = capsys.readouterr().out
        assert all(character == "\n" or character.isprintable() for character in out), command
    assert avops("runs", "show", "1") == 0
    assert "[bold red]x[/]" in capsys.readouterr().out


def test_attempts_are_folded_and_the_last_error_is_kept(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = QUICK.replace("name: Look Around", "name: Look Around\nguardrails: {retries: 2}")
    site.run(recipe, get=[Fault("the line is busy"), Fault("no answer yet"), {"power": "on"}])
    assert avops("runs", "show", "1") == 0
    out = capsys.readouterr().out
    assert "3 attempts, the one before: no answer yet" in out
    assert "the line is busy" not in out
    assert avops("runs", "show", "1", "--full") == 0
    assert "the line is busy" in capsys.readouterr().out


def test_a_waiting_run_names_the_command_that_decides_it(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    step = "{name: Plug it in, manual: Plug in the cable}"
    site.run(ASKS.replace("STEP", step).replace("FOUR_EYES", "false"), get=[STATE])
    assert avops("runs", "show", "1") == 0
    out = capsys.readouterr().out
    assert "● waiting" in out
    assert "Plug in the cable" in out
    assert "avops answer 1" in out


def test_nothing_to_show_outside_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert avops("runs", "list") == 3
    assert "no avops project here" in capsys.readouterr().err


def test_a_run_whose_process_is_gone_is_shown_as_interrupted(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    import asyncio

    bench = site.bench()

    async def begin() -> None:
        await bench.store.create_run(bench.start_of(QUICK, process="1-gone"))

    asyncio.run(begin())
    bench.close()
    assert avops("runs", "show", "1") == 0
    out = capsys.readouterr().out
    assert "? interrupted" in out
    assert "avops resume 1" in out


def test_a_run_over_many_rooms_shows_how_its_runs_stand(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    import asyncio

    from avops.model.run import RunEnd, RunStatus

    bench = site.bench()

    async def go() -> None:
        parent = await bench.store.create_run(bench.start_of(QUICK, started_by="kim"))
        for number, status in enumerate([RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.SUCCESS, RunStatus.FAILED]):
            child = await bench.store.create_run(bench.start_of(QUICK, parent_id=parent, room=f"HQ-{number}"))
            error = "the lamp is dark" if status is RunStatus.FAILED else None
            await bench.store.end_run(child, RunEnd(status=status, error=error, finished_at=bench.clock.at))
        await bench.store.end_run(parent, RunEnd(status=RunStatus.FAILED, error="2 of 4 rooms failed", finished_at=bench.clock.at))

    asyncio.run(go())
    bench.close()
    assert avops("runs", "show", "1") == 0
    matches_golden("runs-show-rooms", capsys.readouterr().out)
    assert avops("runs", "list", "--parent", "1", "--json") == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)] == [5, 4, 3, 2]
