"""Regular expressions that are compiled when they are first used: an SOP meets fewer than half of those that there are."""

from __future__ import annotations

import re
from typing import cast

_METHODS = ("match", "search", "fullmatch", "finditer", "findall", "sub", "subn", "split", "pattern", "flags")


class _Lazy:
    """Stands for a compiled pattern; its slots stay empty until one of them is asked for."""

    __slots__ = (*_METHODS, "_text", "_wanted")

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._wanted = flags

    def __getattr__(self, name: str) -> object:
        if name not in _METHODS:
            raise AttributeError(name)
        made = re.compile(self._text, self._wanted)
        for method in _METHODS:
            setattr(self, method, getattr(made, method))
        return getattr(made, name)


def lazily(text: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern `text`, compiled on first use; an error in it shows then."""
    return cast("re.Pattern[str]", _Lazy(text, flags))
