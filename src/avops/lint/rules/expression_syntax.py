"""An expression does not parse.

`check`, `when`, `until`, `set` and `outputs` hold expressions: names, comparisons, `and`, `or`, `not`, a few tests and
filters. A check in words is written `confirm:`.

Wrong:

    - check: the display is on

Right:

    - confirm: the display is on
    - check: display.power == 'on'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for bad in recipe.bad:
        if not bad.is_template:
            error = bad.error
            yield Finding(error.message, bad.path, error.hint, error.expected, offset=error.offset, length=max(error.length, 1))


RULE = Rule(number="AV035", name="expression-syntax", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, fixable=True, recipe=_check)
