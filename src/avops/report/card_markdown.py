"""A card's words as Markdown, for wikis and reviews: without boxes, id and serial."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.report.diagnostics import visible

if TYPE_CHECKING:
    from avops.report.card import Card

_MARKED = re.compile(r"([\\`*_{}\[\]<>#+!|~])")


def card_markdown(card: Card) -> str:
    """The procedure in words: limits, steps by phase, and what to do when one fails."""
    lines = [f"# {_plain(card.title)}", "", f"Version {card.version}{', a draft that nobody has reviewed' if card.is_draft else ''}."]
    if card.description:
        lines += ["", _plain(card.description)]
    if card.limits:
        lines += ["", *(f"- {_plain(limit)}" for limit in card.limits)]
    for heading, items in card.phases:
        lines += ["", f"## {heading}", ""]
        for number, item in enumerate(items, 1):
            lines.append(f"{number}. **{_plain(item.title)}**")
            lines += [f"   - {_plain(detail)}" for detail in item.details]
    lines += ["", "## If a step fails", "", *(f"- {_plain(line)}" for line in card.failure)]
    return "\n".join([*lines, ""])


def _plain(text: str) -> str:
    """Text that Markdown takes as it is."""
    return _MARKED.sub(r"\\\1", visible(text))
