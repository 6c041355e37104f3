"""Any history of starting, killing, interrupting, deciding and resuming, against a small model of the promises.

The model knows what the world saw (`done`), in order, and asks of every history: no call that may not be repeated was made
twice; nothing that needs a person was done before one agreed; a run that has ended stays ended; success means that all was
done and nothing taken back; anything else that ended was taken back newest first, and what was not is said.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.unit.engine.bench import Bench, Killed

from avops.engine.interruption import Interruption
from avops.engine.journal import needs_word
from avops.errors import ToolError, UsageError
from avops.model.run import DecisionStatus, RunStatus

# The kinds of steps by name: their action, and whether an undo, an approval or a person belongs to them.
KINDS = ("plain", "single", "single-undone", "approved", "final", "by-hand")
FINAL = {status for status in RunStatus if status.is_final}
NEXT = {
    None: {RunStatus.WAITING, RunStatus.INTERRUPTED, *FINAL} - {RunStatus.REFUSED},
    RunStatus.WAITING: {RunStatus.WAITING, RunStatus.INTERRUPTED, *FINAL} - {RunStatus.REFUSED},
    RunStatus.INTERRUPTED: {RunStatus.WAITING, RunStatus.INTERRUPTED, *FINAL} - {RunStatus.REFUSED},
}
ENDINGS = ("passes", "fails in act", "fails in verify")


def step_text(kind: str, n: int) -> str:
    """A step of the recipe; its call carries `n`, its undo `-n`."""
    undo = f"undo: {{tool: room.many, with: {{n: -{n}}}}}"
    match kind:
        case "plain":
            return f"  - {{tool: room.many, with: {{n: {n}}}, {undo}}}\n"
        case "single":
            return f"  - {{tool: room.once, with: {{n: {n}}}, undo: {{tool: room.once, with: {{n: -{n}}}}}}}\n"
        case "single-undone":
            return f"  - {{tool: room.once, with: {{n: {n}}}, {undo}}}\n"
        case "approved":
            return f"  - {{tool: room.once, approval: L2, with: {{n: {n}}}, {undo}}}\n"
        case "final":
            return f"  - {{tool: room.once, with: {{n: {n}}}, undo: none, why: final}}\n"
        case _:
            return "  - {manual: Do it}\n"


class World:
    """The tool: remembers what it did, fails what it is told to, and at some of its calls something happens to the process."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []
        self.power = "on"
        self.events: dict[int, str] = {}
        """What happens at which call of this life: the process dies, or a person interrupts it, before or after the effect."""
        self.calls = 0
        self.interrupt = None

    async def call(self, action: str, arguments: dict[str, object]) -> object:
        n = int(arguments.get("n", 0))
        self.calls += 1
        event = self.events.get(self.calls, "")
        if event == "dies before":
            raise Killed
        if action == "get":
            return {"power": self.power}
        if n == 99:
            raise ToolError("broken", happened="no")
        if event == "interrupted before":
            self.interrupt()
            await asyncio.sleep(0.001)  # cut short here, unless it is rollback's first interruption
        self.done.append((action, n))
        if event == "dies after":
            raise Killed
        if event == "interrupted after":
            self.interrupt()
            await asyncio.sleep(0.001)  # cut short here, unless it is rollback's first interruption
        return {}


