"""The documents of a project in one state, read from their texts. Nothing is started, and nothing is connected to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avops.model.settings import Settings
from avops.project.documents import load_document
from avops.project.names import folded
from avops.project.project import MARKER
from avops.project.rooms import load_rooms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avops.model.agent import Agent
    from avops.model.recipe import Recipe
    from avops.model.tool import ActionBase, ToolBase
    from avops.model.workflow import Workflow
    from avops.project.documents import Kind, Loaded
    from avops.project.rooms import Rooms

FOLDERS: Mapping[str, Kind] = {"agents": "agent", "recipes": "recipe", "tools": "tool", "workflows": "workflow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A document and the file that it stands in."""

    path: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A project in one state: its sound documents by folded name."""

    recipes: Mapping[str, Held]
    agents: Mapping[str, Held]
    tools: Mapping[str, Held]
    workflows: Mapping[str, Held]
    settings: Settings
    rooms: Rooms | None
    """None when the list is broken."""
    texts: Mapping[str, bytes]
    broken: frozenset[str] = frozenset()

    def recipe(self, name: str) -> Recipe | None:
        """The recipe of that name."""
        held = self.recipes.get(folded(name))
        found: Recipe | None = held.value if held else None
        return found

    def agent(self, name: str) -> Agent | None:
        """The agent of that name."""
        held = self.agents.get(folded(name))
        found: Agent | None = held.value if held else None
        return found

    def tool(self, name: str) -> ToolBase | None:
        """The tool of that name."""
        held = self.tools.get(folded(name))
        found: ToolBase | None = held.value if held else None
        return found

    def action(self, reference: str) -> ActionBase | None:
        """The action that TOOL.ACTION names."""
        tool, _, name = reference.partition(".")
        manifest = self.tool(tool)
        return None if manifest is None else actions_of(manifest).get(name)

    def all_workflows(self) -> Iterator[tuple[str, Workflow, str]]:
        """Folded name, workflow and path of each."""
        for key, held in self.workflows.items():
            yield key, held.value, held.path


def actions_of(tool: ToolBase) -> Mapping[str, ActionBase]:
    """The actions of a tool, whatever its kind."""
    actions: Mapping[str, ActionBase] = getattr(tool, "actions", {})
    return actions


class Reader:
    """Reads snapshots; a text that two of them share is read once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, bytes], Loaded[Any]] = {}

    def read(self, texts: Mapping[str, bytes]) -> Snapshot:
        """The project that these files make, by path; those that are no documents are kept as texts only."""
        found: dict[str, dict[str, Held]] = {kind: {} for kind in FOLDERS.values()}
        broken: set[str] = set()
        for path, text in sorted(texts.items()):
            kind = kind_of(path)
            if kind is None:
                continue
            loaded = self._load(kind, path, text)
            if loaded.value is None:
                broken.add(path)
            else:
                found[kind].setdefault(folded(loaded.value.name), Held(path=path, value=loaded.value))
        settings = self._load("settings", MARKER, texts.get(MARKER, b""))
        if settings.value is None:
            broken.add(MARKER)
        kept = settings.value or Settings()
        rooms = load_rooms(texts[kept.rooms], kept.rooms) if kept.rooms in texts else load_rooms(b"room\n", "rooms.csv")
        if rooms.value is None:
            broken.add(kept.rooms)
        return Snapshot(
            recipes=found["recipe"],
            agents=found["agent"],
            tools=found["tool"],
            workflows=found["workflow"],
            settings=kept,
            rooms=rooms.value,
            texts=texts,
            broken=frozenset(broken),
        )

    def _load(self, kind: Kind, path: str, text: bytes) -> Loaded[Any]:
        key = (kind, path, text)
        if key not in self._known:
            self._known[key] = load_document(kind, text, path)
        return self._known[key]


def kind_of(path: str) -> Kind | None:
    """The kind of document that a file of the project is; None for other files and for recipe tests."""
    folder, _, rest = path.partition("/")
    lowered = rest.lower()
    hidden = any(part.startswith(".") for part in rest.split("/"))
    if hidden or not lowered.endswith((".yaml", ".yml")) or lowered.endswith((".test.yaml", ".test.yml")):
        return None
    return FOLDERS.get(folder)
