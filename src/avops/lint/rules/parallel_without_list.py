"""Something is said about many entries where there is only one.

`parallel` counts the entries of `for_each`; in a workflow `canary` and `max_failures` count its rooms.

Wrong:

    - tool: zoom.restart_room
      parallel: 10

Right:

    - for_each: "{{ inputs.rooms }}"
      tool: zoom.restart_room
      parallel: 10
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ADVICE, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.steps:
        if step.doc.for_each is None and step.doc.parallel > 1:
            yield Finding(
                "'parallel' means nothing without 'for_each'", step.at("parallel"), "add 'for_each:', or take it out", at_key=True
            )


def _check_workflow(workflow: WorkflowView) -> Iterator[Finding]:
    doc = workflow.doc
    if doc.for_each is None:
        for key in ("canary", "max_failures", "parallel"):
            if key in doc.model_fields_set:
                yield Finding(f"'{key}' means nothing without 'for_each'", (key,), "add 'for_each: rooms', or take it out", at_key=True)


RULE = Rule(
    number="AV407",
    name="parallel-without-list",
    family=Family.GUARDRAILS,
    levels=ADVICE,
    page=__doc__,
    recipe=_check,
    workflow=_check_workflow,
)
