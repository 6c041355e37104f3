"""A procedure has changed, and its version has not.

Runs and reports name the version. Compared are the steps, inputs and guardrails with those at the merge base; names and
descriptions may change freely.

Wrong, after a step was added:

    version: 2

Right:

    version: 3
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.procedure import procedure_of
from avops.lint.rule import ADVICE, Family, Finding, Rule
from avops.project.documents import load_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    earlier = recipe.project.text_before(recipe.path)
    if earlier is None or recipe.doc.draft:
        return
    before = load_document("recipe", earlier, recipe.path).value
    if before is None or before.draft or recipe.doc.version > before.version or procedure_of(before) == procedure_of(recipe.doc):
        return
    written = "version" in recipe.doc.model_fields_set
    message = f"the procedure has changed since version {before.version}"
    yield Finding(message, ("version",) if written else ("name",), f"write version: {before.version + 1}")


RULE = Rule(number="AV909", name="version-not-raised", family=Family.STYLE, levels=ADVICE, page=__doc__, recipe=_check)
