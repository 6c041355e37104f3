"""A schedule names a date that never comes.

Wrong:

    trigger: {cron: "0 6 30 2 *"}

Right:

    trigger: {cron: "0 6 28 2 *"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.lint.triggers import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    scheduling = readable(workflow)
    if scheduling is not None and scheduling.never_fires(workflow.doc.trigger, workflow.project.timezone):
        yield Finding("no date matches this line, so it never fires", ("trigger", "cron"))


RULE = Rule(number="AV702", name="never-fires", family=Family.SCHEDULE, levels=ALWAYS, page=__doc__, workflow=_check)
