"""One recipe over many rooms (or rows of a file): a parent run, and a child run for each.

The list is kept with the parent before the first child starts, so that a continued fleet finishes what was left and
repeats nothing. Canary rooms go first, and all of them must succeed. At `max_failures` nothing new starts, and what is
running finishes; finished rooms are not taken back.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.engine.continuing import leave_interrupted
from avops.engine.executor import RunReport
from avops.engine.inputs import is_reference
from avops.errors import AvopsError, UsageError
from avops.model.run import RunEnd, RunStatus, Simulated, Trigger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from avops.engine.stages import ChildRuns
    from avops.model.run import Run, RunStart
    from avops.ports import Clock, RunStore

MAX_ITEMS = 100_000
MAX_NAMED = 10
"""Failed rooms that a parent's error names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetItem:
    """One child to be: a room of the room list, or the inputs of a row; `label` is what people call it."""

    label: str
    room: str | None = None
    room_values: Mapping[str, object] | None = None
    inputs: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """How a fleet goes: how many at once, how many first, and when to stop starting."""

    parallel: int = 1
    canary: int = 0
    max_failures: int | None = None
    """Failed children at which nothing new starts; None never stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetProgress:
    """How far a fleet is."""

    total: int
    done: int
    failed: int
    waiting: int
    elapsed_s: float
    done_before: int = 0
    """Of `done`, those that had ended before the fleet was continued."""

    @property
    def left_s(self) -> float | None:
        """The estimated time to the end, from the pace so far; None before the first child has ended here."""
        done_now = self.done - self.done_before
        return None if not done_now else self.elapsed_s / done_now * (self.total - self.done)


def allowed_failures(text: int | str | None, total: int) -> int | None:
    """`max_failures` as a number of children: `10%` of 40 is 4, at least 1."""
    if text is None or isinstance(text, int):
        return text
    return max(1, total * int(text.rstrip("%")) // 100)


def with_fleet(start: RunStart, items: Sequence[FleetItem], options: FleetOptions) -> RunStart:
    """The parent's start, which keeps the list and the options."""
    if not items:
        raise AvopsError("the list is empty: there is nothing to run", hint="check the condition, or the file")
    if len(items) > MAX_ITEMS:
        raise AvopsError(f"the list has {len(items)} entries, at most {MAX_ITEMS} are allowed")
    listed = [
        {"label": item.label, "room": item.room, "room_values": _plain(item.room_values), "inputs": _plain(item.inputs)} for item in items
    ]
    kept = {"items": listed, "parallel": options.parallel, "canary": options.canary, "max_failures": options.max_failures}
    return replace(start, room=None, room_values=None, options={**start.options, "fleet": kept})


def _plain(values: Mapping[str, object] | None) -> dict[str, object] | None:
    return None if values is None else dict(values)


def is_fleet(start: RunStart) -> bool:
    """True for the start of a parent run."""
    return "fleet" in start.options


class Fleet:
    """Runs, or goes on with, the children of one parent."""

    def __init__(
        self,
        executor: ChildRuns,
        store: RunStore,
        clock: Clock,
        progress: Callable[[FleetProgress], None] = lambda progress: None,
        secret_inputs: Mapping[str, str] | None = None,
    ) -> None:
        self._executor = executor
        self._store = store
        self._clock = clock
        self._progress = progress
        self._secret_inputs = secret_inputs

    async def start(self, start: RunStart, process: str) -> RunReport:
        """Runs all children of a start that `with_fleet` made."""
        start = replace(start, process=process)
        self._refuse_secrets(start)
        parent_id = await self._store.create_run(start)
        return await self._begun(parent_id, start, {})

    def _refuse_secrets(self, start: RunStart) -> None:
        """The list is kept with the parent, so that no secret may stand in it."""
        kept = start.options["fleet"]
        assert isinstance(kept, dict)
        names = self._executor.secret_inputs(start)
        for item in kept["items"] if names else ():
            for name, value in (item["inputs"] or {}).items():
                if name in names and not is_reference(value):
                    message = f"the list gives the secret input '{name}' of '{item['label']}' itself"
                    raise UsageError(message, hint=f"write env:NAME there, or give it to all with -i {name}=…")

    async def resume(self, parent_id: int, process: str) -> RunReport:
        """Goes on with what is left of a parent: children not begun, interrupted, or waiting with their answer given."""
        start, run = self._store.start(parent_id), self._store.run(parent_id)
        children = {child.slot or "": child for child in self._store.children(parent_id)}
        epoch = await self._store.continue_run(parent_id, process=process, now=self._clock.now(), paused_s=run.paused_s)
        if epoch is None:
            raise AvopsError(f"run {parent_id} is {run.status.value}: it cannot go on", hint=f"avops runs show {parent_id}")
        return await self._begun(parent_id, start, children)

    async def _begun(self, parent_id: int, start: RunStart, children: Mapping[str, Run]) -> RunReport:
        try:
            return await self._run(parent_id, start, children)
        except Exception as error:
            await leave_interrupted(self._store, parent_id, error, self._clock.now())
            raise

    async def _run(self, parent_id: int, start: RunStart, children: Mapping[str, Run]) -> RunReport:
        kept = start.options["fleet"]
        assert isinstance(kept, dict)
        items, canary, limit = kept["items"], int(kept["canary"]), kept["max_failures"]
        state = _State(total=len(items), began_at=self._clock.now().timestamp())

        async def one(index: int, item: Mapping[str, object]) -> None:
            if self._executor.is_interrupted or (limit is not None and state.failed >= limit):
                state.not_started.append(str(item["label"]))
                return
            known = children.get(_slot(parent_id, index))
            status, simulated, why = await self._child(parent_id, start, index, item, known)
            state.end(str(item["label"]), status, simulated, why)
            state.done_before += known is not None and known.status.is_final
            self._progress(state.progress(self._clock.now().timestamp()))

        numbered = list(enumerate(items))
        await _bounded((one(index, item) for index, item in numbered[:canary]), kept["parallel"])
        if state.counts[RunStatus.SUCCESS] < min(canary, len(items)):
            state.not_started.extend(str(item["label"]) for _, item in numbered[canary:])
        else:
            await _bounded((one(index, item) for index, item in numbered[canary:]), kept["parallel"])
        end = state.conclude(self._clock)
        await self._store.end_run(parent_id, end)
        return RunReport(run_id=parent_id, status=end.status, simulated=end.simulated, error=end.error)

    async def _child(
        self, parent_id: int, start: RunStart, index: int, item: Mapping[str, object], known: Run | None
    ) -> tuple[RunStatus, Simulated, str | None]:
        """How the child stands, and why it could not go on."""
        if known is not None and known.status.is_final:
            return known.status, known.simulated, None
        try:
            if known is not None:
                report = await self._executor.resume(known.id, secret_inputs=self._secret_inputs)
                return report.status, report.simulated, None
            report = await self._executor.start(_child_start(parent_id, start, index, item, self._clock), self._secret_inputs)
        except AvopsError as error:
            if known is None:
                raise
            return known.status, known.simulated, str(error)
        return report.status, report.simulated, None


