"""A comparison compares what can never be equal.

A `when` that can never be true skips its step for ever; a check that can never be true fails for ever.

Wrong, when the status is `Available`, `InMeeting` or `Offline`:

    when: state.status == 'Free'

Right:

    when: state.status == 'Available'
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
    return told(recipe, "never-equal", "not-in-enum")


RULE = Rule(number="AV206", name="impossible-comparison", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check)
