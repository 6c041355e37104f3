"""A recipe's versions with what their runs came to, and whether it is ready to be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.report.columns import Column, write_table
from avops.report.dash_parts import rate_style
from avops.report.formats import duration, moment, percent
from avops.report.run_json import instant, to_json
from avops.report.sheet import ATTENTION, BAD, GOOD, QUIET, STRONG, Page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from avops.report.sheet import Sheet, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One condition of readiness."""

    name: str
    measured: str
    wanted: str
    is_met: bool | None
    """None when it could not be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One text of the recipe: from git, from runs, or both."""

    commit: str | None
    """None for a text that is in no commit."""
    at: datetime
    author: str
    subject: str
    version: str
    """What the recipe calls itself."""
    runs: int
    success_rate: float | None
    p95_s: float | None
    last_run: int | None
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeHistory:
    """What `avops recipe history` shows."""

    name: str
    path: str
    is_draft: bool
    criteria: Sequence[Criterion]
    versions: Sequence[Version]
    has_git: bool

    @property
    def is_ready(self) -> bool:
        """True when every criterion is met."""
        return all(criterion.is_met for criterion in self.criteria)


def history_page(sheet: Sheet, history: RecipeHistory) -> Page:
    """The history as a page."""
    page = Page(sheet)
    glyphs = sheet.glyphs
    words, style = ("ready", GOOD) if history.is_ready else ("not ready yet", ATTENTION)
    page.line(
        (history.name, STRONG), "  ", (words, style), ("  draft" if history.is_draft else "", ATTENTION), (f"  {history.path}", QUIET)
    )
    page.blank()
    rows: list[list[Span]] = []
    for criterion in history.criteria:
        mark = {True: (glyphs.ok, GOOD), False: (glyphs.failed, BAD), None: (glyphs.skipped, QUIET)}[criterion.is_met]
        rows.append([mark, criterion.name, criterion.measured, (criterion.wanted, QUIET)])
    write_table(
        page,
        [Column(title=""), Column(title="Criterion", least=16), Column(title="Measured", least=10), Column(title="Wanted", least=8)],
        rows,
    )
    page.blank()
    page.line(("VERSIONS", STRONG))
    if not history.versions:
        page.line(("none in git, and no run yet", QUIET))
    columns = [
        Column(title=""),
        Column(title="Commit"),
        Column(title="Since"),
        Column(title="Version", drop=3),
        Column(title="Runs", right=True),
        Column(title="Success", right=True),
        Column(title="95 % in", right=True),
        Column(title="What changed", least=16, drop=1),
        Column(title="Author", least=8, drop=2),
    ]
    if history.versions:
        write_table(page, columns, [_version_row(page, version) for version in history.versions])
    if not history.has_git:
        page.blank()
        page.line(("no git history here: versions are those that runs kept", QUIET))
    return page


def _version_row(page: Page, version: Version) -> list[Span]:
    none = page.sheet.glyphs.none
    return [
        (page.sheet.glyphs.dot if version.is_current else "", GOOD),
        version.commit or ("not in git", ATTENTION),
        (moment(version.at, page.sheet.zone), QUIET),
        version.version,
        str(version.runs) if version.runs else (none, QUIET),
        (percent(version.success_rate, none), rate_style(version.success_rate)),
        (duration(version.p95_s) or none, QUIET),
        (version.subject, QUIET),
        (version.author, QUIET),
    ]


def history_document(history: RecipeHistory) -> str:
    """The history as JSON text."""
    return to_json(
        {
            "name": history.name,
            "path": history.path,
            "is_draft": history.is_draft,
            "is_ready": history.is_ready,
            "criteria": [
                {"name": each.name, "measured": each.measured, "wanted": each.wanted, "is_met": each.is_met} for each in history.criteria
            ],
            "versions": [
                {
                    "commit": each.commit,
                    "at": instant(each.at),
                    "author": each.author,
                    "subject": each.subject,
                    "version": each.version,
                    "runs": each.runs,
                    "success_rate": each.success_rate,
                    "p95_s": each.p95_s,
                    "last_run": each.last_run,
                    "is_current": each.is_current,
                }
                for each in history.versions
            ],
            "has_git": history.has_git,
        }
    )
