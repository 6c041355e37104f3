"""Lint as one call: which project, which files, what is told.

Light to import: when nothing has changed since the last time, the report comes from the cache and no rule is loaded.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from avops.errors import AvopsError, UsageError
from avops.lint.sources import Source, Sources, file_digest, find_root, guess_kind, read_sources
from avops.project.folder import read_bytes
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from avops.lint.cache import Cache
    from avops.lint.checked import Scheduling
    from avops.lint.lint_report import LintReport
    from avops.lint.linter import Judged
    from avops.model.settings import LintSettings
    from avops.project.documents import Kind

STDIN = "<stdin>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asked for. `paths` are files or folders; none means the whole project around `start`.

    `cache`: whether what was found last time may be used and kept, `cache_folder` where (by default with the account's
    caches). `jobs`: how many processes at most.
    """

    start: Path
    paths: Sequence[Path] = ()
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    profile: str | None = None
    baseline: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    scheduling: Scheduling | None = None
    earlier: Mapping[str, bytes] = field(default_factory=dict)
    """Texts at the merge base of what has changed since, by path in the project."""
    texts: Mapping[str, bytes] = field(default_factory=dict)
    """Texts that stand for files of the project, by path."""
    cache: bool = False
    cache_folder: Path | None = None
    jobs: int = 1


def lint(request: Request) -> LintReport:
    """The report on a project, or on the named files in the light of their project.

    Raises `UsageError` for a path that is not there, `AvopsError` where no project or no file is found.
    """
    for path in request.paths:
        if not (request.start / path).exists():
            raise UsageError(f"there is no file or folder '{path}'")
    root = find_root(request.start / request.paths[0] if request.paths else request.start)
    sources = read_sources(root, request.texts)
    chosen, alone = _chosen(request, sources)
    if not request.cache:
        return _checked(request, sources, chosen, alone, None)[0]
    from avops.lint.cache import Cache

    cache = Cache(root, request.cache_folder)
    key = _key(request, sources, chosen, alone)
    known = cache.report(key, lambda path: file_digest(root, path))
    if known is not None:
        return known
    report, files = _checked(request, sources, chosen, alone, cache)
    cache.keep_report(key, report, files)
    return report


def _checked(
    request: Request, sources: Sources, chosen: set[str] | None, alone: Sequence[Source], cache: Cache | None
) -> tuple[LintReport, Mapping[str, str | None]]:
    """The report, and the sums of the other files that it stands on."""
    from avops.lint.finish import Wanted, report
    from avops.lint.linter import Judged, unreadable
    from avops.lint.project_check import check_project

    found = check_project(sources, scheduling=request.scheduling, earlier=request.earlier, cache=cache, jobs=request.jobs)
    judged = [*found.judged.values(), *_alone(alone, sources, request, cache)]
    texts = {source.path: source for source in (*sources.files, sources.settings, *alone)}
    told = [(each, _text(texts[each.path])) for each in judged]
    extra = [(unreadable(path, message), "") for path, message in sources.unreadable]
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
    return report([*told, *extra], wanted, files=len(wanted_paths)), found.files


def _key(request: Request, sources: Sources, chosen: set[str] | None, alone: Sequence[Source]) -> str:
    """A digest of everything in a request that its report depends on, but for the other files."""
    digest = hashlib.sha256()
    options = [
        sorted(request.select),
        sorted(request.ignore),
        request.profile,
        sorted(chosen) if chosen is not None else None,
        sorted([*key, count] for key, count in request.baseline.items()),
        sorted((path, hashlib.sha256(data).hexdigest()) for path, data in request.earlier.items()),
        sources.unreadable,
        sources.has_settings,
    ]
    digest.update(json.dumps(options).encode())
    for source in (*sources.files, sources.settings, *alone):
        digest.update(f"\n{source.kind} {source.path} ".encode("utf-8", "surrogatepass"))
        digest.update(hashlib.sha256(source.data).digest())
    return digest.hexdigest()[:32]


