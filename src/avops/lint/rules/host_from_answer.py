"""The address of a device comes from what a tool answered.

Whoever can change that answer could send the command, and the device's password, to a machine of their own. Device hosts
come from the room list or a manifest.

Wrong:

    with: {host: "{{ state.display_host }}"}

Right:

    with: {host: "{{ room.display_host }}"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import TEAM, Family, Finding, Rule
from avops.lint.scope import PHASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView

_ADDRESSES = frozenset({"address", "base_url", "endpoint", "host", "hostname", "ip", "server", "url"})


def _check(recipe: RecipeView) -> Iterator[Finding]:
    ids = {step.doc.id for step in recipe.steps if step.doc.id is not None and step.kind not in ("set", "ask")}
    for use in recipe.uses:
        if use.call is None or use.argument is None or not (use.argument in _ADDRESSES or use.argument.endswith(("_host", "_ip"))):
            continue
        for name in use.parsed.names:
            root = str(name.path[1]) if name.path[0] in PHASES and len(name.path) > 1 else str(name.path[0])
            if root in ids or root == "reading":
                message = f"the address '{use.argument}' comes from '{root}', which is what a tool answered"
                yield Finding(
                    message, use.path, "take it from the room list: '{{ room.… }}'", offset=name.offset, length=len(str(name.path[0]))
                )


RULE = Rule(number="AV609", name="host-from-answer", family=Family.SECURITY, levels=TEAM, page=__doc__, recipe=_check)
