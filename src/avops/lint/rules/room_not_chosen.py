"""A recipe is about one room, and the workflow names none.

Wrong, when `Display Fix` says `room: required`:

    recipe: Display Fix

Right:

    recipe: Display Fix
    for_each: rooms site=hq
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.given_inputs import given_by_workflow
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    doc = workflow.doc
    if doc.room is not None or doc.for_each is not None:
        return
    for given in given_by_workflow(workflow):
        if given.facts.room == "required":
            yield Finding(
                f"the recipe '{given.facts.name}' is about one room, and none is named",
                given.name_path,
                "add 'room: KEY' or 'for_each: rooms'",
            )


RULE = Rule(number="AV706", name="room-not-chosen", family=Family.SCHEDULE, levels=ALWAYS, page=__doc__, workflow=_check)