class Runs(RuleBasedStateMachine):
    """One run and its lives."""

    def __init__(self) -> None:
        super().__init__()
        # In memory where that is possible: what a process that dies leaves behind is the same, and a disk is slow.
        self.folder = Path(tempfile.mkdtemp(prefix="avops-machine-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
        self.bench = Bench(self.folder)
        self.bench.more_texts["avops.yaml"] = "roles: {L2: [lee]}\n"
        self.world = World()
        self.bench.tool = self.world
        self.status: RunStatus | None = None
        self.approved: set[int] = set()
        self.refused = False
        self.interrupted = False
        self.final_done: list[tuple[str, int]] | None = None

    def teardown(self) -> None:
        self.bench.close()
        shutil.rmtree(self.folder)

    @initialize(kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=5), ending=st.sampled_from(ENDINGS))
    def write_a_recipe(self, kinds, ending):
        self.kinds = dict(enumerate(kinds, start=1))
        self.ending = ending
        self.world.power = "off" if ending == "fails in verify" else "on"
        steps = "".join(step_text(kind, n) for n, kind in self.kinds.items())
        if ending == "fails in act":
            steps += "  - {tool: room.once, with: {n: 99}, undo: none, why: w}\n"
        check = "verify:\n  - {reading: {tool: room.get}, check: reading.power == 'on'}\n"
        self.recipe = f"name: X\nact:\n{steps}{check}"

    def live(self, coroutine, events):
        """One life, with what happens in it."""
        self.world.events, self.world.calls = dict(events), 0
        self.world.interrupt = self.bench.interruption.interrupt
        if 0 in self.world.events:
            self.bench.interruption.interrupt()
        with suppress(Killed):
            asyncio.run(coroutine)
        if self.bench.interruption.level:
            self.interrupted = True
            self.bench.interruption = Interruption()
        status = self.bench.store.run(1).status
        if status is RunStatus.RUNNING:
            assert asyncio.run(self.bench.die()) == [1]
            status = RunStatus.INTERRUPTED
        assert status in NEXT[self.status], (self.status, status)
        self.status = status

    deaths = st.sampled_from(["dies before", "dies after"])
    interruptions = st.sampled_from(["interrupted before", "interrupted after"])
    at = st.integers(1, 6)
    histories = st.one_of(
        st.just({}),
        st.builds(lambda n, event: {n: event}, at, deaths),
        st.builds(lambda n, event: {n: event}, at | st.just(0), interruptions),
        # Interrupted, and then dead in the middle of rollback; interrupted twice.
        st.builds(lambda n, first, more, then: {n: first, n + more: then}, at, interruptions, st.integers(1, 3), deaths | interruptions),
    )

    @precondition(lambda self: self.status is None)
    @rule(events=histories)
    def start(self, events):
        self.live(self.bench.run(self.recipe), events)

    @precondition(lambda self: self.status in (RunStatus.WAITING, RunStatus.INTERRUPTED))
    @rule(events=histories)
    def resume(self, events):
        # What a person says is what the world saw.
        words = {}
        for row in self.bench.store.steps(1):
            if needs_word(row):
                words[row.intent.key] = "done" if (row.intent.action, int(row.intent.arguments["n"])) in self.world.done else "redo"
        self.live(self.bench.resume(1, unknown=words), events)

    @precondition(lambda self: any(d.status is DecisionStatus.OPEN for d in self.bench.store.decisions(1)) if self.status else False)
    @rule(agrees=st.sampled_from([True, True, True, False]), expired=st.booleans())
    def decide(self, agrees, expired):
        (decision,) = [d for d in self.bench.store.decisions(1) if d.status is DecisionStatus.OPEN]
        kind = decision.question.kind.value
        agreed = DecisionStatus.APPROVED if kind == "approve" else DecisionStatus.ANSWERED
        status = agreed if agrees else DecisionStatus.EXPIRED if expired else DecisionStatus.DENIED
        asyncio.run(self.bench.decide(1, status))
        if agrees:
            self.approved.add(int(decision.question.key.partition(".")[2].partition("/")[0]) + 1)
        else:
            self.refused = True

    @precondition(lambda self: self.status in FINAL)
    @rule(word=st.sampled_from([None, "redo", "done", "abort"]))
    def resume_what_has_ended(self, word):
        with pytest.raises(UsageError, match="only an interrupted or waiting run can go on"):
            asyncio.run(self.bench.resume(1, unknown=word))

    @invariant()
    def nothing_that_may_not_be_repeated_is_done_twice(self):
        single = [call for call in self.world.done if call[0] == "once"]
        assert len(single) == len(set(single)), self.world.done

    @invariant()
    def nothing_is_done_unasked(self):
        for _, n in self.world.done:
            if self.status is not None and self.kinds.get(n) == "approved":
                assert n in self.approved

    @invariant()
    def steps_are_done_in_order_and_not_after_one_that_waits(self):
        forward = list(dict.fromkeys(n for _, n in self.world.done if n > 0))
        assert forward == sorted(forward)
        for n, kind in getattr(self, "kinds", {}).items():
            if kind == "by-hand" and n not in self.approved:
                assert all(done < n for done in forward)

    @invariant()
    def a_run_that_has_ended_stays_as_it_is_and_says_the_truth(self):
        if self.status not in FINAL:
            return
        if self.final_done is None:
            self.final_done = list(self.world.done)
            self.judge()
        assert self.world.done == self.final_done
        assert self.bench.store.run(1).status is self.status

    def judge(self):
        rows = self.bench.store.steps(1)
        assert not {row.status.value for row in rows} & {"running", "waiting", "pending"}
        assert not any(d.status is DecisionStatus.OPEN for d in self.bench.store.decisions(1))
        done = [n for _, n in self.world.done if n > 0]
        undone = [-n for _, n in self.world.done if n < 0]
        if self.status is RunStatus.SUCCESS:
            assert (self.ending, self.refused, undone) == ("passes", False, [])
            assert set(done) == {n for n, kind in self.kinds.items() if kind != "by-hand"}
            return
        assert self.status is (RunStatus.CANCELLED if self.refused or self.interrupted_before_the_end() else RunStatus.FAILED)
        error = self.bench.store.run(1).error or ""
        assert list(dict.fromkeys(undone)) == sorted(set(undone), reverse=True)
        for n in set(done):
            key = f"act.{n - 1} "
            assert n in undone or key in error, (n, self.world.done, error)

    def interrupted_before_the_end(self):
        """True when a person's interruption came while there was still something to do."""
        return self.status is RunStatus.CANCELLED and self.interrupted


Runs.TestCase.settings = settings(
    max_examples=200, stateful_step_count=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
TestRuns = Runs.TestCase
