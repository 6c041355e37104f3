"""Skeletons of manifests for systems that an SOP names and the project has no tool for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.recipe_text import scalar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avops.sop.steps import DraftStep


def tool_name(product: str) -> str:
    """The tool's name for a product: `Q-SYS` becomes `q-sys`."""
    return re.sub(r"[^a-z0-9]+", "-", product.lower()).strip("-")[:60] or "tool"


def tool_text(product: str, steps: Iterable[DraftStep]) -> str:
    """A manifest that reads, answers in mock mode, and says what is still to be filled in.

    The steps that name the product stand in it as comments: they say which actions are wanted.
    """
    named = [step for step in steps if re.search(rf"(?<!\w){re.escape(product)}(?!\w)", step.text, re.IGNORECASE)]
    lines = [
        "# yaml-language-server: $schema=../schemas/tool.schema.json",
        f"# A skeleton for {product}: put in the address, and an action for each thing that the SOP does with it:",
        *(f"#   line {step.line} ({step.phase}): {' '.join(step.text.split())[:140]}" for step in named[:12]),
        "# Each action says its effect: read, record, write or destructive. Look into the library first: avops tool add --help",
        f"name: {scalar(tool_name(product))}",
        "kind: http",
        f"description: {scalar(product)}",
        f"synonyms: [{scalar(product, flow=True)}]",
        f"base_url: https://{tool_name(product)}.invalid",
        "actions:",
        "  get_status:",
        f"    description: {scalar(f'Read the state of {product}')}",
        "    effect: read",
        "    request: {path: /status}",
        "    output: {type: object}",
        "    mock: {status: ok}",
    ]
    return "\n".join(line.replace("{{", "{ {") for line in lines) + "\n"
