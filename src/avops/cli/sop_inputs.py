"""The inputs of a converted recipe that is run at once: given, from the room list, or asked for at the terminal."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import typer

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avops.model.recipe import Input
    from avops.project.rooms import Room
    from avops.sop.convert import Conversion
    from avops.sop.steps import DraftStep

_KEYS = ("room_id", "room_key")
_INPUT = re.compile(r"\{\{ inputs\.(\w+) \}\}")


def run_inputs(
    conversion: Conversion, declared: Mapping[str, Input], given: Mapping[str, object], room: Room | None, *, asks: bool
) -> dict[str, object]:
    """What was given, and each other input without a default that a column of the room's row holds; `asks` asks for the rest.

    Says on standard error what came from the room list. UsageError with the names of those that stay open.
    """
    values = dict(given)
    if room is not None:
        for name, spec in declared.items():
            if name not in values and spec.default is None and (found := from_room(name, room, conversion.steps)):
                column, value = found
                values[name] = value
                shown = "(not shown)" if spec.secret else f"'{value}'"
                print(f"input {name}: {shown}, the {column} of {room.key} in the room list", file=sys.stderr)
    open_ = {name: spec for name, spec in declared.items() if name not in values and spec.is_required}
    if open_ and asks:
        values |= {name: _asked(name, spec) for name, spec in open_.items()}
    elif open_:
        raise _missing(conversion.name, list(open_), has_room=room is not None)
    return values


def from_room(name: str, room: Room, steps: tuple[DraftStep, ...]) -> tuple[str, str] | None:
    """The column of the room's row that an input stands for, and its value; None when no column does, or two could.

    An input is called as the column, or goes into an argument of a tool that has a column: `room_id` of `zoom` is `zoom_id`.
    The `name` of a room is taken for `room_name` alone: any SOP may ask for another name.
    """
    if name == "room_name":
        return "name", room.name
    if name != "name" and (value := room.values.get(name)):
        return name, value
    found = {}
    for tool, argument in _uses(name, steps):
        columns = (f"{tool}_{argument}", f"{tool}_{argument.rpartition('_')[2]}")
        found[tool, argument] = next(((column, value) for column in columns if (value := room.values.get(column))), None)
    if any(found.values()):
        return next(iter(found.values())) if len(set(found.values())) == 1 else None
    return ("key", room.key) if name in _KEYS else None


def _uses(name: str, steps: tuple[DraftStep, ...]) -> Iterator[tuple[str, str]]:
    """The tools and arguments that take an input as it is."""
    for step in steps:
        calls: list[tuple[object, object]] = [(step.value, step.with_)] if step.key == "tool" else []
        calls += [(step.reading.get("tool"), step.reading.get("with"))] if step.reading else []
        for action, arguments in calls:
            for argument, value in arguments.items() if isinstance(arguments, dict) else ():
                match = _INPUT.fullmatch(value) if isinstance(value, str) else None
                if match and match[1] == name:
                    yield str(action).partition(".")[0], argument


def _asked(name: str, spec: Input) -> object:
    """What the person at the terminal types for an input; asked again until it fits."""
    from avops.engine.inputs import complete, from_text
    from avops.report.diagnostics import visible

    about = f": {spec.description}" if spec.description else ""
    choices = f" [{', '.join(map(str, spec.enum))}]" if spec.enum else ""
    while True:
        text = str(typer.prompt(visible(f"{name}{about}{choices}"), err=True, hide_input=spec.secret))
        _, problems = complete({name: spec}, {name: from_text(spec, text)})
        if not problems:
            return text
        print(f"  {visible(str(problems[0]))}", file=sys.stderr)


def _missing(recipe: str, names: list[str], *, has_room: bool) -> UsageError:
    several = f"inputs {', '.join(repr(name) for name in names)} are" if len(names) > 1 else f"input '{names[0]}' is"
    room = "" if has_room else "; --room KEY takes those from the room list that have a column there"
    return UsageError(f"the {several} missing for '{recipe}'", hint=" ".join(f"-i {name}=…" for name in names) + room)
