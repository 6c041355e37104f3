"""A write does not say how it is taken back.

`undo: {tool: …, with: …}` is a call; `undo: auto` puts back what was read before, where the action declares `restore`;
`undo: none` with `why:` says that it cannot be.

Wrong:

    - tool: display.set_power
      with: {power: "on"}

Right:

    - tool: display.set_power
      with: {power: "on"}
      undo: {tool: display.set_power, with: {power: "off"}}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.facts import phrase
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for call in recipe.changes:
        if call.use == "step" and call.step.option("undo") is None:
            hint = "write undo: {tool: …}, undo: auto, or undo: none with why:"
            yield Finding(f"'{call.reference}' is {phrase(call.effect)} and has no undo", call.path, hint)


RULE = Rule(
    number="AV304", name="write-without-undo", family=Family.CONTRACT, levels=ALWAYS, page=__doc__, recipe=_check, in_drafts_warns=True
)
