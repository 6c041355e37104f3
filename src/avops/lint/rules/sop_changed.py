"""The SOP has changed since the recipe was made from it.

Read what has changed, bring the recipe up to date, and write the new sum.

Wrong, when the file's sum is another:

    sop: {file: sops/display-fix.md, sha256: 00…00}

Right:

    sop: {file: sops/display-fix.md, sha256: (the sum of the file as it is)}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import TEAM, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    sop = recipe.doc.sop
    found = recipe.project.file_digest(sop.file) if sop is not None else None
    if sop is not None and found is not None and found != sop.sha256:
        hint = f"compare the two, then write sha256: {found}"
        yield Finding(f"'{sop.file}' has changed since this recipe was made from it", ("sop", "sha256"), hint)


RULE = Rule(number="AV801", name="sop-changed", family=Family.DRIFT, levels=TEAM, page=__doc__, recipe=_check, in_drafts_warns=True)
