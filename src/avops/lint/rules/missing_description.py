"""A document does not say what it is for.

People choose by it in lists, and a model chooses actions by theirs.

Wrong:

    name: Display Fix

Right:

    name: Display Fix
    description: Bring a dead room display back, and prove that it shows a picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import declared_actions
from avops.lint.rule import HINT, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import AgentView, ToolView, WorkflowView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    if not recipe.doc.description.strip():
        yield Finding("the recipe has no description", ("name",), "add 'description: …'")


def _check_agent(agent: AgentView) -> Iterator[Finding]:
    if not (agent.doc.description.strip() or agent.doc.domain.strip() or agent.doc.instructions.strip()):
        yield Finding("the agent has no description, domain or instructions", ("name",), "add 'description: …'")


def _check_tool(tool: ToolView) -> Iterator[Finding]:
    if not tool.doc.description.strip():
        yield Finding("the tool has no description", ("name",), "add 'description: …'")
    for name, action in declared_actions(tool.doc).items():
        if not action.description.strip():
            yield Finding(f"the action '{name}' has no description", ("actions", name), "add 'description: …'", at_key=True)


def _check_workflow(workflow: WorkflowView) -> Iterator[Finding]:
    if not workflow.doc.description.strip():
        yield Finding("the workflow has no description", ("name",), "add 'description: …'")


RULE = Rule(
    number="AV906",
    name="missing-description",
    family=Family.STYLE,
    levels=HINT,
    page=__doc__,
    recipe=_check,
    agent=_check_agent,
    tool=_check_tool,
    workflow=_check_workflow,
)
