"""The pictures of docs/dashboards.md: made from the screens themselves, and held to them.

AVOPS_REGENERATE=1 writes them anew.
"""

from __future__ import annotations

import asyncio
import io
import os
import random
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import SWITCH, Site
from tests.cli.test_dash import BERLIN, NOW

from avops.cli.dash_data import Question, gather, gather_rooms
from avops.cli.periods import parse_period
from avops.model.run import DecisionKind, RunEnd, RunStatus, Simulated, StepIntent, StepResult, StepStatus
from avops.model.run import Question as Asked
from avops.report.dash import dash_page
from avops.report.rooms import rooms_page
from avops.report.run_view import run_page
from avops.report.sheet import Sheet
from avops.telemetry import queries
from avops.telemetry.database import open_reader
from avops.telemetry.filters import RunFilter
from avops.telemetry.schedule_store import SqliteScheduleStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.engine.bench import Bench

    from avops.report.sheet import Page

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
WORKFLOWS = {
    "Morning Systems Check": ("Daily AV Systems Check", 4, 0.97, 55.0),
    "Display Watch": ("Display Fix", 6, 0.90, 38.0),
    "Signage Refresh": ("Signage Refresh", 3, 1.0, 6.0),
    "Town Hall Preflight": ("Event Preflight", 1, 0.85, 180.0),
}
TROUBLE = [
    ("The display reports power on", "check", None, None, "not true within 90 s: reading.power == 'on'"),
    ("Select the input", "tool", "display", "set_input", "no answer from 10.20.4.17 within 10 s"),
    ("Read the room", "tool", "zoom", "get_room", "503 Service Unavailable"),
]
ROOMS = [f"{site}-{number}" for site in ("HQ", "LAB", "NORTH") for number in range(1, 9)]
FORMAT = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px; line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: arial, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's own, without fonts from elsewhere."""


def workflows_of(site: Site) -> None:
    for folder in ("workflows", "recipes"):
        (site.folder / folder).mkdir()
    for name, (recipe, *_) in WORKFLOWS.items():
        slug = name.lower().replace(" ", "-")
        text = f"name: {name}\nagent: SupportBot\nrecipe: {recipe}\ntrigger: {{interval_minutes: 60}}\n"
        (site.folder / f"workflows/{slug}.yaml").write_text(text)
        limit = {"Display Fix": 60, "Event Preflight": 300}.get(recipe, 120)
        metrics = f'success_metrics:\n  - {{metric: duration_seconds, target: "<= {limit}"}}\n'
        (site.folder / f"recipes/{recipe.lower().replace(' ', '-')}.yaml").write_text(f"name: {recipe}\n{metrics}act: []\n")


async def past_of(bench: Bench) -> None:
    """Two weeks of runs."""
    chance = random.Random(11)
    plans = [
        (name, recipe, NOW - timedelta(hours=24 * day + 24 * slot / daily + chance.random()), good, took)
        for name, (recipe, daily, good, took) in WORKFLOWS.items()
        for day in range(14)
        for slot in range(daily * 3)
    ]
    for name, recipe, at, good, took in sorted(plans, key=lambda plan: plan[2]):
        room = chance.choice(ROOMS)
        failed = chance.random() > (good - 0.4 if room == "HQ-3" and chance.random() < 0.8 else good)
        text = f"name: {recipe}\nact: []\n"
        run_id = await bench.store.create_run(bench.start_of(text, workflow=name, room=room, agent="SupportBot", started_at=at))
        error = None
        if failed:
            step, kind, tool, action, error = TROUBLE[min(chance.randrange(5), 2)]
            await step_of(bench, run_id, at, StepStatus.FAILED, name=step, kind=kind, tool=tool, action=action, error=error)
        await step_of(bench, run_id, at, StepStatus.OK, name="Sum up", kind="do", tokens=900 + chance.randrange(600))
        status = RunStatus.FAILED if failed else RunStatus.SUCCESS
        end = at + timedelta(seconds=took * chance.lognormvariate(0, 0.35))
        await bench.store.end_run(run_id, RunEnd(status=status, simulated=Simulated.NO, error=error, finished_at=end))
    at = NOW - timedelta(minutes=25)
    run_id = await bench.store.create_run(
        bench.start_of("name: Zoom Room Reset\nact: []\n", room="LAB-2", agent="Zoom_Room_Agent", started_at=at)
    )
    asked = Asked(key="act.0", kind=DecisionKind.APPROVE, prompt="Restart the Zoom Room of LAB-2?", phase="act", role="L2", asked_at=at)
    await bench.store.ask(run_id, asked)
    await bench.store.end_run(run_id, RunEnd(status=RunStatus.WAITING, finished_at=at + timedelta(seconds=4)))


