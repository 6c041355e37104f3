"""Small projects on disk, and a source that reads their workflows."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from avops.errors import AvopsError
from avops.model.run import RunEnd, RunStart, RunStatus, Trigger
from avops.project.documents import load_document
from avops.schedule.tick import Ticker
from avops.schedule.tick_report import RunOutcome
from avops.telemetry.process_lock import ProcessLock
from avops.telemetry.run_store import SqliteRunStore
from avops.telemetry.schedule_store import SqliteScheduleStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from avops.model.schedule import Slot
    from avops.model.workflow import Workflow
    from avops.schedule.tick_report import TickReport

START = datetime(2026, 5, 4, 5, 30, tzinfo=UTC)


class Source:
    """The workflows of a folder; counts what it reads."""

    def __init__(self, zone: str = "UTC") -> None:
        self.zone = zone
        self.drafts: set[str] = set()
        self.reads: list[str] = []

    def default_zone(self) -> str:
        return self.zone

    def read(self, path: str, data: bytes) -> Workflow:
        self.reads.append(path)
        return load_document("workflow", data, path).required()

    def refusal(self, workflow: Workflow) -> str | None:
        return f"the recipe '{workflow.recipe}' is a draft" if workflow.name in self.drafts else None


@dataclass
class HandClock:
    """A clock that stands until it is set; sleeping sets it on."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.at += timedelta(seconds=seconds)


@dataclass
class Bench:
    """A project with its stores, and a tick over them. `ran` are the slots that were started."""

    root: Path
    store: SqliteScheduleStore
    runs: SqliteRunStore
    process: str
    source: Source = field(default_factory=Source)
    clock: HandClock = field(default_factory=HandClock)
    ran: list[tuple[str, str]] = field(default_factory=list)
    end_as: Callable[[str], RunStatus] = lambda _: RunStatus.SUCCESS
    blackout: Callable[[datetime], str | None] | None = None
    before_run: Callable[[Slot], None] = lambda _: None
    parallel: int = 8

    def write(self, name: str, trigger: str, **keys: object) -> Path:
        """A workflow file; `trigger` is YAML."""
        path = self.root / "workflows" / f"{name.lower().replace(' ', '-')}.yaml"
        path.parent.mkdir(exist_ok=True)
        lines = [f"name: {name}", "agent: A", "recipe: R", f"trigger: {trigger}"]
        lines += [f"{key}: {value}" for key, value in keys.items()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def ticker(self) -> Ticker:
        return Ticker(
            store=self.store,
            root=self.root,
            source=self.source,
            process=self.process,
            start_run=self.start_run,
            clock=self.clock,
            blackout=self.blackout,
            parallel=self.parallel,
        )

    def tick(self, text: str) -> TickReport:
        """One tick at a time of 2026-05-04, or at an instant."""
        now = datetime.fromisoformat(text if "T" in text else f"2026-05-04T{text}Z").astimezone(UTC)
        self.clock.at = now

        async def once() -> TickReport:
            return await self.ticker().tick(now)

        return asyncio.run(once())

    async def start_run(self, workflow: Workflow, slot: Slot) -> RunOutcome:
        self.before_run(slot)
        run_id = await self.runs.create_run(self.start(workflow.name, slot=slot.id))
        self.ran.append((workflow.name, f"{slot.planned_at:%d %H:%M}"))
        status = self.end_as(workflow.name)
        if status is not RunStatus.RUNNING:
            await self.runs.end_run(run_id, RunEnd(status=status, finished_at=self.clock.now()))
        return RunOutcome(run_id=run_id, status=status)

    def start(self, workflow: str, *, slot: str | None = None, process: str | None = None) -> RunStart:
        return RunStart(
            recipe="R",
            agent="A",
            workflow=workflow,
            trigger=Trigger.SCHEDULE if slot else Trigger.MANUAL,
            slot=slot,
            started_by="tick",
            started_at=self.clock.now(),
            process=process or self.process,
        )

    def by_hand(self, workflow: str, end: RunEnd) -> int:
        """A run that a person started."""

        async def made() -> int:
            run_id = await self.runs.create_run(self.start(workflow))
            await self.runs.end_run(run_id, end)
            return run_id

        return asyncio.run(made())

    def end(self, run_id: int, status: RunStatus) -> None:
        async def ended() -> None:
            await self.runs.end_run(run_id, RunEnd(status=status, finished_at=self.clock.now()))

        asyncio.run(ended())

    def refuse_all(self, message: str) -> None:
        """Every start fails with this error, before there is a run."""

        def fail(_: Slot) -> None:
            raise AvopsError(message)

        self.before_run = fail


@contextmanager
def bench(root: Path) -> Iterator[Bench]:
    """A bench over an empty project; its stores are closed at the end."""
    (root / "avops.yaml").write_text("", encoding="utf-8")
    database = root / ".avops" / "avops.db"
    with SqliteRunStore(database) as runs, SqliteScheduleStore(database, runs=runs) as store, ProcessLock.acquire(store.locks) as lock:
        yield Bench(root=root, store=store, runs=runs, process=lock.name)
