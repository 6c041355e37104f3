"""The address of a device comes from what a tool answered.

Whoever can change that answer could send the command, and the device's password, to a machine of their own. Device hosts
come from the room list or a manifest. What `set` and `for_each` pass on is followed. An argument names a device when it is called
so (`host`, `ip`, `url` …), or when its schema says `x-avops-from-room-list: true`; those the engine refuses too.

Wrong:

    with: {host: "{{ state.display_host }}"}

Right:

    with: {host: "{{ room.display_host }}"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import TEAM, Family, Finding, Rule
from avops.lint.scope import PHASES
from avops.model.devices import ROOM_LIST_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.expression import NameUse
    from avops.lint.recipe_view import CallView, RecipeView, StepView

_BY_PEOPLE = frozenset({"approve", "ask", "confirm", "manual"})
_ADDRESSES = frozenset({"address", "base_url", "endpoint", "host", "hostname", "ip", "server", "url"})


def _check(recipe: RecipeView) -> Iterator[Finding]:
    steps = {step.doc.id: step for step in recipe.steps if step.doc.id is not None}
    passed_on: dict[int, list[NameUse]] = {}
    for use in recipe.uses:
        if use.step is not None and use.purpose in ("set", "for_each"):
            passed_on.setdefault(id(use.step), []).extend(use.parsed.names)

    def answer_behind(step: StepView | None, name: NameUse, seen: frozenset[str]) -> str | None:
        root = str(name.path[1]) if name.path[0] in PHASES and len(name.path) > 1 else str(name.path[0])
        if root == "reading":
            return root
        made = step if root == "item" else steps.get(root)
        if made is None or root in seen or made.kind in _BY_PEOPLE:
            return None
        if root != "item" and made.kind != "set":
            return root
        inner = passed_on.get(id(made), ())
        return next((found for each in inner if (found := answer_behind(made, each, seen | {root})) is not None), None)

    for use in recipe.uses:
        if use.call is None or use.argument is None or not _names_a_device(use.call, use.argument):
            continue
        for name in use.parsed.names:
            source = answer_behind(use.step, name, frozenset())
            if source is not None:
                message = f"the address '{use.argument}' comes from '{source}', which is what a tool answered"
                hint = "take it from the room list: '{{ room.… }}'"
                yield Finding(message, use.path, hint, offset=name.offset, length=len(str(name.path[0])))


def _names_a_device(call: CallView, argument: str) -> bool:
    """True for an argument that is marked in its schema, and for one whose name says so."""
    schema = call.action.input.get(argument, {}) if call.action is not None else {}
    return bool(schema.get(ROOM_LIST_ONLY)) or argument in _ADDRESSES or argument.endswith(("_host", "_ip"))


RULE = Rule(number="AV609", name="host-from-answer", family=Family.SECURITY, levels=TEAM, page=__doc__, recipe=_check)
