"""A template does not parse.

Inside `{{ }}` stands one expression. There are no statements (`{% %}`): a condition is a `when:` on the step.

Wrong:

    text: "{{ room.name"

Right:

    text: "{{ room.name }}"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.expression import ExpressionError, parse_template
from avops.lint.checked import actions_of, declared_actions
from avops.lint.rule import ALWAYS, Family, Finding, Path, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import ToolView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for bad in recipe.bad:
        if bad.is_template:
            yield _finding(bad.error, bad.path)


def _check_tool(tool: ToolView) -> Iterator[Finding]:
    for name in declared_actions(tool.doc):
        data = actions_of(tool.doc)[name].model_dump(by_alias=True, exclude_unset=True)
        for key in ("argv", "stdin", "error", "result", "request", "restore", "artifact"):
            if key in data:
                yield from _in_value(data[key], ("actions", name, key))


def _in_value(value: object, path: Path) -> Iterator[Finding]:
    if isinstance(value, str) and "{" in value:
        try:
            parse_template(value)
        except ExpressionError as error:
            yield _finding(error, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _in_value(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _in_value(inner, (*path, index))


def _finding(error: ExpressionError, path: Path) -> Finding:
    return Finding(error.message, path, error.hint, error.expected, offset=error.offset, length=max(error.length, 1))


RULE = Rule(number="AV036", name="template-syntax", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, recipe=_check, tool=_check_tool)
