"""Everything that can be known to be wrong before the first call, found at once.

A run that fails here is recorded as `refused` with all the reasons, and nothing was called.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.engine.foresight import certain_failures
from avops.engine.program import Compiler, Problem, Program, actions_of
from avops.errors import AvopsError
from avops.model.effect import Effect, Phase
from avops.model.run import Trigger
from avops.model.window import is_open

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from avops.engine.program import CompiledCall, CompiledRecipe, CompiledStep
    from avops.engine.request import Bundle
    from avops.model.agent import Agent
    from avops.model.run import RunStart
    from avops.model.tool import ToolBase

DRAFT_HINT = "review it, then take `draft: true` out of the recipe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The documents of a run, compiled and judged; runs that start from the same texts share one."""

    bundle: Bundle
    recipe: CompiledRecipe
    problems: tuple[Problem, ...]
    tools: tuple[ToolBase, ...]
    """The tools that any step may call."""
    foreseen: tuple[Problem, ...] = ()
    """What is certain to fail later: it stands against a start, and not against going on with what was begun."""


def prepare(bundle: Bundle, narrowed: Mapping[Phase, Agent] | None = None) -> Prepared:
    """The compiled recipe, and every problem that lies in the documents."""
    compiler = Compiler(bundle.tools, bundle.recipes)
    recipe = compiler.recipe(bundle.recipe)
    judge = _Judge((bundle.agents, narrowed or {}), bundle)
    problems = (*compiler.problems, *judge.recipe(recipe, ""))
    tools = {call.tool: call.manifest for step in _steps(recipe) for call in calls_in(step)}
    foreseen = tuple(certain_failures(recipe))
    return Prepared(bundle=bundle, recipe=recipe, problems=problems, tools=tuple(tools.values()), foreseen=foreseen)


def program_of(
    prepared: Prepared,
    start: RunStart,
    inputs: Mapping[str, object],
    run: Mapping[str, object],
    narrowed: Mapping[Phase, Agent] | None = None,
) -> Program:
    """What `drive` decides from."""
    bundle = prepared.bundle
    return Program(
        recipe=prepared.recipe,
        agents=bundle.agents,
        narrowed=narrowed or {},
        inputs=inputs,
        room=start.room_values,
        run=run,
        started_at=start.started_at,
        policy=bundle.settings.policy,
        mocked=mocked_tools(start),
        planned=planned_calls(start),
        override=None if start.options.get("override") is None else str(start.options["override"]),
        after_simulated=bool(start.options.get("after_simulated")),
        ask_writes=bundle.recipe.draft or bool(start.options.get("ask_writes")),
        ask_records=bool(start.options.get("ask_records")),
        tools=bundle.tools,
    )


def problems_of_start(
    start: RunStart, prepared: Prepared, now: datetime, tool_problems: Callable[[ToolBase], Iterable[Problem]]
) -> Iterator[Problem]:
    """What keeps this very start from running: its room, its time, and tools that are not ready."""
    yield from _of_start(start, prepared.bundle, now)
    mocked = mocked_tools(start)
    for manifest in prepared.tools:
        if mocked is not None and manifest.name not in mocked:
            yield from tool_problems(manifest)


def planned_calls(start: RunStart) -> dict[str, str] | None:
    """The calls of the plan that this run carries out, if it carries one out."""
    planned = start.options.get("plan")
    return {str(key): str(call) for key, call in planned.items()} if isinstance(planned, dict) else None


def mocked_tools(start: RunStart) -> frozenset[str] | None:
    """The tools answered from their manifests; None means all."""
    mock = start.options.get("mock")
    if mock is True:
        return None
    return frozenset(str(name) for name in mock) if isinstance(mock, list) else frozenset()


def calls_in(step: CompiledStep) -> Iterator[CompiledCall]:
    """The calls of a step: its own or its reading, and its undo."""
    if step.call is not None:
        yield step.call
    if step.undo is not None:
        yield step.undo


def _steps(recipe: CompiledRecipe) -> Iterator[CompiledStep]:
    for step in (*recipe.steps(), *recipe.rollback_actions):
        yield step
        if step.child is not None:
            yield from _steps(step.child)


def _of_start(start: RunStart, bundle: Bundle, now: datetime) -> Iterator[Problem]:
    recipe = bundle.recipe
    if start.trigger is Trigger.SCHEDULE:
        for draft in (one for one in bundle.recipes.values() if one.draft):
            yield Problem(message=f"the recipe '{draft.name}' is a draft, which no schedule runs", hint=DRAFT_HINT)
    if recipe.room == "required" and start.room is None:
        yield Problem(message=f"the recipe '{recipe.name}' is about one room, and none was named", hint="name it with --room")
    if not any(recipe.phase(phase) for phase in Phase):
        yield Problem(message=f"the recipe '{recipe.name}' has no steps")
    if recipe.guardrails.window:
        yield from _of_window(recipe.guardrails.window, timezone_of(start, bundle), now)


def timezone_of(start: RunStart, bundle: Bundle) -> str:
    """The room's time zone, else the project's, else UTC."""
    room = (start.room_values or {}).get("timezone")
    return str(room) if room else bundle.settings.timezone or "UTC"


