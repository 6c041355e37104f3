"""The files that `--fix` changes, found from a report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.lint.fix import FIXABLE, fixed
from avops.lint.sources import guess_kind

if TYPE_CHECKING:
    from pathlib import Path

    from avops.lint.lint_report import LintReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A file's text before and after."""

    path: str
    before: str
    after: str


def mended(report: LintReport, root: Path) -> list[Change]:
    """What the findings of a report allow to mend, file by file; a file that is not UTF-8 is left alone."""
    rules: dict[str, set[str]] = {}
    for found in report.diagnostics:
        if found.rule in FIXABLE:
            rules.setdefault(found.path, set()).add(found.rule)
    changes = []
    for path, names in rules.items():
        try:
            before = (root / path).read_bytes().decode("utf-8")
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
