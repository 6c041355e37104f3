"""A condition is neither true nor false.

Text and numbers do not count as true by themselves.

Wrong:

    - check: state.status

Right:

    - check: state.status == 'Available'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.flow import told
from avops.lint.rule import ALWAYS, Family, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView
    from avops.lint.rule import Finding


def _check(recipe: RecipeView) -> Iterator[Finding]:
    return told(
        recipe,
        "not-boolean",
    )


RULE = Rule(number="AV207", name="not-boolean", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check)
