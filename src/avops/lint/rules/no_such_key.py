"""An expression asks a value for a key that it cannot have.

The output schema of the action, the columns of the room list, the declared inputs say which keys there are.

Wrong, when `zoom.get_room` gives `status` and `name`:

    - check: state.state == 'Available'

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
    return told(recipe, "unknown-key", "no-keys")


RULE = Rule(number="AV205", name="no-such-key", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check)
