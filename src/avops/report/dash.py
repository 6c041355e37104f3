"""The dashboard: how the runs of a period went, what is wrong now, and what is next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from avops.model.run import RunStatus
from avops.report.charts import write_days
from avops.report.columns import Column, write_table
from avops.report.formats import RUN_STYLES, count, duration, moment, percent, run_mark
from avops.report.runs_table import write_runs
from avops.report.sheet import ATTENTION, BAD, GOOD, QUIET, STRONG, Page, columns_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from avops.model.run import Run
    from avops.report.charts import Day
    from avops.report.sheet import Sheet

_MOST_WORKFLOWS = 20


class Figures(Protocol):
    """The key figures of one period."""

    @property
    def total(self) -> int:
        """All runs that started in it."""
        ...

    @property
    def counts(self) -> Mapping[RunStatus, int]:
        """Runs by status."""
        ...

    @property
    def success_rate(self) -> float | None:
        """success / (success + failed + unverified)."""
        ...

    @property
    def p95_s(self) -> float | None:
        """The 95th percentile of their durations."""
        ...

    @property
    def mean_s(self) -> float | None:
        """Their mean duration."""
        ...

    @property
    def last_error(self) -> Run | None:
        """The newest run that did not work, and says why."""
        ...

    @property
    def partly_simulated(self) -> int:
        """How many of them were simulated in part."""
        ...

    @property
    def hidden_simulated(self) -> int:
        """How many were left out because they were simulated altogether."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowState:
    """A workflow with its last run and its next one, where these are known."""

    name: str
    enabled: bool = True
    last: Run | None = None
    next_at: datetime | None = None

    @property
    def colour(self) -> str:
        """Green when the last run succeeded; yellow when it goes on, waits, or there is none; red otherwise."""
        if self.last is None or not self.last.status.is_final:
            return "yellow"
        return "green" if self.last.status is RunStatus.SUCCESS else "red"


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
    _workflows(page, dash)
    if any(day.total for day in dash.days):
        page.blank()
        write_days(page, dash.days)
    if dash.recent:
        page.blank()
        page.line(("RECENT RUNS", STRONG))
        write_runs(page, dash.recent)
    _simulated(page, dash.current)
    return page


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
            "" if rate is None else GOOD if rate >= 0.95 else ATTENTION if rate >= 0.8 else BAD,
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


def _workflows(page: Page, dash: Dashboard) -> None:
    if not dash.workflows:
        return
    page.blank()
    page.line(("WORKFLOWS", STRONG))
    order = {"red": 0, "yellow": 1, "green": 2}
    states = sorted(dash.workflows, key=lambda state: (not state.enabled, order[state.colour], state.name.casefold()))
    columns = [
        Column(title=""),
        Column(title="Workflow", least=16),
        Column(title="Last run"),
        Column(title="", drop=3),
        Column(title="Took", right=True, drop=2),
        Column(title="Next run", drop=1),
    ]
    rows = [_workflow_row(page, state) for state in states[:_MOST_WORKFLOWS]]
    write_table(page, columns, rows)
    if len(states) > _MOST_WORKFLOWS:
        page.line((f"and {len(states) - _MOST_WORKFLOWS} more: avops workflow list", QUIET), indent=3)


def _workflow_row(page: Page, state: WorkflowState) -> list[str | tuple[str, str]]:
    glyphs, zone = page.sheet.glyphs, page.sheet.zone
    next_run = moment(state.next_at, zone) or glyphs.none if state.enabled else "disabled"
    dot = (glyphs.dot, state.colour if state.enabled else QUIET)
    if state.last is None:
        return [dot, state.name, ("never ran", QUIET), "", "", (next_run, QUIET)]
    status = state.last.status
    return [
        dot,
        state.name,
        (f"{run_mark(status, glyphs)} {status.value}", RUN_STYLES[status]),
        (f"{moment(state.last.started_at, zone)}, run {state.last.id}", QUIET),
        (duration(state.last.duration_s), QUIET),
        (next_run, QUIET),
    ]


def _simulated(page: Page, figures: Figures) -> None:
    hidden, partly = figures.hidden_simulated, figures.partly_simulated
    if hidden or partly:
        page.blank()
    if partly:
        page.line((f"{count(partly)} of these runs {'was' if partly == 1 else 'were'} partly simulated", ATTENTION))
    if hidden:
        page.line((f"{count(hidden)} simulated run{'' if hidden == 1 else 's'} hidden: --include-simulated", QUIET))
