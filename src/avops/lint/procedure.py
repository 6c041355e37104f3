"""What makes a recipe do what it does, without the words about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avops.model.recipe import Recipe

_WORDS = frozenset({"name", "description", "source", "why", "example"})


def procedure_of(recipe: Recipe) -> object:
    """The steps, inputs, guardrails and outputs as plain data, without names and descriptions."""
    data = recipe.model_dump(include={"room", "inputs", "guardrails", "intake", "plan", "act", "verify", "outputs"}, exclude_defaults=True)
    return _without_words(data)


def _without_words(value: object) -> object:
    if isinstance(value, dict):
        # A text under a word's key is about the step; a mapping or list there is an argument of that name.
        return {key: _without_words(inner) for key, inner in value.items() if key not in _WORDS or not isinstance(inner, str)}
    return [_without_words(inner) for inner in value] if isinstance(value, list | tuple) else value
