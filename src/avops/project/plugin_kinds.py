"""Kinds of tools that installed packages bring: the entry points `avops.tools`."""

from __future__ import annotations

import sys
from functools import cache, lru_cache
from typing import get_args

ENTRY_POINTS = "avops.tools"


def is_plugin_kind(kind: object) -> bool:
    """True for a kind that avops itself does not have and that an installed package brings."""
    return isinstance(kind, str) and kind not in own_kinds() and kind in plugin_kinds()


def plugin_kinds() -> tuple[str, ...]:
    """The kinds that installed packages bring, sorted. None of them can take the place of one of avops's own."""
    return _installed(tuple(sys.path))


@cache
def own_kinds() -> frozenset[str]:
    """The kinds that avops has."""
    from avops.model.tool import Tool

    return frozenset(str(get_args(arm.model_fields["kind"].annotation)[0]) for arm in get_args(get_args(Tool)[0]))


# Reading the entry points of all packages takes tens of milliseconds, and a project may have many such files.
@lru_cache(maxsize=4)
def _installed(path: tuple[str, ...]) -> tuple[str, ...]:
    from importlib.metadata import entry_points

    return tuple(sorted({point.name for point in entry_points(group=ENTRY_POINTS)} - own_kinds()))
