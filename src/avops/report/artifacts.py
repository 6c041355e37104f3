"""What runs leave behind, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.report.run_view import write_artifact
from avops.report.sheet import QUIET, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.model.run import Artifact
    from avops.report.sheet import Sheet


def artifacts_page(sheet: Sheet, run_id: int, artifacts: Sequence[Artifact]) -> Page:
    """The artifacts of a run, each with its id and where to find it."""
    page = Page(sheet)
    if not artifacts:
        page.line((f"run {run_id} left nothing behind", QUIET))
    for artifact in artifacts:
        write_artifact(page, artifact)
    return page
