"""Bundles out of the project at hand, and into it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from avops.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from avops.bundle.archive import Archive
    from avops.bundle.incoming import Incoming
    from avops.bundle.merging import Merged
    from avops.bundle.outcome import ImportReport, Merge
    from avops.bundle.packing import Packed, Wanted
    from avops.bundle.parts import Part
    from avops.model.diagnostic import Diagnostic
    from avops.wiring.workspace import Workspace


_PAIR = re.compile(r"([A-Za-z][\w-]{1,60})[\"'*`]{0,4}\s{0,8}[:=]\s{0,8}[\"'*`]{0,4}([^\s\"'*`,]{4,})")


def pack_bundle(workspace: Workspace, wanted: Wanted) -> tuple[Packed, bytes]:
    """What goes into a bundle of the project, and the bundle.

    Raises DocumentError with the places of secrets, FindingsError and UsageError as `bundle.packing` does.
    """
    from avops import __version__
    from avops.bundle.packing import bundle_bytes, pack

    settings = workspace.settings
    packed = pack(workspace.root, wanted, rooms=settings.rooms)
    secrets = [found for part in packed.parts for found in secrets_of(part, _own_secrets(workspace))]
    if secrets:
        raise DocumentError(secrets)
    return packed, bundle_bytes(packed.parts, project=settings.name, version=__version__)


def secrets_of(part: Part, known: Iterable[str] = ()) -> list[Diagnostic]:
    """The secrets that stand in clear in a part: those that lint finds, any `known` one, and those in comments."""
    from avops.lint.linter import judge
    from avops.project.documents import load_document

    found: list[Diagnostic] = []
    if part.data is not None and secret_places(part.data):
        kind: Any = part.kind
        judged = judge(kind, load_document(kind, part.content, part.path), _nobody())
        found = [each for each in judged.diagnostics if each.rule == "secret-in-clear"]
    lines = {each.line for each in found}
    text = part.text.removeprefix("\ufeff")
    return found + [each for each in _in_lines(text, part.path, tuple(known)) if each.line not in lines]


def _in_lines(text: str, path: str, known: tuple[str, ...]) -> Iterable[Diagnostic]:
    """Secrets that a line of a text or a comment shows, without the line."""
    from avops.model.diagnostic import Diagnostic, Severity

    if not shows_secret(text) and not any(value in text for value in known):
        return  # most texts are looked through once
    for number, line in enumerate(text.splitlines(), start=1):
        own = any(value in line for value in known)
        if own or shows_secret(line):
            yield Diagnostic(
                rule="secret-in-clear",
                severity=Severity.ERROR,
                message="a value of '.env' stands here in clear" if own else "a secret stands here in clear",
                path=path,
                line=number,
                hint="take it out of this file and its history, and have a new one made",
            )


def shows_secret(line: str) -> bool:
    """True for a line with a text in the form of a secret, or with one behind a word such as `password:`."""
    pairs = [{key: value} for key, value in _PAIR.findall(line) if any(sign.isdigit() for sign in value)]
    return bool(secret_places([line, pairs]))


def secret_places(data: object) -> list[tuple[str | int, ...]]:
    """The paths of the texts in `data` that are secrets in clear, as lint sees them."""
    import json

    from avops.lint.checked import TextView
    from avops.lint.secrets import secrets_in

    # Lint's quick look at a text wants keys as YAML writes them.
    text = json.dumps(data, ensure_ascii=False, default=str)
    view = TextView(kind="agent", path="", text=text, data=data, project=_nobody(), valid=True, lower=text.lower())
    return [path for path, _ in secrets_in(view)]


def _own_secrets(workspace: Workspace) -> list[str]:
    """The values in `.env` whose names or forms are those of secrets."""
    values: dict[str, Any] = dict(workspace.project.env)
    return [value for path in secret_places(values) if len(value := values[str(path[0])]) >= 6]


@cache
def _nobody() -> Any:
    """A project of nothing, for rules that look at one text."""
    from pathlib import Path

    from avops.lint.project_check import prepare
    from avops.lint.sources import Source, Sources

    empty = Sources(root=Path("/nonexistent"), files=(), settings=Source("settings", "avops.yaml", b""), has_settings=False)
    project = prepare(empty, scheduling=None).project
    project.root = None
    project.is_whole = False
    return project


def import_bundle(workspace: Workspace, path: Path, merge: Merge, *, dry_run: bool, now: datetime) -> ImportReport:
    """What became of a bundle's parts in the project, or with `dry_run` would: all of them are put in place, or none.

    Raises FindingsError and DocumentError for a bundle that is refused, StorageError when a file cannot be written.
    """
    from avops.bundle.archive import read_archive_file
    from avops.bundle.existing import Existing
    from avops.bundle.incoming import read_bundle, source_of
    from avops.bundle.merging import merge_into
    from avops.bundle.outcome import ImportReport
    from avops.bundle.placing import place

    archive = read_archive_file(path)
    incoming = _from_streamlit(workspace, archive) if source_of(archive) == "streamlit" else read_bundle(archive)
    secrets = [found for part in incoming.parts for found in secrets_of(part)]
    if secrets:
        raise DocumentError(secrets)
    merged = merge_into(Existing(workspace.project), incoming.parts, merge)
    report = ImportReport(
        archive=path.name,
        source=incoming.source,
        project=incoming.project,
        merge=merge,
        dry_run=dry_run,
        items=merged.items,
        notes=incoming.notes,
        missing=merged.missing,
        ignored=incoming.ignored,
        disabled=tuple(_switched_off(incoming, merged)),
        trust=tuple(_untrusted(workspace, incoming, merged)),
        warnings=(*incoming.warnings, *_gains(workspace, merged), *_used_by_schedule(workspace, merged)),
    )
    if not dry_run:
        with _kept_off(workspace, merged, now):
            place(workspace.root, merged.writes)
    return report


def _switched_off(incoming: Incoming, merged: Merged) -> Iterable[str]:
    """The workflows that come in and were on where they came from."""
    for item in merged.items:
        name = item.new_name or item.name
        if (item.kind == "workflow" and name in merged.disabled) or (
            item.entry in incoming.switched_off and item.fate not in ("same", "skipped")
        ):
            yield name


def _from_streamlit(workspace: Workspace, archive: Archive) -> Incoming:
    from avops.bundle.streamlit import read_streamlit

    tools = {loaded.value.name: loaded.value for loaded in workspace.project.tools if loaded.value is not None}
    return read_streamlit(archive, tools, judge=_recipe_errors(workspace), secrets=secret_places, shows_secret=shows_secret)


def _recipe_errors(workspace: Workspace) -> Callable[[str, str], Sequence[Diagnostic]]:
    """Lint's errors in the text of a recipe, as if it lay in the project."""
    from avops.lint.finish import Wanted as Asked
    from avops.lint.finish import report
    from avops.lint.linter import judge
    from avops.lint.project_check import prepare
    from avops.lint.run import settings_of
    from avops.lint.sources import read_sources
    from avops.model.diagnostic import Severity
    from avops.project.documents import load_document
    from avops.wiring.linting import lint_scheduling

    sources = read_sources(workspace.root)
    project = prepare(sources, scheduling=lint_scheduling()).project
    settings = settings_of(sources)

    def errors(path: str, text: str) -> Sequence[Diagnostic]:
        judged = judge("recipe", load_document("recipe", text, path), project)
        found = report([(judged, text)], Asked(settings=settings), files=1).diagnostics
        return [each for each in found if each.severity is Severity.ERROR]

    return errors


