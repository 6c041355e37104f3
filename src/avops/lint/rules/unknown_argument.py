"""A call gives an argument that its action does not have.

Wrong:

    with: {rom_id: zr-1}

Right:

    with: {room_id: zr-1}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import meant
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for call in recipe.calls:
        if call.action is None:
            continue
        for name in call.arguments:
            if name not in call.action.input:
                names = tuple(sorted(call.action.input))
                hint = meant(name, names) or (None if names else "it takes no arguments")
                message = f"'{call.reference}' has no argument '{name}'"
                yield Finding(message, (*call.with_path, name), hint, names, at_key=True)


RULE = Rule(number="AV213", name="unknown-argument", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check)
