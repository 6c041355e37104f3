"""Text SOPs to draft recipes.

    convert(text, file="sops/display.md", tools=catalog)  ->  Conversion

The text becomes blocks (`blocks`, `plain`), the blocks sentences (`sentences`), each sentence is read (`grammar`) and
judged (`classify`), steps get their phase (`phases`), their inputs (`inputs`) and, where a tool does what they say, a
call (`binding`, `arguments`, `actions`); `recipe_text` writes the YAML and `coverage` accounts for every line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avops.sop.catalog import ActionCatalogEntry, ToolCatalogEntry
    from avops.sop.convert import Conversion, convert
    from avops.sop.errors import NoProcedure

__all__ = ["ActionCatalogEntry", "Conversion", "NoProcedure", "ToolCatalogEntry", "convert"]

_PLACES = {
    "ActionCatalogEntry": "avops.sop.catalog",
    "ToolCatalogEntry": "avops.sop.catalog",
    "Conversion": "avops.sop.convert",
    "convert": "avops.sop.convert",
    "NoProcedure": "avops.sop.errors",
}


def __getattr__(name: str) -> object:
    """The public names, imported when they are first used."""
    if name not in _PLACES:
        raise AttributeError(f"module 'avops.sop' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)
