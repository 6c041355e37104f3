"""`avops dash`: what it counts, what it shows, what it hides."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from tests.cli.screens import QUICK, Fault, Site, avops, columns, matches_golden

from avops.cli.dash_data import Question, gather
from avops.cli.periods import parse_period
from avops.model.run import RunEnd, RunStatus, Simulated
from avops.report.dash import dash_page
from avops.report.sheet import ASCII, Sheet
from avops.telemetry.database import open_reader
from avops.telemetry.filters import RunFilter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from avops.report.dash import Dashboard

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
RECIPE = "name: Display Fix\nact: []\n"
Past = tuple[str, str | None, timedelta, RunStatus, float, str | None, Simulated]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path, monkeypatch)
    (tmp_path / "workflows").mkdir()
    for name in ("Morning Check", "Mic Watch", "Never Ran", "Signage"):
        text = f"name: {name}\nagent: Bot\nrecipe: Display Fix\ntrigger: manual\n"
        (tmp_path / f"workflows/{name.lower().replace(' ', '-')}.yaml").write_text(text)
    return made


def fill(site: Site, past: Iterable[Past], *, now: datetime = NOW) -> None:
    """Runs that ended as told: workflow, room, how long ago they started, status, seconds, error, simulated."""
    bench = site.bench()

    async def go() -> None:
        for workflow, room, ago, status, seconds, error, simulated in past:
            at = now - ago
            start = bench.start_of(RECIPE, workflow=workflow, room=room, started_at=at)
            run_id = await bench.store.create_run(start)
            end = RunEnd(status=status, simulated=simulated, error=error, finished_at=at + timedelta(seconds=seconds))
            await bench.store.end_run(run_id, end)

    asyncio.run(go())
    bench.close()


def week() -> Iterable[Past]:
    """Two weeks of runs, better in the second one; the last run of Signage failed, one of Mic Watch waits."""
    for hour in range(14 * 24, 0, -4):
        ago = timedelta(hours=hour)
        failed = hour % (28 if hour < 7 * 24 else 20) == 0
        error = "verify.0 'The display reports power on': not true within 20 s: reading.power == 'on'" if failed else None
        yield (
            "Morning Check",
            f"HQ-{hour % 3}",
            ago,
            RunStatus.FAILED if failed else RunStatus.SUCCESS,
            20.0 + hour % 50,
            error,
            Simulated.NO,
        )
    yield "Signage", None, timedelta(hours=3), RunStatus.UNVERIFIED, 4.0, "nothing that Verify read was checked", Simulated.PARTLY
    yield "Mic Watch", None, timedelta(minutes=30), RunStatus.WAITING, 1.0, None, Simulated.NO
    for number in range(12):
        yield None, None, timedelta(hours=number + 1), RunStatus.SUCCESS, 1.0, None, Simulated.ALL


def dashboard(site: Site, since: str = "7d", *, include_simulated: bool = False, **names: str) -> Dashboard:
    """The dashboard of the site at `NOW`."""
    from avops import wiring

    reader = open_reader(site.folder / ".avops/avops.db")
    try:
        asked = Question(
            chosen=RunFilter(**names),  # type: ignore[arg-type]  # names only
            period=parse_period(since, BERLIN, NOW),
            now=NOW,
            zone=BERLIN,
            include_simulated=include_simulated,
        )
        return gather(reader, wiring.open_workspace(), asked)
    finally:
        reader.close()


def test_the_page(site: Site) -> None:
    fill(site, week())
    found = dashboard(site)
    for width in (80, 100, 120):
        text = dash_page(Sheet(zone=BERLIN, width=width), found).text()
        matches_golden(f"dash-{width}", text + "\n")


def test_no_line_is_wider_than_the_sheet(site: Site) -> None:
    fill(site, week())
    found = dashboard(site)
    for width in range(40, 201):
        assert max(columns(dash_page(Sheet(zone=BERLIN, width=width), found).text())) <= width, width


def test_in_ascii(site: Site) -> None:
    fill(site, week())
    text = dash_page(Sheet(zone=BERLIN, glyphs=ASCII), dashboard(site)).text()
    assert text.isascii()
    assert "# succeeded" in text


def test_runs_that_were_simulated_altogether_are_hidden_and_said_to_be(site: Site) -> None:
    fill(site, week())
    shown = dash_page(Sheet(zone=BERLIN), dashboard(site)).text()
    assert "12 simulated runs hidden: --include-simulated" in shown
    assert "1 of these runs was partly simulated" in shown
    with_all = dashboard(site, include_simulated=True)
    assert with_all.current.total == dashboard(site).current.total + 12
    assert "hidden" not in dash_page(Sheet(zone=BERLIN), with_all).text()


def test_the_dot_of_a_workflow(site: Site) -> None:
    fill(site, week())
    states = {state.name: state.colour for state in dashboard(site).workflows}
    assert states == {"Morning Check": "green", "Mic Watch": "yellow", "Never Ran": "yellow", "Signage": "red"}


def test_a_filter_leaves_what_it_names(site: Site) -> None:
    fill(site, week())
    found = dashboard(site, room="HQ-1")
    assert {run.room for run in found.recent} == {"HQ-1"}
    assert [state.name for state in dashboard(site, workflow="Signage").workflows] == ["Signage"]


def test_changes_are_against_the_period_before(site: Site) -> None:
    second = timedelta(seconds=1)
    fill(
        site,
        [
            ("Morning Check", None, timedelta(hours=30), RunStatus.FAILED, 1.0, "x", Simulated.NO),
            ("Morning Check", None, timedelta(hours=20), RunStatus.SUCCESS, 1.0, None, Simulated.NO),
            ("Signage", None, timedelta(hours=24) - second, RunStatus.SUCCESS, 1.0, None, Simulated.NO),
        ],
    )
    found = dashboard(site, "24h")
    assert found.before is not None
    assert (found.current.total, found.before.total) == (2, 1)
    assert (found.current.success_rate, found.before.success_rate) == (1.0, 0.0)
    assert (found.active_workflows, found.active_before) == (2, 1)
    text = dash_page(Sheet(zone=BERLIN), found).text()
    assert "▲ 100.0 points" in text


def test_all_time_has_nothing_before_it(site: Site) -> None:
    fill(site, week())
    found = dashboard(site, "all")
    assert found.before is None
    assert found.current.total == 14 * 6 + 2
    assert "▲" not in dash_page(Sheet(zone=BERLIN), found).text()


def test_next_runs_and_switched_off_workflows_come_from_the_schedule(site: Site) -> None:
    import sqlite3

    fill(site, week())
    due = int((NOW + timedelta(hours=1)).timestamp() * 1e6)
    connection = sqlite3.connect(site.folder / ".avops/avops.db")
    for key, enabled in (("morning check", 1), ("signage", 0)):
        connection.execute(
            "INSERT INTO schedule_workflows "
            "(key, name, path, timing, enabled, grace_us, catch_up, overlap, anchor_at, decided_until, due_at) "
            "VALUES (?, ?, 'workflows/x.yaml', '{}', ?, 0, 'none', 'skip', 0, 0, ?)",
            (key, key, enabled, due),
        )
    connection.commit()
    connection.close()
    states = {state.name: state for state in dashboard(site).workflows}
    assert states["Morning Check"].next_at == NOW + timedelta(hours=1)
    assert (states["Signage"].enabled, states["Signage"].next_at) == (False, None)
    text = dash_page(Sheet(zone=BERLIN), dashboard(site)).text()
    assert "2026-03-09 08:00" in text
    assert "disabled" in text


def test_the_command_and_its_json(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    fill(site, [("Morning Check", "HQ-1", timedelta(minutes=2), RunStatus.FAILED, 3.0, "the lamp is dark", Simulated.NO)], now=now)
    assert avops("dash", "--room", "hq-1") == 0
    out = capsys.readouterr().out
    assert "the lamp is dark" in out
    assert avops("dash", "--since", "today", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["current"]["by_status"] == {"failed": 1}
    assert found["current"]["last_error"]["error"] == "the lamp is dark"
    assert {state["name"]: state["colour"] for state in found["workflows"]}["Morning Check"] == "red"
    assert found["waiting"] == {"current": 0, "before": 0}


def test_an_empty_project_has_a_dashboard_too(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    for since in ("7d", "24h", "today", "all", "2026-03-01..2026-03-02"):
        assert avops("dash", "--since", since) == 0
        assert "Last error  none" in capsys.readouterr().out


def test_waiting_is_counted_now_and_when_the_period_began(site: Site) -> None:
    from avops.model.run import DecisionKind, DecisionStatus, Question

    bench = site.bench()

    async def go() -> None:
        run_id = await bench.store.create_run(bench.start_of(RECIPE, started_at=NOW - timedelta(days=9)))
        for key, days in (("act.0", 8), ("act.1", 1)):
            question = Question(key=key, kind=DecisionKind.APPROVE, prompt="May it?", phase="act", asked_at=NOW - timedelta(days=days))
            await bench.store.ask(run_id, question)
        await bench.store.decide(
            1, status=DecisionStatus.APPROVED, answer=None, note=None, decided_by="kim", decided_at=NOW - timedelta(days=2)
        )

    asyncio.run(go())
    bench.close()
    found = dashboard(site)
    assert (found.waiting, found.waiting_before) == (1, 1)
    assert (dashboard(site, "24h").waiting, dashboard(site, workflow="Signage").waiting) == (1, 0)


class Reader(HTMLParser):
    """Counts elements, and remembers attributes and what was never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    error = "</style><script src=https://evil.example/x.js></script>"
    fill(site, [("Morning Check", "<b>HQ-1", timedelta(minutes=2), RunStatus.FAILED, 3.0, error, Simulated.NO), *week()], now=now)
    assert avops("dash", "--html", "page.html") == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert reader.seen.count("svg") >= 3
    assert not {"script", "link", "img", "iframe", "object", "use", "image"} & set(reader.seen)
    assert not {"src", "href", "xlink:href", "action", "data"} & {name for name, _ in reader.attributes}
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "<script" not in page
    assert "<b>HQ-1" in reader.text
    assert capsys.readouterr().out == ""


