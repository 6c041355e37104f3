"""`avops tool`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.cli.documents import Row, noun

if TYPE_CHECKING:
    from avops.model.tool import Tool
    from avops.wiring import Workspace

HELP = "List, show and check tools."


def _row(tool: Tool, workspace: Workspace) -> Row:
    return {"kind": tool.kind, "actions": sorted(tool.actions), "simulated": tool.simulated, "description": tool.description}


app = noun("tool", HELP, _row)
