"""Word, PDF and HTML documents as Markdown text, through the optional extra `documents`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import AvopsError, FindingsError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = frozenset({".docx", ".htm", ".html", ".pdf"})
MAX_BYTES = 20 * 1024 * 1024


def is_document(file: Path) -> bool:
    """Whether a file is of a kind that must be converted to text first."""
    return file.suffix.lower() in SUFFIXES


def document_text(file: Path) -> str:
    """The Markdown text of a document; UsageError when the extra is missing, FindingsError when it cannot be read."""
    try:
        from markitdown import MarkItDown
    except ImportError as error:
        raise UsageError(
            f"'{file.name}' is a {file.suffix.lower()[1:]} document, which needs the extra 'documents'",
            hint="pip install 'avops[documents]', or save it as plain text or Markdown",
        ) from error
    if file.stat().st_size > MAX_BYTES:
        raise FindingsError(f"'{file.name}' is too large: at most {MAX_BYTES // 1024 // 1024} MiB")
    try:
        text = str(MarkItDown(enable_plugins=False).convert_local(str(file)).text_content)
    except Exception as error:  # readers of foreign formats raise anything; here it becomes one clear refusal
        raise _unreadable(file, error) from error
    if not text.strip():
        raise FindingsError(f"'{file.name}' holds no text", hint="a scanned document needs text recognition first")
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip("\n") + "\n"


def _unreadable(file: Path, error: Exception) -> AvopsError:
    told = [line.strip(" -:") for line in str(error).splitlines() if line.strip(" -:")]
    reason = (told[-1] if told else type(error).__name__)[:200]
    return FindingsError(f"'{file.name}' cannot be read as a {file.suffix.lower()[1:]} document: {reason}")
