"""`docs/connectors/mcp.md` says what is so: its examples load, and its limits are the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from avops.connectors import mcp, mcp_http, mcp_program, mcp_session
from avops.project.documents import load_document

TEXT = (Path(__file__).parents[3] / "docs" / "connectors" / "mcp.md").read_text(encoding="utf-8")
TOOLS = [example for example in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if example.startswith("name:")]


@pytest.mark.parametrize("example", TOOLS)
def test_examples_load(example):
    assert load_document("tool", example, "docs").required().kind == "mcp"


def test_the_limits():
    (limits,) = re.findall(r"\*\*Limits\.\*\* (.*?)`rate_limit`", TEXT, re.DOTALL)
    assert len(TOOLS) == 2
    assert f"{mcp_session.START_TIMEOUT_S:.0f} seconds to start" in limits
    assert f"{mcp_program.MAX_LINE >> 20} MiB for a message" in limits
    assert mcp_http.MAX_BODY == mcp_program.MAX_LINE
    assert f"{mcp.MAX_RESULT >> 20} MiB for a result" in limits
    assert f"{mcp_session.MAX_TOOLS:,} tools" in limits
