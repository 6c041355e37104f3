"""Workflows for people: a list with the last and the next run of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from avops.model.run import RunStatus
from avops.report.columns import Column, write_table
from avops.report.formats import RUN_STYLES, moment, run_mark, simulated_note
from avops.report.sheet import ATTENTION, BAD, GOOD, QUIET, STRONG, Page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from avops.model.run import Run
    from avops.report.sheet import Sheet, Span

_COLUMNS = (
    Column(title=""),
    Column(title="Workflow", least=14),
    Column(title="Agent", least=10, drop=4),
    Column(title="Recipe", least=12, drop=3),
    Column(title="Trigger", least=12, drop=2),
    Column(title="Last run", least=26),
    Column(title=""),
    Column(title="Next run", drop=1),
)


class Card(Protocol):
    """A workflow with its last and next run; of a broken file only `name`, `path` and `problem` are known."""

    @property
    def name(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def agent(self) -> str: ...
    @property
    def recipe(self) -> str: ...
    @property
    def trigger(self) -> str: ...
    @property
    def rooms(self) -> str | None: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def last(self) -> Run | None: ...
    @property
    def next_at(self) -> datetime | None: ...
    @property
    def problem(self) -> str | None: ...


def colour(card: Card) -> str:
    """`green` when the last run succeeded, `yellow` when it goes on, waits or never was, `red` otherwise."""
    if card.problem is not None:
        return "red"
    if card.last is None or not card.last.status.is_final or card.last.status is RunStatus.INTERRUPTED:
        return "yellow"
    return "green" if card.last.status is RunStatus.SUCCESS else "red"


_STYLES = {"green": GOOD, "yellow": ATTENTION, "red": BAD}


def workflows_page(sheet: Sheet, cards: Sequence[Card]) -> Page:
    """A table of workflows, with why one is switched off below it."""
    page = Page(sheet)
    rows = [_row(sheet, card) for card in cards]
    notes: list[Span] = [_note(card) for card in cards]
    write_table(page, _COLUMNS, rows, notes=notes, under=1)
    page.blank()
    page.line((f"times in {getattr(sheet.zone, 'key', None) or 'UTC'}", QUIET))
    return page


def _note(card: Card) -> Span:
    if card.problem is not None:
        return f"{card.path}: {card.problem}", BAD
    return "" if card.enabled else (f"switched off {card.reason or ''}".rstrip(), QUIET)


def _row(sheet: Sheet, card: Card) -> list[Span]:
    return [
        (sheet.glyphs.dot, _STYLES[colour(card)] if card.enabled else QUIET),
        card.name,
        (card.agent, QUIET),
        (card.recipe, QUIET),
        card.trigger,
        _last(sheet, card.last),
        (simulated_note(card.last.simulated) if card.last else "", ATTENTION),
        (_next(sheet, card), "" if card.next_at else QUIET),
    ]


def _last(sheet: Sheet, run: Run | None) -> Span:
    if run is None:
        return "never", QUIET
    return f"{run_mark(run.status, sheet.glyphs)} {run.status.value} {moment(run.started_at, sheet.zone)}", RUN_STYLES[run.status]


def _next(sheet: Sheet, card: Card) -> str:
    return moment(card.next_at, sheet.zone) or sheet.glyphs.none


def workflow_page(sheet: Sheet, card: Card, text: str, followers: Sequence[str]) -> Page:
    """One workflow: how it stands, then its file as it is."""
    page = Page(sheet)
    page.line((card.name, STRONG), (f"  {card.path}", QUIET))
    facts: list[tuple[str, Span]] = []
    if card.problem is not None:
        facts.append(("Broken", (card.problem, BAD)))
    else:
        facts += [("Trigger", card.trigger), ("Last run", _last_line(sheet, card)), ("Next run", _next(sheet, card))]
        if not card.enabled:
            facts.append(("Switched off", (card.reason or "", ATTENTION)))
        elif card.reason:
            facts.append(("Switched on", card.reason))
    if followers:
        facts.append(("Followed by", ", ".join(followers)))
    for name, span in facts:
        page.line((f"{name:14}", QUIET), span, indent=2)
    page.blank()
    for line in text.splitlines():
        page.paragraph(line) if not line.strip() else page.line(line)
    return page


def _last_line(sheet: Sheet, card: Card) -> Span:
    if card.last is None:
        return "never", QUIET
    text = f"run {card.last.id} {card.last.status.value} {moment(card.last.started_at, sheet.zone)}"
    return text, RUN_STYLES[card.last.status]
