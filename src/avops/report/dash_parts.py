"""The parts of the dashboard that stand below its key figures."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from avops.report.columns import Column, write_table
from avops.report.formats import RUN_STYLES, count, duration, moment, percent, run_mark
from avops.report.model_use import cost_words, money
from avops.report.sheet import ATTENTION, BAD, GOOD, QUIET, STRONG

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from avops.report.dash_facts import Failing, NameFigures, Schedule, Spending, Target, WorkflowState
    from avops.report.sheet import Page, Span

MOST_WORKFLOWS = 20
_MOST_TARGETS = 8
LATE_AFTER = timedelta(minutes=3)
"""A last tick older than this means that nobody ticks every minute any more."""


def rate_style(rate: float | None) -> str:
    """Green from 95 %, yellow from 80 %, red below."""
    return "" if rate is None else GOOD if rate >= 0.95 else ATTENTION if rate >= 0.8 else BAD


def sparkline(page: Page, trend: Sequence[float | None]) -> str:
    """A sign for each slot, as high as its success rate; a blank where nothing ended.

    The highest sign is not used, so that lines of all successes below each other do not run into one block.
    """
    levels = page.sheet.glyphs.levels
    top = len(levels) - 2
    return "".join(" " if rate is None else levels[max(1, min(top, round(1 + rate * (top - 1))))] for rate in trend)


def most_urgent(states: Sequence[WorkflowState]) -> list[WorkflowState]:
    """Red ones first, switched-off ones last."""
    order = {"red": 0, "yellow": 1, "green": 2}
    return sorted(states, key=lambda state: (not state.enabled, order[state.colour], state.name.casefold()))


def write_workflows(page: Page, workflows: Sequence[WorkflowState]) -> None:
    """A row for each workflow, those with trouble first."""
    if not workflows:
        return
    page.blank()
    page.line(("WORKFLOWS", STRONG))
    states = most_urgent(workflows)
    columns = [
        Column(title=""),
        Column(title="Workflow", least=14),
        Column(title="Last run"),
        Column(title="", drop=5),
        Column(title="Took", right=True, drop=4),
        Column(title="Success", right=True),
        Column(title="95 % in", right=True, drop=2),
        Column(title="Trend", drop=3),
        Column(title="Next run", drop=1),
    ]
    write_table(page, columns, [_workflow_row(page, state) for state in states[:MOST_WORKFLOWS]])
    if len(states) > MOST_WORKFLOWS:
        page.line((f"and {len(states) - MOST_WORKFLOWS} more: avops workflow list", QUIET), indent=3)


def _workflow_row(page: Page, state: WorkflowState) -> list[Span]:
    glyphs, zone = page.sheet.glyphs, page.sheet.zone
    next_run: Span = (_soon(page, state.next_at) or glyphs.none if state.enabled else "disabled", QUIET)
    dot = (glyphs.dot, state.colour if state.enabled else QUIET)
    figures = _figure_cells(page, state.figures)
    if state.last is None:
        return [dot, state.name, (state.silence, QUIET), "", "", *figures, next_run]
    status = state.last.status
    return [
        dot,
        state.name,
        (f"{run_mark(status, glyphs)} {status.value}", RUN_STYLES[status]),
        (f"{moment(state.last.started_at, zone)}, run {state.last.id}", QUIET),
        (duration(state.last.duration_s), QUIET),
        *figures,
        next_run,
    ]


def _figure_cells(page: Page, figures: NameFigures | None) -> list[Span]:
    none = page.sheet.glyphs.none
    if figures is None:
        return [(none, QUIET), (none, QUIET), ""]
    rate = figures.success_rate
    return [
        (percent(rate, none), rate_style(rate)),
        (duration(figures.p95_s) or none, QUIET),
        (sparkline(page, figures.trend), rate_style(rate)),
    ]


def _soon(page: Page, at: datetime | None) -> str:
    return moment(at, page.sheet.zone)


def write_failing(page: Page, steps: Sequence[Failing], tools: Sequence[Failing]) -> None:
    """What fails most: steps with their recipe, then tools with their action."""
    if steps:
        page.blank()
        page.line(("FAILING STEPS", STRONG))
        columns = [
            Column(title="Runs", right=True),
            Column(title="Step", least=14),
            Column(title="Recipe", least=10),
            Column(title="Attempts", right=True, drop=2),
            Column(title="Newest", drop=1),
        ]
        write_table(page, columns, [_failing_row(each) for each in steps])
    if tools:
        page.blank()
        page.line(("FAILING TOOLS", STRONG))
        columns = [
            Column(title="Runs", right=True),
            Column(title="Action", least=14),
            Column(title=""),
            Column(title="Attempts", right=True, drop=2),
            Column(title="Newest", drop=1),
        ]
        write_table(page, columns, [_failing_row(each) for each in tools])


def _failing_row(failing: Failing) -> list[Span]:
    return [
        (count(failing.runs), BAD),
        failing.what,
        (failing.recipe or "", QUIET),
        (count(failing.attempts), QUIET),
        (f"run {failing.last_run}", QUIET),
    ]


def write_targets(page: Page, targets: Sequence[Target]) -> None:
    """Success metrics beside their targets, missed ones first."""
    if not targets:
        return
    page.blank()
    page.line(("SUCCESS METRICS", STRONG))
    glyphs = page.sheet.glyphs
    order = {False: 0, None: 1, True: 2}
    rows: list[list[Span]] = []
    for target in sorted(targets, key=lambda each: (order[each.is_met], each.recipe.casefold(), each.metric))[:_MOST_TARGETS]:
        mark = {True: (glyphs.ok, GOOD), False: (glyphs.failed, BAD), None: (glyphs.skipped, QUIET)}[target.is_met]
        rows.append([mark, target.recipe, metric_words(target.metric), measured(target) or ("not measured", QUIET), wanted(target)])
    columns = [
        Column(title=""),
        Column(title="Recipe", least=12),
        Column(title="Metric", least=8),
        Column(title="Measured", right=True),
        Column(title="Target"),
    ]
    write_table(page, columns, rows)


def metric_words(metric: str) -> str:
    """`duration, 95 % within`, or the metric's own name."""
    return {"duration_seconds": "95 % within", "success_rate": "succeeded"}.get(metric, metric)