def _untrusted(workspace: Workspace, incoming: Incoming, merged: Merged) -> Iterable[str]:
    """What the tools that come in want, and nobody has trusted on this machine."""
    from avops.project.documents import load_document
    from avops.project.trust import TrustRecord, claims

    record = TrustRecord()
    entries = {part.path: part.kind for part in incoming.parts}
    written = {item.path for item in merged.items if entries[item.entry] == "tool" and item.fate not in ("same", "skipped")}
    for write in merged.writes:
        if write.path in written:
            manifest = load_document("tool", write.content, write.path).required()
            for claim in record.untrusted(workspace.root, claims(manifest, workspace.root)):
                yield f"{claim.tool}: {claim.kind} {claim.what}"


def _words(workspace: Workspace) -> dict[str, bool | None]:
    """The last word of people on single workflows, by folded name; the database is not made for it."""
    from avops.telemetry.schedule_store import SqliteScheduleStore

    if not workspace.database.exists():
        return {}
    with SqliteScheduleStore(workspace.database) as store:
        return {word.key: word.enabled for word in store.overrides()}


def _gains(workspace: Workspace, merged: Merged) -> Iterable[str]:
    """Warnings: agents of the project that may do more than before, and actions that are called milder, by what is overwritten."""
    from avops.diff.permissions import agent_change
    from avops.diff.snapshot import Reader, actions_of
    from avops.model.effect import Effect

    written = {write.path: write.content for write in merged.writes if not write.path.endswith(".bak")}
    if not any(write.before is not None for write in merged.writes):
        return
    reader = Reader()
    then = {entry.relative: entry.read() for kind in ("agent", "tool") for entry in getattr(workspace.project, f"{kind}s").entries}
    before, after = reader.read(then), reader.read({**then, **written})
    for key, old in before.agents.items():
        change = agent_change(old, after.agents.get(key), before, after) if key in after.agents else None
        if change is not None and change.gained:
            what = ", ".join(f"{each.action} ({each.effect or 'not known'})" for each in change.gained)
            yield f"the agent '{change.name}' may do more than before: {what}"
        if change is not None and change.weaker:
            yield f"the agent '{change.name}' is bound less than before: {', '.join(change.weaker)}"
    order = list(Effect)
    for key in before.tools.keys() & after.tools.keys():
        was, now = actions_of(before.tools[key].value), actions_of(after.tools[key].value)
        for name in sorted(was.keys() & now.keys()):
            if order.index(now[name].effect) < order.index(was[name].effect):
                reference = f"{after.tools[key].value.name}.{name}"
                yield f"'{reference}' was {was[name].effect.value}, and is called {now[name].effect.value} now: approvals follow from it"


