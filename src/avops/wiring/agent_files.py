"""The text of a new agent, as a person begins with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import NotFoundError, UsageError
from avops.project.editing import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.wiring.workspace import Workspace

_TEXT = """\
# yaml-language-server: $schema=../schemas/agent.schema.json
name: {name}
domain: {domain}
description: {description}
# What its model is told before every step in plain words.
instructions: |
  You look before you change anything, and say what you saw, not what you expect. Choose the fix that disturbs people
  least. When something is not clear, ask for it instead of guessing.
# The only actions that it may call, whoever asks. Take out what it does not need.
tools: {tools}
{approvals}limits: {{max_turns: 8, max_tool_calls: 12, max_tokens: 50000}}
recipes: {recipes}
"""


def agent_text(
    workspace: Workspace, name: str, *, domain: str, description: str, tools: dict[str, list[str]], recipes: Sequence[str] = ()
) -> str:
    """The file of a new agent with these tools and attached recipes."""
    listed = "{}" if not tools else "".join(f"\n  {render(tool)}: {render(actions)}" for tool, actions in tools.items())
    roles = list(workspace.settings.roles)
    asks = roles and any(_is_destructive(workspace, tool, action) for tool, actions in tools.items() for action in actions)
    return _TEXT.format(
        name=render(name),
        domain=render(domain),
        description=render(description or f"What {name} looks after, in one sentence."),
        tools=listed,
        approvals=f"# What interrupts people is approved by somebody of this role.\napprovals: {{destructive: {render(roles[0])}}}\n"
        if asks
        else "",
        recipes=render(list(recipes)),
    )


def allowed_actions(workspace: Workspace, given: Sequence[str]) -> dict[str, list[str]]:
    """The actions that `TOOL.ACTION` and `TOOL` (all that it has now) mean, by tool. Raises NotFoundError with the near ones."""
    from avops.engine.program import actions_of
    from avops.project.suggestions import did_you_mean

    allowed: dict[str, list[str]] = {}
    for each in given:
        tool, dot, action = each.partition(".")
        manifest = workspace.tool(tool).required()
        known = list(actions_of(manifest))
        if dot and action not in known:
            hint = did_you_mean(action, known) or f"it has: {', '.join(sorted(known)) or 'none yet'}"
            raise NotFoundError(f"the tool '{manifest.name}' has no action '{action}'", hint=hint)
        if not dot and not known:
            raise UsageError(f"the tool '{manifest.name}' has no actions yet", hint=f"avops tool discover {manifest.name}")
        listed = allowed.setdefault(manifest.name, [])
        listed += [one for one in ([action] if dot else known) if one not in listed]
    return allowed


def _is_destructive(workspace: Workspace, tool: str, action: str) -> bool:
    from avops.engine.program import actions_of
    from avops.model.effect import Effect

    spec = actions_of(workspace.tool(tool).required()).get(action)
    return spec is not None and spec.effect is Effect.DESTRUCTIVE
