"""The order in which the top-level keys of a document stand, as far as readers rely on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.project.documents import Kind

_SECOND = 1
_RANKS: Mapping[str, Mapping[str, int]] = {
    "agent": {"name": 0},
    "recipe": {
        "name": 0,
        "inputs": 2,
        "guardrails": 3,
        "success_metrics": 4,
        "intake": 5,
        "plan": 6,
        "act": 7,
        "verify": 8,
        "outputs": 9,
    },
    "settings": {},
    "test": {"tests": 2},
    "tool": {"name": 0, "actions": 2},
    "workflow": {"name": 0},
}


def rank_of(kind: Kind, key: str) -> int:
    """Where a key belongs; keys of one rank stand in any order."""
    return _RANKS[kind].get(key, _SECOND)
