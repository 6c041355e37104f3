"""A file is not called what it holds.

`Display Fix` belongs in `display-fix.yaml`: people look for it there.

Wrong, in `recipes/new2.yaml`:

    name: Display Fix

Right, in `recipes/display-fix.yaml`:

    name: Display Fix
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import HINT, Family, Finding, Rule
from avops.project.names import UNNAMED, slug

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import AgentView, ToolView, WorkflowView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    return _named(recipe.doc.name, recipe.path)


def _check_agent(agent: AgentView) -> Iterator[Finding]:
    return _named(agent.doc.name, agent.path)


def _check_tool(tool: ToolView) -> Iterator[Finding]:
    return _named(tool.doc.name, tool.path)


def _check_workflow(workflow: WorkflowView) -> Iterator[Finding]:
    return _named(workflow.doc.name, workflow.path)


def _named(name: str, path: str) -> Iterator[Finding]:
    file = path.rpartition("/")[2].rpartition(".")[0]
    if "/" in path and slug(name) != UNNAMED and slug(file).replace("-", "") != slug(name).replace("-", ""):
        yield Finding(f"'{name}' belongs in '{slug(name)}.yaml'", ("name",), "rename the file")


RULE = Rule(
    number="AV905",
    name="file-name",
    family=Family.STYLE,
    levels=HINT,
    page=__doc__,
    recipe=_check,
    agent=_check_agent,
    tool=_check_tool,
    workflow=_check_workflow,
)
