"""A card as plain text, to be printed or filled in with an editor; `card_reading` reads what was filled in.

Every line that the card itself writes below a box begins with a bar, so that whatever else stands there is a note.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from avops.report.diagnostics import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.report.card import Card, CardItem

WIDTH: Final = 96
BAR: Final = "     | "
RULE: Final = "-" * WIDTH
FIELDS: Final = ("Done by", "Started", "Ended")
HOW_TO: Final = "Tick [x] done and seen, [!] failed, [-] left out. Write notes below a step."


def card_text(card: Card) -> str:
    """The card as text, no line longer than 96 columns unless a word is."""
    return "\n".join(line.rstrip() for line in _lines(card)) + "\n"


def title_lines(title: str) -> list[str]:
    """A step's title in lines: the first stands beside the box, the others behind bars."""
    return textwrap.wrap(visible(title), WIDTH - 10, break_long_words=False, break_on_hyphens=False) or [""]


def _lines(card: Card) -> Iterator[str]:
    yield f"{visible(card.title)}  (version {card.version}{', DRAFT: not reviewed' if card.is_draft else ''})"
    yield f"Card: {card.id}"
    if card.room:
        yield f"Room: {visible(card.room)}"
    for name, value in card.inputs:
        yield f"Input {name}: {visible(value)}"
    yield from (f"{field}:" for field in FIELDS)
    yield RULE
    yield from _wrapped(card.description, "")
    for limit in card.limits:
        yield from _wrapped(limit, "* ")
    yield HOW_TO
    for heading, items in card.phases:
        yield ""
        yield f"== {heading} =="
        for item in items:
            yield from _item(item)
    yield ""
    yield "== If a step fails =="
    for line in card.failure:
        yield from _wrapped(line, "  ")
    yield RULE
    yield f"End of card {card.id}"


def _item(item: CardItem) -> Iterator[str]:
    first, *rest = title_lines(item.title)
    yield f"[ ] {item.mark:<3} {first}"
    yield from (f"{BAR}{line}" for line in rest)
    for detail in item.details:
        yield from _wrapped(detail, BAR, BAR + "  ")


def _wrapped(text: str, first: str, later: str | None = None) -> Iterator[str]:
    indent = first if later is None else later
    if later is None:
        indent = " " * len(first)
    yield from textwrap.wrap(
        visible(text), WIDTH, initial_indent=first, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
