"""A condition looks at nothing, so it is always the same.

Wrong:

    - check: "1 == 1"

Right:

    - check: state.status == 'Available'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import TEAM, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for use in recipe.uses:
        if use.purpose in ("check", "when", "until") and not use.parsed.names:
            yield Finding(f"this '{use.purpose}' names nothing, so it never changes", use.path, "name a result, an input or the room")


RULE = Rule(number="AV215", name="constant-condition", family=Family.FLOW, levels=TEAM, page=__doc__, recipe=_check)
