"""One step of a run for people: its mark and name, what it called, what it was answered, who decided, what was undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.model.run import ANYWAY, CANCEL, DecisionStatus, StepStatus
from avops.report.formats import STEP_STYLES, decision_command, duration, in_full, moment, on_one_line, step_mark
from avops.report.model_use import model_use
from avops.report.sheet import ATTENTION, BAD, QUIET, STRONG, columns_of

if TYPE_CHECKING:
    from avops.model.run import Decision, StepRecord
    from avops.report.run_steps import StepView
    from avops.report.sheet import Page

_KEY_COLUMN = 14
_WORDED = frozenset(
    {StepStatus.RUNNING, StepStatus.WAITING, StepStatus.DENIED, StepStatus.CANCELLED, StepStatus.UNKNOWN, StepStatus.SKIPPED}
)
"""Statuses that are written out beside their mark."""


def write_step(page: Page, view: StepView, *, full: bool) -> None:
    """Puts a step on the page, folded to a few lines unless `full`."""
    indent = 2 if view.phase == "rollback" else 2 + 2 * view.depth
    _headline(page, view, indent)
    below = indent + 4
    if view.status is not StepStatus.SKIPPED or full:
        _holds(page, view, below, full=full)
        _approvals(page, view, below)
        _parts(page, view, below, full=full)
        _own(page, view, below, full=full)
    _failure(page, view, below)
    _undo(page, view, below, full=full)


def _headline(page: Page, view: StepView, indent: int) -> None:
    sheet = page.sheet
    glyphs = sheet.glyphs
    status = view.status
    took = duration(view.took_s) if view.took_s and status is not StepStatus.SKIPPED else ""
    end = f"{view.key:<{_KEY_COLUMN}} {took:>10}" if sheet.width >= 72 else f"{took:>10}"
    word = f"  {status.value}" if status in _WORDED else ""
    mock = "  [simulated]" if view.is_simulated else ""
    name = f"{'taken back: ' if view.key.endswith('/undo') else ''}{view.name}{view.entry}"
    room = sheet.width - indent - 2 - columns_of(word + mock) - columns_of(sheet.shown(end)) - 2
    name = sheet.fit(name, max(room, 12))
    gap = " " * max(room - columns_of(name) + 2, 2)
    style = STEP_STYLES[status]
    page.line(
        (f"{step_mark(status, glyphs)} ", style),
        (name, QUIET if status is StepStatus.SKIPPED else ""),
        (word, style),
        (mock, ATTENTION),
        gap,
        (end, QUIET),
        indent=indent,
    )


def _holds(page: Page, view: StepView, indent: int, *, full: bool) -> None:
    glyphs = page.sheet.glyphs
    for rows in view.holds.values():
        judged = [row for row in rows if row.intent.kind == "hold"]
        if judged:
            last = judged[-1]
            page.line(
                ("held     ", QUIET),
                (f"{step_mark(last.status, glyphs)} ", STEP_STYLES[last.status]),
                (last.intent.name, QUIET),
                indent=indent,
            )
            if last.error:
                page.paragraph(last.error, BAD, indent=indent + 11)
        for row in rows if full else ():
            if row.intent.kind != "hold":
                _row(page, row, "read", indent, full=full)


def _approvals(page: Page, view: StepView, indent: int) -> None:
    for decision in view.decisions:
        words, style = _decision_words(page, decision)
        page.paragraph(words, style, indent=indent, first="decision ")


def _decision_words(page: Page, decision: Decision) -> tuple[str, str]:
    zone = page.sheet.zone
    question = decision.question
    role = f" (role {question.role})" if question.role else ""
    if decision.status is DecisionStatus.OPEN:
        until = f" until {moment(question.expires_at, zone)}" if question.expires_at else ""
        return f"waits{role}{until}: {decision_command(decision)}", ATTENTION
    who = decision.decided_by or "avops"
    note = f': "{decision.note}"' if decision.note else ""
    words = f"{decision.status.value} by {who}{role}, {moment(decision.decided_at, zone)}{note}"
    return words, BAD if decision.status in (DecisionStatus.DENIED, DecisionStatus.EXPIRED) else QUIET


def _parts(page: Page, view: StepView, indent: int, *, full: bool) -> None:
    """Readings folded to the last one, and whatever else was done on the way."""
    if not full and (told := model_use(row for rows in view.parts.values() for row in rows).words()):
        page.line(("model    ", QUIET), told, indent=indent)
    for part, rows in view.parts.items():
        if part.rpartition("/")[2] == "approval" or not rows or (rows[-1].intent.kind == "turn" and not full):
            continue
        shown = rows if full else rows[-1:]
        for row in shown:
            attempt = f" {row.intent.attempt}" if full and len(rows) > 1 else ""
            _row(page, row, f"read{attempt}" if row.intent.kind == "reading" else part, indent, full=full)
        if rows[-1].undo_status is not None:
            _undo_word(page, rows[-1].undo_status, indent + 9)
        if not full and len(rows) > 1:
            failed = sum(1 for row in rows if row.status is not StepStatus.OK)
            more = f", {failed} failed" if failed else ""
            page.line((f"{len(rows)} readings{more}; the last is shown", QUIET), indent=indent + 9)


def _own(page: Page, view: StepView, indent: int, *, full: bool) -> None:
    if not view.own:
        return
    last = view.own[-1]
    if last.intent.kind in (ANYWAY, CANCEL):
        page.paragraph(f"by {last.actor}" + (f": {last.note}" if last.note else ""), QUIET, indent=indent)
    elif last.intent.tool:
        for row in view.own if full else view.own[-1:]:
            label = f"call {row.intent.attempt}" if full and len(view.own) > 1 else "call"
            _row(page, row, label, indent, full=full)
        earlier = view.own[:-1]
        if earlier and not full:
            why = earlier[-1].error or earlier[-1].status.value
            page.line((f"{len(view.own)} attempts, the one before: {why}", QUIET), indent=indent + 9)
        return
    text = last.intent.arguments.get("text") if isinstance(last.intent.arguments, dict) else None
    if isinstance(text, str) and (full or text != view.name):
        page.paragraph(text, QUIET, indent=indent)
    if isinstance(last.intent.arguments, dict) and last.intent.arguments.get("by_hand") and last.note:
        page.paragraph(last.note + (f" ({last.actor})" if last.actor else ""), QUIET, indent=indent)
    elif last.value not in (None, True, False) and not (view.decisions and not full):
        _value(page, last, indent, full=full)


def _row(page: Page, row: StepRecord, label: str, indent: int, *, full: bool) -> None:
    """What a row called with which arguments, and what it was answered."""
    intent = row.intent
    called = f"{intent.tool}.{intent.action}" if intent.tool else intent.kind
    if full:
        page.line((f"{label:<8} ", QUIET), (called, STRONG), indent=indent)
        if intent.arguments:
            page.paragraph(in_full(intent.arguments, page.sheet.width - indent - 9), indent=indent + 9)
    else:
        page.line((f"{label:<8} ", QUIET), called, ("  " + on_one_line(intent.arguments) if intent.arguments else "", QUIET), indent=indent)
    if row.value is not None:
        _value(page, row, indent, full=full)
    if row.error and (full or intent.kind == "reading" or label.startswith("call-")):
        is_bad = row.status in (StepStatus.FAILED, StepStatus.DENIED, StepStatus.UNKNOWN)
        page.paragraph(row.error, BAD if is_bad else QUIET, indent=indent + 9)


def _value(page: Page, row: StepRecord, indent: int, *, full: bool) -> None:
    arrow = page.sheet.glyphs.answer
    if full:
        page.paragraph(in_full(row.value, page.sheet.width - indent - 9), indent=indent + 6, first=f"{arrow:<3}")
    else:
        page.line((f"      {arrow:<3}", QUIET), on_one_line(row.value), indent=indent)


def _failure(page: Page, view: StepView, indent: int) -> None:
    error = view.own[-1].error if view.own else None
    if error is None or (view.decisions and view.decisions[-1].status.value == error):
        return
    page.paragraph(error, QUIET if view.status is StepStatus.SKIPPED else BAD, indent=indent)


def _undo_word(page: Page, status: str, indent: int) -> None:
    good = status == "ok"
    mark, style = (page.sheet.glyphs.ok, QUIET) if good else (page.sheet.glyphs.failed, BAD)
    page.line(("undo     ", QUIET), (f"{mark} {'taken back' if good else 'could not be taken back'}", style), indent=indent)


def _undo(page: Page, view: StepView, indent: int, *, full: bool) -> None:
    undo = view.own[-1].undo if view.own else None
    if view.undo_status is not None:
        _undo_word(page, view.undo_status, indent)
    elif isinstance(undo, dict) and full:
        page.line(("undo     ", QUIET), (f"{undo.get('tool')}  {on_one_line(undo.get('with') or {})}", QUIET), indent=indent)
