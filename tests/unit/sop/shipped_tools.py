"""The tools that this repository ships, as the converter sees them."""

from __future__ import annotations

from pathlib import Path

from avops.wiring import open_workspace, tool_catalog

TOOLS = tool_catalog(open_workspace(Path(__file__).parents[3]))
