"""`avops lint [PATH…]`."""

from __future__ import annotations

import gc
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.lint.lint_report import LintReport
    from avops.lint.run import Request
    from avops.report.lint_report import LintData

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Check the project's YAML."
FORMATS = ("concise", "github", "gitlab", "json", "junit", "sarif", "text")
BASELINE = "lint-baseline.json"


@app.command(help=f"{HELP}\n\nExample: avops lint recipes/display-fix.yaml --format concise")
def lint(
    paths: Annotated[list[str] | None, typer.Argument(metavar="[PATH…]", help="Files or folders; '-' reads one document.")] = None,
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help=f"One of {', '.join(FORMATS)}.")] = "text",
    select: Annotated[list[str] | None, typer.Option("--select", metavar="RULE", help="Only these rules, by name or number.")] = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", metavar="RULE", help="Without these rules.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="minimal, team or strict; default: as avops.yaml says.")] = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help=f"Findings to leave out; default: {BASELINE} if there is one.")
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help=f"Write today's findings to the baseline file ({BASELINE}).")
    ] = False,
    base: Annotated[str | None, typer.Option("--base", metavar="BRANCH", help="What to compare versions with.")] = None,
    explain: Annotated[str | None, typer.Option("--explain", metavar="RULE", help="Show a rule's page; 'all' lists the rules.")] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is safe: short forms, quotes, order, the schema line.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what --fix changes; alone, change nothing.")] = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Check every file anew.")] = False,
    jobs: Annotated[int | None, typer.Option("--jobs", metavar="N", min=1, help="Processes at most; default: one per core.")] = None,
) -> int:
    """Exits 0 when nothing is found, 1 on findings, 2 on wrong usage, 3 when it could not check."""
    if format_ not in FORMATS:
        raise UsageError(f"no format is called '{format_}'", hint=f"expected one of {', '.join(FORMATS)}")
    if explain is not None:
        return _explain(explain)
    wish = _Wish(
        paths=paths or [],
        format=format_,
        select=_words(select),
        ignore=_words(ignore),
        profile=profile,
        baseline=baseline,
        write_baseline=write_baseline,
        base=base,
        fix=fix,
        diff=diff,
        cache=not no_cache,
        jobs=jobs or os.cpu_count() or 1,
    )
    # What the collector would look through thousands of times is freed at the end of this short process.
    collected = gc.isenabled()
    gc.disable()
    try:
        return _check(wish)
    finally:
        if collected:
            gc.enable()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """The command line, understood."""

    paths: list[str]
    format: str
    select: list[str]
    ignore: list[str]
    profile: str | None
    baseline: Path | None
    write_baseline: bool
    base: str | None
    fix: bool
    diff: bool
    cache: bool
    jobs: int


def _check(wish: _Wish) -> int:
    from avops.lint.run import Request
    from avops.lint.sources import find_root
    from avops.wiring.linting import earlier_texts, lint_data, lint_scheduling

    files = [Path(path) for path in wish.paths if path != "-"]
    root = _root_of(files)
    request = Request(
        start=Path.cwd(),
        paths=files,
        select=wish.select,
        ignore=wish.ignore,
        profile=wish.profile,
        baseline={} if wish.write_baseline else _baseline(wish.baseline, root),
        scheduling=lint_scheduling(),
        earlier=earlier_texts(root, wish.base) if root is not None else {},
        cache=wish.cache,
        jobs=wish.jobs,
    )
    report = _report(request, wish.paths)
    if (wish.fix or wish.diff) and root is not None and "-" not in wish.paths:
        from avops.lint.mending import mended_files, unified_diff, write_changes

        changes, report = mended_files(request, report, root)
        if wish.diff:
            sys.stdout.write("".join(map(unified_diff, changes)))
        if not wish.fix:
            return 1 if changes else 0
        write_changes(changes, root)
        print(f"mended {len(changes)} {'file' if len(changes) == 1 else 'files'}", file=sys.stderr)
    if wish.write_baseline:
        return _write_baseline(report, wish.baseline or find_root(files[0] if files else Path.cwd()) / BASELINE)
    data = lint_data(report, prefix=_prefix(root) if wish.format in ("github", "gitlab", "sarif") else "")
    sys.stdout.write(rendered(data, wish.format))
    return 1 if report.has_findings else 0


def _root_of(files: list[Path]) -> Path | None:
    from avops.errors import AvopsError
    from avops.lint.sources import find_root

    try:
        return find_root(files[0] if files else Path.cwd())
    except AvopsError:
        return None  # told when the files are read; a text from standard input needs no project


def _prefix(root: Path | None) -> str:
    """Where the project lies in its repository: code hosts count paths from there."""
    for folder in (root, *root.parents) if root is not None else ():
        if (folder / ".git").exists():
            relative = root.relative_to(folder).as_posix() if root is not None else "."
            return "" if relative == "." else f"{relative}/"
    return ""


def _report(request: Request, given: list[str]) -> LintReport:
    from avops.lint.run import lint as check
    from avops.lint.run import lint_text as check_text
    from avops.project.folder import LARGEST

    if "-" not in given:
        return check(request)
    if len(given) > 1:
        raise UsageError("'-' cannot stand beside other paths")
    return check_text(sys.stdin.buffer.read(LARGEST), request)


def rendered(data: LintData, format_: str) -> str:
    """The report in one of the formats."""
    match format_:
        case "github":
            from avops.report.lint_ci import lint_github as render
        case "gitlab":
            from avops.report.lint_ci import lint_gitlab as render
        case "json":
            from avops.report.lint_json import lint_json as render
        case "junit":
            from avops.report.lint_junit import lint_junit as render
        case "sarif":
            from avops.report.lint_sarif import lint_sarif as render
        case "concise":
            from avops.report.lint_text import lint_concise as render
        case _:
            from avops.report.lint_text import lint_text as render
    return render(data)


def _baseline(file: Path | None, root: Path | None) -> Mapping[tuple[str, str, str], int]:
    if file is None and (root is None or not (root / BASELINE).is_file()):
        return {}
    from avops.lint.baseline import read_baseline

    chosen = file or Path(str(root)) / BASELINE
    try:
        return read_baseline(chosen.read_bytes(), str(chosen))
    except OSError as error:
        raise UsageError(f"'{chosen}' cannot be read: {(error.strerror or '').lower()}") from error


def _write_baseline(report: LintReport, file: Path) -> int:
    from avops.lint.baseline import baseline_text

    try:
        file.write_text(baseline_text(report.diagnostics), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"'{file}' cannot be written: {(error.strerror or '').lower()}") from error
    count = len(report.diagnostics)
    print(f"{count} {'finding' if count == 1 else 'findings'} written to {file}")
    return 0


def _explain(word: str) -> int:
    from avops.lint.documentation import page_text, rule_list

    sys.stdout.write(rule_list() if word.casefold() == "all" else page_text(word))
    return 0


def _words(given: list[str] | None) -> list[str]:
    """Rules, also several in one word with commas between."""
    return [word for each in given or [] for word in each.split(",") if word.strip()]