def _of_window(window: str, timezone: str, now: datetime) -> Iterator[Problem]:
    try:
        if not is_open(window, now, timezone):
            yield Problem(
                message=f"it is outside the window '{window}' ({timezone})",
                hint="wait for the window, or change guardrails.window",
                passes=True,
            )
    except (AvopsError, ValueError, KeyError) as error:
        yield Problem(message=f"guardrails.window: {error}")


@dataclass(frozen=True, slots=True)
class _Judge:
    """Holds recipes to the agents' permissions and to the IPAV contract."""

    agents: tuple[Mapping[Phase, Agent], ...]
    bundle: Bundle

    def recipe(self, recipe: CompiledRecipe, prefix: str, within: Phase | None = None) -> Iterator[Problem]:
        """The problems of a recipe and of those it calls; `within` is the phase of the step that calls it."""
        for step in recipe.steps():
            key = prefix + step.key
            for problem in self._step(step, within):
                yield Problem(message=problem.message, hint=problem.hint, key=f"{key} '{step.title}'")
            if step.child is not None:
                inner = step.phase if within in (None, Phase.ACT) else within
                yield from self.recipe(step.child, f"{key}/", inner)
        for action in recipe.rollback_actions:
            for call in calls_in(action):
                yield from self._allowed(call, action.phase, f"{prefix}rollback.{action.index}")

    def _step(self, step: CompiledStep, within: Phase | None) -> Iterator[Problem]:
        for used in calls_in(step):
            yield from self._allowed(used, step.phase, None)
            yield from self._approvable(used, step.phase)
        role = getattr(step.doc, "approval", None) or getattr(step.doc, "approve", None)
        if isinstance(role, str) and role not in self.bundle.settings.roles:
            known = ", ".join(sorted(self.bundle.settings.roles)) or "none"
            yield Problem(message=f"no role '{role}', expected one of {known}", hint="add it under roles: in avops.yaml")
        call = step.call
        if call is None:
            return
        if step.kind in ("check", "confirm", "wait"):
            if call.effect is not Effect.READ:
                yield Problem(message=f"a reading must be a read, '{call.reference}' is a {call.effect.value}")
            return
        contract = step.phase if within is None or within is Phase.ACT else within
        if not call.effect.allowed_in(contract):
            message = f"'{call.reference}' is a {call.effect.value}, which {contract.value} does not allow"
            yield Problem(message=message, hint="move the step to act:")
        if call.effect.changes and not self.bundle.recipe.draft:
            yield from _undo_contract(step, call)
        if call.effect.changes and getattr(step.doc, "undo", None) == "auto" and call.spec.restore is not None:
            yield from self._restorable(step, call, call.spec.restore.read)

    def _restorable(self, step: CompiledStep, call: CompiledCall, read: str) -> Iterator[Problem]:
        """`undo: auto` reads the state before, with an action that must be there and be allowed."""
        spec = actions_of(call.manifest).get(read)
        if spec is None or spec.effect is not Effect.READ:
            kind = "no action" if spec is None else "no read"
            yield Problem(message=f"'{call.reference}' restores by '{read}', which is {kind} of '{call.tool}'")
            return
        yield from self._allowed(replace(call, action=read, spec=spec), step.phase, None)

    def _approvable(self, call: CompiledCall, phase: Phase) -> Iterator[Problem]:
        """A role that the agent wants to approve a call must be one that somebody can have."""
        for agents in self.agents:
            agent = agents.get(phase)
            role = agent.approvals.get(call.effect.value) if agent else None
            if agent is not None and role is not None and role not in self.bundle.settings.roles:
                known = ", ".join(sorted(self.bundle.settings.roles)) or "none"
                hint = "add it under roles: in avops.yaml"
                yield Problem(message=f"the agent '{agent.name}' wants '{role}' to approve, expected one of {known}", hint=hint)

    def _allowed(self, call: CompiledCall, phase: Phase, key: str | None) -> Iterator[Problem]:
        for agents in self.agents:
            agent = agents.get(phase)
            if agent is not None and not agent.allows(call.tool, call.action):
                hint = f"add it under tools: of the agent, or run with another: avops agent show '{agent.name}'"
                yield Problem(message=f"the agent '{agent.name}' may not call '{call.reference}'", hint=hint, key=key)


def _undo_contract(step: CompiledStep, call: CompiledCall) -> Iterator[Problem]:
    undo = getattr(step.doc, "undo", None)
    if undo is None:
        hint = "write undo: {…}, undo: auto, or undo: none with why:"
        yield Problem(message=f"'{call.reference}' is a {call.effect.value} without an undo", hint=hint)
    elif undo == "none" and not step.doc.why:
        yield Problem(message=f"'{call.reference}' has undo: none without a reason", hint="say why: …")
    elif undo == "auto" and call.spec.restore is None:
        yield Problem(message=f"'{call.reference}' declares no restore, so undo: auto cannot work", hint="write undo: {tool: …, with: …}")
