"""An input is given that the recipe does not declare.

Wrong, when the recipe declares `channel`:

    inputs: {chanel: "#av-ops"}

Right:

    inputs: {channel: "#av-ops"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import meant
from avops.lint.given_inputs import Given, given_by_steps, given_by_workflow
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import TestView, WorkflowView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for given in given_by_steps(recipe):
        for name in given.values:
            if given.spec(name) is None:
                yield _unknown(given, name)


def _check_workflow(workflow: WorkflowView) -> Iterator[Finding]:
    doc = workflow.doc
    found = list(given_by_workflow(workflow))
    for given in found:
        own = given.values if not doc.stages else [name for name in given.values if name not in doc.inputs]
        for name in own:
            if given.spec(name) is None:
                yield _unknown(given, name)
    if doc.stages and len(found) == len(doc.stages):
        for name in doc.inputs:
            if not any(given.spec(name) for given in found):
                yield Finding(f"none of the stages' recipes has an input '{name}'", ("inputs", name), at_key=True)


def _check_test(test: TestView) -> Iterator[Finding]:
    facts = test.project.recipe(test.recipe_name, by_file=True) if test.project.is_whole else None
    if facts is None or facts.broken:
        return
    declared = tuple(sorted(facts.inputs or ()))
    for path, part in test.parts:
        for name in part.inputs:
            if name not in declared:
                message = f"the recipe '{facts.name}' has no input '{name}'"
                yield Finding(message, (*path, "inputs", name), meant(name, declared), declared, at_key=True)


def _unknown(given: Given, name: str) -> Finding:
    message = f"the recipe '{given.facts.name}' has no input '{name}'"
    return Finding(message, (*given.path, name), meant(name, given.declared), given.declared, at_key=True)


RULE = Rule(
    number="AV109",
    name="unknown-input",
    family=Family.REFERENCES,
    levels=ALWAYS,
    page=__doc__,
    recipe=_check,
    workflow=_check_workflow,
    test=_check_test,
)
