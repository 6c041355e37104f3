"""A step names a line of the SOP that is not there.

`source` is `FILE:LINE`, so that a reviewer can hold the two side by side.

Wrong, when the file has 40 lines:

    source: sops/display-fix.md:99

Right:

    source: sops/display-fix.md:12
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.lint.rule import HINT, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView

_SOURCE = re.compile(r"(.+?):(\d+)(?:-\d+)?")


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.main:
        text = step.doc.source
        if text is None:
            continue
        found = _SOURCE.fullmatch(text)
        if found is None:
            yield Finding(f"'{text}' is not FILE:LINE", step.at("source"))
            continue
        count = recipe.project.line_count(found[1])
        if count is not None and int(found[2]) > count:
            yield Finding(f"'{found[1]}' has {count} lines", step.at("source"), offset=len(found[1]) + 1, length=len(found[2]))


RULE = Rule(number="AV802", name="source-line", family=Family.DRIFT, levels=HINT, page=__doc__, recipe=_check, in_drafts_warns=True)
