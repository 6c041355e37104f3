"""A trigger waits for a workflow that the project does not have.

Wrong:

    trigger: {after: Morning Chek}

Right:

    trigger: {after: Morning Check}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import meant
from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.workflow import AfterTrigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    trigger, project = workflow.doc.trigger, workflow.project
    if isinstance(trigger, AfterTrigger) and project.is_whole and project.workflows.find(trigger.after) is None:
        names = project.workflows.names
        yield Finding(f"no workflow is called '{trigger.after}'", ("trigger", "after"), meant(trigger.after, names), names)


RULE = Rule(number="AV106", name="unknown-workflow", family=Family.REFERENCES, levels=ALWAYS, page=__doc__, workflow=_check)
