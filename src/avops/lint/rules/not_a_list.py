"""A `for_each` does not give a list.

Wrong, when `rooms` is text:

    for_each: "{{ inputs.rooms }}"

Right, when `rooms` is declared with `type: list`:

    for_each: "{{ inputs.rooms }}"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.expression.schemas import kinds
from avops.expression.values import LIST
from avops.lint.arguments import in_words
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.steps:
        given = step.doc.for_each
        if isinstance(given, str) and "{{" not in given:
            yield Finding("'for_each' must be a list, not text", step.at("for_each"), "write a list, or '{{ … }}' that gives one")
    for use, schema in zip(recipe.uses, recipe.flow.schemas, strict=True):
        if use.purpose == "for_each" and use.step is not None and use.path == use.step.at("for_each") and LIST not in kinds(schema):
            yield Finding(f"'for_each' must be a list, and this is {in_words(kinds(schema))}", use.path)


RULE = Rule(number="AV218", name="not-a-list", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check)