def lint_text(data: bytes, request: Request, *, path: str = STDIN, kind: Kind | None = None) -> LintReport:
    """The report on one text, in the light of the project around `start` where there is one."""
    from avops.lint.finish import Wanted, report

    source = Source(kind or guess_kind(path, data), path, data)
    try:
        sources = read_sources(find_root(request.start))
    except AvopsError:
        settings = _with_profile(None, request.profile)
        judged = _without_project(source, request)
    else:
        settings = settings_of(sources, request.profile)
        judged = _alone([source], sources, request, _cache(request, sources))[0]
    wanted = Wanted(select=request.select, ignore=request.ignore, settings=settings, baseline=request.baseline)
    return report([(judged, _text(source))], wanted, files=1)


def _cache(request: Request, sources: Sources) -> Cache | None:
    if not request.cache:
        return None
    from avops.lint.cache import Cache

    return Cache(sources.root, request.cache_folder)


def _without_project(source: Source, request: Request) -> Judged:
    from avops.lint.linter import judge
    from avops.lint.project_check import prepare
    from avops.project.documents import load_document

    empty = Sources(root=request.start, files=(), settings=Source("settings", "avops.yaml", b""), has_settings=False)
    project = prepare(empty, scheduling=request.scheduling).project
    project.root = None
    project.is_whole = False
    return judge(source.kind, load_document(source.kind, source.data, source.path), project)


def settings_of(sources: Sources, profile: str | None = None) -> LintSettings:
    """The lint settings of a project; those of `avops.yaml` count only when the file is right."""
    from avops.project.documents import load_document

    loaded = load_document("settings", sources.settings.data, sources.settings.path)
    return _with_profile(loaded.value.lint if loaded.value is not None else None, profile)


def _with_profile(settings: LintSettings | None, profile: str | None) -> LintSettings:
    from avops.model.settings import LintSettings

    settings = settings or LintSettings()
    return settings if profile is None else settings.model_copy(update={"profile": _profile(profile)})


def _profile(name: str) -> Literal["minimal", "team", "strict"]:
    match name:
        case "minimal" | "strict" | "team":
            return name
    raise UsageError(f"no profile is called '{name}'", hint="expected one of minimal, strict, team")


def _chosen(request: Request, sources: Sources) -> tuple[set[str] | None, list[Source]]:
    """The files that were asked for by their paths in the project; and those that lie in no folder of a kind."""
    if not request.paths:
        return None, []
    known = {source.path for source in sources.files} | {sources.settings.path} | {path for path, _ in sources.unreadable}
    chosen: set[str] = set()
    alone: list[Source] = []
    for path in request.paths:
        full = request.start / path
        resolved = full.resolve()
        relative = resolved.relative_to(sources.root).as_posix() if resolved.is_relative_to(sources.root) else None
        if full.is_dir():
            if relative is None:
                raise UsageError(f"'{path}' lies in another project", hint="check one project at a time")
            if relative == ".":
                return None, []
            chosen |= {each for each in known if each.startswith(f"{relative}/")}
        elif relative in known or (relative is not None and not relative.endswith((".yaml", ".yml"))):
            chosen.add(relative)
        else:
            shown = relative or resolved.as_posix()
            data = request.texts[shown] if shown in request.texts else read_bytes(full, str(path))
            alone.append(Source(guess_kind(str(path), data), shown, data))
            chosen.add(shown)
    return chosen, alone


def _alone(alone: Sequence[Source], sources: Sources, request: Request, cache: Cache | None) -> list[Judged]:
    """Texts that are not among the project's documents, judged as if they were."""
    judged = []
    for source in alone:
        from avops.lint.project_check import check_project

        with_it = _with(sources, source)
        found = check_project(with_it, scheduling=request.scheduling, earlier=request.earlier, cache=cache, keep=False, jobs=request.jobs)
        judged.append(found.judged[source.path])
    return judged


def _with(sources: Sources, source: Source) -> Sources:
    """The project with one more file, in place of the one that it stands for."""
    if source.kind == "settings":
        return Sources(root=sources.root, files=sources.files, settings=source, has_settings=True)
    others = tuple(each for each in sources.files if each.path != source.path and not _stands_for(source, each))
    return Sources(root=sources.root, files=(*others, source), settings=sources.settings, has_settings=sources.has_settings)


def _stands_for(source: Source, other: Source) -> bool:
    """True when a text from standard input is a file of the project, perhaps not yet saved."""
    return source.path == STDIN and source.kind == other.kind and folded(source.name) == folded(other.name)


def _text(source: Source) -> str:
    return source.data.decode("utf-8", "replace").removeprefix("\ufeff")
