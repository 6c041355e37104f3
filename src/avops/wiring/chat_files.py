"""The files that slash commands write."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avops.wiring.workspace import Workspace


def new_recipe(workspace: Workspace, name: str) -> str:
    """The path of a new recipe, as `avops recipe new` begins one; UsageError for a name that is taken or odd."""
    from avops.project.account import login_account
    from avops.wiring.document_files import new_document
    from avops.wiring.recipe_files import recipe_text

    return new_document(workspace, "recipe", name, recipe_text(name, description="", owner=login_account(), room="optional"))


def attach(workspace: Workspace, agent: str, recipe: str) -> bool:
    """Adds the recipe to the agent's `recipes:`, with everything else as it was; False when it is there already."""
    from avops.project.changes import apply_changes
    from avops.wiring.recipe_files import attachments

    changes = attachments(workspace, recipe, [agent])
    apply_changes(workspace.root, changes)
    return bool(changes)