def test_what_fails_most_stands_first(site: Site) -> None:
    bench = site.bench(get=[{"power": "off"}] * 9)

    async def go() -> None:
        for _ in range(3):
            await bench.run(QUICK)

    asyncio.run(go())
    bench.close()
    found = at(site, bench.clock.at)
    (step,) = found.failing_steps
    assert (step.what, step.recipe, step.runs) == ("It has power", "Look Around", 3)
    text = dash_page(Sheet(zone=BERLIN), found).text()
    assert "FAILING STEPS" in text
    assert found.failing_tools == ()


def test_a_tool_that_fails_is_named(site: Site) -> None:
    bench = site.bench(get=[Fault("no answer")] * 9)
    asyncio.run(bench.run(QUICK))
    bench.close()
    found = at(site, bench.clock.at)
    assert [tool.what for tool in found.failing_tools] == ["room.get"]


def at(site: Site, now: datetime) -> Dashboard:
    """The dashboard of the day before an instant."""
    from avops import wiring

    reader = open_reader(site.folder / ".avops/avops.db")
    try:
        later = now + timedelta(minutes=5)
        return gather(
            reader, wiring.open_workspace(), Question(chosen=RunFilter(), period=parse_period("24h", BERLIN, later), now=later, zone=BERLIN)
        )
    finally:
        reader.close()


