"""A recipe needs an input that nobody gives.

An input without a `default` is required. A scheduled run has nobody to ask.

Wrong, when the recipe requires `channel`:

    recipe: Display Fix

Right:

    recipe: Display Fix
    inputs: {channel: "#av-ops"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.given_inputs import Given, given_by_steps, given_by_workflow
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from avops.lint.checked import WorkflowView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    return _missing(given_by_steps(recipe), "with")


def _check_workflow(workflow: WorkflowView) -> Iterator[Finding]:
    return _missing(given_by_workflow(workflow), "inputs")


def _missing(found: Iterable[Given], key: str) -> Iterator[Finding]:
    for given in found:
        if not given.complete:
            continue
        for name, spec in (given.facts.inputs or {}).items():
            if spec.get("is_required") and name not in given.values:
                message = f"the recipe '{given.facts.name}' needs the input '{name}', which is not given"
                yield Finding(message, given.name_path, f"add '{name}: …' under '{key}:'")


RULE = Rule(
    number="AV110", name="missing-input", family=Family.REFERENCES, levels=ALWAYS, page=__doc__, recipe=_check, workflow=_check_workflow
)
