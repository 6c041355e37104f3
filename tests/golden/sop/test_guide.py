"""The examples of docs/sop-conversion.md: the recipes there are those that the converter gives with the starter's tools."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from avops.sop.convert import NO_VERIFY, convert
from avops.wiring import open_workspace, tool_catalog

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "sop-conversion.md").read_text(encoding="utf-8")


def block(name: str) -> str:
    found = re.search(rf"^```\w+ {name}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return found[1]


@pytest.mark.parametrize("name", ["before", "after"])
def test_an_example_gives_the_recipe_beside_it(name: str) -> None:
    made = convert(block(name), file=f"sops/{name}.md", tools=tool_catalog(open_workspace(ROOT)))
    steps = re.search(r"^(?:intake|plan|act|verify):.*", made.recipe_text, re.MULTILINE | re.DOTALL)
    assert steps is not None
    assert steps[0] == block(f"{name}-recipe")
    assert (NO_VERIFY in made.warnings) is (name == "before")
