"""Recipe tests run: the real engine and store, tools and people from a script, and a clock that waits for nobody."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from avops.errors import AvopsError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from avops.engine.executor import LocalExecutor, RunReport
    from avops.model.case_result import CaseResult, RecipeResult
    from avops.model.recipe import Recipe
    from avops.model.recipe_test import RecipeCase, RecipeTest
    from avops.model.run import RunStart, StepRecord
    from avops.model.settings import Settings
    from avops.model.tool import ToolBase
    from avops.ports import Clock, HealthReport, Person, Tool
    from avops.telemetry.run_store import SqliteRunStore
    from avops.testing.coverage import Tally
    from avops.testing.judging import MadeCall
    from avops.wiring.workspace import Workspace

AT_ONCE = 8
"""Tests of one file that run at once."""
LONGEST_S = 60.0
"""How long one test may take; no wait in it takes any time."""
_OWN_PROCESS_FROM = 4
"""Files of tests from which on more processes pay."""


def test_files(root: Path) -> list[str]:
    """The files of recipe tests, relative to the project, sorted. Hidden files and links out of the project are left out."""
    from avops.project.folder import Documents

    return [entry.relative for entry in Documents[object](root, "test").entries]


test_files.__test__ = False  # type: ignore[attr-defined]  # its name begins as those of tests do, and it is none


def run_tests(workspace: Workspace, names: Sequence[str], *, jobs: int | None = None) -> list[RecipeResult]:
    """The results of the tests of these recipes, or of all; recipes without tests are in it, marked, when all are meant.

    DocumentError for a test file that is broken, NotFoundError for a recipe that is none or has no tests.
    """
    files = test_files(workspace.root)
    tested = {path: _recipe_path(workspace, path) for path in files}
    chosen = files
    if names:
        wanted = {workspace.project.recipes.entry(name).relative: name for name in names}
        chosen = [path for path in files if tested[path] in wanted]
        for recipe, name in wanted.items():
            if recipe not in {tested[path] for path in chosen}:
                hint = f"write '{recipe.rpartition('.')[0]}.test.yaml', or make it from a real run: avops runs record RUN"
                raise NotFoundError(f"the recipe '{name}' has no tests", hint=hint)
    results = list(_all(workspace.root, chosen, jobs or os.cpu_count() or 1))
    if not names:
        results += _untested(workspace, set(tested.values()))
    return sorted(results, key=lambda result: result.recipe.casefold())


def _recipe_path(workspace: Workspace, path: str) -> str:
    """The recipe that a file of tests is about."""
    test = _load(workspace, path)
    name = test.recipe or Path(path).name.removesuffix(".yaml").removesuffix(".yml").removesuffix(".test")
    return workspace.project.recipes.entry(name).relative


def _load(workspace: Workspace, path: str) -> RecipeTest:
    from avops.project.documents import load_document
    from avops.project.folder import read_bytes

    return load_document("test", read_bytes(workspace.root / path, path), path).required()


def _untested(workspace: Workspace, tested: set[str]) -> Iterator[RecipeResult]:
    from avops.model.case_result import RecipeResult
    from avops.testing.coverage import Tally

    for loaded in workspace.project.recipes:
        recipe: Recipe | None = loaded.value
        if recipe is not None and loaded.path not in tested and not recipe.draft:
            yield RecipeResult(recipe=recipe.name, path=loaded.path, coverage=Tally(recipe).coverage(), is_tested=False)


def _all(root: Path, files: Sequence[str], jobs: int) -> Iterator[RecipeResult]:
    if jobs == 1 or len(files) < _OWN_PROCESS_FROM:
        yield from (run_file(root, path) for path in files)
        return
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial
    from multiprocessing import get_context

    # Forking a process with threads is unsafe; a fresh one costs about as much as ten tests.
    with ProcessPoolExecutor(min(jobs, len(files)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(run_file, root), files, chunksize=max(1, len(files) // (jobs * 4)))


def run_file(root: Path, path: str) -> RecipeResult:
    """The result of one file of tests, its tests run side by side."""
    from avops.model.case_result import RecipeResult
    from avops.project.project import Project
    from avops.testing.coverage import Tally
    from avops.testing.scripts import together
    from avops.wiring.workspace import Workspace

    workspace = Workspace(Project(root))
    test = _load(workspace, path)
    recipe = workspace.recipe(_recipe_path(workspace, path)).required()
    tally = Tally(recipe)

    async def main() -> list[CaseResult]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(case: RecipeCase) -> CaseResult:
            async with gate:
                return await _Case(workspace, recipe, together(test, case), tally).run()

        return list(await asyncio.gather(*(one(case) for case in test.tests)))

    cases = asyncio.run(main())
    return RecipeResult(recipe=recipe.name, path=path, cases=tuple(cases), coverage=tally.coverage())


class _Case:
    """One test: its run, and what came of it."""

    def __init__(self, workspace: Workspace, recipe: Recipe, case: RecipeCase, tally: Tally) -> None:
        from avops.engine.schema_check import schema_error
        from avops.testing.clock import SteppedClock
        from avops.testing.scripts import ScriptedPerson, instant_of

        self._workspace = workspace
        self._recipe = recipe
        self._case = case
        self._tally = tally
        self._calls: list[MadeCall] = []
        self._settings: Settings = workspace.settings
        self._clock = SteppedClock(instant_of(case))
        self._person = ScriptedPerson(case.people, self._settings.roles, schema_error)
        self._tools: dict[str, _ScriptedTools] = {}

    async def run(self) -> CaseResult:
        from avops.model.case_result import CaseResult

        began = time.perf_counter()
        status, problems = "-", list(self._misspelt())
        rows: list[StepRecord] = []
        if not problems:
            try:
                async with asyncio.timeout(LONGEST_S):
                    status, problems, rows = await self._judged()
            except TimeoutError:
                problems = [f"it did not end within {LONGEST_S:g} s"]
            except AvopsError as error:
                problems = [error.message + (f" ({error.hint})" if error.hint else "")]
        last = {row.intent.key: (row.intent.key, row.intent.name, row.status.value) for row in rows if problems}
        duration_s = round(time.perf_counter() - began, 3)
        return CaseResult(name=self._case.name, status=status, problems=tuple(problems), steps=tuple(last.values()), duration_s=duration_s)

    def _misspelt(self) -> Iterator[str]:
        """What the test names and nobody has: an answer that is never used would be taken for one that is."""
        from avops.engine.program import actions_of
        from avops.project.suggestions import did_you_mean
        from avops.testing.places import key_of

        for reference in self._case.tools:
            tool, _, action = reference.partition(".")
            try:
                manifest = self._workspace.tool(tool).required()
            except NotFoundError as error:
                yield f"tools: {error.message}"
                continue
            if action not in actions_of(manifest):
                near = did_you_mean(action, actions_of(manifest))
                yield f"tools: '{tool}' has no action '{action}'" + (f"; {near}" if near else "")
        for step in self._case.people:
            _, problem = key_of(self._recipe, step)
            if problem:
                yield f"people: {problem}"
        unknown = [name for name in self._case.inputs if name not in self._recipe.inputs]
        yield from (f"inputs: the recipe has no input '{name}'" for name in unknown)

    async def _judged(self) -> tuple[str, list[str], list[StepRecord]]:
        from avops.project.names import folded
        from avops.telemetry.run_store import SqliteRunStore
        from avops.testing.judging import Happened, problems

        with tempfile.TemporaryDirectory(prefix="avops-test-") as folder, SqliteRunStore(Path(folder) / "test.db") as store:
            report = await self._report(Path(folder), store)
            rows = store.steps(report.run_id)
            artifacts = [artifact.title for artifact in store.artifacts(report.run_id)]
        self._tally.add(rows)
        happened = Happened(
            status=report.status.value,
            error=report.error,
            steps=rows,
            calls=self._calls,
            outputs=report.outputs or {},
            artifacts=artifacts,
        )
        found = list(problems(self._case.expect, happened, self._recipe))
        found += [f"people: {misfit}" for misfit in self._person.misfits]
        found += [f"people: '{step}' never asked" for step in self._case.people if folded(step) not in self._person.asked]
        return happened.status, found, rows

    async def _report(self, folder: Path, store: SqliteRunStore) -> RunReport:
        from avops.telemetry.process_lock import ProcessLock

        lock = ProcessLock.acquire(store.locks)
        try:
            start, secret = self._start()
            return await self._executor(folder, store, lock.name).start(start, secret)
        finally:
            lock.release()

    def _start(self) -> tuple[RunStart, dict[str, str]]:
        from avops.model.run import Trigger
        from avops.testing.scripts import STARTED_BY
        from avops.wiring.requests import RunRequest, build_start

        case = self._case
        agents = case.agents.model_dump() if case.agents else None
        request = RunRequest(
            agent=case.agent or (agents or {}).get("act") or self._agent(),
            recipe=self._recipe.name,
            inputs=case.inputs,
            typed=False,
            room=case.room if isinstance(case.room, str) else None,
            trigger=Trigger.MANUAL,
            agents=agents,
        )
        start, secret = build_start(self._workspace, request)
        if isinstance(case.room, dict):
            key = str(case.room.get("room", "TEST"))
            start = replace(start, room=key, room_values={"name": key, **case.room, "room": key})
        now = self._clock.now()
        return replace(start, started_by=STARTED_BY, started_at=now, options={**start.options, "mock": False}), secret

    def _agent(self) -> str:
        """The agent that has the recipe attached, or else the only one that a workflow runs it as."""
        from avops.project.names import folded

        wanted = folded(self._recipe.name)
        for loaded in self._workspace.project.agents:
            if loaded.value is not None and wanted in map(folded, loaded.value.recipes):
                return loaded.value.name
        for workflow in (each.value for each in self._workspace.project.workflows):
            if workflow is not None and workflow.agent and folded(workflow.recipe or "") == wanted:
                return workflow.agent
        raise AvopsError(f"nothing says who runs '{self._recipe.name}'", hint="write agent: NAME into the test")

    def _executor(self, folder: Path, store: SqliteRunStore, process: str) -> LocalExecutor:
        from avops.engine.artifacts import ArtifactFiles
        from avops.engine.executor import LocalExecutor
        from avops.report.silent import Silent
        from avops.wiring.knowledge_artifacts import RunDocuments

        person: Person = self._person
        return LocalExecutor(
            store=store,
            clock=self._clock,
            tool=self._tool,
            files=ArtifactFiles(folder, maker=RunDocuments(folder, store, "UTC", self._clock)),
            secrets=_NoSecrets(),
            known_secrets=tuple,
            listener=Silent(),
            process=process,
            person=person,
        )

    def _tool(self, manifest: ToolBase, mocked: bool) -> Tool:
        known = self._tools.get(manifest.name)
        if known is None:
            script = {
                reference.partition(".")[2]: answers
                for reference, answers in self._case.tools.items()
                if reference.partition(".")[0].casefold() == manifest.name.casefold()
            }
            known = self._tools[manifest.name] = _ScriptedTools(manifest, script, self._calls, self._clock)
        return known


class _ScriptedTools:
    """`ports.Tool` that answers from a test; where the test is silent, from the manifest."""

    def __init__(self, manifest: ToolBase, script: Mapping[str, object], calls: list[MadeCall], clock: Clock) -> None:
        from avops.connectors.mock import MockTool
        from avops.connectors.scripted import ScriptedTool
        from avops.testing.scripts import answers_of

        self._manifest = manifest
        self._calls = calls
        self._clock = clock
        self._mock = MockTool(manifest)
        self._script = ScriptedTool({action: [_answer(each) for each in answers_of(answers)] for action, answers in script.items()})

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        """The next answer; a call that is not answered takes as long as it may, on the test's clock."""
        import copy

        from avops.engine.program import actions_of
        from avops.model.duration import duration_s
        from avops.model.effect import Effect
        from avops.testing.judging import MadeCall

        spec = actions_of(self._manifest)[action]
        made = MadeCall(reference=f"{self._manifest.name}.{action}", arguments=dict(arguments), is_read=spec.effect is Effect.READ)
        self._calls.append(made)
        if action not in self._script.script:
            return await self._mock.call(action, arguments)
        answer = copy.deepcopy(await self._script.call(action, arguments))
        if answer is _NEVER:
            await self._clock.sleep(duration_s(spec.timeout or self._manifest.timeout))
            raise TimeoutError
        return answer

    async def health(self) -> HealthReport:
        """Always well."""
        return await self._script.health()

    async def close(self) -> None:
        """Nothing to close."""


class _Never:
    """In place of an answer that never comes."""

    def __deepcopy__(self, memo: object) -> _Never:
        return self


_NEVER = _Never()


def _answer(answer: object) -> object:
    from avops.connectors.scripted import Fault
    from avops.model.duration import duration_s
    from avops.model.recipe_test import TIMEOUT, FaultAnswer

    if not isinstance(answer, FaultAnswer):
        return answer
    if answer.fault == TIMEOUT:
        return _NEVER
    retry_after_s = duration_s(answer.retry_after) if answer.retry_after else None
    return Fault(message=answer.fault, happened=answer.happened, retry_after_s=retry_after_s)


class _NoSecrets:
    """`ports.SecretSource` for runs that reach nothing: each secret is its name."""

    def resolve(self, reference: str) -> str:
        """The reference, in marks."""
        return f"«{reference}»"

    def remember(self, value: str) -> None:
        """Nothing."""
