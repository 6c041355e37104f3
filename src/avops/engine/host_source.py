"""Where the host of a device comes from: the room list or what is written out, never what a tool answered.

Whoever can change an answer could otherwise send a command, and the device's password, to a machine of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from avops.engine.io import Refusal
from avops.engine.scope import root
from avops.model.devices import ROOM_LIST_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avops.engine.drive import Driver, Frame
    from avops.engine.program import CompiledCall, CompiledStep
    from avops.expression import NameUse

_BY_PEOPLE = frozenset({"approve", "ask", "confirm", "manual"})


def check_hosts(frame: Frame, call: CompiledCall, arguments: Mapping[str, object]) -> None:
    """Raises Refusal for an argument that names a device and was taken from an answer, directly or through other names."""
    for argument, schema in call.spec.input.items():
        if not schema.get(ROOM_LIST_ONLY):
            continue
        names = [use for path, template in call.arguments.templates if path[:1] == (argument,) for use in template.names]
        source = _answer_behind(frame.driver, frame.step, names, set())
        if source is None and frame.step.kind == "do" and argument in arguments and not _is_listed(frame, arguments[argument]):
            source = frame.step.title  # a model has chosen it, from what it was told
        if source is not None:
            message = f"'{argument}' of '{call.reference}' comes from '{source}', an answer; a device's host comes from the room list"
            raise Refusal("policy", message)


def _answer_behind(driver: Driver, step: CompiledStep, names: Iterable[NameUse], seen: set[tuple[str, str]]) -> str | None:
    """The step whose answer the names hold; what `set`, `for_each` and a recipe's inputs pass on is followed."""
    for name in names:
        first = root(name)
        if first == "reading":
            return first
        if (driver.prefix, first) in seen:
            continue
        seen = seen | {(driver.prefix, first)}
        if first == "item" and step.for_each is not None:
            found = _answer_behind(driver, step, step.for_each.names, seen)
        elif first == "inputs" and driver.outer is not None:
            found = _answer_behind(driver.outer.driver, driver.outer.step, _all_names(driver.outer.step), seen)
        else:
            made = next((each for each in driver.recipe.steps() if each.doc.id == first), None)
            if made is None or made.kind in _BY_PEOPLE:
                continue
            found = _answer_behind(driver, made, _all_names(made), seen) if made.kind == "set" else first
        if found is not None:
            return found
    return None


def _all_names(step: CompiledStep) -> list[NameUse]:
    return [use for value in step.values.values() for use in value.names]


def _is_listed(frame: Frame, host: object) -> bool:
    """True for a host that the run's room or its inputs hold; those of a called recipe only where no answer is among them."""
    values, outer = frame.scope.values, frame.driver.outer
    given = outer is None or _answer_behind(outer.driver, outer.step, _all_names(outer.step), set()) is None
    known = [each for each in (values.get("room"), values.get("inputs") if given else None) if isinstance(each, Mapping)]
    return any(host == value for each in known for value in each.values())
