"""The times of a recipe cannot fit into each other.

A step must have room within the run's `timeout_minutes`; waits and polls together must too.

Wrong:

    guardrails: {timeout_minutes: 1}
    verify:
      - {check: reading.ok, within: 90s, reading: {tool: zoom.get_room}}

Right:

    guardrails: {timeout_minutes: 5}
    verify:
      - {check: reading.ok, within: 90s, reading: {tool: zoom.get_room}}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import TEAM, Family, Finding, Rule
from avops.model.duration import duration_s, duration_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    minutes = recipe.doc.guardrails.timeout_minutes
    if minutes is None:
        return
    limit_s, total_s = minutes * 60, 0.0
    single = False
    for step in recipe.main:
        longest_s = 0.0
        for key in ("timeout", "within", "for_", "wait"):
            text = step.option(key)
            if not isinstance(text, str):
                continue
            seconds = duration_s(text)
            if seconds > limit_s or (key == "wait" and seconds == limit_s):
                single = True
                own = key.rstrip("_")
                message = f"'{own}: {text}' does not fit into the run's {duration_text(limit_s)}"
                yield Finding(message, step.at(own), "raise guardrails.timeout_minutes, or shorten it")
            if key != "timeout":
                longest_s = max(longest_s, seconds)
        total_s += longest_s if step.doc.when is None else 0.0
    if not single and total_s > limit_s:
        message = f"the waits of the steps take up to {duration_text(total_s)}, and the run has {duration_text(limit_s)}"
        yield Finding(message, ("guardrails", "timeout_minutes"), "raise it, or shorten the waits")


RULE = Rule(number="AV404", name="time-does-not-fit", family=Family.GUARDRAILS, levels=TEAM, page=__doc__, recipe=_check)
