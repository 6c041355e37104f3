"""A workflow is due again before its run can be over.

The next run would be skipped, queued or run beside it, as `overlap` says.

Wrong, when the recipe may take 10 minutes:

    trigger: {interval_minutes: 5}

Right:

    trigger: {interval_minutes: 15}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.called import called_recipes
from avops.lint.rule import ADVICE, Family, Finding, Rule
from avops.lint.triggers import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    scheduling, doc = readable(workflow), workflow.doc
    if scheduling is None or doc.overlap == "allow":
        return
    minutes = 0.0
    for name in [doc.recipe, *(stage.recipe for stage in doc.stages)]:
        facts = next(called_recipes(workflow.project, name, by_file=True), None) if name else None
        minutes += (facts.timeout_minutes or 0.0) if facts is not None else 0.0
    if minutes and scheduling.fires_within(doc.trigger, workflow.project.timezone, minutes * 60):
        key = "cron" if hasattr(doc.trigger, "cron") else "interval_minutes"
        message = f"it is due again before a run must be over: the recipe may take {minutes:g} minutes"
        yield Finding(message, ("trigger", key), "run it less often, or shorten guardrails.timeout_minutes")


RULE = Rule(number="AV703", name="too-frequent", family=Family.SCHEDULE, levels=ADVICE, page=__doc__, workflow=_check)
