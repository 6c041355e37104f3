"""The arguments of a call, completed with the defaults of the action's input schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.model.tool import ActionBase


def complete(action: ActionBase, arguments: Mapping[str, object]) -> dict[str, object]:
    """The arguments, with the `default` of each that was not given."""
    defaults = {name: schema["default"] for name, schema in action.input.items() if "default" in schema}
    return {**defaults, **arguments}
