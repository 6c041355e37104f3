"""`avops sop check`: recipes whose SOP has changed since they were made, and the lines that changed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.model.recipe import Recipe
    from avops.project.documents import Loaded
    from avops.wiring import Workspace


def check_recipes(workspace: Workspace, names: Sequence[str], *, quiet: bool) -> int:
    """1 when a recipe is stale, or its SOP is gone; recipes that were made from no SOP are not looked at."""
    from avops.report.diagnostics import visible

    loaded = [workspace.recipe(name) for name in names] if names else list(workspace.project.recipes)
    stale = fresh = broken = unknown = 0
    for entry in loaded:
        if entry.value is None:
            broken += 1
            print(f"broken: {entry.path}: {entry.diagnostics[0].message}", file=sys.stderr)
            continue
        recipe = entry.value
        if recipe.sop is None:
            if names:
                print(f"{entry.path}: made from no SOP")
            continue
        if not _is_in_project(workspace, recipe.sop.file):
            unknown += 1
            print(f"{entry.path}: '{visible(recipe.sop.file)}' is not in the project, so it is not compared")
            continue
        verdict = _look(workspace, entry, recipe, quiet=quiet)
        if verdict:
            stale += 1
            print(f"{entry.path}: {visible(verdict)}")
        else:
            fresh += 1
    sums = f"{fresh} up to date, {stale} stale"
    print(sums + (f", {unknown} not compared" if unknown else "") + (f", {broken} broken" if broken else ""))
    if stale:
        print("hint: avops sop convert FILE writes the recipe anew; or change it by hand, and its sha256 with it", file=sys.stderr)
    return 1 if stale or broken else 0


def _look(workspace: Workspace, entry: Loaded[Recipe], recipe: Recipe, *, quiet: bool) -> str:
    """Why a recipe is stale, "" when it is not; the changed lines are printed."""
    from avops.cli.sop_writing import difference
    from avops.project.sop_history import digest, earlier, sop_text

    sop = recipe.sop
    assert sop is not None
    file = workspace.root / sop.file
    if not file.is_file():
        return f"its SOP '{sop.file}' is gone"
    data = file.read_bytes()
    if digest(data) == sop.sha256:
        return ""
    old = earlier(workspace.root, sop.file, sop.sha256)
    if old is None:
        return f"'{sop.file}' has changed; neither git nor {_KEPT} has the text it was made from"
    new = sop_text(data)
    if not quiet:
        print(difference(old, new, f"{sop.file} (then)", f"{sop.file} (now)"), end="")
    touched = _touched(old, new, recipe, sop.file)
    return f"'{sop.file}' has changed" + (f"; it touches {', '.join(touched)}" if touched else "")


def _is_in_project(workspace: Workspace, file: str) -> bool:
    return file != "stdin" and (workspace.root / file).resolve().is_relative_to(workspace.root.resolve())


def _touched(old: str, new: str, recipe: Recipe, file: str) -> list[str]:
    """The steps that came from lines that have changed or are gone."""
    from difflib import SequenceMatcher

    gone: set[int] = set()
    for tag, first, last, _, _ in SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False).get_opcodes():
        if tag in ("replace", "delete"):
            gone.update(range(first + 1, last + 1))
    found = []
    for phase in ("intake", "plan", "act", "verify"):
        for number, step in enumerate(getattr(recipe, phase), start=1):
            source, _, line = (step.source or "").rpartition(":")
            if source == file and line.isdigit() and int(line) in gone:
                found.append(f"{phase} {number}")
    return found


_KEPT = ".avops/sops"
