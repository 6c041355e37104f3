"""`avops recipe new`, `attach` and `export`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from avops.errors import UsageError

EXPORT_FORMATS = ("json", "markdown", "yaml")
ROOMS = ("optional", "required")


def new_recipe(name: str, *, source: str | None, agents: list[str], description: str, owner: str, room: str | None) -> int:
    """Writes the file of a new recipe, and attaches it to agents: all of it, or nothing."""
    from avops import wiring
    from avops.project.account import login_account
    from avops.wiring.document_files import copied, new_document, require_free
    from avops.wiring.document_kinds import document_kind
    from avops.wiring.recipe_files import attachments, recipe_text

    if room is not None and room not in ROOMS:
        raise UsageError(f"'{room}' says nothing about rooms", hint=f"expected one of {', '.join(ROOMS)}")
    workspace = wiring.open_workspace()
    document_kind("recipe").require_name(name)
    require_free(workspace, "recipe", name)
    if source is None:
        text = recipe_text(name, description=description, owner=owner or login_account(), room=room or "optional")
    else:
        given = {"description": description, "owner": owner, "room": room, "version": 1}
        text = copied(workspace, "recipe", source, name, {key: value for key, value in given.items() if value})
    changes = attachments(workspace, name, agents)
    print(f"Made {new_document(workspace, 'recipe', name, text, changes)}")
    for change in changes:
        print(f"attached to {change.path}")
    print(f"hint: avops recipe edit '{name}', then avops recipe validate '{name}'", file=sys.stderr)
    return 0


def attach(agent: str, recipe: str) -> int:
    """Adds a recipe to an agent's list, and says what the agent may not do of it."""
    from avops import wiring
    from avops.project.changes import apply_changes
    from avops.wiring.recipe_files import attachments, unallowed

    workspace = wiring.open_workspace()
    loaded = workspace.recipe(recipe)
    name = loaded.required().name
    own = workspace.agent(agent).required().name
    changes = attachments(workspace, name, [agent])
    apply_changes(workspace.root, changes)
    print(f"Attached '{name}' to '{own}' ({changes[0].path})" if changes else f"'{own}' has '{name}' attached already.")
    for action in unallowed(workspace, loaded, agent):
        print(f"note: '{own}' may not call {action}, which the recipe needs", file=sys.stderr)
    return 0


def export(name: str, output: str, layout: str) -> int:
    """Writes a recipe out: as its file says it, as JSON, or as Markdown for people."""
    from avops import wiring
    from avops.cli.screen import write_file

    if layout not in EXPORT_FORMATS:
        raise UsageError(f"no format '{layout}', expected one of {', '.join(EXPORT_FORMATS)}")
    workspace = wiring.open_workspace()
    loaded = workspace.recipe(name)
    recipe = loaded.required()
    if layout == "yaml":
        text = loaded.text
    elif layout == "json":
        text = json.dumps(recipe.model_dump(mode="json", by_alias=True, exclude_none=True), ensure_ascii=False, indent=2) + "\n"
    else:
        from avops.report.card_markdown import card_markdown
        from avops.wiring.cards import make_card

        text = card_markdown(make_card(workspace, loaded.path))
    if output == "-":
        sys.stdout.write(text)
        return 0
    write_file(Path(output), text)
    print(output, file=sys.stderr)
    return 0
