"""The assistant of a project, with its look-ups, its model and what must stay hidden; and the names that a prompt completes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from avops.errors import AvopsError
from avops.wiring.chat_lookups import lookups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avops.chat.assistant import Assistant
    from avops.chat.completion import Names
    from avops.chat.memory import Memory
    from avops.connectors.secrets import EnvironmentSecrets
    from avops.engine.redaction import Redactor
    from avops.ports import Model
    from avops.wiring.chat_lookups import Records
    from avops.wiring.workspace import Workspace

MODEL_KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY")


def assistant(workspace: Workspace, model: Model, memory: Memory, redactor: Redactor, records: Records) -> Assistant:
    """The assistant of a project."""
    from avops.chat.assistant import Assistant

    return Assistant(model, lookups(workspace, records), memory, instructions=_instructions(workspace), redact=redactor.data)


def redactor(workspace: Workspace, secrets: EnvironmentSecrets | None = None) -> Redactor:
    """Hides the secrets that the project's tools and its model name, those that were handed out, and what its policy says."""
    from avops.engine.redaction import Redactor

    known = tuple(_known_secrets(workspace))
    return Redactor(lambda: (*known, *(secrets.handed_out if secrets else ())), workspace.settings.policy.redact)


def names(workspace: Workspace) -> Names:
    """What can be named at a prompt, as it is now."""
    from avops.chat.completion import Names

    project = workspace.project
    try:
        rooms = tuple(room.key for room in project.rooms.required())
    except AvopsError:
        rooms = ()  # a list that cannot be read completes nothing
    actions = {loaded.value.name: tuple(sorted(loaded.value.actions)) for loaded in project.tools if loaded.value is not None}
    inputs = {loaded.value.name: tuple(sorted(loaded.value.inputs)) for loaded in project.recipes if loaded.value is not None}
    return Names(
        agents=tuple(name for name, _ in project.agents.names),
        recipes=tuple(name for name, _ in project.recipes.names),
        workflows=tuple(name for name, _ in project.workflows.names),
        rooms=rooms,
        tools=tuple(name for name, _ in project.tools.names),
        actions=actions,
        inputs=inputs,
    )


def secret_inputs(workspace: Workspace, recipe: str) -> frozenset[str]:
    """The names of a recipe's secret inputs; none where the recipe is not there or not right."""
    try:
        found = workspace.project.recipes.find(recipe).value
    except AvopsError:
        return frozenset()
    return frozenset(name for name, spec in found.inputs.items() if spec.secret) if found is not None else frozenset()


def _known_secrets(workspace: Workspace) -> Iterator[str]:
    """The values of the environment and `.env` that manifests name as secrets, and the model's keys."""
    from avops.project.env_file import read_env
    from avops.project.trust import claims, model_key

    try:
        dotenv = read_env(workspace.root / ".env")
    except AvopsError:
        dotenv = {}
    variables = set(MODEL_KEYS)
    if (reference := model_key(workspace.settings)) and reference.startswith("env:"):
        variables.add(reference.removeprefix("env:"))
    for loaded in workspace.project.tools:
        if loaded.value is None:
            continue
        for claim in claims(loaded.value, workspace.root):
            if claim.kind == "secret" and claim.what.startswith("env:"):
                variables.add(claim.what.removeprefix("env:").split(" ", 1)[0])
    for variable in sorted(variables):
        if value := os.environ.get(variable) or dotenv.get(variable):
            yield value


def _instructions(workspace: Workspace) -> Callable[[int], str]:
    from zoneinfo import ZoneInfo

    from avops.chat.commands import FORMS
    from avops.chat.persona import instructions
    from avops.project.clock import SystemClock

    project = workspace.settings.name or workspace.root.name
    forms = "\n".join(f"- {form.form}: {form.does}" for form in FORMS)
    try:
        today = SystemClock().now().astimezone(ZoneInfo(workspace.timezone)).strftime("%A, %d %B %Y")
    except (KeyError, OSError, ValueError):
        today = SystemClock().now().strftime("%A, %d %B %Y")

    def text(forgotten: int) -> str:
        return instructions(project=project, today=today, zone=workspace.timezone, forms=forms, forgotten=forgotten)

    return text
