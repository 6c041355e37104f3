"""The room board: which rooms need a person, which have trouble, and which are well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from avops.model.run import RunStatus
from avops.report.columns import Column, write_table
from avops.report.formats import RUN_STYLES, count, decision_command, duration, run_mark
from avops.report.run_json import instant, run_fields, to_json
from avops.report.sheet import ATTENTION, BAD, QUIET, STRONG, Page, columns_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from avops.model.run import Decision, Run
    from avops.report.sheet import Sheet, Span

_MOST_TROUBLED = 40
_MOST_WAITING = 12
_CELL = 30


class RoomState(Protocol):
    """One room: its newest runs and its figures."""

    @property
    def room(self) -> str:
        """Its key."""
        ...

    @property
    def newest(self) -> Sequence[Run]:
        """Its newest runs, newest first."""
        ...

    @property
    def runs(self) -> int:
        """How many ended in the period."""
        ...

    @property
    def failures(self) -> int:
        """How many of them were bad."""
        ...

    @property
    def open_decisions(self) -> int:
        """How many decisions of it are open."""
        ...

    @property
    def last(self) -> Run:
        """Its newest run."""
        ...

    @property
    def is_flapping(self) -> bool:
        """True when its results go back and forth."""
        ...

    @property
    def needs_a_person(self) -> bool:
        """True when nothing goes on without one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything the room board shows. `rooms` are ranked, the most urgent first."""

    now: datetime
    words: str
    filters: Mapping[str, str]
    rooms: Sequence[RoomState]
    waiting: Sequence[tuple[Decision, Run]] = ()
    """The open decisions of these rooms, oldest first."""
    never_ran: int | None = 0
    """Rooms of the room list without a run; None when the list cannot be read."""


def is_well(state: RoomState) -> bool:
    """True when the room's last run succeeded and nothing about it asks for attention."""
    return state.last.status is RunStatus.SUCCESS and not (state.is_flapping or state.needs_a_person)


def rooms_page(sheet: Sheet, board: Board) -> Page:
    """The board as a page."""
    page = Page(sheet)
    about = "".join(f"{sheet.glyphs.separator}{name} {value}" for name, value in board.filters.items())
    page.between((f"Rooms, {board.words}{about}", STRONG), (_summary(board), QUIET))
    _waiting(page, board)
    troubled = [state for state in board.rooms if not is_well(state)]
    if troubled:
        page.blank()
        page.line(("ROOMS WITH TROUBLE", STRONG))
        _table(page, board, troubled[:_MOST_TROUBLED])
        if len(troubled) > _MOST_TROUBLED:
            page.line((f"and {count(len(troubled) - _MOST_TROUBLED)} more: avops dash --by room --json", QUIET), indent=3)
    well = [state for state in board.rooms if is_well(state)]
    if well:
        page.blank()
        page.line((f"WELL {count(len(well))}", STRONG))
        _grid(page, board, well)
    if not board.rooms:
        page.blank()
        page.line(("no run was about a room yet", QUIET))
    if board.never_ran is None:
        page.blank()
        page.line(("the room list cannot be read, so rooms without a run are not known: avops lint", ATTENTION))
    elif board.never_ran:
        page.blank()
        page.line((f"{count(board.never_ran)} room{'' if board.never_ran == 1 else 's'} of the room list never had a run", QUIET))
    return page


def _summary(board: Board) -> str:
    bad = sum(state.last.status in (RunStatus.FAILED, RunStatus.REFUSED, RunStatus.UNVERIFIED) for state in board.rooms)
    flapping = sum(state.is_flapping for state in board.rooms)
    return f"{count(len(board.rooms))} rooms, {count(bad)} bad, {count(flapping)} flapping"


