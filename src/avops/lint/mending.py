"""The files that `--fix` changes, found from a report."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.lint.fix import FIXABLE, fixed
from avops.lint.sources import guess_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from avops.lint.lint_report import LintReport
    from avops.lint.run import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A file's text before and after."""

    path: str
    before: str
    after: str


_TURNS = 5
"""What is mended may bring to light what else can be, this often."""


def mended_files(request: Request, report: LintReport, root: Path) -> tuple[list[Change], LintReport]:
    """Everything that can be mended, worked out before a file is touched; and the report on what the project then is."""
    from avops.lint.run import lint

    changes: dict[str, Change] = {}
    for _ in range(_TURNS):
        found = mended(report, root, {path: change.after for path, change in changes.items()})
        if not found:
            break
        for each in found:
            changes[each.path] = replace(changes.get(each.path, each), after=each.after)
        report = lint(replace(request, texts={path: change.after.encode() for path, change in changes.items()}))
    return [change for change in changes.values() if change.before != change.after], report


def write_changes(changes: Iterable[Change], root: Path) -> None:
    """Writes them, a file behind a link where it is. Raises `StorageError`, also when somebody wrote a file meanwhile."""
    from avops.errors import StorageError
    from avops.project.writing import write_text

    for change in changes:
        file = (root / change.path).resolve()
        try:
            is_same = file.read_bytes() == change.before.encode()
        except OSError as error:
            raise StorageError(f"'{change.path}' cannot be read: {(error.strerror or str(error)).lower()}") from error
        if not is_same:
            raise StorageError(f"somebody changed '{change.path}' meanwhile", hint="avops lint --fix, once more")
        write_text(file, change.after)


def mended(report: LintReport, root: Path, texts: Mapping[str, str]) -> list[Change]:
    """What the findings of a report allow to mend, file by file; a file that is not UTF-8 is left alone.

    `texts` stand for the files of those paths.
    """
    rules: dict[str, set[str]] = {}
    for found in report.diagnostics:
        if found.rule in FIXABLE:
            rules.setdefault(found.path, set()).add(found.rule)
    changes = []
    for path, names in rules.items():
        try:
            before = texts[path] if path in texts else (root / path).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        after = fixed(guess_kind(path, before.encode()), before, path, frozenset(names))
        if after != before:
            changes.append(Change(path=path, before=before, after=after))
    return changes


def unified_diff(change: Change) -> str:
    """The change as a unified diff, which `patch` and `git apply` take."""
    from difflib import unified_diff as compare

    lines = compare(
        re.findall(r"[^\n]*\n|[^\n]+", change.before),
        re.findall(r"[^\n]*\n|[^\n]+", change.after),
        f"a/{change.path}",
        f"b/{change.path}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
