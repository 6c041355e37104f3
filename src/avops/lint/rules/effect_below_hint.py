"""An action of an MCP server is called milder than the server says it is.

The `effect` decides where an action may stand, and whether somebody approves it. A server that does not say
`readOnlyHint: true` may change things; one that says `destructiveHint: true` may remove them.

Wrong:

    delete_room: {effect: write, hints: {destructiveHint: true}, …}

Right:

    delete_room: {effect: destructive, hints: {destructiveHint: true}, …}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ADVICE, Family, Finding, Rule
from avops.model.effect import Effect
from avops.model.tool import McpTool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import ToolView


def _check(tool: ToolView) -> Iterator[Finding]:
    if not isinstance(tool.doc, McpTool):
        return
    for name, action in tool.doc.actions.items():
        path = ("actions", name, "effect") if "effect" in action.model_fields_set else ("actions", name)
        if action.effect is Effect.READ and action.hints.get("readOnlyHint") is not True:
            yield Finding(
                f"the server does not say that '{name}' only reads",
                path,
                "write 'effect: write', unless you know that it only reads",
                at_key=len(path) == 2,
            )
        elif (
            action.hints.get("destructiveHint") is True
            and action.hints.get("readOnlyHint") is not True
            and action.effect is not Effect.DESTRUCTIVE
        ):
            yield Finding(f"the server says that '{name}' is destructive", path, "write 'effect: destructive'", at_key=len(path) == 2)


RULE = Rule(number="AV610", name="effect-below-hint", family=Family.SECURITY, levels=ADVICE, page=__doc__, tool=_check)
