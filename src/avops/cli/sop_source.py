"""The text of an SOP, from a file, a document or standard input, and the copy of it that a project keeps."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from avops.errors import FindingsError, UsageError

_TEXTS = (".md", ".markdown", ".rst", ".txt")
_ORIGINS = ".avops/sops/origins.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sop:
    """The text, the bytes it stands for, and the name under which steps cite it (a path in the project).

    `origin` is where the text came from, when it does not stand in the project itself: then `keep` writes it to `shown`.
    """

    text: str
    data: bytes
    shown: str
    sha256: str
    origin: str | None = None


def read_sop(file: Path, root: Path, *, keep_text: bool, name: str | None = None) -> Sop:
    """The SOP in `file`; `-` is standard input.

    With `keep_text`, what is no text in the project (a docx, pdf or html document, standard input, a file elsewhere) gets a
    file in `sops/`, so that the lines that steps cite can be read and compared. `name` is what that of standard input is called.
    FindingsError when another text has the file.
    """
    from avops.project.names import slug
    from avops.sop.documents import document_text, is_document

    if str(file) == "-":
        data = sys.stdin.buffer.read()
        text = _decoded(data, "standard input")
        if not text.strip():
            raise FindingsError("standard input has no text", hint="pipe the text of the SOP into it: avops sop convert - < FILE")
        return _elsewhere(root, slug(name) if name else f"stdin-{_sum(data)[:8]}", text, "stdin", "stdin", keep_text=keep_text)
    resolved = file.resolve()
    inside = resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else None
    if is_document(file):
        if not file.is_file():
            raise UsageError(f"'{file}' cannot be read: no such file or directory")
        origin = inside or resolved.as_posix()
        return _elsewhere(root, slug(file.name), document_text(file), origin, file.name, keep_text=keep_text)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"'{file}' cannot be read: {(error.strerror or str(error)).lower()}") from error
    text = _decoded(data, str(file))
    if inside is None:
        ending = file.suffix.lower() if file.suffix.lower() in _TEXTS else ".md"
        return _elsewhere(root, slug(file.stem), text, resolved.as_posix(), file.as_posix(), keep_text=keep_text, ending=ending)
    return Sop(text=text, data=data, shown=inside, sha256=_sum(data))


def keep(source: Sop, root: Path) -> None:
    """Keeps a copy of what was converted; and the text itself in `sops/`, where it came from elsewhere."""
    import json

    from avops.project.sop_history import keep as keep_copy
    from avops.project.sop_history import remember_written
    from avops.project.writing import write_text

    keep_copy(root, source.data)
    if source.origin is None:
        return
    target = root / source.shown
    is_there = target.exists()
    if is_there and target.read_bytes() == source.data:
        return
    write_text(target, source.text)
    remember_written(root, target, source.text)
    origins = {**_origins(root), source.shown: source.origin}
    write_text(root / _ORIGINS, json.dumps(origins, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    whence = "standard input" if source.origin == "stdin" else Path(source.origin).name
    print(f"{'the text has changed: replaced' if is_there else 'Wrote'} {source.shown}, the text of {whence}", file=sys.stderr)


def _elsewhere(root: Path, stem: str, text: str, origin: str, shown: str, *, keep_text: bool, ending: str = ".md") -> Sop:
    """An SOP whose text gets a file in `sops/`, unless another text has that file."""
    from avops.project.sop_history import is_as_written

    data = text.encode()
    if not keep_text:
        return Sop(text=text, data=data, shown=shown, sha256=_sum(data))
    target = root / "sops" / f"{stem}{ending}"
    path = f"sops/{target.name}"
    if not target.parent.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"'{path}' lies outside the project, through a link", hint="remove the link")
    if target.parent.is_dir() and not os.access(target.parent, os.W_OK):
        raise UsageError("'sops/' cannot be written: permission denied, so nothing was", hint="the text of the SOP is kept there")
    old = target.read_bytes().decode("utf-8", "replace") if target.exists() else text
    known = _origins(root).get(path)
    if old != text and not is_as_written(root, target, old):
        raise FindingsError(f"'{path}' is there already, and is not what avops wrote", hint="convert that file, or take it away")
    if old != text and known is not None and known != origin:
        other = "standard input" if known == "stdin" else f"'{known}'"
        raise FindingsError(f"'{path}' is the text of {other} already", hint="give this SOP's file another name")
    return Sop(text=text, data=data, shown=path, sha256=_sum(data), origin=origin)


def _decoded(data: bytes, shown: str) -> str:
    """The text; one that is not UTF-8 or UTF-16 is read as Windows-1252, with a warning. FindingsError for what is no text."""
    from avops.project.sop_history import is_utf16, sop_text

    if is_utf16(data):
        return sop_text(data)
    if b"\0" in data[:8192]:
        raise FindingsError(f"'{shown}' is not a text", hint="save the document as plain text or Markdown first")
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        print(f"warning: {shown}:{line}: this is not UTF-8, so it is read as Windows-1252: look at its accents", file=sys.stderr)
    return sop_text(data)


def _origins(root: Path) -> dict[str, str]:
    """Where the texts in `sops/` came from, by their paths."""
    import json

    try:
        data = json.loads((root / _ORIGINS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(path): str(origin) for path, origin in data.items()} if isinstance(data, dict) else {}


def _sum(data: bytes) -> str:
    from avops.project.sop_history import digest

    return digest(data)
