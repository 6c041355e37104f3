"""Cards made from the project's recipes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from avops.errors import AvopsError, UsageError
from avops.project.names import slug

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avops.model.recipe import Recipe
    from avops.project.documents import Loaded
    from avops.report.card import Card, CardId
    from avops.wiring.workspace import Workspace


def make_card(
    workspace: Workspace,
    recipe: str,
    *,
    room: str | None = None,
    inputs: Mapping[str, object] | None = None,
    card_id: CardId | None = None,
) -> Card:
    """The card of a recipe for a room and inputs; a new one, with a serial of its own, unless its id is given.

    UsageError for an input that the recipe does not have or does not take. Inputs without a value are left open on it.
    """
    return card_of_text(workspace, workspace.recipe(recipe), room=room, inputs=inputs or {}, card_id=card_id)


def card_of_text(
    workspace: Workspace, loaded: Loaded[Recipe], *, room: str | None, inputs: Mapping[str, object], card_id: CardId | None = None
) -> Card:
    """The card of a recipe's text, which need not be the one in its file any more."""
    import secrets

    from avops.report.card import card_of, new_card_id
    from avops.wiring.requests import room_scope

    document = loaded.required()
    row = workspace.room(room) if room else None
    return card_of(
        document,
        card_id or new_card_id(slug(PurePosixPath(loaded.path).stem), loaded.text, secrets.choice),
        room=row.key if row else None,
        room_values=room_scope(row) if row else None,
        inputs=card_inputs(document, inputs),
        describe=described(workspace),
    )


def card_inputs(recipe: Recipe, given: Mapping[str, object]) -> dict[str, object]:
    """The inputs of a card with their defaults, texts made to fit the declared types. UsageError for those that do not fit."""
    from avops.engine.inputs import complete, from_text

    fitted = {
        name: from_text(recipe.inputs[name], value) if name in recipe.inputs and isinstance(value, str) else value
        for name, value in given.items()
    }
    values, problems = complete(recipe.inputs, fitted)
    if wrong := [problem.message for problem in problems if " is missing" not in problem.message]:
        raise UsageError("; ".join(wrong))
    return values


def described(workspace: Workspace) -> Callable[[str], str]:
    """Says what an action does, in the words of its tool's file; an empty text where nobody says."""
    from avops.engine.program import actions_of

    def describe(reference: str) -> str:
        tool, _, action = reference.partition(".")
        try:
            spec = actions_of(workspace.tool(tool).required()).get(action)
        except AvopsError:
            return ""  # a card can be printed of a recipe whose tools are not there yet
        return "" if spec is None else spec.description

    return describe
