"""The files a run leaves behind, in `.avops/artifacts/RUN/`: written beside, then renamed."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

from avops.errors import AvopsError, StorageError
from avops.model.run import Artifact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EXTENSIONS = {"file": ".txt", "html": ".html", "kb": ".md"}
MAX_FILE = 16 * 1024 * 1024


class ArtifactFiles:
    """Writes and reads the files of runs below one folder; `root` is the project, which paths are relative to."""

    def __init__(self, root: Path, folder: str = ".avops/artifacts") -> None:
        self._root = root
        self._folder = folder

    def make(self, run_id: int, spec: Mapping[str, object]) -> Artifact:
        """The artifact an `artifact` step describes; one with `text` becomes a file."""
        kind, title = str(spec["kind"]), str(spec["title"])
        text = spec.get("text")
        path = None
        if kind in EXTENSIONS:
            if text is None:
                raise AvopsError(f"an artifact of kind '{kind}' needs a text")
            content = str(text) if kind != "html" else _page(title, str(text))
            path = self._write(run_id, _file_name(title, EXTENSIONS[kind]), content)
        return Artifact(kind=kind, title=title, id=_text(spec.get("id")), url=_text(spec.get("url")), path=path)

    def overflow(self, run_id: int, key: str, text: str) -> str:
        """The path of a file that holds a result too large for its row."""
        return self._write(run_id, _file_name(f"result {key}", ".json"), text)

    def read(self, path: str) -> str:
        """The text of a file of a run; nothing outside the folder of artifacts is read."""
        target = (self._root / path).resolve()
        if not target.is_relative_to((self._root / self._folder).resolve()):
            raise StorageError(f"'{path}' is no artifact of a run")
        try:
            return target.read_text(encoding="utf-8")
        except OSError as error:
            raise StorageError(f"the artifact '{path}' cannot be read: {error.strerror}") from error

    def _write(self, run_id: int, name: str, text: str) -> str:
        if len(text) > MAX_FILE:
            raise AvopsError(f"an artifact of more than {MAX_FILE // 1024 // 1024} MiB")
        relative = f"{self._folder}/{run_id}/{name}"
        target = self._root / relative
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f"{name}.part")
            with beside.open("w", encoding="utf-8", errors="replace") as file:
                file.write(text)
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
