"""What a scout read, kept with hashes: the bytes of each page, a copy that is safe to open, and a list of it all."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

from avops.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from avops.kb.pages import Page

FOLDER = ".avops/evidence"
MANIFEST = "evidence.json"


def keep_evidence(root: Path, name: str, pages: Sequence[Page], facts: Mapping[str, object]) -> str:
    """The folder, relative to the project, in which everything lies; `facts` are written into the list as they are.

    A page's bytes are kept as `N.bin`, which no program opens as a page: it may hold scripts. `N.html` holds its text only.
    """
    relative = _free(root, name)
    folder = root / relative
    try:
        entries = []
        for number, page in enumerate(pages, 1):
            _write(folder / f"{number}.bin", page.body)
            entry: dict[str, object] = {
                "number": number,
                "url": page.url,
                "hops": list(page.hops),
                "title": page.title,
                "media": page.media,
                "fetched_at": page.fetched_at.isoformat(),
                "bytes": len(page.body),
                "file": f"{number}.bin",
                "sha256": page.sha256,
            }
            if page.html:
                safe = _safe_copy(page).encode()
                _write(folder / f"{number}.html", safe)
                entry |= {"text_file": f"{number}.html", "text_sha256": hashlib.sha256(safe).hexdigest()}
            entries.append(entry)
        manifest = json.dumps({**facts, "pages": entries}, ensure_ascii=False, indent=2, default=str) + "\n"
        _write(folder / MANIFEST, manifest.encode())
    except OSError as error:
        raise StorageError(f"the evidence in '{relative}' cannot be written: {error.strerror}") from error
    return relative


def _free(root: Path, name: str) -> str:
    """A folder that is not there yet, made."""
    for number in range(1, 1000):
        relative = f"{FOLDER}/{name}" + (f"-{number}" if number > 1 else "")
        try:
            (root / relative).mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise StorageError(f"'{relative}' cannot be made: {error.strerror}") from error
        return relative
    raise StorageError(f"'{FOLDER}/{name}' is there a thousand times")


def _safe_copy(page: Page) -> str:
    from html import escape

    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    return f'<!doctype html>\n<meta charset="utf-8">{policy}<title>{escape(page.title)}</title>\n{page.html}\n'


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
