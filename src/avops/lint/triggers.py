"""Triggers that run by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avops.lint.checked import Scheduling, WorkflowView
    from avops.model.workflow import Workflow


def is_scheduled(workflow: Workflow) -> bool:
    """True when nobody has to start it: it is enabled and has a trigger."""
    return workflow.enabled and workflow.trigger != "manual"


def readable(workflow: WorkflowView) -> Scheduling | None:
    """The arithmetic for a trigger that can be read; None for one that cannot, or is no schedule."""
    scheduling, trigger = workflow.project.scheduling, workflow.doc.trigger
    if scheduling is None or trigger == "manual" or scheduling.problem(trigger, workflow.project.timezone) is not None:
        return None
    return scheduling
