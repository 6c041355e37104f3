"""The parts of a bundle: documents and texts, each with its kind, its name and its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from avops.errors import DocumentError
from avops.model.diagnostic import Diagnostic, Severity
from avops.project.documents import load_document
from avops.project.folder import TEST_ENDINGS
from avops.project.names import folded, slug
from avops.project.yaml_source import MAX_BYTES, decode_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PartKind = Literal["agent", "kb", "recipe", "sop", "test", "tool", "workflow"]
FOLDERS: dict[str, PartKind] = {
    "agents": "agent",
    "kb": "kb",
    "recipes": "recipe",
    "sops": "sop",
    "tools": "tool",
    "workflows": "workflow",
}
"""The kind of what lies in a folder; beside recipes lie their tests."""
TEXTS: tuple[PartKind, ...] = ("kb", "sop")
TEXT_ENDINGS = (".adoc", ".markdown", ".md", ".rst", ".text", ".txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of a bundle. A text and a test go by their path, which is their `name`.

    `data` is what a document says; None for a text.
    """

    kind: PartKind
    name: str
    path: str
    content: bytes
    data: Any = field(default=None, compare=False)

    @property
    def key(self) -> tuple[PartKind, str]:
        """What tells it from all other parts of a bundle."""
        return key_of(self.kind, self.name)

    @property
    def text(self) -> str:
        """The content as characters, as they stand: a byte order mark stays."""
        return self.content.decode("utf-8")


def key_of(kind: PartKind, name: str) -> tuple[PartKind, str]:
    """What a kind and a name tell apart: the case of a name does not count, that of a path does."""
    return kind, name if kind in ("kb", "sop", "test") else folded(name)


def kind_of(path: str) -> PartKind | None:
    """The kind of part that a path in a project holds; None for what belongs in no bundle."""
    folder, slash, rest = path.partition("/")
    kind = FOLDERS.get(folder)
    if kind is None or not slash or not rest:
        return None
    lower = rest.lower()
    if kind in TEXTS:
        return kind if lower.endswith(TEXT_ENDINGS) else None
    if lower.endswith(TEST_ENDINGS):
        return "test" if kind == "recipe" else None
    return kind if lower.endswith((".yaml", ".yml")) else None


def make_part(path: str, content: bytes) -> Part:
    """The part that a file makes. Raises DocumentError when it is not right, with the path as its place."""
    kind = kind_of(path)
    assert kind is not None
    if kind == "kb" or kind == "sop":  # noqa: PLR1714 - in this form the type of what is left is known
        if len(content) > MAX_BYTES:
            raise DocumentError([_too_large(path, len(content))])
        decode_utf8(content, path)
        return Part(kind=kind, name=path, path=path, content=content)
    loaded = load_document(kind, content, path)
    value = loaded.required()
    name = path if kind == "test" else str(getattr(value, "name", path))
    return Part(kind=kind, name=name, path=path, content=content, data=loaded.data)


def _too_large(path: str, size: int) -> Diagnostic:
    return Diagnostic(rule="too-large", severity=Severity.ERROR, message=f"the text is larger than 1 MiB ({size:,} bytes)", path=path)


def make_parts(files: Mapping[str, bytes]) -> tuple[Part, ...]:
    """The parts that files make, sorted by path. Raises one DocumentError with the mistakes of all."""
    parts: list[Part] = []
    found: list[Diagnostic] = []
    for path in sorted(files):
        try:
            parts.append(make_part(path, files[path]))
        except DocumentError as error:
            found += error.diagnostics
    if found:
        raise DocumentError(found)
    return tuple(parts)


def name_clash(parts: Iterable[Part]) -> tuple[Part, Part] | None:
    """Two parts of one kind whose names are the same for a person, or for the file system; None when there are none.

    Names that are written in other letters than a to z may lose some of them in a file name: those may share one.
    """
    seen: dict[tuple[str, str], Part] = {}
    for part in parts:
        if part.kind in ("kb", "sop", "test"):
            continue
        words = {folded(part.name), slug(part.name)} if part.name.isascii() else {folded(part.name)}
        for word in words:
            if (part.kind, word) in seen:
                return seen[part.kind, word], part
        seen.update(dict.fromkeys([(part.kind, word) for word in words], part))
    return None


def tested_recipe(test: Part, recipes: Iterable[Part]) -> Part | None:
    """The recipe that a test is of: the one it names, else the one in the file beside it; None when neither is there."""
    named = test.data.get("recipe") if isinstance(test.data, dict) else None
    if isinstance(named, str):
        return next((each for each in recipes if folded(each.name) == folded(named)), None)
    return next((each for each in recipes if stem_of(each.path) == stem_of(test.path)), None)


def stem_of(path: str) -> str:
    """The path of a recipe or of its test, without the ending that tells them apart."""
    lower = path.lower()
    ending = next((ending for ending in (*TEST_ENDINGS, ".yaml", ".yml") if lower.endswith(ending)), "")
    return path[: len(path) - len(ending)]
