"""Whole SOPs of our own against the recipes they must give.

A folder `cases/` holds the SOPs, `expected/` the recipe for each, or the reason for a refusal. After an intended
change: AVOPS_REWRITE_GOLDEN=1 pytest tests/golden/sop, and read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from avops.model.recipe import Recipe
from avops.sop.convert import convert
from avops.sop.errors import NoProcedure

from .catalog import TOOLS

FOLDER = Path(__file__).parent
CASES = sorted((FOLDER / "cases").iterdir())


def outcome(path: Path) -> str:
    """The recipe's text, the warnings and the report as comments, or the refusal."""
    try:
        made = convert(path.read_text(encoding="utf-8"), file=f"sops/{path.name}", tools=TOOLS)
    except NoProcedure as refusal:
        return f"# refused: {refusal.message}\n"
    notes = [f"# warning: {warning}" for warning in made.warnings]
    notes += [f"# {line.line}: {line.outcome}, {line.reason}" for line in made.coverage if line.outcome not in ("step", "heading")]
    return made.recipe_text + "\n" + "\n".join(notes) + "\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_a_case_gives_its_recipe(path: Path) -> None:
    expected = FOLDER / "expected" / f"{path.stem}.yaml"
    got = outcome(path)
    if os.environ.get("AVOPS_REWRITE_GOLDEN"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(got, encoding="utf-8")
    assert got == expected.read_text(encoding="utf-8"), "run: AVOPS_REWRITE_GOLDEN=1 pytest tests/golden/sop"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_a_case_loads_as_a_draft_recipe(path: Path) -> None:
    got = outcome(path)
    if got.startswith("# refused"):
        return
    recipe = Recipe.model_validate(yaml.safe_load(got))
    assert recipe.draft
    assert recipe.sop is not None
    assert recipe.sop.file == f"sops/{path.name}"


BOUND = {
    "branches.md": ["qsys.set_mute"],
    "chat-message.txt": ["slack"],
    "display-fix-one-line.txt": ["display.get_power", "display.restart", "slack", "display.get_power"],
    "inputs.md": ["tickets.create_ticket"],
    "projector-warmup.md": ["display.set_power", "qsys.load_snapshot", "qsys.set_mute", "display.get_power", "slack"],
    "table-steps.md": ["display.set_power"],
    "ticket-and-notify.md": [
        "zoom.get_room", "tickets.create_ticket", "zoom.restart_room", "display.set_power", "qsys.set_mute", "slack", "display.get_power",
        "tickets.resolve_ticket",
    ],
    "zoom-room-restart.md": ["zoom.get_room", "zoom.restart_room", "zoom.get_room", "tickets.update_ticket", "tickets.resolve_ticket"],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BOUND))
def test_steps_are_bound_to_the_tools_they_name(name: str) -> None:
    made = convert((FOLDER / "cases" / name).read_text(encoding="utf-8"), file=name, tools=TOOLS)
    bound = []
    for step in made.steps:
        if step.key == "tool":
            bound.append(str(step.value))
        elif step.key == "notify" and isinstance(step.value, dict):
            bound.append(next(iter(step.value)))
        elif step.reading:
            bound.append(str(step.reading["tool"]))
    assert bound == BOUND[name]
