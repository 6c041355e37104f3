"""Reads workflow files that may have changed, and settles what the schedule knows of their workflows."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from avops.errors import AvopsError
from avops.model.duration import duration_s
from avops.model.schedule import IndexedFile, ScheduledWorkflow, SlotRecord, SlotState
from avops.project.names import folded
from avops.schedule.index import last_tick_at
from avops.schedule.triggers import Every, Following, Timing, next_slot, read_trigger, slots_between, stored, timing_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from avops.model.workflow import Workflow
    from avops.ports import ScheduleStore
    from avops.schedule.index import WorkflowSource
    from avops.schedule.scan import Stamp

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What a file held: a workflow, or a problem; or what it held when it was read before (`is_known`)."""

    sha256: str
    read_at_ns: int
    is_known: bool = False
    workflow: Workflow | None = None
    problem: str | None = None
    hint: str | None = None


def update(
    store: ScheduleStore,
    root: Path,
    source: WorkflowSource,
    *,
    now: datetime,
    facts: Mapping[str, str],
    found: Mapping[str, Stamp],
    changed: Iterable[str],
    removed: Iterable[str],
    trusts_hashes: bool,
) -> None:
    """Reads the `changed` files, forgets the `removed` ones and keeps `facts` (with `zone`), in one transaction.

    With `trusts_hashes` a file whose content is the same as before is not parsed again.
    """
    reads = {path: _read(root, path, source, store.indexed_file(path) if trusts_hashes else None) for path in changed}
    with store.transaction():
        for name, value in facts.items():
            store.set_fact(name, value)
        _Update(store, root, source, now=now, zone=facts["zone"], found=found).apply(reads, removed)


def _read(root: Path, path: str, source: WorkflowSource, known: IndexedFile | None = None) -> _Read:
    read_at_ns = time.time_ns()
    try:
        data = (root / path).read_bytes()
    except OSError as error:
        return _Read(sha256="", read_at_ns=read_at_ns, problem=f"cannot be read: {(error.strerror or str(error)).lower()}")
    digest = sha256(data).hexdigest()
    if known is not None and known.sha256 == digest:
        return _Read(sha256=digest, read_at_ns=read_at_ns, is_known=True)
    try:
        workflow = source.read(path, data)
    except AvopsError as error:
        return _Read(sha256=digest, read_at_ns=read_at_ns, problem=str(error), hint=error.hint)
    return _Read(sha256=digest, read_at_ns=read_at_ns, workflow=workflow)


