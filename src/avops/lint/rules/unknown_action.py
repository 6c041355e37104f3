"""A tool has no action of that name.

Wrong:

    - tool: zoom.reboot_room

Right:

    - tool: zoom.restart_room
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import actions_of, declared_actions, meant
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import AgentView, TestView, ToolView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for call in recipe.calls:
        if call.tool is not None and call.action is None and call.action_name:
            names = tuple(sorted(actions_of(call.tool)))
            message = f"the tool '{call.tool_name}' has no action '{call.action_name}'"
            hint = meant(call.action_name, names)
            yield Finding(message, call.path, hint, names, offset=len(call.tool_name) + 1, length=len(call.action_name))


def _check_agent(agent: AgentView) -> Iterator[Finding]:
    for name, allowed in agent.doc.tools.items():
        found = agent.project.tool(name)
        if found is None or found.value is None or isinstance(allowed, str):
            continue
        names = tuple(sorted(actions_of(found.value)))
        for index, action in enumerate(allowed):
            if action not in names:
                hint = f'write {name}: "*" to allow all' if action == "*" else meant(action, names)
                yield Finding(f"the tool '{name}' has no action '{action}'", ("tools", name, index), hint, names)


def _check_test(test: TestView) -> Iterator[Finding]:
    for reference, path, at_key in test.calls:
        name, _, action = reference.partition(".")
        found = test.project.tool(name)
        if found is None or found.value is None or action in (names := tuple(sorted(actions_of(found.value)))):
            continue
        offset, length = (0, 0) if at_key else (len(name) + 1, len(action))
        message = f"the tool '{found.name}' has no action '{action}'"
        yield Finding(message, path, meant(action, names), names, at_key, offset, length)


def _check_tool(tool: ToolView) -> Iterator[Finding]:
    names = tuple(sorted(actions_of(tool.doc)))
    for name, action in declared_actions(tool.doc).items():
        if action.restore is not None and action.restore.read not in names:
            read = action.restore.read
            yield Finding(f"this tool has no action '{read}'", ("actions", name, "restore", "read"), meant(read, names), names)
    health = tool.doc.health
    if health is not None and health.action is not None and health.action not in names:
        yield Finding(f"this tool has no action '{health.action}'", ("health", "action"), meant(health.action, names), names)


RULE = Rule(
    number="AV102",
    name="unknown-action",
    family=Family.REFERENCES,
    levels=ALWAYS,
    page=__doc__,
    recipe=_check,
    agent=_check_agent,
    tool=_check_tool,
    test=_check_test,
)
