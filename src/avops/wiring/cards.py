"""Cards made from the project's recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import AvopsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    import secrets

    from avops.engine.inputs import complete, from_text
    from avops.report.card import card_of, new_card_id
    from avops.wiring.requests import room_scope

    loaded = workspace.recipe(recipe)
    document = loaded.required()
    given = {
        name: from_text(document.inputs[name], value) if name in document.inputs and isinstance(value, str) else value
        for name, value in (inputs or {}).items()
    }
    values, problems = complete(document.inputs, given)
    if wrong := [problem for problem in problems if " is missing" not in problem]:
        raise UsageError("; ".join(wrong))
    row = workspace.room(room) if room else None
    return card_of(
        document,
        card_id or new_card_id(workspace.project.recipes.entry(loaded.path).slug, loaded.text, secrets.choice),
        room=row.key if row else None,
        room_values=room_scope(row) if row else None,
        inputs=values,
        describe=described(workspace),
    )


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