class _Update:
    """One refresh, inside its transaction."""

    def __init__(
        self, store: ScheduleStore, root: Path, source: WorkflowSource, *, now: datetime, zone: str, found: Mapping[str, Stamp]
    ) -> None:
        self._store = store
        self._root = root
        self._source = source
        self._now = now
        self._zone = zone
        self._found = found
        self._sound: dict[str, tuple[Workflow, Timing]] = {}

    def apply(self, reads: Mapping[str, _Read], removed: Iterable[str]) -> None:
        """Keeps what was read, then settles each workflow that a changed file had or has."""
        touched: set[str | None] = set()
        for path in removed:
            if known := self._store.indexed_file(path):
                touched.add(known.workflow)
            self._store.drop_file(path)
        for path, read in reads.items():
            known = self._store.indexed_file(path)
            size, mtime_ns, ctime_ns = self._found[path]
            if read.is_known and known:
                self._store.put_file(replace(known, size=size, mtime_ns=mtime_ns, ctime_ns=ctime_ns, read_at_ns=read.read_at_ns))
                continue
            key, problem, hint = self._judge(path, read)
            key = key or (known.workflow if known else None)
            touched |= {key, known.workflow if known else None}
            self._store.put_file(
                IndexedFile(
                    path=path,
                    size=size,
                    mtime_ns=mtime_ns,
                    ctime_ns=ctime_ns,
                    read_at_ns=read.read_at_ns,
                    sha256=read.sha256,
                    workflow=key,
                    problem=problem,
                    hint=hint,
                )
            )
        for name in sorted(key for key in touched if key):
            self._settle(name)

    def _judge(self, path: str, read: _Read) -> tuple[str | None, str | None, str | None]:
        """The key, problem and hint of what was read; a sound workflow is kept with its timing."""
        if read.workflow is None:
            return None, read.problem, read.hint
        key = folded(read.workflow.name)
        try:
            timing = read_trigger(read.workflow.trigger, self._zone)
        except AvopsError as error:
            return key, str(error), error.hint
        self._sound[path] = read.workflow, timing
        return key, None, None

    def _settle(self, key: str) -> None:
        """Makes the workflow's row what its files say now."""
        files, row = self._store.files_of(key), self._store.workflow(key)
        if len(files) == 1 and files[0].problem is None:
            path = files[0].path
            if path not in self._sound:
                # Its namesake has gone, so that this file, unchanged, counts again.
                self._judge(path, _read(self._root, path, self._source))
            if path in self._sound:
                self._store.put_workflow(self._scheduled(key, path, row))
        elif row is not None and not files:
            self._store.put_workflow(replace(row, path=None, due_at=None))
        elif row is not None:
            problem = "its file cannot be used" if len(files) == 1 else "its name is used in more than one file"
            self._store.put_workflow(replace(row, path=files[0].path, problem=problem))

    def _scheduled(self, key: str, path: str, row: ScheduledWorkflow | None) -> ScheduledWorkflow:
        workflow, timing = self._sound[path]
        scheduled = ScheduledWorkflow(
            key=key,
            name=workflow.name,
            path=path,
            timing=stored(timing),
            after=folded(timing.workflow) if isinstance(timing, Following) else None,
            enabled=workflow.enabled,
            grace_s=duration_s(workflow.grace),
            catch_up=workflow.catch_up,
            overlap=workflow.overlap,
            anchor_at=self._now.replace(second=0, microsecond=0),
            decided_until=self._since(self._found[path]),
            due_at=None,
        )
        if row and row.path and row.timing == scheduled.timing and row.enabled == workflow.enabled:
            due_at = next_slot(timing, row.anchor_at, row.decided_until)
            return replace(scheduled, anchor_at=row.anchor_at, decided_until=row.decided_until, due_at=due_at)
        return self._rescheduled(scheduled, timing, row)

    def _rescheduled(self, scheduled: ScheduledWorkflow, timing: Timing, row: ScheduledWorkflow | None) -> ScheduledWorkflow:
        """With its mark and next slot, after it came or its trigger changed; a grid that there was before is kept."""
        anchor, since = scheduled.anchor_at, scheduled.decided_until
        if row is not None and isinstance(timing, Every) and "interval_minutes" in row.timing:
            anchor = row.anchor_at
        elif isinstance(timing, Every):
            since = anchor - _TICK  # a new grid begins with the present minute
        if row is not None and row.path:
            self._leave_out(row, since)
        decided_until = max(since, row.decided_until) if row else since
        due_at = next_slot(timing, anchor, decided_until)
        return replace(scheduled, anchor_at=anchor, decided_until=decided_until, due_at=due_at)

    def _leave_out(self, row: ScheduledWorkflow, since: datetime) -> None:
        """Records the slots of the former trigger that no tick has looked at."""
        former = list(slots_between(timing_of(row.timing, self._zone), row.anchor_at, row.decided_until, since))
        if former:
            self._store.record(
                SlotRecord(
                    key=row.key,
                    planned_at=former[0],
                    until_at=former[-1],
                    count=len(former),
                    state=SlotState.SKIPPED,
                    reason="its trigger was changed before it was looked at",
                    decided_at=self._now,
                )
            )

    def _since(self, stamp: Stamp) -> datetime:
        """From when on a new or changed trigger counts: the file's change, but not before the last tick."""
        last_tick = last_tick_at(self._store.facts())
        if last_tick is None:
            return self._now
        changed_at = EPOCH + timedelta(microseconds=max(stamp[1], stamp[2]) // 1000)
        return max(last_tick, min(changed_at, self._now))
