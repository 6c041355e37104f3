"""The line by which editors find a document's schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avops.project.documents import Kind

_LINE = re.compile(r"^#\s*(?:yaml-language-server:\s*)?\$schema[=:]", re.MULTILINE)


def names_schema(text: str) -> bool:
    """True when a text has such a line."""
    return _LINE.search(text) is not None


def line_for(kind: Kind, path: str) -> str:
    """The line for a document at `path` in its project, without its end."""
    up = "../" * path.count("/")
    return f"# yaml-language-server: $schema={up}schemas/{kind}.schema.json"
