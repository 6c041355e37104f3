"""Ending a run that waits, lies interrupted, or goes on in another process."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from avops.errors import AvopsError, UsageError
from avops.wiring.running import agents_today, go_on_upwards, with_executor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avops.engine.executor import RunReport
    from avops.engine.fleet import FleetProgress
    from avops.model.run import Run, StepRecord
    from avops.ports import Listener
    from avops.wiring.running import Running
    from avops.wiring.workspace import Workspace

LOOK_S = 0.2
_SERVICES = ("--forever", "chat", "serve")
"""Words of command lines whose process does more than carry the runs it carries now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """What a person wants: the run ended, why, and whether what it did is taken back.

    `anyway` is why that may be done although another run has written to the room meanwhile. With `leave`, nothing is
    taken back.
    """

    by: str
    reason: str = ""
    anyway: str | None = None
    leave: bool = False
    secret_inputs: Mapping[str, str] = field(default_factory=dict)


def cancel_run(
    workspace: Workspace,
    run_id: int,
    wish: Cancellation,
    listener: Listener,
    progress: Callable[[FleetProgress], None] = lambda progress: None,
) -> RunReport:
    """Ends a run: what it did is taken back, its open decisions are closed, its runs below end first.

    UsageError when it has ended already; AvopsError when it goes on in a process that cannot be asked to stop.
    """

    from avops.engine.redaction import Redactor

    redactor = Redactor(patterns=workspace.settings.policy.redact)
    wish = replace(wish, reason=redactor.text(wish.reason), anyway=None if wish.anyway is None else redactor.text(wish.anyway))

    async def work(running: Running) -> RunReport:
        run = running.store.run(run_id)
        if run.status.is_final:
            raise UsageError(f"run {run_id} is {run.status.value}: it has ended already", hint=f"avops runs show {run_id}")
        if await _stop_elsewhere(running, run, wish):
            ended = running.store.run(run_id)
            if ended.status.is_final or ended.status.value == "running":
                return _report(running, ended)
        report = await _Cancelling(workspace, running, wish).end(run_id)
        await go_on_upwards(workspace, running, run_id, report, secret_inputs=wish.secret_inputs, progress=progress)
        return report

    return with_executor(workspace, listener, None, work)


class _Cancelling:
    """Ends one run, or a parent with its children."""

    def __init__(self, workspace: Workspace, running: Running, wish: Cancellation) -> None:
        from avops.project.clock import SystemClock

        self._workspace = workspace
        self._running = running
        self._store = running.store
        self._wish = wish
        self._clock = SystemClock()

    async def end(self, run_id: int) -> RunReport:
        """How the run ended."""
        from avops.engine.fleet import is_fleet
        from avops.engine.stages import is_staged
        from avops.model.run import RunStatus
        from avops.telemetry import cancelling

        start = self._store.start(run_id)
        if is_fleet(start) or is_staged(start):
            for below in sorted(cancelling.family(self._store.reader(), run_id) - {run_id}):
                if self._store.run(below).status is RunStatus.RUNNING:
                    raise AvopsError(f"run {below}, which belongs to run {run_id}, is going on", hint=f"avops cancel {below}")
            return await self._parent(run_id)
        if self._wish.leave:
            return await self._as_it_is(run_id)
        try:
            return await self._running.executor.resume(
                run_id,
                by=self._wish.by,
                secret_inputs=self._wish.secret_inputs,
                today=agents_today(self._workspace, start),
                anyway=self._wish.anyway,
                cancel=self._wish.reason,
            )
        except AvopsError as error:
            error.hint = error.hint or f"avops cancel {run_id} --no-rollback ends it and leaves everything as it is"
            raise

    async def _parent(self, run_id: int) -> RunReport:
        """Ends the children that have not ended, then the parent. Rooms that are done are left as they are."""
        from avops.engine.continuing import cancelled_text
        from avops.model.run import RunStatus

        children = self._store.children(run_id)
        left: list[str] = []
        ended: list[int] = []
        for child in children:
            if child.status.is_final:
                continue
            try:
                report = await self.end(child.id)
            except AvopsError as error:
                raise AvopsError(f"run {run_id} was not ended: run {child.id}: {error.message}", hint=error.hint) from error
            if report.status is not RunStatus.CANCELLED:
                raise AvopsError(f"run {run_id} was not ended: run {child.id} is {report.status.value}", hint=f"avops runs show {child.id}")
            ended.append(child.id)
            left.extend(f"run {child.id}: {reason}" for reason in report.left)
        done = [child for child in children if child.status.is_final]
        told = [cancelled_text(self._wish.by, self._wish.reason), *([f"ended with it: {_listed(ended)}"] if ended else []), *left]
        if done:
            told.append(f"{len(done)} had ended before and stay as they are")
        return await self._close(self._store.run(run_id), "; ".join(told), tuple(left))

    async def _as_it_is(self, run_id: int) -> RunReport:
        """Ends a run and takes nothing back; what it did is listed."""
        from avops.engine.continuing import cancelled_text, left_behind

        left = tuple(f"{_named(row)} was left as it is" for row in left_behind(self._store.steps(run_id)))
        return await self._close(self._store.run(run_id), "; ".join((cancelled_text(self._wish.by, self._wish.reason), *left)), left)

    async def _close(self, run: Run, error: str, left: tuple[str, ...]) -> RunReport:
        from avops.engine.continuing import cancel_row, last_seen, require_open
        from avops.engine.executor import RunReport
        from avops.model.run import RunEnd, RunStatus
        from avops.telemetry import cancelling

        require_open(run, cancelling=True)
        journal, now = self._store.steps(run.id), self._clock.now()
        paused_s = run.paused_s + max(0.0, (now - last_seen(run.finished_at, journal, run.started_at)).total_seconds())
        row = cancel_row(journal, self._wish.by, self._wish.reason, now)
        end = RunEnd(status=RunStatus.CANCELLED, simulated=run.simulated, error=error, finished_at=now, paused_s=paused_s)
        process = self._running.process
        if not await self._store.submit(lambda connection: cancelling.close_run(connection, run.id, process, row, end)):
            raise AvopsError(f"run {run.id} is already going on elsewhere", hint=f"avops runs show {run.id}")
        return RunReport(run_id=run.id, status=end.status, simulated=end.simulated, error=error, left=left)


