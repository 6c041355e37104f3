"""Attaching a recipe: one line more, and nothing else changes."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from avops.errors import AvopsError
from avops.project.attaching import attach_recipe


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name: A\n", "name: A\nrecipes: [New]\n"),
        ("name: A", "name: A\nrecipes: [New]\n"),
        ("recipes: []  # none yet\n", "recipes: [New]  # none yet\n"),
        ("recipes: [Old]\n", "recipes: [Old, New]\n"),
        ("recipes: [Old,]\n", "recipes: [Old, New]\n"),
        ('recipes: ["a ]", Old] # ]\n', 'recipes: ["a ]", Old, New] # ]\n'),
        ("recipes:\n  - Old  # kept\nname: A\n", "recipes:\n  - Old  # kept\n  - New\nname: A\n"),
        ("recipes:\n- Old\n\n# about the rest\nname: A\n", "recipes:\n- Old\n- New\n\n# about the rest\nname: A\n"),
        ("recipes:\nname: A\n", "recipes:\n  - New\nname: A\n"),
        ("recipes: [\n  Old\n]\n", "recipes: [\n  Old\n, New]\n"),
        ("name: A\r\nrecipes: [Old]\r\n", "name: A\r\nrecipes: [Old, New]\r\n"),
        ("recipes: [new]\n", "recipes: [new]\n"),
    ],
)
def test_only_the_list_grows(before: str, after: str) -> None:
    assert attach_recipe(before, "New", "agents/a.yaml") == after


@pytest.mark.parametrize("text", ["recipes: *x\n", "- a\n", "recipes: one\n", "base: &b [Old]\nrecipes: *b\n"])
def test_a_list_that_cannot_grow_is_refused(text: str) -> None:
    with pytest.raises(AvopsError):
        attach_recipe(text, "New", "agents/a.yaml")


@given(name=st.text(min_size=1, max_size=60).map(str.strip).filter(lambda text: text.isprintable() and bool(text)))
def test_any_name_is_read_back(name: str) -> None:
    made = yaml.safe_load(attach_recipe("name: A\nrecipes: [Old]\n", name, "agents/a.yaml"))
    assert made["recipes"] == (["Old", name] if name.casefold() != "old" else ["Old"])
