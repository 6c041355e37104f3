"""The project as the rules see it: its documents by name, and a view of the one being checked.

A rule asks `Checked` for what other documents say. Every question is noted in `asked`, so that the cache knows what a
file's findings depend on.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from avops.lint.sources import file_digest
from avops.project.names import folded, slug
from avops.project.suggestions import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from avops.lint.facts import RecipeFacts
    from avops.model.agent import Agent
    from avops.model.recipe_test import Circumstances, RecipeTest
    from avops.model.settings import Settings
    from avops.model.tool import ActionBase, ToolBase
    from avops.model.workflow import Trigger, Workflow
    from avops.project.documents import Kind
    from avops.project.rooms import Rooms

M = TypeVar("M")


class Scheduling(Protocol):
    """What lint asks about a trigger; the arithmetic of time lives elsewhere."""

    def problem(self, trigger: Trigger, timezone: str) -> tuple[str, str | None] | None:
        """Why the trigger cannot be read, and a hint; None when it can."""

    def never_fires(self, trigger: Trigger, timezone: str) -> bool:
        """True when no date ever matches."""

    def fires_within(self, trigger: Trigger, timezone: str, seconds: float) -> bool:
        """True when two slots can lie closer together than so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Generic[M]):
    """A document of the project that others refer to; `value` is None when it is broken."""

    name: str
    path: str
    value: M | None
    digest: str = ""


class Index(Generic[M]):
    """The documents of one kind by name, without regard to case, and by file name."""

    def __init__(self, documents: Iterable[Named[M]]) -> None:
        self._by_path: dict[str, Named[M]] = {}
        self._by_name: dict[str, list[Named[M]]] = {}
        self._names: tuple[str, ...] | None = None
        for document in documents:
            self.put(document)

    def put(self, document: Named[M]) -> None:
        """Takes a document in, in place of the one at the same path."""
        before = self._by_path.get(document.path)
        if before is not None:
            self._by_name[folded(before.name)].remove(before)
        self._by_path[document.path] = document
        self._by_name.setdefault(folded(document.name), []).append(document)
        if before is None or before.name != document.name:
            self._names = None

    @property
    def documents(self) -> tuple[Named[M], ...]:
        """All documents."""
        return tuple(self._by_path.values())

    def called(self, name: str) -> list[Named[M]]:
        """All documents of that name, in the order of their paths."""
        return sorted(self._by_name.get(folded(name), ()), key=lambda document: document.path)

    def find(self, name: str, *, by_file: bool = False) -> Named[M] | None:
        """The document of that name; where a person may write either, also by its file's name."""
        found = self._by_name.get(folded(name))
        if found:
            return found[0]
        if not by_file:
            return None
        wanted = slug(name)
        return next((each for each in self._by_path.values() if slug(each.path.rpartition("/")[2].rpartition(".")[0]) == wanted), None)

    @property
    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        if self._names is None:
            self._names = tuple(sorted({document.name for document in self._by_path.values()}))
        return self._names


