"""`avops agent`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.cli.documents import Row, noun

if TYPE_CHECKING:
    from avops.model.agent import Agent
    from avops.wiring import Workspace

HELP = "List and show agents."


def _row(agent: Agent, workspace: Workspace) -> Row:
    return {"domain": agent.domain, "tools": sorted(agent.tools), "recipes": agent.recipes}


app = noun("agent", HELP, _row)
