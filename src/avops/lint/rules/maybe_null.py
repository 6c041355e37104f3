"""A value may be null where the expression needs one.

The result of a step that was skipped is null, as are optional inputs that nobody gave.

Wrong, when the step `power` has a `when`:

    - check: power.state == 'on'

Right:

    - check: power is not null and power.state == 'on'
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
        "maybe-null",
    )


RULE = Rule(number="AV209", name="maybe-null", family=Family.FLOW, levels=ADVICE, page=__doc__, recipe=_check)
