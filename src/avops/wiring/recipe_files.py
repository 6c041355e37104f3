"""Recipes as people begin them, attach them to agents, and write them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.project.editing import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.project.changes import FileChange
    from avops.project.documents import Loaded
    from avops.wiring.workspace import Workspace

_TEXT = """\
# yaml-language-server: $schema=../schemas/recipe.schema.json
name: {name}
description: {description}
version: 1
owner: {owner}
room: {room}

guardrails:
  timeout_minutes: 15       # waiting for people does not count
  window: "Mon-Sun 06:00-22:00"   # when something may be changed, in the room's time zone
  retries: 1                # of what may safely be tried again
  rollback_on: [act, verify]

success_metrics:
  - {{metric: duration_seconds, target: "<= 900"}}

# The steps below are done by a person, who confirms each. Replace them by calls of tools (`tool: TOOL.ACTION`) as far as
# tools can do them: `avops tool list` shows which there are.

intake:
  - id: seen
    name: Look at how things stand
    ask: "What do you see before anything is changed?"

plan:
  - name: Nobody is disturbed
    confirm: "Nobody is using what will be changed. Seen before: {{{{ seen }}}}"
    hold: true              # asked again right before the first change

act:
  - name: Do the work
    manual: "Do the work, in one step for each thing that is changed."

verify:
  - name: It works again
    confirm: "Look again. What was wrong before is right now, and nothing else has changed."
"""


def recipe_text(name: str, *, description: str, owner: str, room: str) -> str:
    """The file of a new recipe that a person can carry out at once; `room` is `required` or `optional`."""
    told = description or f"What {name} brings about, in one sentence."
    return _TEXT.format(name=render(name), description=render(told), owner=render(owner), room=room)


def attachments(workspace: Workspace, recipe: str, agents: Sequence[str]) -> list[FileChange]:
    """The changes that attach a recipe to agents; none for those that have it. Nothing is written yet."""
    from avops.project.attaching import attach_recipe
    from avops.project.changes import FileChange
    from avops.project.editing import open_text

    made: list[FileChange] = []
    for agent in agents:
        entry = workspace.project.agents.entry(agent)
        text = open_text(entry.file, entry.relative).text
        after = attach_recipe(text, recipe, entry.relative)
        if after != text and entry.relative not in [change.path for change in made]:
            made.append(FileChange(path=entry.relative, before=text, after=after))
    return made


def unallowed(workspace: Workspace, recipe: Loaded[object], agent: str) -> list[str]:
    """The actions that a recipe calls and an agent may not, as `TOOL.ACTION`, sorted."""
    from avops.project.references import references

    allowed = workspace.agent(agent).required()
    called = {f"{each.name}{each.action}" for each in references("recipe", recipe.data) if each.noun == "tool" and each.action}
    return sorted(each for each in called if not allowed.allows(*each.split(".", 1)))
