"""The composition root: the one package that knows every feature, and puts them together.

Everything here opens what it needs and closes it again. Heavy features are imported where they are used, so that a
command pays only for what it does.
"""

from avops.wiring.linting import lint_scheduling
from avops.wiring.requests import RunRequest, build_start, fleet_of, workflow_request
from avops.wiring.running import Running, plan_once, resume_run, run_once, with_executor
from avops.wiring.schedule_desk import pause_schedule, resume_schedule, say_enabled, schedule_preview, schedule_state
from avops.wiring.scheduling import tick, tick_for_ever
from avops.wiring.tools import tool_catalog, tool_problems
from avops.wiring.workflow_files import (
    existing,
    followers_of,
    judged,
    set_in_file,
    workflow_cards,
    workflow_text,
)
from avops.wiring.workspace import Workspace, find_workspace, open_store, open_workspace

__all__ = [
    "RunRequest",
    "Running",
    "Workspace",
    "build_start",
    "existing",
    "find_workspace",
    "fleet_of",
    "followers_of",
    "judged",
    "lint_scheduling",
    "open_store",
    "open_workspace",
    "pause_schedule",
    "plan_once",
    "resume_run",
    "resume_schedule",
    "run_once",
    "say_enabled",
    "schedule_preview",
    "schedule_state",
    "set_in_file",
    "tick",
    "tick_for_ever",
    "tool_catalog",
    "tool_problems",
    "with_executor",
    "workflow_cards",
    "workflow_request",
    "workflow_text",
]
