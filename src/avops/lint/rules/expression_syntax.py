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

from avops.expression.errors import WORDS_HINT
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView
    from avops.lint.rule import Path


_HINT = "this is an expression: text stands in quotes of its own, \"'like this'\", and '~' joins it"


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for bad in recipe.bad:
        if not bad.is_template:
            error = bad.error
            hint = _HINT if error.hint == WORDS_HINT and _is_value(bad.path) else error.hint
            yield Finding(error.message, bad.path, hint, error.expected, offset=error.offset, length=max(error.length, 1))


def _is_value(path: Path) -> bool:
    """True for what `set` and `outputs` compute: no check, so nobody can confirm it."""
    return path[0] == "outputs" or path[-2:-1] == ("set",)


RULE = Rule(number="AV035", name="expression-syntax", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, fixable=True, recipe=_check)
