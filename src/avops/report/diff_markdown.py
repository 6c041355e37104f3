"""What a change means, as Markdown for a comment on a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.report import diff_words as words
from avops.report.diagnostics import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from avops.model.change import BlastRadius, RecipeChange

MOST = 60_000
"""Characters of a comment: code hosts refuse longer ones."""
_SIGNS = re.compile(r"([\\`*_{}\[\]<>()#!|~@&])")


def diff_markdown(radius: BlastRadius) -> str:
    """Figures, what cannot be taken back, then each document; at most `MOST` characters."""
    lines = ["## What this change means", "", f"**{plain(words.headline(radius))}**", ""]
    if radius.irreversible:
        lines += ["### Cannot be taken back", ""]
        for found in radius.irreversible:
            lines.append(f"- ⚠️ **{plain(words.irreversible_words(found))}**; {plain(words.irreversible_reach(found))}")
        lines.append("")
    lines += _section("Recipes", (line for recipe in radius.recipes for line in _recipe(recipe)))
    lines += _section(
        "Agents", (line for each in radius.agents for line in _item(each.what, each.name, each.path, words.agent_words(each)))
    )
    lines += _section("Tools", (line for each in radius.tools for line in _item(each.what, each.name, each.path, words.tool_words(each))))
    lines += _section(
        "Workflows",
        (line for each in radius.workflows for line in _item(each.what, each.name, words.workflow_reach(each), words.workflow_words(each))),
    )
    lines += _section("Settings", (f"- {plain(line)}" for line in words.field_words(radius.settings)))
    lines += _section("Room list", (f"- {plain(line)}" for line in words.field_words(radius.rooms_list)))
    lines += _section("Could not be read, now or then", (f"- {plain(path)}" for path in radius.unreadable))
    return _bounded(lines)


def plain(text: str) -> str:
    """Text of a document, with nothing in it that Markdown or HTML would obey."""
    return _SIGNS.sub(r"\\\1", " ".join(visible(text).split())).replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\@", "@\u200b")


def _section(title: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return [f"### {title}", "", *found, ""] if found else []


def _item(what: str, name: str, beside: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"- **{plain(name)}** ({what}; {plain(beside)})"
    for line in lines:
        yield f"  - {plain(line)}"


def _recipe(recipe: RecipeChange) -> Iterator[str]:
    yield f"- **{plain(recipe.name)}** ({recipe.what}; {plain(recipe.path)})"
    for step in recipe.steps:
        yield f"  - {step.what}: {plain(words.step_words(step))}"
        for line in words.field_words(step.fields) if step.what == "changed" else ():
            yield f"    - {plain(line)}"
    for line in words.recipe_words(recipe):
        yield f"  - {plain(line)}"


def _bounded(lines: list[str]) -> str:
    room = MOST
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            kept += ["", "More has changed than a comment can hold: see `avops diff`."]
            break
        kept.append(line)
    return "\n".join(kept).rstrip() + "\n"
