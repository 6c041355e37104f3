"""Lint as one call: which project, which files, what is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from avops.errors import AvopsError, UsageError
from avops.lint.finish import LintReport, Wanted, report
from avops.lint.linter import Judged, judge
from avops.lint.project_check import check_project, prepare
from avops.lint.sources import Source, Sources, find_root, guess_kind, read_sources
from avops.model.diagnostic import Diagnostic, Severity
from avops.model.settings import LintSettings
from avops.project.documents import load_document
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from avops.lint.checked import Scheduling
    from avops.project.documents import Kind

STDIN = "<stdin>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asked for. `paths` are files or folders; none means the whole project around `start`."""

    start: Path
    paths: Sequence[Path] = ()
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    profile: str | None = None
    baseline: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    scheduling: Scheduling | None = None
    earlier: Mapping[str, bytes] = field(default_factory=dict)
    """Texts at the merge base of what has changed since, by path in the project."""


def lint(request: Request) -> LintReport:
    """The report on a project, or on the named files in the light of their project.

    Raises `UsageError` for a path that is not there, `AvopsError` where no project or no file is found.
    """
    root = find_root(request.paths[0] if request.paths else request.start)
    sources = read_sources(root)
    chosen, alone = _chosen(request, sources)
    found = check_project(sources, scheduling=request.scheduling, earlier=request.earlier)
    judged = [*found.judged.values(), *_alone(alone, sources, request)]
    texts = {source.path: source for source in (*sources.files, sources.settings, *alone)}
    told = [(each, _text(texts[each.path])) for each in judged]
    extra = [(_unreadable(path, message), "") for path, message in sources.unreadable]
    if found.rooms_path is not None:
        extra.append((Judged(path=found.rooms_path, diagnostics=found.rooms), ""))
    looked_at = {each.path for each, _ in (*told, *extra)}
    wanted_paths = looked_at if chosen is None else chosen & looked_at
    if not wanted_paths:
        raise AvopsError("there is nothing to check here", hint="recipes lie in recipes/, agents in agents/, tools in tools/")
    wanted = Wanted(
        select=request.select,
        ignore=request.ignore,
        settings=settings_of(sources, request.profile),
        paths=None if chosen is None else frozenset(chosen),
        baseline=request.baseline,
    )
    return report([*told, *extra], wanted, files=len(wanted_paths))


def lint_text(data: bytes, request: Request, *, path: str = STDIN, kind: Kind | None = None) -> LintReport:
    """The report on one text, in the light of the project around `start` where there is one."""
    try:
        sources = read_sources(find_root(request.start))
    except AvopsError:
        source = Source(kind or guess_kind(path, data), path, data)
        empty = Sources(root=request.start, files=(), settings=Source("settings", "avops.yaml", b""), has_settings=False)
        prepared = prepare(empty, scheduling=request.scheduling)
        prepared.project.root = None
        prepared.project.is_whole = False
        judged = judge(source.kind, load_document(source.kind, data, path), prepared.project)
        wanted = Wanted(select=request.select, ignore=request.ignore, settings=LintSettings(profile=_profile(request.profile)))
        return report([(judged, _text(source))], wanted, files=1)
    source = Source(kind or guess_kind(path, data), path, data)
    judged = _alone([source], sources, request)[0]
    wanted = Wanted(select=request.select, ignore=request.ignore, settings=settings_of(sources, request.profile), baseline=request.baseline)
    return report([(judged, _text(source))], wanted, files=1)


def settings_of(sources: Sources, profile: str | None = None) -> LintSettings:
    """The lint settings of a project; those of `avops.yaml` count only when the file is right."""
    loaded = load_document("settings", sources.settings.data, sources.settings.path)
    settings = loaded.value.lint if loaded.value is not None else LintSettings()
    return settings if profile is None else settings.model_copy(update={"profile": _profile(profile)})


def _profile(name: str | None) -> Literal["minimal", "team", "strict"]:
    match name:
        case None | "team":
            return "team"
        case "minimal" | "strict":
            return name
    raise UsageError(f"no profile is called '{name}'", hint="expected one of minimal, strict, team")


def _chosen(request: Request, sources: Sources) -> tuple[set[str] | None, list[Source]]:
    """The files that were asked for by their paths in the project; and those that lie in no folder of a kind."""
    if not request.paths:
        return None, []
    known = {source.path for source in sources.files} | {sources.settings.path}
    chosen: set[str] = set()
    alone: list[Source] = []
    for path in request.paths:
        full = path if path.is_absolute() else request.start / path
        if not full.exists():
            raise UsageError(f"there is no file or folder '{path}'")
        resolved = full.resolve()
        relative = resolved.relative_to(sources.root).as_posix() if resolved.is_relative_to(sources.root) else None
        if full.is_dir():
            if relative is None:
                raise UsageError(f"'{path}' lies in another project", hint="check one project at a time")
            chosen |= {each for each in known if relative == "." or each.startswith(f"{relative}/")}
            if relative == ".":
                return None, alone
        elif relative in known or (relative is not None and not relative.endswith((".yaml", ".yml"))):
            chosen.add(relative)
        else:
            data = full.read_bytes()
            alone.append(Source(guess_kind(str(path), data), relative or str(path), data))
            chosen.add(alone[-1].path)
    return chosen, alone


def _alone(alone: Sequence[Source], sources: Sources, request: Request) -> list[Judged]:
    """Texts that are not among the project's documents, judged as if they were."""
    if not alone:
        return []
    judged = []
    for source in alone:
        others = tuple(each for each in sources.files if each.path != source.path and not _stands_for(source, each))
        with_it = Sources(root=sources.root, files=(*others, source), settings=sources.settings, has_settings=sources.has_settings)
        judged.append(check_project(with_it, scheduling=request.scheduling).judged[source.path])
    return judged


def _stands_for(source: Source, other: Source) -> bool:
    """True when a text from standard input is a file of the project, perhaps not yet saved."""
    return source.path == STDIN and source.kind == other.kind and folded(source.name) == folded(other.name)


def _text(source: Source) -> str:
    return source.data.decode("utf-8", "replace").removeprefix("\ufeff")


def _unreadable(path: str, message: str) -> Judged:
    return Judged(path=path, diagnostics=(Diagnostic(rule="unreadable", severity=Severity.ERROR, message=message, path=path),))
