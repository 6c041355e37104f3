"""What a check expects of a reading, where the sentence says that and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.binding import named_value
from avops.sop.evidence import says_only, states_of_a_value
from avops.sop.tails import NEGATION, cut_tail

if TYPE_CHECKING:
    from avops.sop.catalog import ActionCatalogEntry, ToolCatalogEntry


def expectation(tool: ToolCatalogEntry, action: ActionCatalogEntry, text: str) -> str:
    """`reading.power == 'on'` when `text` says that a field of the answer has a value, "" when it says more, less or other.

    "on and shows the pc" gives both fields. A denied value gives nothing: what it should be instead is not said.
    """
    tail = cut_tail(text, looks=True, tells=False)
    if NEGATION.search(tail.head) or (tail.limits and tail.word != "before") or not says_only(tail.head, tool, action):
        return ""
    if re.search(r"\b(?:or|with|can|cannot|could|able)\b", tail.head, re.IGNORECASE):
        return ""
    if states_of_a_value(tail.head, action):
        return ""
    found = []
    for clause in re.split(r"\band\b|,", tail.head):
        value = named_value(clause, action)
        if value is None:
            return ""
        found.append(f"reading.{value[0]} == '{value[1]}'")
    return " and ".join(found)
