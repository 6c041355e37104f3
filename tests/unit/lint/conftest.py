"""Projects for lint, written into a temporary folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from avops.lint.run import Request, lint
from avops.wiring.linting import lint_scheduling

if TYPE_CHECKING:
    from pathlib import Path

    from avops.lint.lint_report import LintReport

ZOOM = """\
name: zoom
kind: http
description: Zoom Rooms
base_url: https://api.zoom.us/v2
actions:
  get_room:
    effect: read
    input: {room_id: {type: string}}
    request: {path: "/rooms/{room_id}"}
    output: {type: object, properties: {status: {enum: [Available, InMeeting]}}, additionalProperties: false}
"""


class Checks(Protocol):
    """Writes files and gives the report on their project."""

    def __call__(self, files: dict[str, str], **options: object) -> LintReport: ...


@pytest.fixture
def check(tmp_path: Path) -> Checks:
    def run(files: dict[str, str], **options: object) -> LintReport:
        root = tmp_path / "project"
        for path, text in {"avops.yaml": "{}\n", "tools/zoom.yaml": ZOOM, **files}.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return lint(Request(start=root, scheduling=lint_scheduling(), **options))  # type: ignore[arg-type]  # options of a request

    return run