async def _stop_elsewhere(running: Running, run: Run, wish: Cancellation) -> bool:
    """Asks the process that carries the run to end it, and waits until it has; False when nobody carries it."""
    from avops.engine.continuing import cancel_row
    from avops.model.run import RunStatus
    from avops.project.clock import SystemClock
    from avops.telemetry import cancelling, process_lock

    store, clock = running.store, SystemClock()
    if run.status is not RunStatus.RUNNING or run.process is None:
        return False
    process, number = run.process, _require_stoppable(running, run)
    try:
        # What is kept ends the run whenever it is gone on with, so that it is kept only where it can be said as well.
        reachable = process_lock.can_be_asked(store.locks, process)
    except PermissionError as error:
        raise AvopsError(
            f"run {run.id} goes on in process {number}, which belongs to another account", hint="ask who started it"
        ) from error
    if not reachable and process_lock.is_alive(store.locks, process):
        raise AvopsError(f"process {number}, which carries run {run.id}, could not be asked to stop", hint="press Ctrl-C where it runs")
    intent, result = cancel_row(store.steps(run.id), wish.by, wish.reason, clock.now())
    row = (replace(intent, name="Asked to cancel"), result)
    if not await store.submit(lambda connection: cancelling.note_wish(connection, run.id, process, row)):
        return True
    process_lock.ask_to_stop(store.locks, process)
    while store.run(run.id).status is RunStatus.RUNNING and not running.interruption.level:
        await clock.sleep(LOOK_S)
        if not process_lock.is_alive(store.locks, process):
            await store.recover()
    return True


def _require_stoppable(running: Running, run: Run) -> int:
    """The number of the process that carries the run and nothing else; AvopsError that says who carries it otherwise."""
    from avops.telemetry import cancelling, process_lock

    store, process = running.store, run.process or ""
    named = process.partition("-")[0]
    number = process_lock.process_of(store.locks, process)
    if number is None:
        raise AvopsError(
            f"run {run.id} goes on in a process that cannot be told for certain from here (it called itself {named})",
            hint="press Ctrl-C where it runs",
        )
    reader = store.reader()
    others = sorted(set(cancelling.runs_of_process(reader, process)) - cancelling.family(reader, run.id))
    if others:
        parent = f"avops cancel {run.parent_id} ends all that belong together" if run.parent_id in others else None
        raise AvopsError(
            f"run {run.id} goes on in process {number}, which also carries {_listed(others)}",
            hint=parent or f"press Ctrl-C where it runs, or kill -TERM {number}: that ends all of them, with their rollback",
        )
    words = _command_line(number)
    if service := next((word for word in words if word in _SERVICES), None):
        raise AvopsError(
            f"run {run.id} goes on in process {number} ('{service}'), which is there for more than this run",
            hint=f"kill -TERM {number} ends that process and its runs, with their rollback",
        )
    return number


def _command_line(number: int) -> list[str]:
    from pathlib import Path

    try:
        return Path(f"/proc/{number}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
    except OSError:
        return []


def _report(running: Running, run: Run) -> RunReport:
    """How a run stands that another process has ended."""
    from avops.engine.continuing import left_behind
    from avops.engine.executor import RunReport

    left = tuple(_named(row) for row in left_behind(running.store.steps(run.id)))
    return RunReport(run_id=run.id, status=run.status, simulated=run.simulated, error=run.error, left=left)


def _named(row: StepRecord) -> str:
    maybe = ", which may have happened," if row.status.value != "ok" else ""
    return f"{row.intent.key} '{row.intent.name}' ({row.intent.tool}.{row.intent.action}){maybe}"


def _listed(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:5]) + (f" and {len(numbers) - 5} more" if len(numbers) > 5 else "")
    return f"run {shown}" if len(numbers) == 1 else f"runs {shown}"
