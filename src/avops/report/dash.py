"""The dashboard: how the runs of a period went, what is wrong now, and what is next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.model.run import RunStatus
from avops.report.charts import write_days
from avops.report.dash_parts import rate_style, write_failing, write_schedule, write_spending, write_targets, write_workflows
from avops.report.formats import count, duration, moment, percent
from avops.report.runs_table import write_runs
from avops.report.sheet import ATTENTION, BAD, GUTTER, QUIET, STRONG, Page, columns_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from avops.model.run import Run
    from avops.report.charts import Day
    from avops.report.dash_facts import Failing, Figures, Schedule, Spending, Target, WorkflowState
    from avops.report.sheet import Sheet

_TWO_COLUMNS = 170
"""From this width on, what fits beside each other stands beside each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """Everything the dashboard shows."""

    now: datetime
    words: str
    """The period in words: `the last 7 days`."""
    since: datetime
    until: datetime
    filters: Mapping[str, str]
    current: Figures
    before: Figures | None
    """None where nothing lies before the period."""
    active_workflows: int
    active_before: int | None
    waiting: int
    waiting_before: int | None
    days: Sequence[Day]
    workflows: Sequence[WorkflowState]
    recent: Sequence[Run]
    failing_steps: Sequence[Failing] = ()
    failing_tools: Sequence[Failing] = ()
    targets: Sequence[Target] = ()
    spending: Spending | None = None
    spending_before: Spending | None = None
    schedule: Schedule | None = None


def dash_page(sheet: Sheet, dash: Dashboard) -> Page:
    """The dashboard as a page."""
    page = Page(sheet)
    zone = getattr(sheet.zone, "key", None) or "UTC"
    about = "".join(f"{sheet.glyphs.separator}{name} {value}" for name, value in dash.filters.items())
    beside = ", against the time before" if dash.before is not None else ""
    page.between((f"{dash.words[:1].upper()}{dash.words[1:]}{beside}{about}", STRONG), (f"{moment(dash.now, sheet.zone)} {zone}", QUIET))
    page.blank()
    _figures(page, dash)
    _last_error(page, dash)
    write_schedule(page, dash.schedule, dash.now)
    left, right = (page, page) if sheet.width < _TWO_COLUMNS else (Page(_half(sheet)), Page(_half(sheet)))
    write_workflows(left, dash.workflows)
    _days(right, dash)
    write_failing(left, dash.failing_steps, dash.failing_tools)
    write_targets(right, dash.targets)
    write_spending(right, dash.spending, dash.spending_before)
    if left is not page:
        page.blank()
        page.beside(left, right)
    if dash.recent:
        page.blank()
        page.line(("RECENT RUNS", STRONG))
        write_runs(page, dash.recent)
    _simulated(page, dash.current)
    return page


def _half(sheet: Sheet) -> Sheet:
    return replace(sheet, width=(sheet.width - GUTTER) // 2)


def _days(page: Page, dash: Dashboard) -> None:
    if any(day.total for day in dash.days):
        page.blank()
        write_days(page, dash.days)


@dataclass(frozen=True, slots=True)
class _Figure:
    title: str
    value: str
    change: str
    style: str = ""
    change_style: str = QUIET


def _figures(page: Page, dash: Dashboard) -> None:
    """One block for each key figure: its name, the figure, and the change against the period before."""
    blocks = _blocks(page, dash)
    widths = [max(columns_of(text) for text in (block.title, block.value, block.change)) + 3 for block in blocks]
    spare = page.sheet.width - sum(widths)
    if spare > 0:
        widths = [width + min(spare // len(blocks), 6) for width in widths]
    start = 0
    while start < len(blocks):
        end = start + 1
        while end < len(blocks) and sum(widths[start : end + 1]) <= page.sheet.width:
            end += 1
        if start:
            page.blank()
        row = list(zip(blocks[start:end], widths[start:end], strict=True))
        page.line(*((_padded(block.title, width), QUIET) for block, width in row))
        page.line(*((_padded(block.value, width), f"{STRONG} {block.style}".strip()) for block, width in row))
        page.line(*((_padded(block.change, width), block.change_style) for block, width in row))
        start = end


def _padded(text: str, width: int) -> str:
    return text + " " * max(width - columns_of(text), 0)


def _blocks(page: Page, dash: Dashboard) -> list[_Figure]:
    none = page.sheet.glyphs.none
    now, before = dash.current, dash.before
    rate, rate_before = now.success_rate, before.success_rate if before else None
    points = None if rate is None or rate_before is None else round((rate - rate_before) * 100, 1)
    seconds = None if now.p95_s is None or before is None or before.p95_s is None else now.p95_s - before.p95_s
    failed = now.counts.get(RunStatus.FAILED, 0)
    failed_before = before.counts.get(RunStatus.FAILED, 0) if before else None
    return [
        _Figure("Runs", count(now.total), _change(page, now.total - before.total if before else None, lambda by: count(int(by)))),
        _Figure(
            "Succeeded",
            percent(rate, none),
            _change(page, points, lambda by: f"{by:.1f} points"),
            rate_style(rate),
            BAD if points is not None and points <= -1 else QUIET,
        ),
        _Figure("95 % within", duration(now.p95_s) or none, _change(page, _worth(seconds, now.p95_s), duration)),
        _Figure(
            "Failed", count(failed), _change(page, None if failed_before is None else failed - failed_before, lambda by: count(int(by)))
        ),
        _Figure(
            "Workflows",
            count(dash.active_workflows),
            _change(page, None if dash.active_before is None else dash.active_workflows - dash.active_before, lambda by: count(int(by))),
        ),
        _Figure(
            "Waiting",
            count(dash.waiting),
            _change(page, None if dash.waiting_before is None else dash.waiting - dash.waiting_before, lambda by: count(int(by))),
            ATTENTION if dash.waiting else "",
        ),
    ]


def _worth(change: float | None, of: float | None) -> float | None:
    """The change, or 0 where it lies within what the figure itself is exact to."""
    return 0.0 if change is not None and of and abs(change) < of * 0.05 else change


def _change(page: Page, by: float | None, told: Callable[[float], str]) -> str:
    glyphs = page.sheet.glyphs
    if by is None:
        return f"{glyphs.none}"
    if not by:
        return "as before"
    return f"{glyphs.up if by > 0 else glyphs.down} {told(abs(by))}"


def _last_error(page: Page, dash: Dashboard) -> None:
    last = dash.current.last_error
    page.blank()
    if last is None:
        earlier = dash.before.last_error if dash.before else None
        page.line(("Last error  ", QUIET), "none", (f", before that run {earlier.id}" if earlier else "", QUIET))
        return
    ago = duration((dash.now - last.started_at).total_seconds())
    where = f" in {last.room}" if last.room else ""
    page.line(("Last error  ", QUIET), f"run {last.id}, {last.recipe}{where}, {ago} ago")
    page.line((last.error or "", BAD), indent=12)


def _simulated(page: Page, figures: Figures) -> None:
    hidden, partly = figures.hidden_simulated, figures.partly_simulated
    if hidden or partly:
        page.blank()
    if partly:
        page.line((f"{count(partly)} of these runs {'was' if partly == 1 else 'were'} partly simulated", ATTENTION))
    if hidden:
        page.line((f"{count(hidden)} simulated run{'' if hidden == 1 else 's'} hidden: --include-simulated", QUIET))
