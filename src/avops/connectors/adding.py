"""New manifests in a project: copied from the built-in library, or made from an OpenAPI document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from avops.errors import AvopsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from avops.model.tool import ToolBase

SCHEMA_LINE = "# yaml-language-server: $schema=../schemas/tool.schema.json\n"
_PLACEHOLDER = re.compile(r"YOUR-([A-Z]+)")
_SETTING = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}(:[0-9]{1,5})?")
_PLAIN_TEXT = re.compile(r"[A-Za-z/][A-Za-z0-9 _./-]*[A-Za-z0-9_./-]|[A-Za-z/]")
_NOT_PLAIN = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n"])


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedTool:
    """A manifest that was written."""

    name: str
    path: str
    """Relative to the project."""
    secrets: tuple[str, ...]
    """The references that have to be set, such as `env:SLACK_TOKEN`."""
    settings: tuple[str, ...]
    """What still has to be filled in: `INSTANCE` stands for `YOUR-INSTANCE` in the file."""
    review: tuple[str, ...]
    """What a person should look at."""


def library_names() -> tuple[str, ...]:
    """The manifests of the built-in library, sorted."""
    return tuple(
        sorted(
            entry.name.removesuffix(".yaml")
            for entry in files("avops.connectors").joinpath("library").iterdir()
            if entry.name.endswith(".yaml")
        )
    )


def library_text(name: str) -> str:
    """A manifest of the library; AvopsError, with the near or all names, when there is none."""
    names = library_names()
    if name not in names:
        from avops.project.suggestions import closest

        near = closest(name, list(names))
        hint = f"did you mean '{near}'?" if near else "give --mcp or --openapi for a tool of your own"
        raise AvopsError(f"no tool '{name}' in the library; expected one of: {', '.join(names)}", hint=hint)
    return files("avops.connectors").joinpath("library", f"{name}.yaml").read_text(encoding="utf-8")


def add_from_library(root: Path, name: str, *, settings: Mapping[str, str] | None = None, force: bool = False) -> AddedTool:
    """Copies a manifest of the library to `tools/NAME.yaml`; `settings` fill in its `YOUR-…` places.

    Raises AvopsError for a name that is not there, a setting it has no place for, and (without `force`) a file that is there.
    """
    text = library_text(name)
    places = set(_PLACEHOLDER.findall(text))
    for key, value in (settings or {}).items():
        if key not in places:
            known = ", ".join(sorted(places)) or "nothing"
            raise AvopsError(f"'{name}' has nothing to set called '{key}'; expected one of: {known}")
        if not _SETTING.fullmatch(value):
            raise AvopsError(f"'{value}' cannot stand for {key}", hint="write letters, digits, '.', '_' and '-'")
        text = text.replace(f"YOUR-{key}", value)
    return _write(root, name, SCHEMA_LINE + text, (), force=force)


def add_from_openapi(root: Path, name: str, document: Path, *, operations: Sequence[str] = (), force: bool = False) -> AddedTool:
    """Makes `tools/NAME.yaml` from operations of an OpenAPI document; all of them when none is chosen.

    Raises AvopsError for a document that cannot be read, operations that are not there, and (without `force`) a file that is there.
    """
    from avops.connectors.openapi import make_manifest, read_openapi

    made = make_manifest(read_openapi(document), name, operations)
    return _write(root, name, SCHEMA_LINE + manifest_text(made.data), made.review, force=force)


def manifest_text(data: dict[str, object]) -> str:
    """A manifest as YAML that reads back as the same data, whatever its texts look like."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Without aliases; quotes every text that a reader of YAML could take for something else."""

        def ignore_aliases(self, data: Any) -> bool:  # the base class is untyped
            return True

    def text(dumper: Any, value: str) -> Any:
        plain = _PLAIN_TEXT.fullmatch(value) is not None and value.lower() not in _NOT_PLAIN
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')

    Dumper.add_representer(str, text)
    dumped: str = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
    return dumped


def secrets_of(manifest: ToolBase) -> tuple[str, ...]:
    """The references of all secrets that a manifest names, in its order."""
    from avops.model.tool import DeviceTool

    auth = getattr(manifest, "auth", None)
    values = list(auth.model_dump().values()) if auth is not None else []
    if isinstance(manifest, DeviceTool):
        values += manifest.secrets
    found = [value for value in values if isinstance(value, str) and value.startswith(("env:", "keyring:"))]
    return tuple(dict.fromkeys([*found, *(f"env:{name}" for name in manifest.env)]))


def _write(root: Path, name: str, text: str, review: tuple[str, ...], *, force: bool) -> AddedTool:
    from avops.project.documents import load_document
    from avops.project.writing import write_text

    relative = f"tools/{name}.yaml"
    manifest: ToolBase = load_document("tool", text, relative).required()
    target = root / relative
    if target.exists() and not force:
        raise AvopsError(f"'{relative}' is there already", hint="--force replaces it")
    write_text(target, text)
    settings = tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))
    return AddedTool(name=manifest.name, path=relative, secrets=secrets_of(manifest), settings=settings, review=review)
