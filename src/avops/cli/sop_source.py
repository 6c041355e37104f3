"""The text of an SOP, from a file, a document or standard input."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from avops.errors import FindingsError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sop:
    """The text, the bytes it stands for, and the name under which steps cite it (a path in the project)."""

    text: str
    data: bytes
    shown: str
    sha256: str


def read_sop(file: Path, root: Path, *, keep_text: bool) -> Sop:
    """The SOP in `file`; `-` is standard input.

    A docx, pdf or html document becomes Markdown, which `keep_text` writes to `sops/` of the project, so that the lines
    that steps cite can be read and compared.
    """
    from avops.project.sop_history import digest
    from avops.sop.documents import is_document

    if str(file) == "-":
        data = sys.stdin.buffer.read()
        shown = "stdin"
    elif is_document(file):
        data, shown = _document(file, root, keep_text=keep_text)
    else:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise UsageError(f"'{file}' cannot be read: {(error.strerror or str(error)).lower()}") from error
        resolved = file.resolve()
        shown = resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else file.as_posix()
    if b"\0" in data[:8192]:
        raise FindingsError(f"'{file}' is not a text", hint="save the document as plain text or Markdown first")
    return Sop(text=_decoded(data, shown), data=data, shown=shown, sha256=digest(data))


def _decoded(data: bytes, shown: str) -> str:
    """The text; one that is not UTF-8 is read as Windows-1252, with a warning."""
    from avops.project.sop_history import sop_text

    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        print(f"warning: {shown}:{line}: this is not UTF-8, so it is read as Windows-1252: look at its accents", file=sys.stderr)
    return sop_text(data)


def _document(file: Path, root: Path, *, keep_text: bool) -> tuple[bytes, str]:
    from avops.project.names import slug
    from avops.project.sop_history import is_as_written, remember_written
    from avops.project.writing import write_text
    from avops.sop.documents import document_text

    if not file.is_file():
        raise UsageError(f"'{file}' cannot be read: no such file or directory")
    text = document_text(file)
    target = root / "sops" / f"{slug(file.name)}.md"
    if not keep_text:
        return text.encode(), file.name
    if target.exists():
        old = target.read_bytes().decode("utf-8", "replace")
        if old != text and not is_as_written(root, target, old):
            raise FindingsError(
                f"'sops/{target.name}' is there already, and is not what avops wrote", hint="convert that file, or take it away"
            )
        if old != text:
            print(f"the text of {file.name} has changed: sops/{target.name} is replaced", file=sys.stderr)
    write_text(target, text)
    remember_written(root, target, text)
    return text.encode(), f"sops/{target.name}"
