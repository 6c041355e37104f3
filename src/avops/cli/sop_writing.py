"""How a conversion is written down and reported: never over a person's edits, and with every line accounted for."""

from __future__ import annotations

import sys
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from avops.errors import FindingsError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from avops.sop.convert import Conversion


def write_recipe(target: Path, text: str, root: Path | None, *, force: bool) -> None:
    """Writes the file; one that somebody edited only with `force`, kept beside as `.bak`, with the difference shown."""
    from avops.project.sop_history import is_as_written, remember_written
    from avops.project.writing import write_text

    if root is not None and target.absolute().is_relative_to(root) and not target.parent.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"'{target}' lies outside the project, through a link", hint="remove the link, or write with --output elsewhere")
    if target.exists():
        old = target.read_bytes().decode("utf-8", "replace")
        if old != text and not (root is not None and is_as_written(root, target, old)):
            if not force:
                raise FindingsError(
                    f"'{target}' is there already, and is not what avops wrote",
                    hint="--force replaces it, keeps the old one and shows the difference; --output writes elsewhere",
                )
            backup = free_backup(target)
            write_text(backup, old)
            print(difference(old, text, backup.name, target.name), end="", file=sys.stderr)
            print(f"kept the old one as {backup.name}", file=sys.stderr)
    write_text(target, text)
    if root is not None:
        remember_written(root, target, text)


def free_backup(target: Path) -> Path:
    """`FILE.bak`, or the first of `FILE.2.bak`, `FILE.3.bak` that is free."""
    backup, number = target.with_name(f"{target.name}.bak"), 2
    while backup.exists():
        backup, number = target.with_name(f"{target.name}.{number}.bak"), number + 1
    return backup


def difference(old: str, new: str, old_name: str, new_name: str) -> str:
    """The unified difference of two texts, safe to print."""
    from difflib import unified_diff

    from avops.report.diagnostics import visible

    rows = unified_diff(old.splitlines(), new.splitlines(), old_name, new_name, lineterm="", n=1)
    return "".join(f"{visible(row)}\n" for row in rows)


def print_coverage(conversion: Conversion, file: str, *, quiet: bool) -> None:
    """Warnings, rules and systems without a tool; then each line of the SOP with what became of it, and the sums."""
    from avops.report.diagnostics import visible

    for warning in conversion.warnings:
        print(f"warning: {visible(warning)}", file=sys.stderr)
    for rule in conversion.guardrails:
        print(f"guardrail: {visible(rule)}", file=sys.stderr)
    if conversion.mentioned_tools:
        print(f"mentioned, and no tool of this project: {visible(', '.join(conversion.mentioned_tools))}", file=sys.stderr)
        print("hint: --scaffold-tools writes a skeleton for each", file=sys.stderr)
    if quiet:
        return
    sums: dict[str, int] = {}
    width = len(str(conversion.coverage[-1].line)) if conversion.coverage else 1
    for row in conversion.coverage:
        sums[row.outcome] = sums.get(row.outcome, 0) + 1
        text = visible(row.text)
        short = text if len(text) <= 90 else f"{text[:89]}…"
        print(f"{file}:{row.line:>{width}}  {row.outcome:<9}  {short}  ({row.reason})", file=sys.stderr)
    print(f"{file}: {', '.join(f'{count} {outcome}' for outcome, count in sums.items())}", file=sys.stderr)


def relative(path: Path, root: Path) -> str:
    """The path from `root`, or as it was given where it lies elsewhere."""
    resolved = path.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else path.as_posix()


def file_stem(name: str, sop: str) -> str:
    """The file name, without its ending, for what is called `name`; that of the SOP's file where the name has no Latin letters."""
    from avops.project.names import UNNAMED, slug

    made = slug(name)
    return slug(PurePosixPath(sop).stem) if made == UNNAMED else made
