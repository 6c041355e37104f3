"""One action, called by a person: a recorded run of one step, under an agent, with every check and approval of a recipe."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.errors import NotFoundError, UsageError
from avops.wiring.requests import RunRequest, build_start
from avops.wiring.running import with_executor
from avops.wiring.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avops.engine.executor import RunReport
    from avops.engine.program import Problem
    from avops.model.effect import Effect
    from avops.model.recipe import Recipe
    from avops.model.run import RunStart
    from avops.model.tool import ActionBase, ToolBase
    from avops.ports import Listener, Person
    from avops.project.documents import Loaded
    from avops.project.project import Project
    from avops.wiring.running import Running

PATH = "recipes/tool-call.yaml"
_OPENS = re.compile(r"\{[{%#]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What a person wants called, checked against the action's input schema."""

    manifest: ToolBase
    action: str
    spec: ActionBase
    arguments: Mapping[str, object]
    agent: str

    @property
    def reference(self) -> str:
        """TOOL.ACTION."""
        return f"{self.manifest.name}.{self.action}"

    @property
    def effect(self) -> Effect:
        """What it does to the world."""
        return self.spec.effect


def prepare_call(workspace: Workspace, tool: str, action: str, given: Sequence[str], agent: str | None = None) -> ToolCall:
    """The call of a command line: `key=value` pairs, or one JSON object. UsageError for what the action does not take."""
    from avops.engine.program import actions_of
    from avops.engine.schema_check import input_error, with_defaults
    from avops.project.suggestions import did_you_mean

    manifest = workspace.tool(tool).required()
    actions = actions_of(manifest)
    spec = actions.get(action)
    if spec is None:
        known = f"it has: {', '.join(sorted(actions))}" if actions else f"avops tool discover {manifest.name}"
        raise NotFoundError(f"the tool '{manifest.name}' has no action '{action}'", hint=did_you_mean(action, list(actions)) or known)
    arguments = arguments_from(spec, given)
    if problem := input_error(spec, with_defaults(spec.input, arguments)):
        takes = ", ".join(spec.input) or "no arguments"
        raise UsageError(f"'{manifest.name}.{action}': {problem}", hint=f"it takes: {takes}")
    named = agent or workspace.settings.operator_agent
    if named is None:
        raise UsageError("no agent is named that may call tools", hint="add --agent NAME, or write 'operator_agent' in 'avops.yaml'")
    return ToolCall(manifest=manifest, action=action, spec=spec, arguments=arguments, agent=workspace.agent(named).required().name)


def arguments_from(spec: ActionBase, given: Sequence[str]) -> dict[str, object]:
    """The arguments of a command line, each of the type that its schema asks for; UsageError for one that is not."""
    if len(given) == 1 and given[0].lstrip().startswith("{"):
        try:
            data = json.loads(given[0])
        except ValueError as error:
            raise UsageError(f"the arguments are no JSON: {error}") from None
        assert isinstance(data, dict)
        return data
    arguments: dict[str, object] = {}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"'{pair}' is no argument", hint="write name=value, or one JSON object in quotes")
        arguments[name] = _typed(name, text, spec.input.get(name, {}))
    return arguments


def _typed(name: str, text: str, schema: Mapping[str, object]) -> object:
    wanted = schema.get("type")
    types = wanted if isinstance(wanted, list) else [wanted] if wanted else []
    if not types or "string" in types:
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise UsageError(f"'{name}' takes {' or '.join(map(str, types))}, not '{text}'") from None


def call_tool(
    workspace: Workspace,
    call: ToolCall,
    listener: Listener,
    *,
    room: str | None = None,
    mock: bool | list[str] = False,
    person: Person | None = None,
) -> tuple[RunReport, bool, object]:
    """How the run ended, whether the action answered, and what. Every write is asked for, as if the recipe were a draft."""
    from avops.model.run import StepStatus

    start, secret = start_of_call(workspace, call, room, mock=mock)
    key = "act.0" if call.effect.changes else "verify.0"

    async def work(running: Running) -> tuple[RunReport, bool, object]:
        report = await running.executor.start(start, secret)
        steps = [step for step in running.store.steps(report.run_id) if step.intent.key == key and step.status is StepStatus.OK]
        return report, bool(steps), steps[-1].value if steps else None

    return with_executor(workspace, listener, person, work)


def call_problems(workspace: Workspace, call: ToolCall) -> list[Problem]:
    """What would keep the call from being made; nothing outside is asked."""
    import tempfile
    from pathlib import Path

    from avops.report.progress import Silent

    start, secret = start_of_call(workspace, call, None, mock=False)

    async def work(running: Running) -> list[Problem]:
        return list((await running.executor.plan(start, secret))[1])

    with tempfile.TemporaryDirectory(prefix="avops-call-") as folder:
        return with_executor(workspace, Silent(), None, work, database=Path(folder) / "call.db")


def start_of_call(
    workspace: Workspace, call: ToolCall, room: str | None, *, mock: bool | list[str], asks: bool = True
) -> tuple[RunStart, dict[str, str]]:
    """The start of the run that makes the call, and its secret inputs; with `asks`, a person is asked before it writes."""
    from avops.model.run import Trigger

    scope = _WithRecipe(workspace.project, _recipe(call))
    request = RunRequest(agent=call.agent, recipe=_name(call), inputs={}, room=room, mock=mock, trigger=Trigger.CALL)
    start, secret = build_start(scope, request)
    return replace(start, options={**start.options, "ask_writes": asks}), secret


class _WithRecipe(Workspace):
    """The project with one recipe that stands in no file."""

    def __init__(self, project: Project, recipe: Loaded[Recipe]) -> None:
        super().__init__(project)
        self._recipe = recipe

    def recipe(self, name: str) -> Loaded[Recipe]:
        """The recipe, whatever its name."""
        return self._recipe


def _name(call: ToolCall) -> str:
    return f"Call {call.reference}"


def _recipe(call: ToolCall) -> Loaded[Recipe]:
    from avops.project.documents import load_document

    return load_document("recipe", recipe_text(call), PATH)


def recipe_text(call: ToolCall) -> str:
    """The recipe of one call. A read is a reading of Verify; a change stands in Act, and nothing verifies it."""
    step = [f"  - id: answer\n    name: {_name(call)}\n    tool: {call.reference}"]
    if call.arguments:
        step.append(f"    with: {json.dumps(literal(dict(call.arguments)), ensure_ascii=False)}")
    if call.effect.changes:
        step.append("    undo: none\n    why: a person called it directly")
    head = f"name: {_name(call)}\ndescription: One action, called by a person.\nroom: optional\n"
    if call.effect.changes:
        return head + "act:\n" + "\n".join(step) + "\n"
    return head + "verify:\n" + "\n".join(step) + "\n  - name: It answered\n    check: answer is defined\n"


def literal(value: object) -> object:
    """The value as a template that renders to it: what a person typed is data, whatever it looks like."""
    if isinstance(value, str):
        return _OPENS.sub(lambda found: "{{ '{' ~ '" + found.group()[1] + "' }}", value)
    if isinstance(value, list):
        return [literal(each) for each in value]
    if isinstance(value, dict):
        return {key: literal(each) for key, each in value.items()}
    return value
