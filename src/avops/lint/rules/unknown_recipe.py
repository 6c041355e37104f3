"""A recipe is named that the project does not have.

Wrong:

    recipe: Dispaly Fix

Right:

    recipe: Display Fix
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import meant
from avops.lint.rule import ALWAYS, Family, Finding, Path, Rule
from avops.model.step import RecipeStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import AgentView, Checked, TestView, WorkflowView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.main:
        if isinstance(step.doc, RecipeStep):
            yield from _unknown(step.doc.recipe, step.at("recipe"), recipe.project, by_file=False)


def _check_agent(agent: AgentView) -> Iterator[Finding]:
    for index, name in enumerate(agent.doc.recipes):
        yield from _unknown(name, ("recipes", index), agent.project)


def _check_workflow(workflow: WorkflowView) -> Iterator[Finding]:
    if workflow.doc.recipe is not None:
        yield from _unknown(workflow.doc.recipe, ("recipe",), workflow.project)
    for index, stage in enumerate(workflow.doc.stages):
        yield from _unknown(stage.recipe, ("stages", index, "recipe"), workflow.project)


def _check_test(test: TestView) -> Iterator[Finding]:
    for finding in _unknown(test.recipe_name, ("recipe",) if test.doc.recipe is not None else (), test.project):
        yield finding if test.doc.recipe is not None else finding._replace(hint="write 'recipe: NAME', or name the file after its recipe")


def _unknown(name: str, path: Path, project: Checked, *, by_file: bool = True) -> Iterator[Finding]:
    if project.is_whole and project.recipe(name, by_file=by_file) is None:
        names = project.recipe_names()
        yield Finding(f"no recipe is called '{name}'", path, meant(name, names) or "`avops recipe new` makes one", names)


RULE = Rule(
    number="AV104",
    name="unknown-recipe",
    family=Family.REFERENCES,
    levels=ALWAYS,
    page=__doc__,
    recipe=_check,
    agent=_check_agent,
    workflow=_check_workflow,
    test=_check_test,
)
