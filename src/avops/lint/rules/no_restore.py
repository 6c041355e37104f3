"""`undo: auto` stands on an action that does not say how its state is read.

Wrong, when `display.set_power` has no `restore`:

    - tool: display.set_power
      undo: auto

Right:

    - tool: display.set_power
      undo: {tool: display.set_power, with: {power: "off"}}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import actions_of
from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.effect import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for call in recipe.changes:
        if call.use != "step" or call.step.option("undo") != "auto" or call.action is None or call.tool is None:
            continue
        restore = call.action.restore
        if restore is None:
            message = f"'{call.reference}' declares no restore, so 'undo: auto' cannot work"
            yield Finding(message, call.step.at("undo"), "write undo: {tool: …, with: …}")
        elif (read := actions_of(call.tool).get(restore.read)) is None or read.effect is not Effect.READ:
            message = f"'{call.reference}' restores by '{restore.read}', which is no read of '{call.tool_name}'"
            yield Finding(message, call.step.at("undo"), "mend the tool's manifest, or write undo: {tool: …, with: …}")


RULE = Rule(number="AV306", name="no-restore", family=Family.CONTRACT, levels=ALWAYS, page=__doc__, recipe=_check, in_drafts_warns=True)
