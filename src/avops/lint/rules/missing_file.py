"""A file is named that is not there, or a function that its file does not have.

Paths are relative to the project, and stay inside it.

Wrong:

    sop: {file: sops/dispaly-fix.md, sha256: …}

Right:

    sop: {file: sops/display-fix.md, sha256: …}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import AvopsError
from avops.lint.checked import declared_actions
from avops.lint.rule import ALWAYS, Family, Finding, Path, Rule
from avops.project.function_file import function_problem, read_function_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import Checked, SettingsView, ToolView, WorkflowView
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


def _check_tool(tool: ToolView) -> Iterator[Finding]:
    for name, action in declared_actions(tool.doc).items():
        function: str | None = getattr(action, "function", None)
        root = tool.project.root
        if function is None or root is None or not tool.project.is_whole:
            continue
        tool.project.file_digest(function.partition(":")[0])  # the finding depends on it
        try:
            problem = function_problem(read_function_file(root, function), function)
        except AvopsError as error:
            problem = error.message
        if problem is not None:
            yield Finding(problem, ("actions", name, "function"), "paths are relative to the folder of avops.yaml")


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
    tool=_check_tool,
)
