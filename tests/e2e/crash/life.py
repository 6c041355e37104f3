"""One life of a run: a process of its own that starts or continues it, and dies where it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import traceback
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.crash.model import ReadingModel
from tests.e2e.crash.scenarios import AGENT, SETTINGS, TOOL

from avops.connectors.registry import open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.engine.artifacts import ArtifactFiles
from avops.engine.executor import LocalExecutor
from avops.engine.fleet import Fleet, FleetItem, FleetOptions, is_fleet, with_fleet
from avops.model.run import DecisionStatus, RunStart
from avops.project.clock import SystemClock
from avops.telemetry.process_lock import ProcessLock
from avops.telemetry.run_store import SqliteRunStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.crash.scenarios import Scenario


@dataclass(frozen=True)
class Death:
    """Where a life ends: at the n-th point of a kind. `never` lets it live."""

    kind: str = "never"
    at: int = 0


KINDS = ("write", "commit", "before-call", "in-call", "after-call")


class Reaper:
    """Counts the points at which a process may die, and kills it at the chosen one."""

    def __init__(self, death: Death) -> None:
        self._death = death
        self.seen = dict.fromkeys(KINDS, 0)

    def pass_by(self, kind: str) -> bool:
        """Counts; does not return when this is the point. True when the next one of this kind is it."""
        self.seen[kind] += 1
        if self._death.kind == kind and self.seen[kind] == self._death.at:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._death.kind == "in-call" and self.seen[kind] == self._death.at

    def watch_store(self, store: SqliteRunStore) -> None:
        """Points within a transaction, before its commit, and after each commit, before anybody hears of it."""
        writer = store._writer
        submit, write = writer.submit, writer._write_together

        def submitted(work):
            def watched(connection):
                result = work(connection)
                self.pass_by("write")
                return result

            return submit(watched)

        def written(batch):
            outcomes = write(batch)
            self.pass_by("commit")
            return outcomes

        writer.submit, writer._write_together = submitted, written


class Watched:
    """A tool whose calls are points of death: before it, somewhere in it, and when its answer is there."""

    def __init__(self, tool, reaper: Reaper) -> None:
        self._tool, self._reaper = tool, reaper

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        self._reaper.pass_by("before-call")
        self._reaper.seen["in-call"] += 1
        if self._reaper._death == Death("in-call", self._reaper.seen["in-call"]):
            # The request leaves, and the process dies before it can have read an answer.
            call = asyncio.ensure_future(self._tool.call(action, arguments))
            for _ in range(os.getpid() % 12):
                await asyncio.sleep(0)
            if not call.done():
                os.kill(os.getpid(), signal.SIGKILL)
            return await call
        answer = await self._tool.call(action, arguments)
        self._reaper.pass_by("after-call")
        return answer

    async def close(self) -> None:
        await self._tool.close()


class Deaf:
    """A listener that does nothing."""

    def run_started(self, *_: object) -> None: ...

    def step_began(self, *_: object) -> None: ...

    def room_busy(self, *_: object) -> None: ...

    def step_ended(self, *_: object) -> None: ...

    def waiting(self, *_: object) -> None: ...

    def run_ended(self, *_: object) -> None: ...


@dataclass(frozen=True)
class Life:
    """What one process does."""

    folder: Path
    port: int
    scenario: Scenario
    rooms: tuple[str, ...]
    run_id: int | None
    words: Mapping[int, Mapping[str, str]]
    """What became of steps that nobody saw end, by run and key."""
    death: Death

    def spawn(self) -> int:
        """The number of a new process that lives it. It writes what it counted, or what went wrong, into the folder."""
        process = os.fork()
        if process:
            return process
        status = 3
        try:
            counted = asyncio.run(self.live())
            (self.folder / "counted").write_text(" ".join(f"{kind}={count}" for kind, count in counted.items()))
            status = 0
        except BaseException:
            (self.folder / "wrong").write_text(traceback.format_exc())
        finally:
            os._exit(status)

    async def live(self) -> dict[str, int]:
        """Lives in this process; how many points of each kind it passed."""
        reaper = Reaper(self.death)
        lock = ProcessLock.acquire(self.folder / "locks")
        store = SqliteRunStore(self.folder / "avops.db", locks=self.folder / "locks")
        reaper.watch_store(store)
        tools: list[Watched] = []

        def tool(manifest, mocked):
            if not tools:
                tools.append(Watched(open_tool(manifest, EnvironmentSecrets({}), self.folder), reaper))
            return tools[0]

        executor = LocalExecutor(
            store=store,
            clock=SystemClock(),
            tool=tool,
            files=ArtifactFiles(self.folder),
            secrets=EnvironmentSecrets({}),
            known_secrets=tuple,
            listener=Deaf(),
            process=lock.name,
            model=lambda: ReadingModel(reaper),
        )
        await store.recover()
        await self._go(executor, store, lock.name)
        for one in tools:
            await one.close()
        store.close()
        return reaper.seen

    async def _go(self, executor: LocalExecutor, store: SqliteRunStore, process: str) -> None:
        fleet = Fleet(executor, store, SystemClock())
        if self.run_id is None:
            start = self._start()
            await (fleet.start(start, process) if is_fleet(start) else executor.start(start))
            return
        for decision in store.decisions(self.run_id):
            if decision.status is DecisionStatus.OPEN:
                now = datetime.now(UTC)
                await store.decide(decision.id, status=DecisionStatus.APPROVED, answer=None, note=None, decided_by="lee", decided_at=now)
        if is_fleet(store.start(self.run_id)):
            for child, words in self.words.items():
                await executor.resume(child, unknown=words, by="kim")
            await fleet.resume(self.run_id, process)
        else:
            await executor.resume(self.run_id, unknown=self.words.get(self.run_id), by="kim")

    def _start(self) -> RunStart:
        texts = {
            "recipes/x.yaml": self.scenario.recipe,
            "agents/bot.yaml": AGENT,
            "tools/site.yaml": TOOL.format(port=self.port),
            "avops.yaml": SETTINGS,
            **self.scenario.texts,
        }
        start = RunStart(recipe="X", agent="Bot", texts=texts, started_by="kim", started_at=datetime.now(UTC))
        items = [FleetItem(label=room, room=room, room_values={"room": room, "name": room}) for room in self.rooms]
        if len(items) > 1:
            return with_fleet(start, items, FleetOptions(parallel=2))
        return replace(start, room=items[0].room, room_values=items[0].room_values)
