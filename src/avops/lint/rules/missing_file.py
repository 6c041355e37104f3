"""A file is named that is not there.

Paths are relative to the project, and stay inside it.

Wrong:

    sop: {file: sops/dispaly-fix.md, sha256: …}

Right:

    sop: {file: sops/display-fix.md, sha256: …}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Path, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import Checked, SettingsView, WorkflowView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    if recipe.doc.sop is not None:
        yield from _missing(recipe.doc.sop.file, ("sop", "file"), recipe.project)


def _check_workflow(workflow: WorkflowView) -> Iterator[Finding]:
    rows = workflow.doc.for_each
    if rows is not None and rows.split(" ", 1)[0] != "rooms":
        yield from _missing(rows, ("for_each",), workflow.project)


def _check_settings(settings: SettingsView) -> Iterator[Finding]:
    doc = settings.doc
    if "rooms" in doc.model_fields_set:
        yield from _missing(doc.rooms, ("rooms",), settings.project)
    for name, file in doc.calendars.bookings.items():
        yield from _missing(file, ("calendars", "bookings", name), settings.project)
    for index, file in enumerate(doc.calendars.blackout):
        yield from _missing(file, ("calendars", "blackout", index), settings.project)


def _missing(file: str, path: Path, project: Checked) -> Iterator[Finding]:
    if project.root is not None and project.is_whole and project.file_digest(file) is None:
        yield Finding(f"there is no file '{file}' in the project", path, "paths are relative to the folder of avops.yaml")


RULE = Rule(
    number="AV108",
    name="missing-file",
    family=Family.REFERENCES,
    levels=ALWAYS,
    page=__doc__,
    recipe=_check,
    workflow=_check_workflow,
    settings=_check_settings,
)