def measured(target: Target) -> str:
    """The figure in its unit; empty where there is none."""
    if target.value is None:
        return ""
    if target.metric == "duration_seconds":
        return duration(target.value)
    return f"{target.value:.1f} %" if target.metric == "success_rate" else f"{target.value:g}"


def wanted(target: Target) -> str:
    """The target with its unit: `<= 5 min`."""
    sign, _, number = target.target.partition(" ")
    if not number:
        return target.target
    if target.metric == "duration_seconds":
        return f"{sign} {duration(float(number))}"
    return f"{target.target} %" if target.metric == "success_rate" else target.target


def write_spending(page: Page, now: Spending | None, before: Spending | None) -> None:
    """What the models cost, where one was used."""
    if now is None or not (now.tokens or (before is not None and before.tokens)):
        return
    page.blank()
    spent = "" if before is None else cost_words(before.cost_usd, before.tokens, before.unpriced_tokens) or money(0.0)
    earlier = f", before {spent}" if spent else ""
    steps = f"{count(now.steps)} turn{'' if now.steps == 1 else 's'}"
    cost = cost_words(now.cost_usd, now.tokens, now.unpriced_tokens) or money(0.0)
    page.line(("Model cost  ", QUIET), (cost, STRONG), (f"{earlier}  {count(now.tokens)} tokens in {steps}", QUIET))


def schedule_words(schedule: Schedule | None, now: datetime) -> tuple[str, bool] | None:
    """How the schedule stands in one line, and whether that is bad; None where nothing is scheduled."""
    if schedule is None or (schedule.last_tick_at is None and not schedule.scheduled):
        return None
    parts = []
    is_bad = False
    if schedule.last_tick_at is None:
        parts.append(f"never ticked, though {count(schedule.scheduled)} workflows are scheduled")
        is_bad = True
    else:
        ago = now - schedule.last_tick_at
        is_bad = ago > LATE_AFTER
        parts.append(f"the last tick was {duration(max(ago.total_seconds(), 0))} ago")
    if schedule.is_paused:
        parts.append("paused" + (f": {schedule.pause_reason}" if schedule.pause_reason else ""))
    for number, word in ((schedule.missed, "missed"), (schedule.failed, "could not start")):
        if number:
            parts.append(f"{count(number)} slot{'' if number == 1 else 's'} {word}")
            is_bad = True
    if schedule.broken:
        parts.append(f"{count(schedule.broken)} broken workflow file{'' if schedule.broken == 1 else 's'}")
        is_bad = True
    if schedule.largest_late_s is not None and schedule.largest_late_s >= 60:
        parts.append(f"the latest start was {duration(schedule.largest_late_s)} late")
    return ", ".join(parts), is_bad


def write_schedule(page: Page, schedule: Schedule | None, now: datetime) -> None:
    """One line on the schedule, yellow when it does not keep its word."""
    words = schedule_words(schedule, now)
    if words is not None:
        text, is_bad = words
        page.line(("Schedule    ", QUIET), (text, ATTENTION if is_bad or (schedule is not None and schedule.is_paused) else QUIET))
        if is_bad:
            page.line(("avops schedule status", QUIET), indent=12)
