"""Runs as a table, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.model.run import RunStatus
from avops.report.columns import Column, write_table
from avops.report.formats import RUN_STYLES, duration, moment, run_mark, simulated_note
from avops.report.sheet import ATTENTION, BAD, QUIET, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.model.run import Run
    from avops.report.sheet import Sheet, Span

COLUMNS = (
    Column(title="Run", right=True),
    Column(title="Status"),
    Column(title="Recipe", least=14),
    Column(title="Room", least=6, drop=1),
    Column(title="Workflow", least=10, drop=4),
    Column(title="Agent", least=8, drop=5),
    Column(title="Started", drop=2),
    Column(title="Took", right=True, drop=3),
    Column(title=""),  # that a run was simulated is never left out
)
_RECIPE = 2


def write_runs(page: Page, runs: Sequence[Run], *, indent: int = 0) -> None:
    """Puts runs on a page as a table; below each that did not succeed stands why."""
    rows = [_row(page.sheet, run) for run in runs]
    lines = write_table(page, COLUMNS, rows, indent=indent, notes=[_why(run) for run in runs], under=_RECIPE)
    page.anchors += [(line, run.id) for line, run in zip(lines, runs, strict=True)]


def _why(run: Run) -> Span:
    if run.status is RunStatus.SUCCESS or not run.error:
        return ""
    return run.error, BAD if run.status is RunStatus.FAILED else QUIET


def _row(sheet: Sheet, run: Run) -> list[Span]:
    return [
        str(run.id),
        (f"{run_mark(run.status, sheet.glyphs)} {run.status.value}", RUN_STYLES[run.status]),
        run.recipe,
        run.room or "",
        (run.workflow or "", QUIET),
        (run.agent, QUIET),
        (moment(run.started_at, sheet.zone), QUIET),
        duration(run.duration_s),
        (simulated_note(run.simulated), ATTENTION),
    ]


def runs_page(sheet: Sheet, runs: Sequence[Run], *, more: bool = False) -> Page:
    """A table of runs with the zone of its times; `more` says that the list goes on."""
    page = Page(sheet)
    if not runs:
        page.line(("no runs", QUIET))
        return page
    write_runs(page, runs)
    page.blank()
    zone = getattr(sheet.zone, "key", None) or "UTC"
    further = f"{sheet.glyphs.separator}more: --before {runs[-1].id}" if more else ""
    page.line((f"times in {zone}{further}", QUIET))
    return page
