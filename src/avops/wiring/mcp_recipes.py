"""The project's recipes as tools of an MCP server: which are offered, under which agent, and what they take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avops.model.step import (
    ApproveStep,
    ArtifactStep,
    AskStep,
    CheckStep,
    ConfirmStep,
    ManualStep,
    NotifyStep,
    SetStep,
    ToolStep,
    WaitStep,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from avops.model.recipe import Input, Recipe
    from avops.wiring.workspace import Workspace

MOST_RECIPES = 200
MOST_ROOMS = 200
"""Rooms that are listed in a schema; a longer list is named in words."""
_NAME = re.compile(r"[^a-z0-9]+")
_QUIET = (ApproveStep, AskStep, CheckStep, ConfirmStep, SetStep, WaitStep)
_TYPES: Mapping[str, Mapping[str, object]] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "list": {"type": "array"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedRecipe:
    """One recipe as a tool: `schema` is the JSON Schema of its arguments, `room` among them."""

    name: str
    recipe: str
    agent: str
    title: str
    description: str
    schema: Mapping[str, object]
    only_reads: bool
    is_destructive: bool


def offered_recipes(workspace: Workspace, *, agent: str | None, names: Sequence[str]) -> tuple[list[OfferedRecipe], list[str]]:
    """The recipes that can be run, sorted by tool name; and for each of the others why it is not offered.

    `agent` runs all of them; without it the one agent that has a recipe attached, else `operator_agent`. `names` are the only
    recipes to offer; none means all. Raises NotFoundError for a name that nothing has.
    """
    chosen = {workspace.recipe(name).path for name in names}
    forced = workspace.agent(agent).required().name if agent else None
    offered: dict[str, OfferedRecipe] = {}
    left: list[str] = []
    for loaded in workspace.project.recipes:
        if chosen and loaded.path not in chosen:
            continue
        recipe = loaded.value
        if recipe is None:
            left.append(f"{loaded.path}: it is broken: {loaded.diagnostics[0].message}")
            continue
        runs_as = forced or _attached(workspace, recipe.name) or workspace.settings.operator_agent
        problem = _problem(recipe, runs_as)
        name = f"run_{_NAME.sub('_', recipe.name.casefold()).strip('_')[:56]}"
        if problem is None and name in offered:
            problem = f"'{offered[name].recipe}' has the same tool name '{name}'"
        if problem is None and len(offered) >= MOST_RECIPES:
            problem = f"at most {MOST_RECIPES} recipes are offered: name those to offer"
        if problem is not None:
            left.append(f"{recipe.name}: {problem}")
            continue
        assert runs_as is not None
        offered[name] = _offer(workspace, recipe, name, workspace.agent(runs_as).required().name)
    return sorted(offered.values(), key=lambda each: each.name), left


def _attached(workspace: Workspace, recipe: str) -> str | None:
    """The agent that has the recipe attached, when there is one and no other."""
    wanted = recipe.casefold()
    found = [
        loaded.value.name
        for loaded in workspace.project.agents
        if loaded.value is not None and wanted in (each.casefold() for each in loaded.value.recipes)
    ]
    return found[0] if len(found) == 1 else None


def _problem(recipe: Recipe, agent: str | None) -> str | None:
    """Why a recipe is not offered."""
    if recipe.draft:
        return "it is a draft, which a person reviews first"
    if agent is None:
        return "no agent is named that runs it: --agent NAME, or 'operator_agent' in 'avops.yaml'"
    secret = [name for name, spec in recipe.inputs.items() if spec.secret and spec.is_required]
    if secret:
        return f"its input '{secret[0]}' is secret, and no client may choose a secret"
    if recipe.room is not None and "room" in recipe.inputs:
        return "it has an input 'room' beside its room"
    return None


def _offer(workspace: Workspace, recipe: Recipe, name: str, agent: str) -> OfferedRecipe:
    effects = set(_effects(workspace, recipe))
    words = recipe.description or recipe.name
    return OfferedRecipe(
        name=name,
        recipe=recipe.name,
        agent=agent,
        title=recipe.name,
        description=f"{words} A recorded run of the avops recipe '{recipe.name}' by the agent '{agent}', with its approvals.",
        schema=_schema(workspace, recipe),
        only_reads=effects <= {"read"},
        is_destructive=not effects <= {"read", "record", "write"},
    )


def _effects(workspace: Workspace, recipe: Recipe) -> Iterator[str]:
    """The effects of a recipe's steps; "unknown" for what a model decides, and for other recipes."""
    for step in (*recipe.intake, *recipe.plan, *recipe.act, *recipe.verify):
        if isinstance(step, ToolStep):
            tool, _, action = step.tool.partition(".")
            manifest = next((each.value for each in workspace.project.tools if each.value is not None and each.value.name == tool), None)
            known: Mapping[str, Any] = getattr(manifest, "actions", None) or {}
            yield known[action].effect.value if action in known else "unknown"
        elif isinstance(step, (ArtifactStep, NotifyStep)):
            yield "record"
        elif isinstance(step, ManualStep):
            yield "write"
        elif not isinstance(step, _QUIET):
            yield "unknown"


def _schema(workspace: Workspace, recipe: Recipe) -> dict[str, object]:
    """The JSON Schema of the arguments; secret inputs are not among them."""
    properties = {name: _property(spec) for name, spec in recipe.inputs.items() if not spec.secret}
    required = [name for name, spec in recipe.inputs.items() if spec.is_required and not spec.secret]
    if recipe.room is not None:
        keys = [room.key for room in workspace.project.rooms.required()]
        room: dict[str, object] = {"type": "string", "description": "The room, by its key in the room list."}
        properties["room"] = {**room, "enum": keys} if 0 < len(keys) <= MOST_ROOMS else room
        required += ["room"] if recipe.room == "required" else []
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _property(spec: Input) -> dict[str, object]:
    schema: dict[str, object] = dict(_TYPES[spec.type])
    if spec.description:
        schema["description"] = spec.description
    if spec.enum:
        schema["enum"] = list(spec.enum)
    if spec.pattern:
        schema["pattern"] = f"^(?:{spec.pattern})$"
    if not spec.is_required and spec.default is not None:
        schema["default"] = spec.default
    if spec.example is not None:
        schema["examples"] = [spec.example]
    return schema
