"""Two documents of one kind have the same name.

Names are matched without regard to case: nobody could say which is meant.

Wrong, in two files:

    name: Display Fix
    name: display fix

Right:

    name: Display Fix
    name: Display Fix, large rooms
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from avops.lint.checked import AgentView, Named, ToolView, WorkflowView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    return _same(recipe.doc.name, recipe.path, recipe.project.recipes_called(recipe.doc.name))


def _check_agent(agent: AgentView) -> Iterator[Finding]:
    return _same(agent.doc.name, agent.path, agent.project.agents.called(agent.doc.name))


def _check_tool(tool: ToolView) -> Iterator[Finding]:
    return _same(tool.doc.name, tool.path, tool.project.tools.called(tool.doc.name))


def _check_workflow(workflow: WorkflowView) -> Iterator[Finding]:
    return _same(workflow.doc.name, workflow.path, workflow.project.workflows.called(workflow.doc.name))


def _same(name: str, path: str, called: Iterable[Named[Any]]) -> Iterator[Finding]:
    others = [each.path for each in called if each.path != path]
    if others:
        where = ", ".join(f"'{other}'" for other in sorted(others))
        yield Finding(f"'{name}' is also the name in {where}", ("name",), "give one of them another name")


RULE = Rule(
    number="AV113",
    name="ambiguous-name",
    family=Family.REFERENCES,
    levels=ALWAYS,
    page=__doc__,
    recipe=_check,
    agent=_check_agent,
    tool=_check_tool,
    workflow=_check_workflow,
)
