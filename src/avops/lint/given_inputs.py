"""The inputs that a workflow or a step gives to a recipe, beside those that the recipe declares."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from avops.lint.arguments import constant_problem
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


_FITS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "list": (list,),
}
_WORDS = {"string": "text", "number": "a number", "integer": "a whole number", "boolean": "true or false", "list": "a list"}


def input_problem(spec: Mapping[str, object], value: object) -> tuple[str, tuple[str, ...]] | None:
    """What is wrong with a written-out value of an input, and the expected set; None when it fits. A secret is not shown."""
    kind = str(spec.get("type", "string"))
    shown = "this" if spec.get("secret") else f"'{value}'" if isinstance(value, str) else str(value)
    shown = shown if len(shown) <= 60 else f"{shown[:59]}…"
    if not isinstance(value, _FITS[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return f"must be {_WORDS[kind]}, not {shown}", ()
    enum = spec.get("enum")
    if isinstance(enum, list) and value not in enum:
        return f"cannot be {shown}", tuple(sorted(map(str, enum)))
    pattern = spec.get("pattern")
    # The validator bounds what a pattern may cost; Python's own matcher does not.
    if isinstance(pattern, str) and isinstance(value, str) and constant_problem(_anchored(pattern), value) is not None:
        return f"must match '{pattern}', not {shown}", ()
    return None


@lru_cache(maxsize=1024)
def _anchored(pattern: str) -> Mapping[str, object]:
    return {"pattern": f"^(?:{pattern})$"}
