"""The files a run leaves behind, in `.avops/artifacts/RUN/`: written beside, then renamed."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING, Protocol

from avops.errors import AvopsError, StorageError
from avops.model.run import Artifact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EXTENSIONS = {"file": ".txt", "html": ".html", "pdf": ".pdf"}
MAX_FILE = 16 * 1024 * 1024


class ArtifactMaker(Protocol):
    """Makes the artifacts that need more than their step says. It may be called from any thread."""

    def report(self, run_id: int, kind: str) -> bytes:
        """A report of what is recorded of the run so far, to be printed: a file of kind `html` or `pdf`."""
        ...

    def text_pdf(self, title: str, text: str) -> bytes:
        """A text as PDF."""
        ...

    def article(self, run_id: int, title: str, text: str | None) -> str:
        """The path of a draft in the knowledge base with that text, or with the run's report. Nothing that is there is overwritten."""
        ...


class ArtifactFiles:
    """Writes and reads the files of runs below one folder; `root` is the project, which paths are relative to."""

    def __init__(self, root: Path, folder: str = ".avops/artifacts", maker: ArtifactMaker | None = None) -> None:
        self._root = root
        self._folder = folder
        self._maker = maker

    def make(self, run_id: int, spec: Mapping[str, object]) -> Artifact:
        """The artifact an `artifact` step describes.

        A file holds the step's text. An `html` or `pdf` without a text is the run's report; a `kb` is a draft of an article.
        One that has an id or a URL, and no text, stands for something that exists already.
        """
        kind, title, text = str(spec["kind"]), str(spec["title"]), _text(spec.get("text"))
        exists = text is None and (spec.get("id") is not None or spec.get("url") is not None)
        path = None
        if not exists and kind == "kb":
            path = self._required(kind).article(run_id, title, text)
        elif not exists and kind in EXTENSIONS:
            path = self._write(run_id, _file_name(title, EXTENSIONS[kind]), self._content(run_id, kind, title, text))
        return Artifact(kind=kind, title=title, id=_text(spec.get("id")), url=_text(spec.get("url")), path=path)

    def _content(self, run_id: int, kind: str, title: str, text: str | None) -> bytes:
        if kind == "file":
            if text is None:
                raise AvopsError("an artifact of kind 'file' needs a text")
            return text.encode("utf-8", "replace")
        if text is None:
            return self._required(kind).report(run_id, kind)
        return self._required(kind).text_pdf(title, text) if kind == "pdf" else _page(title, text).encode("utf-8", "replace")

    def _required(self, kind: str) -> ArtifactMaker:
        if self._maker is None:
            raise AvopsError(f"an artifact of kind '{kind}' cannot be made here")
        return self._maker

    def overflow(self, run_id: int, key: str, text: str) -> str:
        """The path of a file that holds a result too large for its row."""
        return self._write(run_id, _file_name(f"result {key}", ".json"), text.encode("utf-8", "replace"))

    def read(self, path: str) -> str:
        """The text of a file of a run; nothing outside the folder of artifacts is read."""
        target = (self._root / path).resolve()
        if not target.is_relative_to((self._root / self._folder).resolve()):
            raise StorageError(f"'{path}' is no artifact of a run")
        try:
            return target.read_text(encoding="utf-8")
        except OSError as error:
            raise StorageError(f"the artifact '{path}' cannot be read: {error.strerror}") from error

    def _write(self, run_id: int, name: str, content: bytes) -> str:
        if len(content) > MAX_FILE:
            raise AvopsError(f"an artifact of more than {MAX_FILE // 1024 // 1024} MiB")
        relative = f"{self._folder}/{run_id}/{name}"
        target = self._root / relative
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f"{name}.part")
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise StorageError(f"the artifact '{relative}' cannot be written: {error.strerror}") from error
        return relative


def _file_name(title: str, extension: str) -> str:
    """A short safe name; the digest keeps titles apart that differ only in what was left out."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:60] or "artifact"
    digest = hashlib.sha256(title.encode()).hexdigest()[:6]
    return f"{slug}-{digest}{extension}"


def _page(title: str, text: str) -> str:
    from html import escape

    return f'<!doctype html>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n<h1>{escape(title)}</h1>\n<pre>{escape(text)}</pre>\n'


def _text(value: object) -> str | None:
    return None if value is None else str(value)
