"""`avops inbox`, `approve`, `deny` and `answer`: who may decide what, and that the run then goes on."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import ASKS, DISPLAY_FIX, STATE, Site, avops, columns, matches_golden

from avops.model.run import DecisionKind, DecisionStatus, Question
from avops.report.inbox import inbox_page
from avops.report.sheet import Sheet
from avops.telemetry import queries
from avops.telemetry.database import open_reader

if TYPE_CHECKING:
    from pathlib import Path

APPROVE = "{name: May it, approve: L2}"
CONFIRM = "{name: Is it lit, confirm: The lamp is lit}"
MANUAL = "{name: Plug it in, manual: Plug in the cable}"
ASK = "{id: port, name: Which port, ask: 'Which port is it on?'}"
ASK_NUMBER = "{id: port, name: Which port, ask: 'Which port is it on?', expect: {type: integer, maximum: 4}}"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(tmp_path, monkeypatch)


def waits(site: Site, step: str, *, four_eyes: bool = False, started_by: str = "kim") -> None:
    """Run 1, which waits for decision 1; whoever goes on with it finds the tools mocked."""
    recipe = ASKS.replace("STEP", step).replace("FOUR_EYES", str(four_eyes).lower())
    assert site.run(recipe, mocked=True, started_by=started_by).status == "waiting"


def decided(site: Site) -> tuple[str, str | None, object, str | None]:
    """The status, person, answer and note of decision 1."""
    reader = open_reader(site.folder / ".avops/avops.db")
    found = queries.decision(reader, 1)
    reader.close()
    return found.status.value, found.decided_by, found.answer, found.note


def test_an_empty_inbox_says_so(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("inbox") == 0
    assert capsys.readouterr().out == "nothing waits for a person\n"
    assert avops("inbox", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_the_inbox_has_all_that_is_needed_to_decide(site: Site) -> None:
    site.run(DISPLAY_FIX, get=[STATE], set=[{}], ticket=[{"id": "INC0042"}], room="HQ-1", room_values={})
    site.run(ASKS.replace("STEP", MANUAL).replace("FOUR_EYES", "false"))
    reader = open_reader(site.folder / ".avops/avops.db")
    items = [(item.decision, item.run) for item in queries.inbox(reader)]
    reader.close()
    from zoneinfo import ZoneInfo

    sheet = Sheet(zone=ZoneInfo("Europe/Berlin"))
    text = inbox_page(sheet, items, datetime(2026, 3, 3, 6, 30, tzinfo=UTC)).text()
    assert max(columns(text)) <= 100
    matches_golden("inbox", text + "\n")


def test_the_json_of_the_inbox(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.run(DISPLAY_FIX, get=[STATE], set=[{}], ticket=[{"id": "INC0042"}], room="HQ-1", room_values={})
    assert avops("inbox", "--json") == 0
    (item,) = json.loads(capsys.readouterr().out)
    assert (item["id"], item["run_id"], item["recipe"], item["room"], item["role"]) == (1, 1, "Display Fix", "HQ-1", "L2")
    assert item["call"] == {"tool": "room.restart", "with": {}, "effect": "destructive", "undo": None}
    assert item["readings"]["state"] == STATE


@pytest.mark.parametrize(
    ("step", "command", "kept"),
    [
        (APPROVE, ["approve", "1", "--note", "it is free"], ("approved", None, "it is free")),
        (CONFIRM, ["approve", "1"], ("approved", None, None)),
        (MANUAL, ["answer", "1", "--note", "done"], ("answered", None, "done")),
        (ASK, ["answer", "1", "HDMI 2"], ("answered", "HDMI 2", None)),
        (ASK_NUMBER, ["answer", "1", "3"], ("answered", 3, None)),
    ],
)
def test_a_decision_is_kept_and_the_run_goes_on(
    site: Site, step: str, command: list[str], kept: tuple[str, object, str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    waits(site, step)
    assert avops(*command) == 0
    told = capsys.readouterr()
    assert told.out == "Run 1 success [simulated]\n"
    assert f"decision 1 {kept[0]} by {site.account}" in told.err
    assert decided(site) == (kept[0], site.account, kept[1], kept[2])


def test_a_denied_run_is_cancelled_and_exits_1(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    waits(site, APPROVE)
    assert avops("deny", "1", "--note", "a meeting begins") == 1
    assert capsys.readouterr().out.startswith("Run 1 cancelled")
    assert decided(site) == ("denied", site.account, None, "a meeting begins")


def test_a_run_that_waits_again_exits_4(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    waits(site, f"{MANUAL}\n  - {ASK}")
    assert avops("answer", "1") == 4
    told = capsys.readouterr()
    assert told.out == "Run 1 waiting [simulated]\n" or told.out == "Run 1 waiting\n"
    assert "avops answer 2 VALUE" in told.err


def test_the_decision_as_json(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    waits(site, APPROVE)
    assert avops("approve", "1", "--json") == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["decisions"][0]["decided_by"] == site.account
    assert told.err == ""


@pytest.mark.parametrize(
    ("step", "command", "code", "part"),
    [
        (MANUAL, ["approve", "1"], 2, "decision 1 is a 'manual', which 'approve' does not decide"),
        (APPROVE, ["answer", "1", "yes"], 2, "hint: avops approve 1"),
        (ASK, ["answer", "1"], 2, "decision 1 asks for a value: Which port is it on?"),
        (ASK_NUMBER, ["answer", "1", "nine"], 2, "'nine' is not what decision 1 expects"),
        (ASK_NUMBER, ["answer", "1", "9"], 2, "'9' is not what decision 1 expects"),
        (ASK, ["answer", "7", "x"], 2, "there is no decision 7"),
        ("{name: May it, approve: Nobody}", ["approve", "1"], 3, "does not hold the role 'Nobody'"),
    ],
)
def test_what_cannot_be_decided_changes_nothing(
    site: Site, step: str, command: list[str], code: int, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    waits(site, step)
    assert avops(*command) == code
    assert part in capsys.readouterr().err
    assert decided(site) == ("open", None, None, None)


def test_who_started_it_may_not_approve_it_where_four_eyes_are_needed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    waits(site, APPROVE, four_eyes=True, started_by=site.account)
    assert avops("approve", "1") == 3
    assert "needs a second person" in capsys.readouterr().err
    assert decided(site)[0] == "open"


def test_somebody_else_may_approve_it(site: Site) -> None:
    waits(site, APPROVE, four_eyes=True, started_by="kim")
    assert avops("approve", "1") == 0


def test_the_person_is_the_account_whatever_the_environment_says(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "LOGNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "alice")
    waits(site, APPROVE)
    assert avops("approve", "1") == 0
    assert decided(site)[1] == site.account


def test_a_decision_is_made_once(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    waits(site, APPROVE)
    assert avops("approve", "1") == 0
    capsys.readouterr()
    assert avops("deny", "1") == 2
    assert f"decision 1 is approved by {site.account} already" in capsys.readouterr().err


def test_an_expired_decision_counts_as_denied(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    asked = datetime.now(UTC) - timedelta(days=2)
    question = Question(
        key="act.0", kind=DecisionKind.APPROVE, prompt="May it?", phase="act", asked_at=asked, expires_at=asked + timedelta(days=1)
    )
    with_question(site, question, status="waiting")
    assert avops("approve", "1") == 2
    assert "has expired" in capsys.readouterr().err


def test_what_a_live_run_asks_at_its_terminal_is_left_to_it(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    question = Question(key="act.0", kind=DecisionKind.APPROVE, prompt="May it?", phase="act", asked_at=datetime.now(UTC))
    bench = with_question(site, question, status="running")
    assert avops("approve", "1") == 2
    bench.close()
    assert "asking this at its own terminal" in capsys.readouterr().err
    assert decided(site)[0] == DecisionStatus.OPEN


def with_question(site: Site, question: Question, *, status: str):
    """Run 1 with an open decision, waiting or still running in this process."""
    from avops.model.run import RunEnd, RunStatus

    bench = site.bench()
    recipe = ASKS.replace("STEP", APPROVE).replace("FOUR_EYES", "false")

    async def go() -> None:
        run_id = await bench.store.create_run(bench.start_of(recipe, process=bench.lock.name))
        await bench.store.ask(run_id, question)
        if status == "waiting":
            await bench.store.end_run(run_id, RunEnd(status=RunStatus.WAITING, finished_at=bench.clock.at))

    asyncio.run(go())
    if status == "waiting":
        bench.close()
    return bench


def test_a_secret_in_a_note_or_an_answer_is_not_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    waits(site, APPROVE)
    assert avops("approve", "1", "--note", "the key is sk-0123456789abcdef") in (0, 1, 3)
    assert decided(site)[3] == "the key is «redacted»"
