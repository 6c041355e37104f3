"""What waits for a person, each with all that is needed to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.model.run import DecisionKind
from avops.report.formats import decision_command, duration, moment, on_one_line
from avops.report.sheet import ATTENTION, BAD, QUIET, STRONG, Page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from avops.model.run import Decision, Run
    from avops.report.sheet import Sheet

_LABEL = 10
_MOST_READINGS = 6


def inbox_page(sheet: Sheet, items: Sequence[tuple[Decision, Run]], now: datetime) -> Page:
    """The open decisions, oldest first, each with the commands that decide it."""
    page = Page(sheet)
    if not items:
        page.line(("nothing waits for a person", QUIET))
        return page
    for decision, run in items:
        page.blank()
        _item(page, decision, run, now)
    page.blank()
    page.line((f"{len(items)} waiting{sheet.glyphs.separator}times in {getattr(sheet.zone, 'key', None) or 'UTC'}", QUIET))
    return page


def _item(page: Page, decision: Decision, run: Run, now: datetime) -> None:
    question = decision.question
    where = f"{page.sheet.glyphs.separator}{run.room}" if run.room else ""
    page.between(
        (f"{decision.id}  {run.recipe}{where}{page.sheet.glyphs.separator}run {run.id}", STRONG),
        (_left(decision, now), _urgency(decision, now)),
    )
    page.paragraph(question.prompt, indent=4)
    _call(page, question.call)
    for name, value in list(question.readings.items())[:_MOST_READINGS]:
        _fact(page, name, on_one_line(value))
    more = len(question.readings) - _MOST_READINGS
    if more > 0:
        _fact(page, "", f"and {more} more readings: avops runs show {run.id}")
    asked = f"{moment(question.asked_at, page.sheet.zone)}, of {f'role {question.role}' if question.role else 'anybody'}"
    _fact(page, "asked", f"{asked}; started by {run.started_by}" if run.started_by else asked)
    page.line((decision_command(decision), STRONG), (_otherwise(decision), QUIET), indent=4)


def _call(page: Page, call: object) -> None:
    if not isinstance(call, dict):
        return
    effect = f"  {call['effect']}" if call.get("effect") else ""
    page.line(
        (f"{'call':<{_LABEL}}", QUIET),
        f"{call.get('tool')}  {on_one_line(call.get('with') or {})}",
        (effect, BAD if call.get("effect") == "destructive" else ATTENTION),
        indent=4,
    )
    undo = call.get("undo")
    if isinstance(undo, dict):
        _fact(page, "undo", f"{undo.get('tool')}  {on_one_line(undo.get('with') or {})}")
    elif call.get("effect") in ("write", "destructive"):
        _fact(page, "undo", "none")


def _fact(page: Page, label: str, text: str) -> None:
    page.line((f"{page.sheet.fit(label, _LABEL - 1):<{_LABEL}}", QUIET), (text, QUIET), indent=4)


def _otherwise(decision: Decision) -> str:
    kind = decision.question.kind
    if kind is DecisionKind.UNKNOWN:
        return "  with --redo, --done or --abort"
    return f"   or avops deny {decision.id}"


def _left(decision: Decision, now: datetime) -> str:
    expires_at = decision.question.expires_at
    if expires_at is None:
        return ""
    left = (expires_at - now).total_seconds()
    return f"{duration(left)} left" if left > 0 else "expired"


def _urgency(decision: Decision, now: datetime) -> str:
    expires_at = decision.question.expires_at
    return ATTENTION if expires_at is not None and (expires_at - now).total_seconds() < 3600 else QUIET