@dataclass(kw_only=True, eq=False)
class Checked:
    """Everything that a rule may ask about the project.

    `root` is None for a text without a project. `asked` collects what the document being checked depends on, as
    (kind, name); `answers` of two projects are equal when nothing that was asked has changed.
    """

    root: Path | None
    settings: Settings
    tools: Index[ToolBase]
    agents: Index[Agent]
    recipes: Index[RecipeFacts]
    workflows: Index[Workflow]
    rooms: Rooms | None
    """None when the list is broken, so that nothing can be said about rooms."""
    rooms_digest: str = ""
    settings_digest: str = ""
    scheduling: Scheduling | None = None
    earlier: Mapping[str, bytes] = field(default_factory=dict)
    """Texts at the merge base, by path, of the files that have changed since."""
    is_whole: bool = True
    """False when only one text is looked at, so that nothing can be said about what is missing."""
    asked: set[tuple[str, str]] = field(default_factory=set)

    def tool(self, name: str) -> Named[ToolBase] | None:
        """The tool that TOOL in TOOL.ACTION means."""
        self.asked.add(("tool", folded(name)))
        return self.tools.find(name)

    def tool_names(self) -> tuple[str, ...]:
        """The names of all tools."""
        self.asked.add(("names", "tool"))
        return self.tools.names

    def recipe(self, name: str, *, by_file: bool = False) -> RecipeFacts | None:
        """The recipe of that name."""
        self.asked.add(("recipe", folded(name)))
        found = self.recipes.find(name, by_file=by_file)
        return found.value if found else None

    def recipe_names(self) -> tuple[str, ...]:
        """The names of all recipes."""
        self.asked.add(("names", "recipe"))
        return self.recipes.names

    def recipes_called(self, name: str) -> list[Named[RecipeFacts]]:
        """All recipes of that name, for their paths."""
        self.asked.add(("same", folded(name)))
        return self.recipes.called(name)

    def text_before(self, path: str) -> bytes | None:
        """What a file said at the merge base; None when it has not changed since."""
        self.asked.add(("earlier", path))
        return self.earlier.get(path)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the settings, sorted."""
        self.asked.add(("settings", ""))
        return tuple(sorted(self.settings.roles))

    @property
    def has_model(self) -> bool:
        """True when the settings name a model, which does steps in words."""
        self.asked.add(("settings", ""))
        return self.settings.provider is not None

    @property
    def room_columns(self) -> tuple[str, ...] | None:
        """The columns of the room list; None when it cannot be read or is empty."""
        self.asked.add(("rooms", ""))
        return self.rooms.columns if self.rooms is not None and len(self.rooms) else None

    def all_agents(self) -> tuple[Named[Agent], ...]:
        """All agents."""
        self.asked.add(("agents", ""))
        return self.agents.documents

    def file_digest(self, relative: str) -> str | None:
        """The SHA-256 of a file of the project; None when there is none, or it lies outside."""
        self.asked.add(("file", relative))
        return self.digest_of_file(relative)

    def line_count(self, relative: str) -> int | None:
        """How many lines a file of the project has; None when there is none."""
        if self.file_digest(relative) is None or self.root is None:
            return None
        return len((self.root / relative).read_bytes().splitlines())

    def digest_of_file(self, relative: str) -> str | None:
        """The same, without a note that somebody asked."""
        return None if self.root is None else file_digest(self.root, relative)

    def answer(self, kind: str, name: str) -> str:
        """A digest of what the project says to a question; equal digests mean equal findings."""
        match kind:
            case "tool":
                return " ".join(each.digest for each in self.tools.called(name))
            case "recipe":
                return " ".join(each.digest for each in self.recipes.called(name))
            case "same":
                return " ".join(each.path for each in self.recipes.called(name))
            case "earlier":
                return digest_of(self.earlier.get(name, b""))
            case "names":
                return digest_of(repr((self.tools if name == "tool" else self.recipes).names))
            case "agents":
                return digest_of(repr(sorted(each.digest for each in self.agents.documents)))
            case "settings":
                return self.settings_digest
            case "rooms":
                return self.rooms_digest
            case _:
                return self.digest_of_file(name) or ""

    @property
    def timezone(self) -> str:
        """The project's time zone."""
        return self.settings.timezone or "UTC"


def digest_of(text: str | bytes) -> str:
    """A short digest that tells texts apart."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return hashlib.sha256(data).hexdigest()[:32]


def actions_of(tool: ToolBase) -> Mapping[str, ActionBase]:
    """The actions of a tool, whatever its kind."""
    actions: Mapping[str, ActionBase] = getattr(tool, "actions", {})
    return actions


def declared_actions(tool: ToolBase) -> Mapping[str, ActionBase]:
    """The actions that a manifest writes out; those of devices are built in."""
    return actions_of(tool) if "actions" in type(tool).model_fields else {}


_MANY = 300
_NEIGHBOURS = 100


def meant(word: str, candidates: Iterable[str]) -> str | None:
    """The hint `did you mean 'x'?`, or None. Among very many names only those near in the alphabet are compared."""
    names = sorted(candidates)
    if len(names) > _MANY:
        at = bisect_left(names, word)
        names = names[max(at - _NEIGHBOURS, 0) : at + _NEIGHBOURS]
    found = closest(word, names)
    return f"did you mean '{found}'?" if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextView:
    """The text of any document, and its data when it could be read."""

    kind: Kind
    path: str
    text: str
    data: object
    project: Checked
    valid: bool
    lower: str
    """The text in lower case, to look for words in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """One agent."""

    path: str
    text: str
    doc: Agent
    project: Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowView:
    """One workflow."""

    path: str
    text: str
    doc: Workflow
    project: Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolView:
    """One tool."""

    path: str
    text: str
    doc: ToolBase
    project: Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class TestView:
    """The tests of one recipe."""

    __test__ = False

    path: str
    text: str
    doc: RecipeTest
    project: Checked

    @property
    def recipe_name(self) -> str:
        """The recipe that it is about: by its own word, else by its file's name."""
        return self.doc.recipe or self.path.rpartition("/")[2].rpartition(".")[0].rpartition(".")[0]

    @property
    def parts(self) -> Iterator[tuple[tuple[str | int, ...], Circumstances]]:
        """What the file says for all cases, and each case, with the path to it."""
        yield (), self.doc
        for index, case in enumerate(self.doc.tests):
            yield ("tests", index), case

    @property
    def calls(self) -> Iterator[tuple[str, tuple[str | int, ...], bool]]:
        """Each `tool.action` that is named, with its path and whether it stands there as a key."""
        for path, part in self.parts:
            for reference in part.tools:
                yield reference, (*path, "tools", reference), True
        for index, case in enumerate(self.doc.tests):
            for key, calls in (("calls", case.expect.calls), ("reads", case.expect.reads)):
                for place, call in enumerate(calls or ()):
                    plain = isinstance(call, str)
                    at = ("tests", index, "expect", key, place, *(() if plain else ("tool",)))
                    yield call if isinstance(call, str) else call.tool, at, False


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """`avops.yaml`."""

    path: str
    text: str
    doc: Settings
    project: Checked
