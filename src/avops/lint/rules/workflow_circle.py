"""Workflows start each other in a circle.

Wrong, in `Morning Check`:

    trigger: {after: Evening Check}

with, in `Evening Check`:

    trigger: {after: Morning Check}

Right:

    trigger: {cron: "0 6 * * *"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.workflow import AfterTrigger
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    trail = [workflow.doc.name]
    trigger = workflow.doc.trigger
    while isinstance(trigger, AfterTrigger):
        name = trigger.after
        is_known = folded(name) in [folded(each) for each in trail]
        trail.append(name)
        if is_known:
            if folded(name) == folded(workflow.doc.name):
                shown = " → ".join(f"'{each}'" for each in reversed(trail))
                yield Finding(f"these workflows start each other in a circle: {shown}", ("trigger", "after"), "break the circle")
            return
        found = workflow.project.workflows.find(name)
        trigger = found.value.trigger if found is not None and found.value is not None else "manual"


RULE = Rule(number="AV705", name="workflow-circle", family=Family.SCHEDULE, levels=ALWAYS, page=__doc__, workflow=_check)
