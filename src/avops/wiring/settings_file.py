"""`avops.yaml` as people read and change it: its keys with where each value comes from, and edits that are judged before they are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_origin

from avops.errors import DocumentError, FindingsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic.fields import FieldInfo

    from avops.connectors.secrets import EnvironmentSecrets
    from avops.model.document import Document
    from avops.wiring.workspace import Workspace

FILE = "avops.yaml"
SHORTEST_SHOWN = 12
"""A key below this length shows no characters: four of them would be too much of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """A key with its value; `source` is `avops.yaml` or `default`."""

    key: str
    value: object
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """A secret by its reference: where it is (`environment`, `.env`, `keyring`, None: missing), its last four characters, who uses it."""

    reference: str
    source: str | None
    ending: str | None
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """A key of the settings: its path, and whether names stand below it (`holds_names`), perhaps with fields of their own."""

    path: tuple[str, ...]
    holds_names: bool
    fields: tuple[str, ...] = ()


@cache
def _keys() -> Mapping[str, _Key]:
    from avops.model.settings import Settings

    return {".".join(key.path): key for key in _walk(Settings, ())}


def _walk(model: type[Document], above: tuple[str, ...]) -> Iterator[_Key]:
    for name, field in model.model_fields.items():
        path = (*above, field.alias or name)
        nested = _document_in(field.annotation)
        names = _names_below(field)
        if names is not None:
            yield _Key(path=path, holds_names=True, fields=names)
        elif nested is not None:
            yield from _walk(nested, path)
        else:
            yield _Key(path=path, holds_names=False)


def _document_in(annotation: Any) -> type[Document] | None:
    from avops.model.document import Document

    candidates = (annotation, *get_args(annotation))
    return next((each for each in candidates if isinstance(each, type) and issubclass(each, Document)), None)


def _names_below(field: FieldInfo) -> tuple[str, ...] | None:
    """The fields of what stands under each name of a mapping (none for a plain value); None for no mapping."""
    if get_origin(field.annotation) is not dict:
        return None
    below = _document_in(get_args(field.annotation)[1])
    return tuple(below.model_fields) if below is not None else ()


def key_path(key: str) -> tuple[str, ...]:
    """The path of a key or a group written with dots, such as `lint.profile`, `prices.gpt-5.4.input` or `lint`.

    UsageError, with the one that was probably meant, for any other.
    """
    known = _keys()
    if key in known:
        return known[key].path
    for name, each in known.items():
        rest = key.removeprefix(f"{name}.")
        if each.holds_names and rest != key and rest:
            field = next((field for field in each.fields if rest.endswith(f".{field}")), None)
            return (*each.path, rest) if field is None else (*each.path, rest.removesuffix(f".{field}"), field)
    if any(name.startswith(f"{key}.") for name in known):
        return tuple(key.split("."))
    from avops.project.suggestions import did_you_mean

    expected = ", ".join(sorted(known))
    raise UsageError(f"'{FILE}' has no key '{key}'; expected one of: {expected}", hint=did_you_mean(key, known) or "avops settings show")


def setting_rows(workspace: Workspace) -> list[SettingRow]:
    """Every key with its value, in the order of the documents. Raises DocumentError when the file is not right."""
    settings = workspace.settings.model_dump(mode="json", by_alias=True, exclude_none=False)
    written = workspace.settings_document.data
    rows = []
    for name, key in _keys().items():
        is_written = _at(written, key.path) is not _ABSENT
        value = _at(settings, key.path)
        rows.append(SettingRow(key=name, value=None if value is _ABSENT else value, source=FILE if is_written else "default"))
    return rows


_ABSENT = object()


def _at(data: object, path: Sequence[str]) -> object:
    for part in path:
        if not isinstance(data, dict) or part not in data:
            return _ABSENT
        data = data[part]
    return data


def key_states(workspace: Workspace, secrets: EnvironmentSecrets) -> list[KeyState]:
    """The keys of the model and of the project's tools; those of both providers are always among them."""
    from avops.project.trust import MODEL_KEYS, claims, model_key

    users: dict[str, list[str]] = {reference: [] for reference in MODEL_KEYS.values()}
    if (reference := model_key(workspace.settings)) is not None:
        users.setdefault(reference, []).append("the model")
    for loaded in workspace.project.tools:
        for claim in claims(loaded.value, workspace.root) if loaded.value is not None else ():
            reference = claim.what.partition(" to ")[0]
            if claim.kind == "secret" and reference.startswith(("env:", "keyring:")) and claim.tool not in users.setdefault(reference, []):
                users[reference].append(claim.tool)
    return [_key_state(reference, tuple(names), secrets) for reference, names in users.items()]


def _key_state(reference: str, used_by: tuple[str, ...], secrets: EnvironmentSecrets) -> KeyState:
    source = secrets.source(reference)
    value = secrets.resolve(reference) if source is not None else ""
    ending = value[-4:] if len(value) >= SHORTEST_SHOWN else None
    return KeyState(reference=reference, source=source, ending=ending, used_by=used_by)


