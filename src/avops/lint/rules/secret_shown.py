"""A secret input is put where people or other services see it.

Secret inputs are never stored and never shown; a message, an article or a question would show them.

Wrong, when `pin` is secret:

    - notify: {slack: "#av", text: "the PIN is {{ inputs.pin }}"}

Right:

    - notify: {slack: "#av", text: "the PIN was changed"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    secret = {name for name, spec in recipe.doc.inputs.items() if spec.secret}
    for use in recipe.uses if secret else ():
        if use.purpose not in ("text", "output", "set"):
            continue
        for name in use.parsed.names:
            if name.path[0] == "inputs" and len(name.path) > 1 and name.path[1] in secret:
                message = f"'inputs.{name.path[1]}' is secret, and this shows it"
                yield Finding(message, use.path, "leave it out", offset=name.offset, length=len(f"inputs.{name.path[1]}"))


RULE = Rule(number="AV607", name="secret-shown", family=Family.SECURITY, levels=ALWAYS, page=__doc__, recipe=_check)
