"""One run for people: what it was, then step by step by phase, then what it left behind and why it failed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from avops.model.run import DecisionStatus, RunStatus, Trigger
from avops.report.formats import (
    RUN_STYLES,
    count,
    decision_command,
    duration,
    moment,
    run_mark,
    simulated_note,
)
from avops.report.model_use import model_use
from avops.report.run_steps import PHASES, gather
from avops.report.runs_table import write_runs
from avops.report.sheet import ATTENTION, BAD, QUIET, STRONG, Page
from avops.report.step_view import write_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.model.run import Artifact, Decision, Run, StepRecord
    from avops.report.sheet import Sheet

_LABEL = 10
_MOST_CHILDREN = 20


def run_page(
    sheet: Sheet,
    run: Run,
    steps: Sequence[StepRecord],
    artifacts: Sequence[Artifact] = (),
    decisions: Sequence[Decision] = (),
    *,
    full: bool = False,
    only: str | None = None,
    children: Sequence[Run] = (),
) -> Page:
    """The run as a page. `full` unfolds every value and attempt; `only` shows one step, in full.

    `children` are the runs that a run over many rooms has started.
    """
    page = Page(sheet)
    _header(page, run, steps)
    views = gather(steps, decisions, artifacts)
    if only is not None:
        views = [view for view in views if view.key == only or view.key.startswith((f"{only}/", f"{only}["))]
    phase = ""
    for view in views:
        if view.phase != phase:
            phase = view.phase
            page.blank()
            page.line((phase.upper() if phase in PHASES else phase, STRONG))
        write_step(page, view, full=full or only is not None)
    if only is None:
        _children(page, run, children)
        _artifacts(page, artifacts)
        _open_decisions(page, run, decisions)
        _error(page, run)
    return page


def _header(page: Page, run: Run, steps: Sequence[StepRecord]) -> None:
    glyphs = page.sheet.glyphs
    style = RUN_STYLES[run.status]
    note = simulated_note(run.simulated)
    page.line(
        (f"Run {run.id}", STRONG),
        "  ",
        (run.recipe, STRONG),
        "  ",
        (f"{run_mark(run.status, glyphs)} {run.status.value}", style),
        (f"  {note}" if note else "", ATTENTION),
    )
    page.blank()
    by = f"{run.trigger.value}, by {run.started_by}" if run.started_by else run.trigger.value
    took = duration(run.duration_s)
    if run.paused_s >= 1:
        took += f", and {duration(run.paused_s)} paused" if took else f"{duration(run.paused_s)} paused so far"
    parts = [
        ("room", run.room),
        ("agent", run.agent),
        ("workflow", run.workflow),
        ("part of", f"run {run.parent_id}" if run.parent_id else None),
        ("trigger", by),
        ("how", "done by a person, entered by hand; avops called nothing" if run.trigger is Trigger.CARD else None),
        ("started", f"{moment(run.started_at, page.sheet.zone, seconds=True)} {_zone(page.sheet, run)}"),
        ("ended", _ended(page.sheet, run)),
        ("took", took),
        ("model", model_use(steps).words()),
        ("continued", f"{run.epoch} times" if run.epoch > 1 else "once" if run.epoch else None),
    ]
    for label, text in parts:
        if text:
            page.line((f"{label:<{_LABEL}}", QUIET), text, indent=2)


def _zone(sheet: Sheet, run: Run) -> str:
    return getattr(sheet.zone, "key", None) or run.started_at.astimezone(sheet.zone).strftime("%Z")


def _ended(sheet: Sheet, run: Run) -> str | None:
    if run.finished_at is None or not run.status.is_final:
        return None
    return moment(run.finished_at, sheet.zone, seconds=True)


def _children(page: Page, run: Run, children: Sequence[Run]) -> None:
    """How many stand where, then those that did not succeed."""
    if not children:
        return
    page.blank()
    page.line(("RUNS", STRONG))
    counts = Counter(child.status for child in children)
    glyphs = page.sheet.glyphs
    told = [
        (f"{run_mark(status, glyphs)} {count(number)} {status.value}   ", RUN_STYLES[status]) for status, number in counts.most_common()
    ]
    page.line(*told, indent=2)
    others = [child for child in children if child.status is not RunStatus.SUCCESS]
    if others:
        page.blank()
        write_runs(page, others[:_MOST_CHILDREN], indent=2)
    page.line((f"all of them: avops runs list --parent {run.id}", QUIET), indent=2)


def _artifacts(page: Page, artifacts: Sequence[Artifact]) -> None:
    if not artifacts:
        return
    page.blank()
    page.line(("ARTIFACTS", STRONG))
    for artifact in artifacts:
        write_artifact(page, artifact, indent=2)


def write_artifact(page: Page, artifact: Artifact, *, indent: int = 0) -> None:
    """Two lines of a page: what it is with its id, and where to find it."""
    known = f"  {artifact.id}" if artifact.id and artifact.id not in artifact.title else ""
    late = ("  made by a run that failed", ATTENTION) if artifact.after_failure else ""
    page.line((f"{artifact.kind:<8} ", QUIET), artifact.title, known, late, indent=indent)
    for where in (artifact.url, artifact.path):
        if where:
            page.line((where, QUIET), indent=indent + 9)


def _open_decisions(page: Page, run: Run, decisions: Sequence[Decision]) -> None:
    opened = [decision for decision in decisions if decision.status is DecisionStatus.OPEN]
    if not opened:
        if run.status is RunStatus.INTERRUPTED:
            page.blank()
            page.line(("to go on: ", QUIET), (f"avops resume {run.id}", STRONG))
        return
    page.blank()
    page.line(("WAITS FOR", STRONG))
    for decision in opened:
        question = decision.question
        page.paragraph(question.prompt, indent=2, first=f"{page.sheet.glyphs.active} ")
        role = f"  role {question.role}" if question.role else ""
        until = f"  until {moment(question.expires_at, page.sheet.zone)}" if question.expires_at else ""
        page.line((decision_command(decision), STRONG), (role + until, QUIET), indent=4)


def _error(page: Page, run: Run) -> None:
    if not run.error:
        return
    page.blank()
    unhappy = run.status not in (RunStatus.SUCCESS, RunStatus.UNVERIFIED)
    page.line((run.status.value.upper(), f"{STRONG} {BAD if unhappy else ATTENTION}"))
    for cause in run.error.split("; "):
        page.paragraph(cause, indent=2, first="- " if "; " in run.error else "")
