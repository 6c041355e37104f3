"""The starter content passes the strict profile, so that a new project begins without findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.run import Request, lint
from avops.project.starter import seed
from avops.wiring.linting import lint_scheduling

if TYPE_CHECKING:
    from pathlib import Path


def test_the_starter_is_clean(tmp_path: Path) -> None:
    seed(tmp_path)
    report = lint(Request(start=tmp_path, profile="strict", scheduling=lint_scheduling()))
    assert [str(each) for each in report.diagnostics] == []
    assert report.files > 10
