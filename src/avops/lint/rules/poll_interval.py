"""A check is read again less often than its time allows once.

`within` reads at once and then every `every`, which is 5s by default.

Wrong:

    - {check: reading.ok, within: 10s, every: 1m, reading: {tool: zoom.get_room}}

Right:

    - {check: reading.ok, within: 2m, every: 10s, reading: {tool: zoom.get_room}}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ADVICE, Family, Finding, Rule
from avops.model.duration import duration_s

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.of_kind("check", "wait"):
        within, every = step.option("within"), step.option("every")
        if within is not None and "every" in step.doc.model_fields_set and duration_s(str(every)) >= duration_s(within):
            message = f"'every: {every}' is no shorter than 'within: {within}', so it is read once"
            yield Finding(message, step.at("every"), "read more often, or allow more time")


RULE = Rule(number="AV406", name="poll-interval", family=Family.GUARDRAILS, levels=ADVICE, page=__doc__, recipe=_check)
