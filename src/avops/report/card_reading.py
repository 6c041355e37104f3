"""A text card read back: what was ticked, what was noted, who filled it in and when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from avops.errors import UsageError
from avops.model.diagnostic import Diagnostic, Severity
from avops.report.card import PHASES_BY_LETTER, CardId, CardItem, read_card_id
from avops.report.card_text import BAR, FIELDS, title_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_BYTES = 1024 * 1024
_BOX = re.compile(r"\s{0,3}\[(?P<tick>[^\]]{0,3})\]?\s*(?P<mark>[IPAV][1-9]\d{0,2})\b[ \t]?(?P<rest>.*)", re.IGNORECASE)
_LOOSE_BOX = re.compile(r"\s*\[[^\]]{0,3}\]")
_FIELD = re.compile(rf"(?P<field>Card|Room|Input [a-z][a-z0-9_]*|{'|'.join(FIELDS)}):\s*(?P<value>.*)")
_RULE = "card"


class Tick(StrEnum):
    """What a box says."""

    DONE = "x"
    FAILED = "!"
    LEFT_OUT = "-"
    OPEN = " "


_TICKS = {"": Tick.OPEN, "x": Tick.DONE, "X": Tick.DONE, "✓": Tick.DONE, "✗": Tick.FAILED, "!": Tick.FAILED, "-": Tick.LEFT_OUT}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledItem:
    """One box of a filled card. `rest` is what stands behind its mark; `notes` are lines that were written below it."""

    mark: str
    tick: Tick
    rest: str
    notes: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledCard:
    """A text card as somebody filled it in. `fields` are the lines of its head, by their words."""

    id: CardId
    text: str
    fields: Mapping[str, str]
    items: tuple[FilledItem, ...]

    def field(self, name: str) -> str | None:
        """What is written behind `Started:` and the like; None for nothing, or for the line to write on."""
        written = self.fields.get(name, "").strip()
        return written if written.strip("_ ") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of reading a card: the card, or what is wrong with it, or both."""

    card: FilledCard | None
    diagnostics: tuple[Diagnostic, ...]


def read_card(text: str, path: str) -> Reading:
    """A filled text card; every mistake is a diagnostic with its line."""
    reader = _Reader(path)
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        reader.line(number, line)
    return reader.reading(text)


class _Reader:
    """Reads a card line by line."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._fields: dict[str, str] = {}
        self._id: CardId | None = None
        self._items: list[FilledItem] = []
        self._wrong: list[Diagnostic] = []
        self._is_in_steps = False

    def line(self, number: int, line: str) -> None:
        """Takes the next line."""
        text = line.strip()
        if text.startswith("== "):
            self._is_in_steps = not text.startswith("== If a step fails")
        elif box := _BOX.fullmatch(line):
            self._box(number, line, box)
        elif not self._items and (field := _FIELD.fullmatch(text)):
            self._field(number, line, field)
        elif self._is_in_steps and _LOOSE_BOX.match(line):
            self._fault(number, line, "this box has no mark of a step behind it", "it is like: [x] A1  what was done")
        elif self._is_in_steps and self._items and text and not line.startswith(BAR.rstrip()):
            last = self._items[-1]
            note = text.removeprefix("note:").removeprefix("Note:").strip()
            self._items[-1] = FilledItem(mark=last.mark, tick=last.tick, rest=last.rest, notes=(*last.notes, note), line=last.line)

    def reading(self, text: str) -> Reading:
        """What became of all the lines."""
        if self._id is None and not any("card's id" in each.message for each in self._wrong):
            self._fault(1, "", "the line 'Card:' with the card's id is missing", "print a card: avops recipe card NAME")
        card = None
        if self._id is not None:
            card = FilledCard(id=self._id, text=text, fields=self._fields, items=tuple(self._items))
        return Reading(card=card, diagnostics=tuple(self._wrong))

    def _field(self, number: int, line: str, found: re.Match[str]) -> None:
        name, value = found["field"], found["value"].strip()
        if name in self._fields and self._fields[name] != value:
            self._fault(number, line, f"'{name}:' stands there twice", "a file holds one card")
        self._fields[name] = value
        if name == "Card":
            try:
                self._id = read_card_id(value)
            except UsageError as error:
                self._fault(number, line, error.message, error.hint)

    def _box(self, number: int, line: str, found: re.Match[str]) -> None:
        word, mark = found["tick"].strip(), found["mark"].upper()
        tick = _TICKS.get(word)
        if tick is None or "]" not in line:
            self._fault(number, line, f"'[{word}]' says nothing", "expected one of [ ], [!], [-], [x]")
            return
        if any(item.mark == mark for item in self._items):
            self._fault(number, line, f"{mark} stands there twice", "a file holds one card")
            return
        self._items.append(FilledItem(mark=mark, tick=tick, rest=found["rest"].strip(), notes=(), line=number))

    def _fault(self, number: int, line: str, message: str, hint: str | None) -> None:
        self._wrong.append(fault(self._path, number, message, hint, line))


def fault(path: str, line: int, message: str, hint: str | None = None, snippet: str | None = None) -> Diagnostic:
    """Something wrong at a line of a card."""
    return Diagnostic(rule=_RULE, severity=Severity.ERROR, message=message, path=path, line=line, hint=hint, snippet=snippet)


def compared(
    filled: FilledCard, items: Sequence[CardItem], path: str, blank: Sequence[CardItem] = ()
) -> tuple[dict[str, str], list[Diagnostic]]:
    """The note of each mark, and where the card differs from the steps that it was printed with.

    `blank` are the same steps as they are printed when room and inputs are left open, to be written in by hand.
    """
    wrong: list[Diagnostic] = []
    open_titles = {item.mark: item.title for item in blank}
    notes: dict[str, str] = {}
    by_mark = {item.mark: item for item in filled.items}
    for item in items:
        found = by_mark.pop(item.mark, None)
        if found is None:
            wrong.append(fault(path, 1, f"the box of {item.mark} '{item.title}' is missing", "a step that was not done stays: [ ]"))
            continue
        titles = [" ".join(title_lines(title)[0].split()) for title in (item.title, open_titles.get(item.mark, item.title))]
        words = " ".join(found.rest.split())
        title = next((title for title in titles if words.startswith(title)), None)
        if title is None:
            wrong.append(fault(path, found.line, f"{item.mark} is '{titles[0]}' on the card that was printed", "write notes behind it"))
            continue
        notes[item.mark] = joined_notes(words[len(title) :], found.notes)
    wrong += [fault(path, extra.line, f"the recipe has no step {extra.mark}") for extra in by_mark.values()]
    return notes, wrong


def joined_notes(behind: str, below: Sequence[str]) -> str:
    """One note of what stands behind a title and below it."""
    behind = behind.lstrip(" \t:;,.–—-")
    return "; ".join(each.strip() for each in (behind, *below) if each.strip())


def items_of(filled: FilledCard) -> list[CardItem]:
    """The steps as the card itself words them, where nothing else is known of them; none of them counts as a check."""
    return [
        CardItem(
            mark=box.mark,
            key=f"{PHASES_BY_LETTER[box.mark[0]]}.{int(box.mark[1:]) - 1}",
            step_id=None,
            kind="manual",
            title=box.rest[:500] or box.mark,
            details=(),
            is_check=False,
            is_conditional=False,
            approval=None,
            stands_for=None,
        )
        for box in filled.items
    ]
