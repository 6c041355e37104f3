"""What the assistant may look up: functions that read, and change nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from avops.errors import AvopsError, UsageError
from avops.model.conversation import ToolOffer
from avops.project.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from avops.model.conversation import ToolRequest

MOST_CHARACTERS = 12_000
"""Of one result; what is longer is cut off, and says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument of a look-up."""

    name: str
    description: str
    type: Literal["string", "integer", "boolean"] = "string"
    is_required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A function that reads. `look` gets checked arguments, gives plain data, and raises AvopsError where there is nothing."""

    name: str
    description: str
    look: Callable[[Mapping[str, object]], Awaitable[object]]
    parameters: tuple[Parameter, ...] = ()

    @property
    def offer(self) -> ToolOffer:
        """The look-up as a model is told of it."""
        properties: dict[str, object] = {}
        for each in self.parameters:
            schema: dict[str, object] = {"type": each.type, "description": each.description}
            if each.choices:
                schema["enum"] = list(each.choices)
            properties[each.name] = schema
        return ToolOffer(
            name=self.name,
            description=self.description,
            parameters={
                "type": "object",
                "properties": properties,
                "required": [each.name for each in self.parameters if each.is_required],
                "additionalProperties": False,
            },
        )

    def checked(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """The arguments that are given and not null; UsageError for one that the look-up does not take."""
        known = {each.name: each for each in self.parameters}
        given = {name: value for name, value in arguments.items() if value is not None and value != ""}
        for name, value in given.items():
            parameter = known.get(name)
            if parameter is None:
                listed = ", ".join(sorted(known)) or "none"
                raise UsageError(f"'{self.name}' has no argument '{name}', expected one of {listed}")
            _check(parameter, value)
        if missing := [name for name, each in known.items() if each.is_required and name not in given]:
            raise UsageError(f"'{self.name}' needs {', '.join(missing)}")
        return given


def _check(parameter: Parameter, value: object) -> None:
    types: dict[str, type] = {"string": str, "integer": int, "boolean": bool}
    is_right = isinstance(value, types[parameter.type]) and (parameter.type == "boolean" or not isinstance(value, bool))
    if not is_right:
        raise UsageError(f"'{parameter.name}' is no {parameter.type}")
    if parameter.choices and value not in parameter.choices:
        raise UsageError(f"'{parameter.name}' is none of {', '.join(sorted(parameter.choices))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a look-up: its data, redacted, and the same as bounded JSON text for the model."""

    name: str
    arguments: Mapping[str, object]
    data: object
    text: str
    is_error: bool = False


async def look_up(lookups: Sequence[Lookup], request: ToolRequest, redact: Callable[[object], object]) -> Found:
    """What a model asked to be shown. A wrong name, wrong arguments and what cannot be found are data like any other."""
    known = {lookup.name: lookup for lookup in lookups}
    lookup = known.get(request.name)
    given = request.arguments or {}
    try:
        if lookup is None:
            raise UsageError(f"there is no function '{request.name}'", hint=did_you_mean(request.name, known))
        if request.arguments is None:
            raise UsageError(f"the arguments of '{request.name}' are no JSON object")
        data = redact(await lookup.look(lookup.checked(given)))
    except AvopsError as error:
        told = redact({"error": error.message, "hint": error.hint} if error.hint else {"error": error.message})
        return Found(name=request.name, arguments=given, data=told, text=as_text(told), is_error=True)
    return Found(name=request.name, arguments=given, data=data, text=as_text(data))


def as_text(data: object, most: int = MOST_CHARACTERS) -> str:
    """Plain data as JSON text of at most about `most` characters; the end of what is longer says how much is missing."""
    text = json.dumps(data, ensure_ascii=False, default=str)
    if len(text) <= most:
        return text
    return f"{text[:most]}… [cut off: {len(text) - most} of {len(text)} characters are not shown; ask for less]"
