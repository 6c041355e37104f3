"""Data in a prompt, fenced so that it cannot pass for anything else."""

from __future__ import annotations

import re

_SOURCE = re.compile(r"[^\w .-]")


def fenced(source: str, text: str) -> str:
    """The text between marks that name its source. It cannot hold a mark: its angle brackets are written as JSON escapes."""
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e")
    return f'<data from="{_SOURCE.sub("", source)}">\n{safe}\n</data>'
