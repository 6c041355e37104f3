"""A whole project against all rules: what others depend on is read first, then each recipe is judged, then the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from avops.lint.cache import answers_digest, recipe_entry
from avops.lint.checked import Checked, Index, Named, digest_of
from avops.lint.facts import RecipeFacts
from avops.lint.lint_report import diagnostic_from
from avops.lint.linter import Judged, judge
from avops.lint.parallel import judge_all
from avops.project.documents import load_document
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avops.lint.cache import Cache
    from avops.lint.checked import Scheduling
    from avops.lint.sources import Source, Sources
    from avops.model.diagnostic import Diagnostic
    from avops.project.documents import Loaded
    from avops.project.rooms import Rooms

_DEEPEST = 50
"""Recipes inside one another that are put in order; what goes deeper is told as too deep anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was found in each file, by path; `files` are the other files that were looked at, with their sums."""

    judged: Mapping[str, Judged]
    rooms: tuple[Diagnostic, ...] = ()
    rooms_path: str | None = None
    files: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(kw_only=True, eq=False)
class Prepared:
    """The documents that others depend on, loaded; recipes are known by name, or by what the cache holds."""

    project: Checked
    loaded: Mapping[str, Loaded[Any]]
    settings: Loaded[Any]
    rooms: Loaded[Rooms] | None


def prepare(
    sources: Sources,
    *,
    scheduling: Scheduling | None,
    earlier: Mapping[str, bytes] | None = None,
    known: Mapping[str, Judged] | None = None,
) -> Prepared:
    """The project as the rules will see it, before any recipe has been judged."""
    loaded: dict[str, Loaded[Any]] = {}
    named: dict[str, list[Named[Any]]] = {"agent": [], "tool": [], "workflow": []}
    for source in sources.files:
        if source.kind == "test":
            loaded[source.path] = load_document("test", source.data, source.path)
        elif source.kind in named:
            document = loaded[source.path] = load_document(source.kind, source.data, source.path)
            name = _name(document, source)
            named[source.kind].append(Named(name=name, path=source.path, value=document.value, digest=digest_of(source.data)))
    settings = load_document("settings", sources.settings.data, sources.settings.path)
    rooms = _rooms(sources.root, settings)
    project = Checked(
        root=sources.root,
        settings=settings.value or _default_settings(),
        tools=Index(named["tool"]),
        agents=Index(named["agent"]),
        recipes=Index(_recipe(source, (known or {}).get(source.path)) for source in sources.of("recipe")),
        workflows=Index(named["workflow"]),
        rooms=rooms.value if rooms is not None else None,
        rooms_digest=digest_of(repr(rooms.value.columns)) if rooms is not None and rooms.value is not None else "",
        settings_digest=digest_of(sources.settings.data),
        scheduling=scheduling,
        earlier=earlier or {},
    )
    return Prepared(project=project, loaded=loaded, settings=settings, rooms=rooms)


def _recipe(source: Source, known: Judged | None) -> Named[RecipeFacts]:
    if known is not None and known.facts is not None:
        return _named(known.facts)
    name = source.name
    return Named(name=name, path=source.path, value=RecipeFacts(name=name, path=source.path, broken=True))


def _named(facts: RecipeFacts) -> Named[RecipeFacts]:
    return Named(name=facts.name, path=facts.path, value=facts, digest=digest_of(repr(facts.as_data())))


def check_project(
    sources: Sources,
    *,
    scheduling: Scheduling | None,
    earlier: Mapping[str, bytes] | None = None,
    cache: Cache | None = None,
    keep: bool = True,
    jobs: int = 1,
) -> Outcome:
    """Everything that is found in a project; `keep`: what was found is put into the cache."""
    recipes = sources.of("recipe")
    digests = {source.path: digest_of(source.data) for source in recipes}
    entries = cache.recipes() if cache is not None else {}
    known = {path: found for path, digest in digests.items() if (found := _known(path, digest, entries.get(path))) is not None}
    prepared = prepare(sources, scheduling=scheduling, earlier=earlier, known={path: found for path, (found, _) in known.items()})
    project = prepared.project
    work = _Work(project, known)
    judged = work.settle(recipes, jobs)
    if cache is not None and keep and (work.fresh or len(entries) != len(judged)):
        answer = _remembering(project)
        kept = {path: entries[path] for path in judged if path not in work.fresh}
        for path in work.fresh:
            fresh = judged[path]
            if fresh.facts is not None:
                kept[path] = recipe_entry(fresh, digests[path], answers_digest(fresh.asked, answer))
        cache.keep_recipes(kept)
    for source in sources.files:
        if source.kind != "recipe":
            judged[source.path] = judge(source.kind, prepared.loaded[source.path], project)
    if sources.has_settings:
        judged[sources.settings.path] = judge("settings", prepared.settings, project)
    return _outcome(prepared, judged)


def _known(path: str, digest: str, entry: object) -> tuple[Judged, str] | None:
    """What the cache holds of a recipe of this content, and the answers it stands on."""
    if not isinstance(entry, list) or not entry or entry[0] != digest:
        return None
    try:
        _, asked, answers, diagnostics, facts, draft = entry
        found = Judged(
            path=path,
            diagnostics=tuple(diagnostic_from(each) for each in diagnostics),
            facts=RecipeFacts.from_data(facts),
            asked=tuple((kind, name) for kind, name in asked),
            draft=draft,
        )
    except (TypeError, ValueError):
        return None
    return found, str(answers)


def _remembering(project: Checked) -> Any:
    """The project's answers, each given once."""
    given: dict[tuple[str, str], str] = {}

    def answer(kind: str, name: str) -> str:
        key = (kind, name)
        if key not in given:
            given[key] = project.answer(kind, name)
        return given[key]

    return answer


