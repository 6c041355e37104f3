"""What recipe tests came to, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.report.sheet import ATTENTION, BAD, GOOD, QUIET, STRONG, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.model.case_result import CaseResult, Coverage, RecipeResult
    from avops.report.sheet import Sheet

MOST_STEPS = 30


def cases_page(sheet: Sheet, results: Sequence[RecipeResult], *, least: float | None, shows_missing: bool) -> Page:
    """Each recipe with its tests and coverage; of a test that failed, what differed and how its steps went."""
    page = Page(sheet)
    for result in results:
        _recipe(page, result, least, shows_missing)
    cases = [case for result in results for case in result.cases]
    failed = sum(not case.is_passed for case in cases)
    page.blank()
    words = f"{len(cases)} tests, {failed} failed" if failed else f"{len(cases)} tests passed"
    page.line((words, BAD if failed else GOOD))
    low = [result.recipe for result in results if least is not None and result.coverage.percent < least]
    if low:
        page.paragraph(f"coverage below {least:g} %: {', '.join(low)}", BAD)
    return page


def _recipe(page: Page, result: RecipeResult, least: float | None, shows_missing: bool) -> None:
    glyphs = page.sheet.glyphs
    is_low = least is not None and result.coverage.percent < least
    if not result.is_tested:
        style = BAD if is_low else QUIET
        page.between((f"{glyphs.skipped} {result.recipe}", style), ("no tests", style))
        return
    sign, style = (glyphs.failed, BAD) if result.failed else (glyphs.ok, GOOD)
    page.between((f"{sign} {result.recipe}", f"{style} {STRONG}"), (_coverage(result.coverage), BAD if is_low else QUIET))
    for case in result.cases:
        _case(page, case)
    if shows_missing or is_low:
        for line in result.coverage.missing:
            page.paragraph(line, ATTENTION, indent=4)


def _case(page: Page, case: CaseResult) -> None:
    glyphs = page.sheet.glyphs
    if case.is_passed:
        page.line((f"{glyphs.ok} ", GOOD), case.name, indent=2)
        return
    page.line((f"{glyphs.failed} ", BAD), (case.name, BAD), indent=2)
    for problem in case.problems:
        page.paragraph(problem, BAD, indent=6)
    for key, title, status in case.steps[:MOST_STEPS]:
        page.line((f"{status:<9}", QUIET), (f"{key}  {title}", QUIET), indent=8)
    if len(case.steps) > MOST_STEPS:
        page.line((f"and {len(case.steps) - MOST_STEPS} more rows", QUIET), indent=8)


def _coverage(coverage: Coverage) -> str:
    parts = f"steps {coverage.steps_reached}/{coverage.steps}"
    if coverage.branches:
        parts += f", branches {coverage.branches_taken}/{coverage.branches}"
    return f"{parts}, {int(coverage.percent)} %"
