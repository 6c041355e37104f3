"""The mark that every command shows while the project is in mock mode."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MOCK = re.compile(rb"^[\"']?mock[\"']?[ \t]*:", re.MULTILINE)


def mock_mark(start: Path) -> str | None:
    """The line to show in this folder; None when there is no project, or its tools are asked for real.

    A project whose settings do not speak of `mock` costs a look at one file; nothing is imported.
    """
    try:
        folder = next((each for each in (start, *start.parents) if (each / "avops.yaml").is_file()), None)
        if folder is None:
            return None
        content = (folder / "avops.yaml").read_bytes()
        if not _MOCK.search(content) and not content.lstrip().startswith(b"{"):
            return None
        return _line(content)
    except OSError:
        return None


def _line(content: bytes) -> str | None:
    from avops.errors import DocumentError
    from avops.project.yaml_text import read_yaml

    try:
        data = read_yaml(content, path="avops.yaml")
    except DocumentError:
        return None
    mock = data.get("mock") if isinstance(data, dict) else None
    if mock is True:
        return "mock mode: tools answer from their manifests (avops settings set mock false)"
    if isinstance(mock, list) and mock:
        from avops.report.diagnostics import visible

        names = visible(", ".join(str(name) for name in mock))
        return f"mock mode: {names} answer from their manifests (avops settings set mock false)"
    return None