def _used_by_schedule(workspace: Workspace, merged: Merged) -> list[str]:
    """Warnings: workflows of the project that are switched on, and will run something that comes in."""
    from avops.bundle.parts import make_part
    from avops.bundle.references import references
    from avops.project.names import folded

    changed = {
        (item.kind, folded(item.new_name or item.name)) for item in merged.items if item.fate in ("created", "overwritten", "renamed")
    }
    changed = {key for key in changed if key[0] in ("agent", "recipe", "tool")}
    if not changed or not workspace.project.workflows.entries:
        return []
    imported = {write.path: write.content for write in merged.writes}
    parts: dict[tuple[str, str], Part] = {}
    for kind in ("agent", "recipe", "tool", "workflow"):
        for entry in getattr(workspace.project, f"{kind}s").entries:
            try:
                part = make_part(entry.relative, imported.get(entry.relative, entry.read()))
            except DocumentError:
                continue
            parts.setdefault(part.key, part)
    parts |= {part.key: part for path, content in imported.items() if not path.endswith(".bak") for part in [make_part(path, content)]}
    words = _words(workspace)
    told = []
    for key, part in parts.items():
        if part.kind != "workflow" or part.path in imported:
            continue
        word = words.get(key[1])
        if not (part.data.get("enabled", True) if word is None else word):
            continue
        seen: set[tuple[str, str]] = set()
        open_ = [key]
        while open_:
            at = open_.pop()
            if at not in seen and at in parts:
                seen.add(at)
                # The recipes attached to an agent are offered by it, and not run by the workflow.
                kinds = ("tool",) if at[0] == "agent" else ("agent", "recipe", "tool")
                open_ += [reference.key for reference in references(parts[at]) if reference.kind in kinds]
        used = sorted(f"the {parts[each].kind} '{parts[each].name}'" for each in seen & changed)
        if used:
            told.append(f"the workflow '{part.name}' is switched on and uses {', '.join(used)} of this bundle")
    return told


@contextmanager
def _kept_off(workspace: Workspace, merged: Merged, now: datetime) -> Iterator[None]:
    """While workflows come in: an earlier word that switches one of them on is taken back, and given again on failure.

    Their files say `enabled: false`; a word in the database would win over them.
    """
    from avops.project.names import folded
    from avops.wiring.schedule_desk import say_enabled

    names = [
        item.new_name or item.name
        for item in merged.items
        if item.kind == "workflow" and item.fate in ("created", "overwritten", "renamed")
    ]
    on = [name for name in names if _words(workspace).get(folded(name))] if names else []
    for name in on:
        say_enabled(workspace, name, None, "imported", now=now)
    try:
        yield
    except BaseException:
        for name in on:
            say_enabled(workspace, name, True, "the import failed", now=now)
        raise
