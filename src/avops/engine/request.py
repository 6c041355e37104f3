"""What a run starts from: the texts of its documents, gathered from the project and read back from the store alike.

A run keeps the text of every document it uses and reads them from there, also at the start: so that one that is
continued next week is the same run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.model.effect import Phase
from avops.model.step import ArtifactStep, Call, DoStep, NotifyStep, RecipeStep, ToolStep, Until, WaitStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Protocol

    from avops.model.agent import Agent
    from avops.model.recipe import Recipe
    from avops.model.run import RunStart
    from avops.model.settings import Settings
    from avops.model.step import StepOptions
    from avops.model.tool import ToolBase
    from avops.project.documents import Loaded

    class Library(Protocol):
        """Where documents are found by name; both raise NotFoundError or DocumentError."""

        def recipe(self, name: str) -> Loaded[Recipe]: ...

        def agent(self, name: str) -> Loaded[Agent]: ...

        def tool(self, name: str) -> Loaded[Any]: ...

        def settings(self) -> Loaded[Settings]: ...


SETTINGS_PATH = "avops.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The documents of one run."""

    recipe: Recipe
    agents: Mapping[Phase, Agent]
    tools: Mapping[str, ToolBase]
    recipes: Mapping[str, Recipe]
    settings: Settings

    @property
    def four_eyes(self) -> bool:
        """True where the recipe, or one that it calls, wants a second person for every approval."""
        waiting, seen = [self.recipe.name.casefold()], set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen or (recipe := self.recipes.get(name)) is None:
                continue
            if recipe.guardrails.four_eyes:
                return True
            seen.add(name)
            waiting.extend(named.casefold() for kind, named in references(recipe) if kind == "recipe")
        return False


def gather(library: Library, recipe: str, agents: Mapping[Phase, str]) -> dict[str, str]:
    """The texts by path of the recipe, the recipes it calls, the agents, the tools they use, and the settings.

    Names that nothing has are left out: preflight names them, with every other problem.
    """
    from avops.errors import NotFoundError

    texts: dict[str, str] = {}
    tools: dict[str, None] = {}
    in_words: set[Phase] = set()
    waiting, seen = [recipe], set[str]()
    while waiting:
        name = waiting.pop()
        if name.casefold() in seen:
            continue
        seen.add(name.casefold())
        try:
            loaded = library.recipe(name)
        except NotFoundError:
            if name == recipe:
                raise
            continue
        texts[loaded.path] = loaded.text
        in_words |= {phase for phase in Phase if any(isinstance(step, DoStep) for step in loaded.required().phase(phase))}
        for kind, found in references(loaded.required()):
            if kind == "recipe":
                waiting.append(found)
            else:
                tools.setdefault(found)
    for agent_name in dict.fromkeys(agents.values()):
        agent = library.agent(agent_name)
        texts[agent.path] = agent.text
    for tool_name in tools:
        try:
            tool = library.tool(tool_name)
        except NotFoundError:
            continue
        texts[tool.path] = tool.text
    texts |= _for_models(library, {name for phase, name in agents.items() if phase in in_words})
    settings = library.settings()
    texts[SETTINGS_PATH] = settings.text
    return texts


def _for_models(library: Library, agents: set[str]) -> dict[str, str]:
    """The texts of the tools from which a model may choose in the steps of these agents; those that cannot be read are left out."""
    from avops.errors import AvopsError

    texts: dict[str, str] = {}
    for name in agents:
        agent = library.agent(name).value
        for tool_name in agent.tools if agent is not None else ():
            try:
                tool = library.tool(tool_name)
            except AvopsError:
                continue
            if tool.value is not None:
                texts[tool.path] = tool.text
    return texts


def load_bundle(start: RunStart) -> Bundle:
    """The documents of a run, read from the texts it keeps; DocumentError when one is not right."""
    from avops.errors import AvopsError
    from avops.project.documents import load_document

    recipes = {
        doc.name.casefold(): doc
        for path, text in start.texts.items()
        if path.startswith("recipes/")
        for doc in [load_document("recipe", text, path).required()]
    }
    agents = {
        doc.name.casefold(): doc
        for path, text in start.texts.items()
        if path.startswith("agents/")
        for doc in [load_document("agent", text, path).required()]
    }
    tools = [load_document("tool", text, path).required() for path, text in start.texts.items() if path.startswith("tools/")]
    by_phase = start.options.get("agents")
    names = (
        {Phase(phase): str(name) for phase, name in by_phase.items()} if isinstance(by_phase, dict) else dict.fromkeys(Phase, start.agent)
    )
    try:
        return Bundle(
            recipe=recipes[start.recipe.casefold()],
            agents={phase: agents[name.casefold()] for phase, name in names.items()},
            tools={tool.name: tool for tool in tools},
            recipes=recipes,
            settings=load_document("settings", start.texts.get(SETTINGS_PATH, ""), SETTINGS_PATH).required(),
        )
    except KeyError as error:
        raise AvopsError(f"the run's documents hold no {error.args[0]!r}") from error


def phase_agents(start: RunStart) -> dict[Phase, str]:
    """The agent of each phase: one for all, or `options["agents"]`."""
    by_phase = start.options.get("agents")
    if isinstance(by_phase, dict):
        return {Phase(phase): str(name) for phase, name in by_phase.items()}
    return dict.fromkeys(Phase, start.agent)


def references(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """What a recipe names: ("tool", "zoom") and ("recipe", "Display Fix"), each as often as it is named."""
    for step in (*recipe.intake, *recipe.plan, *recipe.act, *recipe.verify, *recipe.guardrails.rollback_actions):
        if isinstance(step, NotifyStep):
            yield "tool", next(iter(step.notify))
        elif isinstance(step, RecipeStep):
            yield "recipe", step.recipe
        for call in calls_of(step):
            yield "tool", call.tool.partition(".")[0]


def calls_of(step: StepOptions) -> Iterator[Call]:
    """Every call a step names in so many words: its own, its reading, its undo."""
    if isinstance(step, ToolStep):
        yield Call(tool=step.tool, **{"with": step.with_})
    if isinstance(step, ArtifactStep):
        return
    reading = step.wait.reading if isinstance(step, WaitStep) and isinstance(step.wait, Until) else getattr(step, "reading", None)
    for call in (reading, getattr(step, "undo", None)):
        if isinstance(call, Call):
            yield call
