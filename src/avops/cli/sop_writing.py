"""How a conversion is written down and reported: never over a person's edits, and with every line accounted for."""

from __future__ import annotations

import re
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from avops.errors import FindingsError, UsageError

if TYPE_CHECKING:
    from avops.sop.convert import Conversion

_REPORT = re.compile(r'<!doctype html>\s*<html lang="en"><head><meta charset="utf-8"><title>[^<]*: SOP and recipe</title>')
_PAGES = (".html", ".htm", ".xhtml")


def write_recipe(target: Path, text: str, root: Path | None, *, force: bool, sop: str | None = None) -> None:
    """Writes the file; one that somebody edited only with `force`, kept beside as `.bak`, with the difference shown.

    `sop` is the SOP that a recipe was made from: one that was made from another is treated as an edited one.
    """
    from avops.project.sop_history import is_as_written, remember_written
    from avops.project.writing import write_text

    if root is not None and target.absolute().is_relative_to(root) and not target.parent.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"'{target}' lies outside the project, through a link", hint="remove the link, or write with --output elsewhere")
    if target.exists():
        old = target.read_bytes().decode("utf-8", "replace")
        owner = sop_of(old) if sop is not None else None
        is_own = owner == sop and root is not None and is_as_written(root, target, old)
        if old != text and not is_own:
            if not force:
                raise _in_the_way(target, owner, sop)
            backup = keep_old(target)
            print(difference(old, text, backup.name, target.name), end="", file=sys.stderr)
            print(f"kept the old one as {backup.name}", file=sys.stderr)
    write_text(target, text)
    if root is not None:
        remember_written(root, target, text)


def _in_the_way(target: Path, owner: str | None, sop: str | None) -> FindingsError:
    shown = relative(target, Path.cwd())
    if owner is not None and owner != sop:
        return FindingsError(
            f"'{shown}' was made from '{owner}', not from '{sop}'",
            hint="--name NAME gives this recipe another name, --output another file; --force replaces the other, and keeps it",
        )
    return FindingsError(
        f"'{shown}' is there already, and is not what avops wrote",
        hint="--force replaces it, keeps the old one and shows the difference; --output writes elsewhere",
    )


def sop_of(text: str) -> str | None:
    """The SOP that a recipe's text says it was made from."""
    from avops.errors import AvopsError
    from avops.project.yaml_text import read_yaml

    try:
        data = read_yaml(text)
    except AvopsError:
        return None
    sop = data.get("sop") if isinstance(data, dict) else None
    file = sop.get("file") if isinstance(sop, dict) else None
    return file if isinstance(file, str) else None


def recipe_file(output: Path | None, file: Path, root: Path, name: str, sop: str, *, in_project: bool) -> Path:
    """Where the recipe called `name` belongs. UsageError or FindingsError where it cannot or must not lie."""
    from avops.wiring.document_kinds import document_kind

    stem = file_stem(name, sop)
    document_kind("recipe").require_name(stem)
    if output is not None and output.suffix in (".yaml", ".yml"):
        target = output
    else:
        target = (output if output is not None else root / "recipes") / f"{stem}.yaml"
    if target.resolve() == file.resolve():
        raise UsageError(f"'{target}' is the SOP itself", hint="say where else: --output FILE.yaml")
    return _unless_named(root, target, name, sop, is_chosen=output is not None) if in_project else target


def require_output(output: Path) -> None:
    """UsageError for an output that is neither a recipe's file nor a folder."""
    if output.suffix and output.suffix not in (".yaml", ".yml") and not output.is_dir():
        raise UsageError(
            f"'{output}' is no file for a recipe", hint="a recipe's file ends in .yaml; a folder with a dot must be there already"
        )


def _unless_named(root: Path, target: Path, name: str, sop: str, *, is_chosen: bool) -> Path:
    """The file, or the one in which the recipe of this name and SOP lies already. FindingsError when another recipe has the name."""
    from avops.project.folder import Documents
    from avops.project.names import folded

    recipes = Documents[object](root, "recipe")
    if is_chosen and not target.resolve().is_relative_to(recipes.folder.resolve()):
        return target
    for own, entry in recipes.names:
        if folded(own) != folded(name) or entry.file.resolve() == target.resolve():
            continue
        owner = sop_of(entry.read().decode("utf-8", "replace"))
        if owner == sop and not is_chosen:
            return entry.file
        raise FindingsError(
            f"the recipe '{own}' is in '{entry.relative}' already",
            hint=f"--name NAME gives this one another name, --output {entry.relative} writes there",
        )
    return target


def require_report(report: Path, others: list[Path], *, force: bool) -> None:
    """Refuses a page over an SOP or a recipe; and, without `force`, over what is no such page, or under an ending of other files."""
    if any(report.resolve() == other.resolve() for other in others):
        raise UsageError(f"the report cannot be written over '{report}'", hint="name a page of its own: --report page.html")
    if report.is_dir():
        raise UsageError(f"'{report}' is a folder", hint="name a file: --report page.html")
    if force:
        return
    if report.suffix and report.suffix.lower() not in _PAGES:
        raise UsageError(f"'{report}' does not end in .html", hint="name it so; --force writes there nevertheless")
    if report.exists() and not is_report(report):
        raise FindingsError(
            f"'{report}' is there already, and is no report that avops wrote", hint="name another file; --force replaces it, and keeps it"
        )


def is_report(file: Path) -> bool:
    """Whether the file begins as a page with an SOP and its recipe does."""
    with file.open("rb") as stream:
        return _REPORT.match(stream.read(8192).decode("utf-8", "replace")) is not None


def keep_old(target: Path) -> Path:
    """Keeps the file beside as `FILE.bak`, or as the first of `FILE.2.bak`, `FILE.3.bak` that is free; the backup."""
    import shutil

    from avops.errors import StorageError

    backup, number = target.with_name(f"{target.name}.bak"), 2
    while backup.exists():
        backup, number = target.with_name(f"{target.name}.{number}.bak"), number + 1
    try:
        shutil.copyfile(target, backup)
    except OSError as error:
        raise StorageError(f"'{backup}' cannot be written: {(error.strerror or str(error)).lower()}") from error
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
    """The file name, without its ending, for what is called `name`; that of the SOP's file where the name has no letters."""
    from avops.project.names import UNNAMED, slug

    made = slug(name)
    return slug(PurePosixPath(sop).stem) if made == UNNAMED else made
