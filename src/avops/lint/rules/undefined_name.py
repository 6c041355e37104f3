"""An expression names something that is not in scope.

In scope are `inputs`, `agent`, `run`, the ids of earlier steps, `room` when the recipe says `room:`, `item` inside a
`for_each`, and `reading` in a check that has one.

In a tool's manifest, requests and programs see the action's own arguments; `ok`, `error`, `result` and `pages` see
`status`, `headers` and `body`; `restore` sees `before` and `args`.

Wrong:

    - {id: state, tool: zoom.get_room}
    - check: stat.status == 'Available'

Right:

    - {id: state, tool: zoom.get_room}
    - check: state.status == 'Available'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.expression import ExpressionError, parse_expression, parse_template
from avops.expression.nodes import path_text
from avops.lint.checked import declared_actions, meant
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import ToolView
    from avops.lint.flow import Unknown
    from avops.lint.recipe_view import RecipeView
    from avops.lint.rule import Path

_OF_ANSWERS = ("ok", "error", "result", "pages")
_ANSWER = ("body", "headers", "status")
_BEFORE = ("args", "before")


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for unknown in recipe.flow.unknown:
        if unknown.later is None:
            word = str(unknown.name.path[0])
            shown = path_text(unknown.name.path[:2]) if unknown.in_phase else word
            message = f"'{shown}' is no name that can be used here"
            hint = _hint(unknown, recipe)
            yield Finding(message, unknown.use.path, hint, unknown.visible, offset=unknown.name.offset, length=len(shown))


def _hint(unknown: Unknown, recipe: RecipeView) -> str | None:
    word = str(unknown.name.path[0])
    if word == "room":
        return "say 'room: required' at the top of the recipe"
    if word == "item":
        return "'item' is an entry of the step's 'for_each:'"
    if word == "reading":
        return "'reading' is what the step's own 'reading: {tool: …}' gives"
    if unknown.in_phase:
        phase, own = str(unknown.name.path[0]), str(unknown.name.path[1])
        ids = [step.doc.id for step in recipe.main if step.phase.value == phase and step.doc.id]
        return meant(own, ids) or f"{phase} has no step with the id '{own}'"
    if word in recipe.doc.inputs:
        return f"write 'inputs.{word}'"
    if recipe.doc.room is not None and word in (recipe.project.room_columns or ()):
        return f"write 'room.{word}'"
    return meant(word, unknown.visible)


def _check_tool(tool: ToolView) -> Iterator[Finding]:
    for name, action in declared_actions(tool.doc).items():
        data = action.model_dump(by_alias=True, exclude_unset=True)
        for keys, visible in ((("request", "argv", "stdin"), tuple(sorted(action.input))), (_OF_ANSWERS, _ANSWER), (("restore",), _BEFORE)):
            for key in keys:
                if key in data:
                    yield from _in_value(data[key], ("actions", name, key), visible)


def _in_value(value: object, path: Path, visible: tuple[str, ...]) -> Iterator[Finding]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _in_value(inner, (*path, key), visible)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _in_value(inner, (*path, index), visible)
    elif isinstance(value, str) and path[3:] != ("path",):
        is_expression = path[2] == "ok" or (path[2] == "pages" and path[-1] in ("items", "next"))
        if not is_expression and "{{" not in value:
            return
        try:
            names = parse_expression(value).names if is_expression else parse_template(value).names
        except ExpressionError:
            return  # told by another rule
        for use in names:
            word = str(use.path[0])
            if word not in visible:
                yield Finding(
                    f"'{word}' is no name that can be used here", path, meant(word, visible), visible, offset=use.offset, length=len(word)
                )


RULE = Rule(number="AV201", name="undefined-name", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check, tool=_check_tool)
