"""A request of an action cannot be made.

The path begins with `/` and has no template: `{argument}` stands for one argument, percent-encoded. Parameters stand
under `query`.

Wrong:

    request: {path: "rooms/{{ room_id }}?full=1"}

Right:

    request: {path: "/rooms/{room_id}", query: {full: 1}}
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.lint.checked import declared_actions, meant
from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.tool import HttpAction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import ToolView

_PLACE = re.compile(r"\{([^{}]*)\}")


def _check(tool: ToolView) -> Iterator[Finding]:
    for name, action in declared_actions(tool.doc).items():
        if not isinstance(action, HttpAction):
            continue
        path, at = action.request.path, ("actions", name, "request", "path")
        if "{{" in path:
            yield Finding("a path has no templates", at, "write {argument}: it is percent-encoded", offset=path.index("{{"), length=2)
            continue
        if not path.startswith("/") or set(path) & set(" ?#"):
            yield Finding(f"'{path}' is not a path", at, "start with '/', and put parameters under 'query'")
        for found in _PLACE.finditer(path):
            if found[1] not in action.input:
                names = tuple(sorted(action.input))
                yield Finding(
                    f"'{found[1]}' is no argument of '{name}'",
                    at,
                    meant(found[1], names),
                    names,
                    offset=found.start(),
                    length=len(found[0]),
                )


RULE = Rule(number="AV043", name="bad-request", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, tool=_check)