def test_success_metrics_are_judged_by_their_targets(site: Site) -> None:
    (site.folder / "recipes").mkdir()
    (site.folder / "recipes/display-fix.yaml").write_text(
        'name: Display Fix\nsuccess_metrics:\n  - {metric: duration_seconds, target: "<= 30"}\n'
        '  - {metric: success_rate, target: ">= 80"}\n  - {metric: smiles, target: "> 3"}\nact: []\n'
    )
    fill(site, week())
    found = {target.metric: target for target in dashboard(site).targets}
    assert {metric: target.is_met for metric, target in found.items()} == {"duration_seconds": False, "success_rate": True, "smiles": None}
    text = dash_page(Sheet(zone=BERLIN), dashboard(site)).text()
    assert "SUCCESS METRICS" in text
    assert "not measured" in text


def test_the_cost_of_models_is_added_up(site: Site) -> None:
    import sqlite3

    fill(site, [("Signage", None, timedelta(hours=2), RunStatus.SUCCESS, 9.0, None, Simulated.NO)])
    connection = sqlite3.connect(site.folder / ".avops/avops.db")
    for number, hours in enumerate((2, 2, 8 * 24)):
        connection.execute(
            "INSERT INTO steps "
            "(run_id, epoch, key, attempt, phase, kind, name, simulated, idempotent, started_at, status, tokens, cost_usd) "
            "VALUES (1, 0, ?, 1, 'act', 'do', 'Think', 0, 0, ?, 'ok', 1200, 0.25)",
            (f"act.{number}", int((NOW - timedelta(hours=hours)).timestamp() * 1e6)),
        )
    connection.commit()
    connection.close()
    found = dashboard(site)
    assert found.spending is not None
    assert (found.spending.steps, found.spending.tokens, found.spending.cost_usd) == (2, 2400, 0.5)
    assert found.spending_before is not None
    assert found.spending_before.cost_usd == 0.25
    assert "$0.5000, before $0.2500" in dash_page(Sheet(zone=BERLIN), found).text()
    named = dashboard(site, workflow="Morning Check").spending
    assert named is not None
    assert named.tokens == 0


def test_the_schedule_says_when_nobody_ticks(site: Site) -> None:
    from avops.telemetry.schedule_store import SqliteScheduleStore

    fill(site, [])
    with SqliteScheduleStore(site.folder / ".avops/avops.db") as store:
        store.set_fact("last_tick_at", str(int((NOW - timedelta(hours=3)).timestamp() * 1e6)))
    text = dash_page(Sheet(zone=BERLIN), dashboard(site)).text()
    assert "Schedule    the last tick was 3 h ago" in text
    assert "avops schedule status" in text


def test_a_status_narrows_what_is_listed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    fill(site, week(), now=now)
    assert avops("dash", "--status", "unverified", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {run["status"] for run in found["recent"]} == {"unverified"}
    assert [state["name"] for state in found["workflows"]] == ["Signage"]
    assert avops("dash", "--status", "wrong") == 2


def test_figures_of_a_workflow_are_its_key_figures(site: Site) -> None:
    fill(site, week())
    for since, names in (("7d", {}), ("24h", {}), ("all", {}), ("7d", {"room": "HQ-1"}), ("90d", {"agent": "Bot"})):
        figures = {state.name: state.figures for state in dashboard(site, since, **names).workflows}["Morning Check"]
        alone = dashboard(site, since, workflow="Morning Check", **names).current
        assert figures is not None
        assert (figures.success_rate, figures.p95_s) == (alone.success_rate, alone.p95_s), since
        trend = [rate for rate in figures.trend if rate is not None]
        assert min(trend) <= (figures.success_rate or 0.0) <= max(trend)
