"""The schedule's facts to rows and back. A tick with nothing due makes none, so the facts are imported when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.telemetry.instants import from_micros, from_micros_or_none, to_micros, to_micros_or_none

if TYPE_CHECKING:
    from avops.model.schedule import Ending, IndexedFile, Override, Pause, ScheduledWorkflow, SlotRecord
    from avops.telemetry.rows import Row

FILE_COLUMNS = "path, size, mtime_ns, ctime_ns, read_at_ns, sha256, workflow, problem, hint"
WORKFLOW_COLUMNS = "key, name, path, timing, follows, enabled, grace_us, catch_up, overlap, anchor_at, decided_until, due_at, problem"
SLOT_COLUMNS = "key, planned_at, until_at, slots, state, reason, decided_at, process, attempts, begun_at, run_id, cause"


def to_file(row: Row) -> IndexedFile:
    """The file in a row of FILE_COLUMNS."""
    from avops.model.schedule import IndexedFile

    path, size, mtime_ns, ctime_ns, read_at_ns, sha256, workflow, problem, hint = row
    return IndexedFile(
        path=path,
        size=size,
        mtime_ns=mtime_ns,
        ctime_ns=ctime_ns,
        read_at_ns=read_at_ns,
        sha256=sha256,
        workflow=workflow,
        problem=problem,
        hint=hint,
    )


def from_file(file: IndexedFile) -> tuple[object, ...]:
    """The row of FILE_COLUMNS."""
    return (
        file.path,
        file.size,
        file.mtime_ns,
        file.ctime_ns,
        file.read_at_ns,
        file.sha256,
        file.workflow,
        file.problem,
        file.hint,
    )


def to_workflow(row: Row) -> ScheduledWorkflow:
    """The workflow in a row of WORKFLOW_COLUMNS."""
    import json

    from avops.model.schedule import ScheduledWorkflow

    key, name, path, timing, follows, enabled, grace_us, catch_up, overlap, anchor_at, decided_until, due_at, problem = row
    return ScheduledWorkflow(
        key=key,
        name=name,
        path=path,
        timing=json.loads(timing),
        after=follows,
        enabled=bool(enabled),
        grace_s=grace_us / 1e6,
        catch_up=catch_up,
        overlap=overlap,
        anchor_at=from_micros(anchor_at),
        decided_until=from_micros(decided_until),
        due_at=from_micros_or_none(due_at),
        problem=problem,
    )


def from_workflow(workflow: ScheduledWorkflow) -> tuple[object, ...]:
    """The row of WORKFLOW_COLUMNS."""
    import json

    return (
        workflow.key,
        workflow.name,
        workflow.path,
        json.dumps(dict(workflow.timing), ensure_ascii=False),
        workflow.after,
        workflow.enabled,
        round(workflow.grace_s * 1e6),
        workflow.catch_up,
        workflow.overlap,
        to_micros(workflow.anchor_at),
        to_micros(workflow.decided_until),
        to_micros_or_none(workflow.due_at),
        workflow.problem,
    )


def to_slot(row: Row) -> SlotRecord:
    """The slots in a row of SLOT_COLUMNS."""
    from avops.model.schedule import SlotRecord, SlotState

    key, planned_at, until_at, slots, state, reason, decided_at, process, attempts, begun_at, run_id, cause = row
    return SlotRecord(
        key=key,
        planned_at=from_micros(planned_at),
        until_at=from_micros(until_at),
        count=slots,
        state=SlotState(state),
        reason=reason,
        decided_at=from_micros(decided_at),
        process=process,
        attempts=attempts,
        begun_at=from_micros_or_none(begun_at),
        run_id=run_id,
        cause=cause,
    )


def to_ending(row: Row) -> Ending:
    """The end in a row of key, workflow, id, finished_at, status, simulated."""
    from avops.model.schedule import Ending

    key, of, run_id, finished_at, status, simulated = row
    return Ending(key=key, of=of, run_id=run_id, finished_at=from_micros(finished_at), status=status, simulated=simulated)


def to_override(row: Row) -> Override:
    """The word in a row of key, enabled, reason, said_by, said_at."""
    from avops.model.schedule import Override

    key, enabled, reason, said_by, said_at = row
    return Override(key=key, enabled=None if enabled is None else bool(enabled), reason=reason, by=said_by, at=from_micros(said_at))


def to_pause(row: Row) -> Pause:
    """The pause in a row of reason, said_by, from_at, until_at."""
    from avops.model.schedule import Pause

    reason, said_by, from_at, until_at = row
    return Pause(reason=reason, by=said_by, from_at=from_micros(from_at), until_at=from_micros_or_none(until_at))
