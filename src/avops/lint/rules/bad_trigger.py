"""A trigger cannot be read.

Wrong:

    trigger: {cron: "0 25 * * *"}

Right:

    trigger: {cron: "0 5 * * *"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    trigger, scheduling = workflow.doc.trigger, workflow.project.scheduling
    if trigger == "manual" or scheduling is None:
        return
    problem = scheduling.problem(trigger, workflow.project.timezone)
    if problem is not None:
        key = next((key for key in ("cron", "at") if hasattr(trigger, key)), None)
        if "zone" in problem[0] and getattr(trigger, "timezone", None):
            key = "timezone"
        yield Finding(problem[0], ("trigger", key) if key else ("trigger",), problem[1])


RULE = Rule(number="AV701", name="bad-trigger", family=Family.SCHEDULE, levels=ALWAYS, page=__doc__, workflow=_check)
