"""An agent may do everything that a tool can, also what the tool learns later.

Wrong:

    tools: {zoom: "*"}

Right:

    tools: {zoom: [get_room, restart_room]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import STRICT, Family, Finding, Rule
from avops.lint.rules.unused_permission import is_operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import AgentView


def _check(agent: AgentView) -> Iterator[Finding]:
    if is_operator(agent):
        return
    for tool, allowed in agent.doc.tools.items():
        if isinstance(allowed, str):
            yield Finding(f"everything that '{tool}' can is allowed, also what comes later", ("tools", tool), "list its actions")


RULE = Rule(number="AV503", name="wildcard-permission", family=Family.PRIVILEGE, levels=STRICT, page=__doc__, agent=_check)
