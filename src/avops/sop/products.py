"""Systems that an SOP names and that the project has no tool for."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from avops.sop.binding import named_tools

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from avops.sop.catalog import ToolCatalogEntry
    from avops.sop.steps import DraftStep


@cache
def _products() -> tuple[str, ...]:
    lines = (Path(__file__).parent / "data" / "products.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def mentioned_products(steps: Iterable[DraftStep], tools: Sequence[ToolCatalogEntry]) -> list[str]:
    """Products named by the steps, in order, for which none of `tools` stands."""
    found: list[str] = []
    for step in steps:
        text = step.text
        for product in _products():
            if (
                product not in found
                and product.lower() in text.lower()
                and re.search(rf"(?<!\w){re.escape(product)}(?!\w)", text, re.IGNORECASE)
            ) and not named_tools(product, tools):
                found.append(product)
    return found
