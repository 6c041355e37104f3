"""A plan to read: what was read, what would run with which arguments, and how it would be taken back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.text import Text

STYLES = {"would run": "bold", "would ask": "bold yellow", "read": "dim", "skipped": "dim", "failed": "bold red"}
EFFECTS = {"read": "dim", "record": "", "write": "yellow", "destructive": "bold red"}


def print_plan(steps: Sequence[Mapping[str, object]], about: Mapping[str, object]) -> None:
    """Prints the plan on standard output."""
    from rich.console import Console
    from rich.text import Text

    from avops.report.diagnostics import visible

    where = f" in {about['room']}" if about.get("room") else ""
    console = Console(highlight=False)
    console.print(Text(visible(f"Plan of {about['recipe']}{where}, by {about['agent']}"), style="bold"))
    phase = None
    for step in steps:
        if step["phase"] != phase:
            phase = step["phase"]
            console.print(Text(str(phase).capitalize(), style="bold"))
        for line in _lines(step):
            console.print(line, soft_wrap=True)


def _lines(step: Mapping[str, object]) -> list[Text]:
    from rich.text import Text

    from avops.report.diagnostics import visible

    label = str(step["label"])
    first = Text.assemble("  ", (f"{label:<9}", STYLES.get(label, "")), "  ", visible(str(step["name"])))
    if step.get("approval"):
        first.append(f"   needs {visible(str(step['approval']))}", style="yellow")
    first.append(f"   {step['key']}", style="dim")
    lines = [first]
    indent = " " * 13
    if step.get("tool") and step["label"] in ("would run", "failed"):
        effect = str(step.get("effect"))
        call = Text.assemble(indent, visible(str(step["tool"])), " (", (effect, EFFECTS.get(effect, "")), ")")
        call.append(visible(_arguments(step.get("arguments"))))
        lines.append(call)
    undo = step.get("undo")
    if isinstance(undo, dict):
        lines.append(Text(f"{indent}undo: {visible(str(undo.get('tool')))}{visible(_arguments(undo.get('with')))}"))
    elif undo is not None:
        lines.append(Text(f"{indent}undo: {visible(str(undo))}"))
    if step.get("note"):
        lines.append(Text(f"{indent}{visible(str(step['note']))}", style="dim"))
    return lines


def _arguments(arguments: object) -> str:
    if not isinstance(arguments, dict):
        return ""
    return "".join(f" {name}={json.dumps(value, ensure_ascii=False, default=str)}" for name, value in arguments.items())
