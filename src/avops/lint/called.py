"""What a called recipe does, through all the recipes that it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import Checked
    from avops.lint.facts import CallFact, RecipeFacts


def called_recipes(project: Checked, name: str, *, by_file: bool = False) -> Iterator[RecipeFacts]:
    """The facts of a recipe and of all that it calls, each once; broken ones are left out."""
    waiting, seen = [(name, by_file)], set[str]()
    while waiting:
        wanted, file_too = waiting.pop()
        facts = project.recipe(wanted, by_file=file_too)
        if facts is None or facts.broken or folded(facts.name) in seen:
            continue
        seen.add(folded(facts.name))
        yield facts
        waiting += [(child, False) for _, child in facts.children]


def changing_calls(project: Checked, name: str) -> Iterator[CallFact]:
    """The calls of a recipe, and of those that it calls, that change a device or a service."""
    for facts in called_recipes(project, name):
        for call in facts.calls:
            if call.effect in ("write", "destructive") and call.use in ("step", "notify"):
                yield call
