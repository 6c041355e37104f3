"""A tool is named that the project does not have.

Tools are the files in `tools/`; `TOOL.ACTION` begins with the `name` of one.

Wrong:

    - tool: zom.restart_room

Right:

    - tool: zoom.restart_room
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import meant
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import AgentView, Checked, SettingsView, TestView
    from avops.lint.recipe_view import RecipeView
    from avops.lint.rule import Path


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for call in recipe.calls:
        if call.missing and recipe.project.is_whole:
            yield _unknown(call.tool_name, call.path, recipe.project, at_key=call.path[-2:-1] == ("notify",))


def _check_agent(agent: AgentView) -> Iterator[Finding]:
    for name in agent.doc.tools:
        found = agent.project.tool(name)
        if found is None:
            yield _unknown(name, ("tools", name), agent.project, at_key=True)
        elif found.name != name:
            message = f"the tool is called '{found.name}', and '{name}' allows nothing of it"
            yield Finding(message, ("tools", name), f"write '{found.name}'", at_key=True)


def _check_settings(settings: SettingsView) -> Iterator[Finding]:
    if isinstance(settings.doc.mock, list):
        for index, name in enumerate(settings.doc.mock):
            if settings.project.tool(name) is None:
                yield _unknown(name, ("mock", index), settings.project, at_key=False)


def _check_test(test: TestView) -> Iterator[Finding]:
    for reference, path, at_key in test.calls:
        name = reference.partition(".")[0]
        if test.project.is_whole and test.project.tool(name) is None:
            yield _unknown(name, path, test.project, at_key=at_key)


def _unknown(name: str, path: Path, project: Checked, *, at_key: bool) -> Finding:
    names = project.tool_names()
    length = 0 if at_key else len(name)
    hint = meant(name, names) or ("`avops tool add` adds one" if names else "the folder tools/ has none; `avops tool add` adds one")
    return Finding(f"no tool is called '{name}'", path, hint, names, at_key, 0, length)


RULE = Rule(
    number="AV101",
    name="unknown-tool",
    family=Family.REFERENCES,
    levels=ALWAYS,
    page=__doc__,
    recipe=_check,
    agent=_check_agent,
    settings=_check_settings,
    test=_check_test,
)
