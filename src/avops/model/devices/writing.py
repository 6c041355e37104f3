"""How the catalogues write an action, and the schemas that several of them use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.model.effect import Effect
from avops.model.tool import ActionBase

if TYPE_CHECKING:
    from collections.abc import Mapping

DONE = {"done": True}
ON_OFF = {"enum": ["off", "on"]}
FLAG = {"type": "boolean"}
TEXT = {"type": "string"}
NUMBER = {"type": "number"}
COUNT = {"type": "integer", "minimum": 0}


def reads(description: str, *, gives: Mapping[str, object], mock: object, **more: object) -> ActionBase:
    """An action that looks. `gives` are the properties of its answer, all of them always there."""
    return _action(Effect.READ, description, gives, mock, more)


def writes(description: str, *, mock: object, gives: Mapping[str, object] | None = None, **more: object) -> ActionBase:
    """An action that sets something to a value, so that a repeat does no harm; `idempotent=False` says otherwise."""
    return _action(Effect.WRITE, description, gives or {"done": FLAG}, mock, {"idempotent": True, **more})


def interrupts(description: str, *, mock: object, gives: Mapping[str, object] | None = None, **more: object) -> ActionBase:
    """An action that interrupts what goes on in the room, such as a restart."""
    return _action(Effect.DESTRUCTIVE, description, gives or {"done": FLAG}, mock, {"idempotent": False, **more})


def listing(properties: Mapping[str, object]) -> dict[str, object]:
    """The schema of a list of objects with these properties."""
    return {"type": "array", "items": {"type": "object", "required": sorted(properties), "properties": dict(properties)}}


def nullable(schema: Mapping[str, object]) -> dict[str, object]:
    """The schema, or null where the device does not know."""
    return {"anyOf": [dict(schema), {"type": "null"}]}


def _action(effect: Effect, description: str, gives: Mapping[str, object], mock: object, more: Mapping[str, object]) -> ActionBase:
    output = {"type": "object", "required": sorted(gives), "properties": dict(gives)}
    return ActionBase.model_validate({"description": description, "effect": effect, "output": output, "mock": mock, **more})
