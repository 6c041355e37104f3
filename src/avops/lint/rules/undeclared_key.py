"""An expression asks for a key that the schema does not declare, and does not rule out either.

Most often it is misspelt. If it is real, declare it in the `output` of the action.

Wrong, when the output declares `status`:

    - check: state.sttus == 'Available'

Right:

    - check: state.status == 'Available'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.flow import told
from avops.lint.rule import ADVICE, Family, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView
    from avops.lint.rule import Finding


def _check(recipe: RecipeView) -> Iterator[Finding]:
    return told(
        recipe,
        "undeclared-key",
    )


RULE = Rule(number="AV211", name="undeclared-key", family=Family.FLOW, levels=ADVICE, page=__doc__, recipe=_check)
