"""A scheduled run fails, and nobody is told.

Wrong:

    trigger: {cron: "0 6 * * *"}

Right:

    trigger: {cron: "0 6 * * *"}
    notify_on: [failed]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import HINT, Family, Finding, Rule
from avops.lint.triggers import is_scheduled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    doc = workflow.doc
    if is_scheduled(doc) and "failed" not in doc.notify_on:
        path = ("notify_on",) if "notify_on" in doc.model_fields_set else ("trigger",)
        yield Finding("nobody is told when a scheduled run fails", path, "add 'notify_on: [failed]'", at_key=True)


RULE = Rule(number="AV708", name="unheard-failure", family=Family.SCHEDULE, levels=HINT, page=__doc__, workflow=_check)
