"""A tool is asked to notify, and none of its actions can.

An action that sends messages says which of its arguments carry the address and the text: `notify: {to: …, text: …}`.

Wrong, when `display` has no such action:

    - notify: {display: HQ-1, text: Please wait}

Right:

    - notify: {slack: "#av-support", text: Please wait}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.of_kind("notify"):
        call = step.calls[0]
        if call.tool is not None and call.action is None:
            hint = "give one of its actions `notify: {to: …, text: …}`"
            yield Finding(f"the tool '{call.tool_name}' has no action that notifies", call.path, hint, at_key=True)


RULE = Rule(number="AV114", name="cannot-notify", family=Family.REFERENCES, levels=ALWAYS, page=__doc__, recipe=_check)
