"""The inputs that a workflow or a step gives to a recipe, beside those that the recipe declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avops.model.step import RecipeStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avops.lint.checked import WorkflowView
    from avops.lint.facts import RecipeFacts
    from avops.lint.recipe_view import RecipeView
    from avops.lint.rule import Path


class Given(NamedTuple):
    """Values for one recipe: `path` leads to the mapping that holds them, `name_path` to the recipe's name.

    `complete`: whatever is missing here comes from nowhere else.
    """

    facts: RecipeFacts
    values: Mapping[str, object]
    path: Path
    name_path: Path
    complete: bool

    def spec(self, name: str) -> Mapping[str, object] | None:
        """What the recipe declares of one input."""
        return (self.facts.inputs or {}).get(name)

    @property
    def declared(self) -> tuple[str, ...]:
        """The names of the recipe's inputs, sorted."""
        return tuple(sorted(self.facts.inputs or {}))


def given_by_steps(recipe: RecipeView) -> Iterator[Given]:
    """What the `recipe` steps of a recipe give."""
    for step in recipe.main:
        if isinstance(step.doc, RecipeStep):
            facts = recipe.project.recipe(step.doc.recipe)
            if facts is not None and not facts.broken:
                yield Given(facts, step.doc.with_, step.at("with"), step.at("recipe"), True)


def given_by_workflow(workflow: WorkflowView) -> Iterator[Given]:
    """What a workflow, and each of its stages, gives. Rows of a file may give the rest."""
    doc, project = workflow.doc, workflow.project
    complete = doc.for_each is None or doc.for_each.split(" ", 1)[0] == "rooms"
    if doc.recipe is not None and not doc.stages:
        facts = project.recipe(doc.recipe, by_file=True)
        if facts is not None and not facts.broken:
            yield Given(facts, doc.inputs, ("inputs",), ("recipe",), complete)
    for index, stage in enumerate(doc.stages):
        facts = project.recipe(stage.recipe, by_file=True)
        if facts is not None and not facts.broken:
            at: Path = ("stages", index)
            yield Given(facts, {**doc.inputs, **stage.inputs}, (*at, "inputs"), (*at, "recipe"), complete)
