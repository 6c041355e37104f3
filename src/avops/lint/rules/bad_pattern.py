"""A regular expression does not compile.

Wrong:

    inputs:
      extension: {pattern: "[0-9"}

Right:

    inputs:
      extension: {pattern: "[0-9]+"}
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Path, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import SettingsView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for name, spec in recipe.doc.inputs.items():
        if spec.pattern is not None:
            yield from _problem(spec.pattern, ("inputs", name, "pattern"))


def _check_settings(settings: SettingsView) -> Iterator[Finding]:
    for index, pattern in enumerate(settings.doc.policy.redact):
        yield from _problem(pattern, ("policy", "redact", index))


def _problem(pattern: str, path: Path) -> Iterator[Finding]:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        offset = getattr(error, "pos", None) or 0
        yield Finding(f"this is no regular expression: {getattr(error, 'msg', error)}", path, offset=offset, length=1)


RULE = Rule(number="AV038", name="bad-pattern", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, recipe=_check, settings=_check_settings)
