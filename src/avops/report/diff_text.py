"""What a change means, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.report import diff_words as words
from avops.report.sheet import ATTENTION, BAD, GOOD, QUIET, STRONG, Page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avops.model.change import BlastRadius, RecipeChange
    from avops.report.sheet import Sheet

_STYLES = {"added": GOOD, "removed": BAD, "changed": ATTENTION, "affected": QUIET}


def diff_page(sheet: Sheet, radius: BlastRadius) -> Page:
    """The figures, then what cannot be taken back, then each document that changed."""
    page = Page(sheet)
    page.paragraph(words.headline(radius), STRONG)
    if radius.irreversible:
        _head(page, "Cannot be taken back")
        for found in radius.irreversible:
            page.paragraph(words.irreversible_words(found), BAD, indent=2, first="! ")
            page.paragraph(words.irreversible_reach(found), QUIET, indent=4)
    if radius.recipes:
        _head(page, "Recipes")
        for recipe in radius.recipes:
            _recipe(page, recipe)
    if radius.agents:
        _head(page, "Agents")
        for agent in radius.agents:
            _document(page, agent.what, agent.name, agent.path, words.agent_words(agent))
    if radius.tools:
        _head(page, "Tools")
        for tool in radius.tools:
            _document(page, tool.what, tool.name, tool.path, words.tool_words(tool))
    if radius.workflows:
        _head(page, "Workflows")
        for workflow in radius.workflows:
            _document(page, workflow.what, workflow.name, words.workflow_reach(workflow), words.workflow_words(workflow))
    for title, fields in (("Settings", radius.settings), ("Room list", radius.rooms_list)):
        if fields:
            _head(page, title)
            for line in words.field_words(fields):
                page.paragraph(line, indent=4)
    if radius.unreadable:
        _head(page, "Could not be read, now or then")
        for path in radius.unreadable:
            page.line((path, BAD), indent=4)
    return page


def _head(page: Page, title: str) -> None:
    page.blank()
    page.line((title, STRONG))


def _document(page: Page, what: str, name: str, beside: str, lines: Iterable[str]) -> None:
    page.between((f"{words.SIGNS[what]} {name}", _STYLES[what]), (beside, QUIET), indent=2)
    for line in lines:
        page.paragraph(line, ATTENTION if line.startswith("weaker: ") else "", indent=4)


def _recipe(page: Page, recipe: RecipeChange) -> None:
    page.between((f"{words.SIGNS[recipe.what]} {recipe.name}", _STYLES[recipe.what]), (recipe.path, QUIET), indent=2)
    for step in recipe.steps:
        page.paragraph(words.step_words(step), _STYLES[step.what], indent=4, first=f"{words.SIGNS[step.what]} ")
        for line in words.field_words(step.fields) if step.what == "changed" else ():
            page.paragraph(line, indent=8)
    for line in words.recipe_words(recipe):
        page.paragraph(line, ATTENTION if line.startswith("weaker: ") else "", indent=4)
