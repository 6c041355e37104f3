"""The starter's documents: they load, refer to each other, keep the IPAV contract, and their mocks fit their schemas."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest

from avops.connectors.registry import open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.expression import parse_value
from avops.model.effect import Effect, Phase
from avops.model.step import CheckStep, ConfirmStep, NotifyStep, StepOptions, ToolStep
from avops.project.documents import Kind, load_document
from avops.project.project import Project
from avops.sim.main import DEFAULT_PORT
from avops.sop.catalog import ActionCatalogEntry, ToolCatalogEntry
from avops.sop.convert import convert
from avops.wiring.recipe_tests import run_tests
from avops.wiring.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.model.agent import Agent
    from avops.model.recipe import Recipe
    from avops.model.tool import ActionBase, Tool
    from avops.model.workflow import Workflow

ROOT = Path(__file__).parents[3]
FOLDERS: dict[str, Kind] = {"agents": "agent", "recipes": "recipe", "tools": "tool", "workflows": "workflow"}


def documents(folder: str) -> Iterator[Any]:
    for path in sorted(path for path in (ROOT / folder).glob("*.yaml") if not path.name.endswith(".test.yaml")):
        yield load_document(FOLDERS[folder], path.read_text(encoding="utf-8"), f"{folder}/{path.name}").required()


TOOLS: dict[str, Tool] = {tool.name: tool for tool in documents("tools")}
AGENTS: dict[str, Agent] = {agent.name: agent for agent in documents("agents")}
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in documents("recipes")}
WORKFLOWS: dict[str, Workflow] = {workflow.name: workflow for workflow in documents("workflows")}
ROOMS = list(csv.DictReader((ROOT / "rooms.csv").read_text(encoding="utf-8").splitlines()))
# Who runs which recipe, by the agents' own lists.
RUNS = [(agent, recipe) for agent in AGENTS.values() for recipe in agent.recipes]


def action(reference: str) -> ActionBase:
    tool, _, name = reference.partition(".")
    found: ActionBase = TOOLS[tool].actions[name]
    return found


def notifier(tool: str) -> str:
    return next(f"{tool}.{name}" for name, each in TOOLS[tool].actions.items() if each.notify)


def calls(step: StepOptions) -> Iterator[tuple[str, dict[str, object]]]:
    """Every call a step may make, with its arguments; an undo included."""
    if isinstance(step, ToolStep):
        yield step.tool, step.with_
        if step.undo == "auto":
            restore = action(step.tool).restore
            assert restore is not None, step.tool
            yield f"{step.tool.partition('.')[0]}.{restore.read}", {}
        elif step.undo is not None and step.undo != "none":
            yield step.undo.tool, step.undo.with_
    if isinstance(step, NotifyStep):
        reference = notifier(next(iter(step.notify)))
        yield reference, {}
    reading = getattr(step, "reading", None)
    if reading is not None:
        yield reading.tool, reading.with_


def steps(recipe: Recipe) -> Iterator[tuple[Phase, StepOptions]]:
    for phase in Phase:
        for step in recipe.phase(phase):
            yield phase, step


def test_what_the_starter_holds():
    alone = {"EventsAgent", "SupportBot", "Zoom_Room_Agent", "operator"}
    orchestrated = {"Acting_Agent", "Baseline_Agent", "Intake_Agent", "Learning_Agent", "Planning_Agent", "Verifying_Agent"}
    assert set(AGENTS) == alone | orchestrated
    assert set(RECIPES) == {
        *("Daily AV Systems Check", "Display Fix", "Event Preflight", "Incident Triage", "Zoom Room Reset"),
        *("Baseline Check", "Learn and Publish", "Room Recovery"),
    }
    assert set(WORKFLOWS) == {"Generic AV Operations", "Hourly Display Watch", "Morning Systems Check", "Town Hall Preflight"}
    assert set(TOOLS) == {"calendar", "display", "slack", "tickets", "zoom"}
    assert len(list((ROOT / "sops").iterdir())) == 4


def test_the_settings():
    settings = load_document("settings", (ROOT / "avops.yaml").read_text(encoding="utf-8"), "avops.yaml").required()
    assert settings.operator_agent in AGENTS
    assert (ROOT / settings.rooms).is_file()
    approvers = {role for agent in AGENTS.values() for role in agent.approvals.values()}
    assert approvers <= set(settings.roles)
    assert settings.timezone is not None
    ZoneInfo(settings.timezone)


def test_the_rooms():
    assert {room["site"] for room in ROOMS} == {"hq", "lisbon"}
    for column in ("room", "zoom_id", "display_host", "calendar"):
        assert len({room[column] for room in ROOMS}) == len(ROOMS)
    inputs = action("display.set_input").input["input"]["enum"]
    for room in ROOMS:
        ZoneInfo(room["timezone"])
        assert room["display_input"] in inputs  # type: ignore[operator]  # an enum is a list


@pytest.mark.parametrize("agent", AGENTS.values(), ids=lambda agent: agent.name)
def test_agents_name_actions_and_recipes_that_are_there(agent):
    for tool, actions in agent.tools.items():
        assert actions == "*" or set(actions) <= set(TOOLS[tool].actions)
    assert set(agent.recipes) <= set(RECIPES)
    if agent.name == "operator":
        assert set(agent.tools) == set(TOOLS)


def test_every_recipe_has_an_agent():
    by_phase = {stage.recipe for workflow in WORKFLOWS.values() for stage in workflow.stages if stage.agents}
    assert {recipe for _, recipe in RUNS} | by_phase == set(RECIPES)


@pytest.mark.parametrize(("agent", "name"), RUNS, ids=lambda value: str(getattr(value, "name", value)))
def test_an_agent_may_make_every_call_of_its_recipes(agent, name):
    recipe = RECIPES[name]
    used = [reference for _, step in steps(recipe) for reference, _ in calls(step)]
    used += [reference for step in recipe.guardrails.rollback_actions for reference, _ in calls(step)]
    for reference in used:
        assert agent.allows(*reference.split(".")), reference


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=lambda workflow: workflow.name)
def test_workflows_name_what_is_there(workflow):
    assert workflow.room is None or workflow.room in {room["room"] for room in ROOMS}
    for part in workflow.stages or [workflow]:
        recipe = RECIPES[part.recipe]
        if part.agents is None:
            assert recipe.name in AGENTS[part.agent].recipes
        needed = {name for name, each in recipe.inputs.items() if each.is_required}
        given = set(part.inputs) | (set(workflow.inputs) & set(recipe.inputs))
        assert needed <= given <= set(recipe.inputs)
        if recipe.room == "required":
            assert workflow.room or workflow.for_each == "rooms"


def test_each_agent_of_the_orchestrator_may_do_what_its_phase_needs_and_no_more():
    stages = {stage.name: stage for stage in WORKFLOWS["Generic AV Operations"].stages}
    named = stages["operation"].agents.model_dump()
    assert len({stages["baseline"].agent, *named.values(), stages["learning"].agent}) == 6
    for phase, name in named.items():
        for at, step in steps(RECIPES["Room Recovery"]):
            if at.value == phase:
                assert all(AGENTS[name].allows(*reference.split(".")) for reference, _ in calls(step))
    changes = {
        name
        for name in (stages["baseline"].agent, *named.values(), stages["learning"].agent)
        for tool, actions in AGENTS[name].tools.items()
        for each in actions
        if TOOLS[tool].actions[each].effect.changes
    }
    assert changes == {"Acting_Agent"}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_recipes_keep_the_ipav_contract(recipe):
    looked_at = False
    for phase, step in steps(recipe):
        for reference, arguments in calls(step):
            called = action(reference)
            assert called.effect.allowed_in(phase), reference
            needed = {name for name, schema in called.input.items() if "default" not in schema and schema.get("required", True)}
            assert not arguments or needed <= set(arguments) <= set(called.input), reference
        if isinstance(step, ToolStep) and action(step.tool).effect.changes:
            assert step.undo is not None, step.name
            assert step.undo != "none" or step.why, step.name
            if action(step.tool).effect is Effect.DESTRUCTIVE:
                assert any(getattr(check, "hold", False) for check in recipe.plan)
        if phase is Phase.VERIFY and isinstance(step, CheckStep | ConfirmStep):
            looked_at = looked_at or step.reading is not None
    assert looked_at
    assert all(recipe.phase(phase) for phase in Phase)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_what_intake_obtains_is_used(recipe):
    text = (ROOT / "recipes" / f"{recipe.name.lower().replace(' ', '-')}.yaml").read_text(encoding="utf-8")
    later = text.partition("\nplan:")[2]
    for step in recipe.intake:
        assert step.id is not None
        assert f"{step.id}." in later or f"{step.id} |" in later, step.id


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_people_are_told_at_the_end(recipe):
    assert isinstance(recipe.verify[-1], NotifyStep)


ACTIONS = [(tool, name) for tool in TOOLS.values() for name in tool.actions]


@pytest.mark.parametrize(("tool", "name"), ACTIONS, ids=lambda value: str(getattr(value, "name", value)))
def test_a_mock_answer_fits_the_output_schema(tool, name):
    each = tool.actions[name]
    assert each.output is not None
    jsonschema.Draft202012Validator.check_schema(each.output)
    jsonschema.validate(each.mock, each.output)
    assert each.description


@pytest.mark.parametrize(("tool", "name"), ACTIONS, ids=lambda value: str(getattr(value, "name", value)))
def test_a_restore_gives_arguments_that_the_write_accepts(tool, name):
    each = tool.actions[name]
    assert each.restore is not None or each.effect is not Effect.WRITE
    if each.restore is not None:
        read = tool.actions[each.restore.read]
        assert read.effect is Effect.READ
        values = parse_value(each.restore.with_).render({"before": read.mock, "args": {}})
        assert isinstance(values, dict)
        for argument, value in values.items():
            jsonschema.validate(value, each.input[argument])


@pytest.mark.parametrize("tool", TOOLS.values(), ids=lambda tool: tool.name)
def test_tools_say_that_they_are_simulated_and_can_be_opened(tool):
    assert tool.simulated
    assert tool.base_url.startswith(f"http://127.0.0.1:{DEFAULT_PORT}")
    open_tool(tool, EnvironmentSecrets({}), ROOT)


def catalog() -> list[ToolCatalogEntry]:
    return [
        ToolCatalogEntry(
            name=tool.name,
            description=tool.description,
            synonyms=tuple(tool.synonyms),
            actions=tuple(
                ActionCatalogEntry(
                    name=name,
                    description=each.description,
                    effect=each.effect.value,
                    input=each.input,
                    synonyms=tuple(each.synonyms),
                    notify=(each.notify.to, each.notify.text) if each.notify else None,
                    output=each.output or {},
                )
                for name, each in tool.actions.items()
            ),
        )
        for tool in TOOLS.values()
    ]


@pytest.mark.parametrize(
    ("file", "actions"),
    [
        ("display-fix.md", {"zoom.get_room", "display.get_power", "display.set_power", "display.set_input"}),
        ("zoom-room-frozen.md", {"zoom.restart_room"}),
        ("event-preflight.md", {"calendar.list_events", "display.set_power", "display.set_input", "zoom.set_volume"}),
        ("incident-triage.txt", {"display.get_power", "tickets.create"}),
    ],
)
def test_the_words_of_an_sop_become_calls(file, actions):
    conversion = convert((ROOT / "sops" / file).read_text(encoding="utf-8"), file=f"sops/{file}", tools=catalog())
    recipe = load_document("recipe", conversion.recipe_text, "recipes/new.yaml").required()
    assert actions <= {reference for _, step in steps(recipe) for reference, _ in calls(step)}
    assert recipe.draft


def test_every_recipe_has_tests_that_pass_and_reach_nearly_all_of_it() -> None:
    results = run_tests(Workspace(Project(ROOT)), [], jobs=1)
    failed = {f"{result.recipe}: {case.name}": case.problems for result in results for case in result.cases if case.problems}
    assert failed == {}
    assert {result.recipe for result in results if result.coverage.percent >= 90} == set(RECIPES)