async def step_of(
    bench: Bench, run_id: int, at: object, status: StepStatus, *, tokens: int = 0, error: str | None = None, **intent: object
) -> None:
    phase = "verify" if intent["kind"] == "check" else "act"
    made = StepIntent(key=f"{phase}.{intent['kind']}", phase=phase, started_at=at, **intent)  # type: ignore[arg-type]  # gathered from keywords
    result = StepResult(key=made.key, status=status, error=error, finished_at=made.started_at, tokens=tokens, cost_usd=tokens * 4e-6)
    await bench.store.record_step(run_id, made, result)


def schedule_of(folder: Path) -> None:
    """When each workflow is due next, as a tick leaves it."""
    connection = sqlite3.connect(folder / ".avops/avops.db")
    for number, name in enumerate(WORKFLOWS, 1):
        due = int((NOW + timedelta(minutes=35 * number)).timestamp() * 1e6)
        connection.execute(
            "INSERT INTO schedule_workflows "
            "(key, name, path, timing, enabled, grace_us, catch_up, overlap, anchor_at, decided_until, due_at) "
            "VALUES (?, ?, 'workflows/x.yaml', '{}', 1, 0, 'none', 'skip', 0, 0, ?)",
            (name.lower(), name, due),
        )
    connection.commit()
    connection.close()


@pytest.fixture(scope="module")
def screens(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Callable[[Sheet], Page]]:
    """What the pictures show, by name."""
    from avops import wiring

    folder = tmp_path_factory.mktemp("pictures")
    with pytest.MonkeyPatch.context() as patch:
        site = Site(folder, patch)
        workflows_of(site)
        bench = site.bench()
        asyncio.run(past_of(bench))
        bench.close()
        with SqliteScheduleStore(folder / ".avops/avops.db") as store:
            store.set_fact("last_tick_at", str(int((NOW - timedelta(seconds=40)).timestamp() * 1e6)))
        schedule_of(folder)
        (folder / "run").mkdir()
        other = Site(folder / "run", patch)
        run = other.display_fix(works=False).run_id
        workspace = wiring.open_workspace(folder)
        reader = open_reader(folder / ".avops/avops.db")
        asked = Question(chosen=RunFilter(), period=parse_period("7d", BERLIN, NOW), now=NOW, zone=BERLIN)
        dash, board = gather(reader, workspace, asked), gather_rooms(reader, workspace, asked)
        reader.close()
        reader = open_reader(folder / "run/.avops/avops.db")
        facts = (queries.run(reader, run), queries.steps(reader, run), queries.artifacts(reader, run), queries.decisions(reader, run))
        reader.close()
    return {
        "dash": lambda sheet: dash_page(sheet, dash),
        "rooms": lambda sheet: rooms_page(sheet, board),
        "run": lambda sheet: run_page(sheet, *facts),
    }


def picture(page: Page, title: str) -> str:
    """A screen as SVG."""
    from rich.console import Console

    width = max(page.sheet.width, 40)
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor", legacy_windows=False)
    console.print(page.rich())
    return console.export_svg(title=title, code_format=FORMAT, unique_id="avops")


@pytest.mark.parametrize(
    ("name", "width", "title"),
    [
        ("dash", 80, "avops dash"),
        ("dash", 120, "avops dash"),
        ("dash", 200, "avops dash"),
        ("rooms", 120, "avops dash --by room"),
        ("run", 100, "avops runs show 1"),
    ],
)
def test_the_picture_is_the_screen(screens: dict[str, Callable[[Sheet], Page]], name: str, width: int, title: str) -> None:
    made = picture(screens[name](replace(Sheet(zone=BERLIN), width=width, coloured=True)), title)
    path = PICTURES / f"{name}-{width}.svg"
    if os.environ.get(SWITCH):
        path.write_text(made, encoding="utf-8")
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    assert made == found, f"docs/pictures/{path.name} is not what the screen shows: run with {SWITCH}=1, and look at it"
    assert "http" not in made.replace("http://www.w3.org/2000/svg", "")


def test_every_picture_is_in_the_documentation() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PICTURES.parent.glob("*.md"))
    for path in PICTURES.glob("*.svg"):
        assert f"(pictures/{path.name})" in text