def set_key(workspace: Workspace, key: str, values: Sequence[str]) -> object:
    """Writes a value into `avops.yaml` and gives what it became; several values are a list.

    The text that would stand there is judged first, and nothing is written unless it is right. Raises UsageError for an unknown
    key, a secret, or a tool or agent that the project does not have, DocumentError for a value that does not fit.
    """
    path = key_path(key)
    _refuse_secrets(key, values)
    refused: DocumentError | None = None
    for value in _readings(values):
        text = _with(workspace.root / FILE, path, value)
        try:
            _judge(text)
        except DocumentError as error:
            refused = refused or error
            continue
        _require_names(workspace, key, value)
        _write(workspace.root / FILE, text)
        return value
    assert refused is not None
    raise refused


def _require_names(workspace: Workspace, key: str, value: object) -> None:
    """NotFoundError, with the near ones, for a tool or an agent that the project does not have."""
    if key == "mock" and isinstance(value, list):
        for name in value:
            workspace.tool(name)
    if key in ("alerts.agent", "operator_agent") and isinstance(value, str):
        workspace.agent(value)


def unset_key(workspace: Workspace, key: str) -> bool:
    """Takes a key out of `avops.yaml`, and mappings that it leaves empty; False when it was not there."""
    path = key_path(key)
    text = _open(workspace.root / FILE)
    if text is None or _at(text.data, path) is _ABSENT:
        return False
    while len(path) > 1 and _at(text.data, path[:-1]) == {path[-1]: _at(text.data, path)}:
        path = path[:-1]
    if list(text.data) == list(path):
        _write(workspace.root / FILE, _emptied(text.text, path[0]))
        return True
    text.delete(path)
    _judge(text.text)
    _write(workspace.root / FILE, text.text)
    return True


def _emptied(text: str, key: str) -> str:
    """The comments of a text whose only key goes."""
    from avops.project.yaml_positions import positions

    span = positions(text).value((key,))
    lines = text.splitlines(keepends=True)
    first = positions(text).key((key,)).line
    last = span.end_line if span.end_column > 1 else span.end_line - 1
    return "".join(lines[: first - 1] + lines[max(first, last) :])


def _readings(values: Sequence[str]) -> list[object]:
    """What the words of a command line may mean: as YAML, as plain text, or as a list with them."""
    from avops.project.yaml_text import read_yaml

    read: list[object] = []
    for value in values:
        try:
            data = read_yaml(f"v: {value}\n")
        except DocumentError:
            data = None
        read.append(data["v"] if isinstance(data, dict) and list(data) == ["v"] else value)
    switch = {"on": True, "yes": True, "off": False, "no": False}.get(values[0].lower()) if len(values) == 1 else None
    if len(values) > 1:
        candidates: list[object] = [read, list(values)]
    else:
        candidates = [read[0], values[0], *([switch] if switch is not None else []), read, list(values)]
    return [each for index, each in enumerate(candidates) if each is not None and not any(_same(each, old) for old in candidates[:index])]


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _open(file: Path) -> Any:
    """The text under edit; None for a file that says nothing yet."""
    from avops.project.editing import YamlText
    from avops.project.folder import read_bytes
    from avops.project.yaml_source import decode_utf8
    from avops.project.yaml_text import read_yaml

    content = decode_utf8(read_bytes(file, FILE), FILE)
    return None if read_yaml(content, path=FILE) is None else YamlText(content, FILE)


def _with(file: Path, path: tuple[str, ...], value: object) -> str:
    from avops.project.editing import render

    text = _open(file)
    if text is None:
        before = file.read_text(encoding="utf-8")
        nested = value
        for part in reversed(path[1:]):
            nested = {part: nested}
        return f"{before}{'' if before.endswith(chr(10)) or not before else chr(10)}{path[0]}: {render(nested)}\n"
    for length in range(1, len(path)):
        if not isinstance(_at(text.data, path[:length]), dict):
            nested = value
            for part in reversed(path[length:]):
                nested = {part: nested}
            text.set(path[:length], nested)
            return str(text.text)
    text.set(path, value)
    return str(text.text)


def _judge(text: str) -> None:
    from avops.project.documents import load_document

    settings = load_document("settings", text, FILE).required()
    if settings.timezone is not None:
        require_timezone(settings.timezone)
    for pattern in settings.policy.redact:
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise FindingsError(
                f"'{pattern}' is no regular expression: {getattr(error, 'msg', error)}",
                hint="a dot, a bracket or a star of its own needs a \\ before it",
            ) from None


def require_timezone(name: str) -> None:
    """FindingsError for a name that is no IANA time zone, with the one that was probably meant."""
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        from avops.project.suggestions import did_you_mean

        names = available_timezones()
        ending = next((each for each in sorted(names) if each.lower().endswith(f"/{name.lower()}")), None)
        hint = f"did you mean '{ending}'?" if ending else did_you_mean(name, names) or "use an IANA name such as Europe/Berlin"
        raise FindingsError(f"'{name}' is not a time zone", hint=hint) from None


def _refuse_secrets(key: str, values: Sequence[str]) -> None:
    from avops.lint.secrets import what_secret

    for value in values:
        what = what_secret(value)
        if what is None and key == "api_key" and not value.startswith(("env:", "keyring:")):
            what = "a key"
        if what is not None:
            hint = "set OPENAI_API_KEY or ANTHROPIC_API_KEY in the environment or in .env; 'api_key' takes env:NAME or keyring:NAME"
            raise UsageError(f"the value for '{key}' looks like {what}, and no secret is written into '{FILE}'", hint=hint)


def _write(file: Path, text: str) -> None:
    from avops.project.writing import write_text

    write_text(file, text)