def _slot(parent_id: int, index: int) -> str:
    return f"{parent_id}/{index}"


def _child_start(parent_id: int, start: RunStart, index: int, item: Mapping[str, object], clock: Clock) -> RunStart:
    options = {name: value for name, value in start.options.items() if name != "fleet"}
    room, values, inputs = item.get("room"), item.get("room_values"), item.get("inputs")
    return replace(
        start,
        workflow=None,
        trigger=Trigger.PARENT,
        room=None if room is None else str(room),
        room_values=values if isinstance(values, dict) else None,
        inputs={**start.inputs, **(inputs if isinstance(inputs, dict) else {})},
        options=options,
        parent_id=parent_id,
        slot=_slot(parent_id, index),
        started_at=clock.now(),
    )


async def _bounded(work: Iterable[Awaitable[None]], parallel: int) -> None:
    """Awaits all of it, so many at once; an error ends it when what is running has finished."""
    waiting = iter(work)
    errors: list[BaseException] = []

    async def worker() -> None:
        for one in waiting:
            if errors:
                _discard(one)
                continue
            try:
                await one
            except Exception as error:
                errors.append(error)

    await asyncio.gather(*(worker() for _ in range(max(1, parallel))))
    if errors:
        raise errors[0]


def _discard(awaitable: Awaitable[None]) -> None:
    close = getattr(awaitable, "close", None)
    if close is not None:
        close()


class _State:
    """What the children have come to so far."""

    def __init__(self, *, total: int, began_at: float) -> None:
        self.total = total
        self.began_at = began_at
        self.counts: Counter[RunStatus] = Counter()
        self.simulated: set[Simulated] = set()
        self.troubled: list[str] = []
        self.not_started: list[str] = []
        self.done_before = 0

    @property
    def failed(self) -> int:
        """Children that ended as anything but a success; those that wait are not counted."""
        return sum(count for status, count in self.counts.items() if status.is_final and status is not RunStatus.SUCCESS)

    def end(self, label: str, status: RunStatus, simulated: Simulated, why: str | None) -> None:
        self.counts[status] += 1
        self.simulated.add(simulated)
        if status is not RunStatus.SUCCESS:
            self.troubled.append(f"{label} {status.value}" + (f" ({why})" if why else ""))

    def progress(self, now: float) -> FleetProgress:
        waiting = self.counts[RunStatus.WAITING]
        return FleetProgress(
            total=self.total,
            done=sum(self.counts.values()),
            failed=self.failed,
            waiting=waiting,
            elapsed_s=now - self.began_at,
            done_before=self.done_before,
        )

    def conclude(self, clock: Clock) -> RunEnd:
        """The parent succeeds only if every child did; it waits while a child waits."""
        if self.counts[RunStatus.WAITING] or self.counts[RunStatus.INTERRUPTED] or self.counts[RunStatus.RUNNING]:
            status = RunStatus.WAITING
        elif self.counts[RunStatus.SUCCESS] == self.total:
            status = RunStatus.SUCCESS
        elif self.counts[RunStatus.CANCELLED] and not self.counts[RunStatus.FAILED]:
            status = RunStatus.CANCELLED
        elif set(self.counts) <= {RunStatus.SUCCESS, RunStatus.UNVERIFIED} and not self.not_started:
            status = RunStatus.UNVERIFIED
        else:
            status = RunStatus.FAILED
        simulated = next(iter(self.simulated)) if len(self.simulated) == 1 else Simulated.PARTLY if self.simulated else Simulated.NO
        return RunEnd(status=status, simulated=simulated, error=self._error(), finished_at=clock.now())

    def _error(self) -> str | None:
        if not self.troubled and not self.not_started:
            return None
        named = ", ".join(self.troubled[:MAX_NAMED]) + (" …" if len(self.troubled) > MAX_NAMED else "")
        text = f"{len(self.troubled)} of {self.total} did not succeed: {named}"
        return text + (f"; {len(self.not_started)} were not started" if self.not_started else "")
