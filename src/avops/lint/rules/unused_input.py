"""An input is declared and nothing uses it.

People would be asked for a value that changes nothing.

Wrong:

    inputs:
      channel: {default: "#av-support"}
    act:
      - manual: Press restart

Right:

    inputs:
      channel: {default: "#av-support"}
    act:
      - notify: {slack: "{{ inputs.channel }}", text: The room is restarted}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ADVICE, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    flow = recipe.flow
    if flow.whole_inputs or recipe.bad:
        return
    for name in recipe.doc.inputs:
        if name not in flow.inputs:
            yield Finding(
                f"nothing uses the input '{name}'", ("inputs", name), "use it as '{{ inputs." + name + " }}', or take it out", at_key=True
            )


RULE = Rule(number="AV203", name="unused-input", family=Family.FLOW, levels=ADVICE, page=__doc__, recipe=_check)