class _Work:
    """The recipes of one project on their way to a verdict; `fresh` are the paths that the cache could not tell."""

    def __init__(self, project: Checked, known: Mapping[str, tuple[Judged, str]]) -> None:
        self.project = project
        self.fresh: list[str] = []
        self._known = known

    def settle(self, recipes: list[Source], jobs: int) -> dict[str, Judged]:
        """The verdict on each recipe: first those that stand alone, then those that call others, each after what it calls."""
        alone = [source for source in recipes if not source.calls_recipes]
        answer = _remembering(self.project)
        judged = {source.path: found for source in alone if (found := self._unchanged(source, answer)) is not None}
        open_ = [source for source in alone if source.path not in judged]
        for found in judge_all(open_, self.project, jobs):
            judged[found.path] = found
            self._learn(found)
        for source in self._in_order([source for source in recipes if source.calls_recipes]):
            # The answers change with every recipe that is settled, so nothing is remembered here.
            known = self._unchanged(source, self.project.answer)
            if known is None:
                known = judge("recipe", load_document("recipe", source.data, source.path), self.project)
                self._learn(known)
            judged[source.path] = known
        return judged

    def _unchanged(self, source: Source, answer: Any) -> Judged | None:
        found = self._known.get(source.path)
        return found[0] if found is not None and answers_digest(found[0].asked, answer) == found[1] else None

    def _learn(self, found: Judged) -> None:
        self.fresh.append(found.path)
        if found.facts is not None:
            self.project.recipes.put(_named(found.facts))

    def _in_order(self, sources: list[Source]) -> list[Source]:
        """Each after those it calls; in a circle any order is as good."""
        by_path = {source.path: source for source in sources}
        names: dict[str, str] = {}
        children: dict[str, list[str]] = {}
        for source in sources:
            known = self._known.get(source.path)
            if known is not None and known[0].facts is not None:
                name, called = known[0].facts.name, [child for _, child in known[0].facts.children]
            else:
                name, called = source.name, _called(source)
            names.setdefault(folded(name), source.path)
            children[source.path] = called
        done: dict[str, None] = {}

        def visit(path: str, trail: tuple[str, ...]) -> None:
            if path in done or path in trail or len(trail) > _DEEPEST:
                return
            for child in children[path]:
                below = names.get(folded(child))
                if below is not None:
                    visit(below, (*trail, path))
            done[path] = None

        for path in by_path:
            visit(path, ())
        return [by_path[path] for path in done]


def _called(source: Source) -> list[str]:
    value = load_document("recipe", source.data, source.path).value
    steps = [step for phase in ("intake", "plan", "act", "verify") for step in getattr(value, phase, ())]
    return [str(name) for step in steps if (name := getattr(step, "recipe", None)) is not None]


def _outcome(prepared: Prepared, judged: Mapping[str, Judged]) -> Outcome:
    """All findings together, those of the room list among them."""
    rooms, project = prepared.rooms, prepared.project
    is_there = rooms is not None and bool(rooms.text or rooms.diagnostics or (rooms.value is not None and len(rooms.value)))
    looked_at = {name for each in judged.values() for kind, name in each.asked if kind == "file"}
    if rooms is not None:
        looked_at.add(rooms.path)
    return Outcome(
        judged=judged,
        rooms=rooms.diagnostics if rooms is not None else (),
        rooms_path=rooms.path if rooms is not None and is_there else None,
        files={path: project.digest_of_file(path) for path in sorted(looked_at)},
    )


def _name(document: Loaded[Any], source: Source) -> str:
    return str(document.value.name) if document.value is not None else source.name


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
