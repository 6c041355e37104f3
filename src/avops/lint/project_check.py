"""A whole project against all rules: what each file depends on is read first, then each file is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avops.lint.checked import Checked, Index, Named, digest_of
from avops.lint.facts import RecipeFacts
from avops.lint.linter import Judged, broken_facts, judge
from avops.project.documents import load_document
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avops.lint.checked import Scheduling
    from avops.lint.sources import Source, Sources
    from avops.model.diagnostic import Diagnostic
    from avops.project.documents import Loaded
    from avops.project.rooms import Rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was found in each file, by path, and the texts of the files that something was found in."""

    judged: Mapping[str, Judged]
    rooms: tuple[Diagnostic, ...] = ()
    rooms_path: str | None = None


@dataclass(kw_only=True, eq=False)
class Prepared:
    """The documents that others depend on, loaded; recipes are known by name only."""

    project: Checked
    loaded: Mapping[str, Loaded[Any]]
    settings: Loaded[Any]
    rooms: Loaded[Rooms] | None


def prepare(sources: Sources, *, scheduling: Scheduling | None, earlier: Mapping[str, bytes] | None = None) -> Prepared:
    """The project as the rules will see it, before any recipe has been judged."""
    loaded: dict[str, Loaded[Any]] = {}
    named: dict[str, list[Named[Any]]] = {"agent": [], "tool": [], "workflow": []}
    for source in sources.files:
        if source.kind in named:
            document = loaded[source.path] = load_document(source.kind, source.data, source.path)
            name = _name(document, source)
            named[source.kind].append(Named(name=name, path=source.path, value=document.value, digest=digest_of(source.data)))
    settings = load_document("settings", sources.settings.data, sources.settings.path)
    rooms = _rooms(sources.root, settings)
    stubs = [
        Named(name=source.name, path=source.path, value=RecipeFacts(name=source.name, path=source.path, broken=True))
        for source in sources.of("recipe")
    ]
    project = Checked(
        root=sources.root,
        settings=settings.value or _default_settings(),
        tools=Index(named["tool"]),
        agents=Index(named["agent"]),
        recipes=Index(stubs),
        workflows=Index(named["workflow"]),
        rooms=rooms.value if rooms is not None else None,
        rooms_digest=digest_of(repr(rooms.value.columns)) if rooms is not None and rooms.value is not None else "",
        settings_digest=digest_of(sources.settings.data),
        scheduling=scheduling,
        earlier=earlier or {},
    )
    return Prepared(project=project, loaded=loaded, settings=settings, rooms=rooms)


def check_recipe(source: Source, project: Checked) -> Judged:
    """One recipe against all rules."""
    return judge("recipe", load_document("recipe", source.data, source.path), project)


def know(project: Checked, facts: RecipeFacts) -> None:
    """From now on the project knows these facts of a recipe instead of what it knew before."""
    project.recipes.put(named_facts(facts))


def named_facts(facts: RecipeFacts) -> Named[RecipeFacts]:
    """The facts as a document that others refer to."""
    return Named(name=facts.name, path=facts.path, value=facts, digest=digest_of(repr(facts.as_data())))


def in_order(sources: list[Source], project: Checked) -> list[tuple[Source, Loaded[Any]]]:
    """Recipes that call recipes, each after those it calls; in a circle any order is as good."""
    loaded = {source.path: (source, load_document("recipe", source.data, source.path)) for source in sources}
    by_name: dict[str, str] = {}
    for path, (source, document) in loaded.items():
        by_name.setdefault(folded(_name(document, source)), path)
    done: dict[str, None] = {}

    def visit(path: str, trail: frozenset[str]) -> None:
        if path in done or path in trail:
            return
        value = loaded[path][1].value
        for phase in ("intake", "plan", "act", "verify"):
            for step in getattr(value, phase, ()):
                child = by_name.get(folded(str(getattr(step, "recipe", ""))))
                if child is not None:
                    visit(child, trail | {path})
        done[path] = None

    for path in loaded:
        visit(path, frozenset())
    return [loaded[path] for path in done]


def check_rest(prepared: Prepared, sources: Sources) -> dict[str, Judged]:
    """All documents that are no recipes."""
    judged: dict[str, Judged] = {}
    for source in sources.files:
        if source.kind != "recipe":
            judged[source.path] = judge(source.kind, prepared.loaded[source.path], prepared.project)
    if sources.has_settings:
        judged[sources.settings.path] = judge("settings", prepared.settings, prepared.project)
    return judged


def check_project(sources: Sources, *, scheduling: Scheduling | None, earlier: Mapping[str, bytes] | None = None) -> Outcome:
    """Everything that is found in a project, one file after the other."""
    prepared = prepare(sources, scheduling=scheduling, earlier=earlier)
    project = prepared.project
    judged: dict[str, Judged] = {}
    later = []
    for source in sources.of("recipe"):
        if source.calls_recipes:
            later.append(source)
        else:
            judged[source.path] = check_recipe(source, project)
    judged |= finish_recipes(project, judged, later)
    judged |= check_rest(prepared, sources)
    return outcome(prepared, judged)


def finish_recipes(project: Checked, judged: Mapping[str, Judged], later: list[Source]) -> dict[str, Judged]:
    """The recipes that call others, when those are known."""
    for each in judged.values():
        if each.facts is not None:
            know(project, each.facts)
    ordered = in_order(later, project)
    for _, document in ordered:
        know(project, broken_facts(document))
    found: dict[str, Judged] = {}
    for source, document in ordered:
        found[source.path] = judge("recipe", document, project)
        facts = found[source.path].facts
        if facts is not None:
            know(project, facts)
    return found


def outcome(prepared: Prepared, judged: Mapping[str, Judged]) -> Outcome:
    """All findings together, those of the room list among them."""
    rooms = prepared.rooms
    is_there = rooms is not None and bool(rooms.text or rooms.diagnostics or (rooms.value is not None and len(rooms.value)))
    return Outcome(
        judged=judged,
        rooms=rooms.diagnostics if rooms is not None else (),
        rooms_path=rooms.path if rooms is not None and is_there else None,
    )


def _name(document: Loaded[Any], source: Source) -> str:
    if document.value is not None:
        return str(document.value.name)
    name = document.data.get("name") if isinstance(document.data, dict) else None
    return name if isinstance(name, str) and name else source.name


def _rooms(root: Path, settings: Loaded[Any]) -> Loaded[Rooms] | None:
    from avops.errors import StorageError
    from avops.project.rooms import read_rooms

    try:
        return read_rooms(root, settings.value.rooms if settings.value is not None else "rooms.csv")
    except StorageError:
        return None


def _default_settings() -> Any:
    from avops.model.settings import Settings

    return Settings()
