"""`avops test [NAME…]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import AvopsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.model.case_result import RecipeResult

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Test recipes offline."


@app.command(help=f"{HELP}\n\nExample: avops test 'Display Fix' --min-coverage 80")
def test(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME…]", help="Recipes; default: all.")] = None,
    min_coverage: Annotated[
        float | None, typer.Option("--min-coverage", metavar="N", min=0, max=100, help="Fail a recipe of which less than N % is reached.")
    ] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Say what no test reached.")] = False,
    junit: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML as well.")] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", metavar="N", min=1, help="Processes at most; default: one per core.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Exits 0 when every test passed, 1 when one failed or coverage is too low, 3 when there is nothing to test."""
    from avops import wiring
    from avops.wiring.recipe_tests import run_tests

    results = run_tests(wiring.open_workspace(), names or [], jobs=jobs)
    if not any(result.is_tested for result in results):
        raise AvopsError("there are no recipe tests", hint="write recipes/NAME.test.yaml, or make one: avops runs record RUN")
    if junit is not None:
        from avops.cli.screen import write_file
        from avops.report.case_formats import cases_junit

        write_file(junit, cases_junit(results, least=min_coverage))
    _tell(results, min_coverage, missing=missing, as_json=as_json)
    is_low = min_coverage is not None and any(result.coverage.percent < min_coverage for result in results)
    return 1 if is_low or any(result.failed for result in results) else 0


def _tell(results: Sequence[RecipeResult], least: float | None, *, missing: bool, as_json: bool) -> None:
    if as_json:
        from avops.report.case_formats import cases_json

        sys.stdout.write(cases_json(results, least=least))
        return
    from datetime import UTC

    from avops.cli.screen import show
    from avops.report.case_page import cases_page

    show(lambda sheet: cases_page(sheet, results, least=least, shows_missing=missing), UTC)