def _waiting(page: Page, board: Board) -> None:
    interrupted = [state for state in board.rooms if state.last.status is RunStatus.INTERRUPTED]
    if not board.waiting and not interrupted:
        return
    page.blank()
    page.line(("NEEDS A PERSON NOW", f"{STRONG} {ATTENTION}"))
    rows: list[list[Span]] = []
    for decision, run in board.waiting[:_MOST_WAITING]:
        ago = duration((board.now - decision.question.asked_at).total_seconds())
        rows.append([run.room or "", decision.question.prompt, (f"{ago} ago", QUIET), (decision_command(decision), STRONG)])
    for state in interrupted:
        ago = duration((board.now - state.last.started_at).total_seconds())
        rows.append([state.room, f"run {state.last.id} was interrupted", (f"{ago} ago", QUIET), (f"avops resume {state.last.id}", STRONG)])
    columns = [
        Column(title="Room", least=6),
        Column(title="What", least=16),
        Column(title="Since", right=True, drop=1),
        Column(title="Command"),
    ]
    write_table(page, columns, rows[:_MOST_WAITING])
    if len(board.waiting) > _MOST_WAITING:
        page.line((f"and {count(len(board.waiting) - _MOST_WAITING)} more: avops inbox", QUIET))


def _table(page: Page, board: Board, states: Sequence[RoomState]) -> None:
    columns = [
        Column(title="Room", least=8),
        Column(title="Last result"),
        Column(title="Age", right=True),
        Column(title="Bad", right=True),
        Column(title="Last ten", drop=2),
        Column(title="", drop=1),
        Column(title="Recipe", least=10, drop=3),
        Column(title="Run", right=True, drop=4),
    ]
    lines = write_table(page, columns, [_row(page, board, state) for state in states])
    page.anchors += [(line, state.last.id) for line, state in zip(lines, states, strict=True)]


def _row(page: Page, board: Board, state: RoomState) -> list[Span]:
    glyphs, last = page.sheet.glyphs, state.last
    share = f"{count(state.failures)} of {count(state.runs)}" if state.runs else glyphs.none
    note = "flapping" if state.is_flapping else "waits" if state.needs_a_person else ""
    return [
        state.room,
        (f"{run_mark(last.status, glyphs)} {last.status.value}", RUN_STYLES[last.status]),
        (_age(board, state), QUIET),
        (share, BAD if state.failures else QUIET),
        record(page, state),
        (note, ATTENTION),
        (last.recipe, QUIET),
        (str(last.id), QUIET),
    ]


def record(page: Page, state: RoomState) -> str:
    """The marks of its newest runs, the newest at the right."""
    return "".join(run_mark(run.status, page.sheet.glyphs) for run in reversed(state.newest))


def _age(board: Board, state: RoomState) -> str:
    return duration(max((board.now - state.last.started_at).total_seconds(), 0.0))


def _grid(page: Page, board: Board, states: Sequence[RoomState]) -> None:
    """As many cells beside each other as fit: mark, room, age."""
    glyphs = page.sheet.glyphs
    across = max(page.sheet.width // _CELL, 1)
    cell = page.sheet.width // across
    for start in range(0, len(states), across):
        spans: list[Span] = []
        for state in states[start : start + across]:
            bad = f"{count(state.failures)} bad " if state.failures else ""
            age = bad + _age(board, state)
            name = page.sheet.fit(state.room, cell - columns_of(age) - 6)
            gap = " " * max(cell - 2 - columns_of(glyphs.ok) - 1 - columns_of(name) - columns_of(age), 1)
            spans += [(f"{glyphs.ok} ", RUN_STYLES[RunStatus.SUCCESS]), name, gap, (bad, ATTENTION), (age[len(bad) :], QUIET), "  "]
        page.line(*spans[:-1])


def board_document(board: Board) -> str:
    """The board as JSON text."""
    return to_json(
        {
            "now": instant(board.now),
            "filters": dict(board.filters),
            "never_ran": board.never_ran,
            "rooms": [
                {
                    "room": state.room,
                    "last": run_fields(state.last),
                    "age_s": (board.now - state.last.started_at).total_seconds(),
                    "runs": state.runs,
                    "failures": state.failures,
                    "record": [run.status.value for run in reversed(state.newest)],
                    "is_flapping": state.is_flapping,
                    "needs_a_person": state.needs_a_person,
                    "open_decisions": state.open_decisions,
                }
                for state in board.rooms
            ],
        }
    )
