"""`avops tool add`, `scaffold` and `delete`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def add_tool(
    name: str, mcp: str | None, action_server: str | None, *, env: Sequence[str], token: str | None, private: bool, description: str
) -> int:
    """Writes the tool's file, trusts what was typed, and lets the operator agent use it."""
    from avops import wiring
    from avops.wiring.mcp_servers import mcp_manifest
    from avops.wiring.tool_files import let_operator_use, new_tool, trust_tool
    from avops.wiring.tool_texts import action_server_manifest

    workspace = wiring.open_workspace()
    if mcp is not None:
        text = mcp_manifest(name, mcp, env=env, token=token, private=private, description=description)
        then = f"avops tool discover {name}"
    else:
        assert action_server is not None
        text = action_server_manifest(name, action_server, token=token, private=private, description=description)
        then = f"avops tool health {name}"
    file = new_tool(workspace, name, text)
    trusted = trust_tool(workspace, file)
    print(f"added {file.relative_to(workspace.root)}")
    if trusted:
        print("trusted what you typed: its program or the host of its secret")
    if agent := let_operator_use(workspace, name):
        print(f"the agent '{agent}' may use it")
    print(f"hint: {then}", file=sys.stderr)
    return 0


def scaffold_tool(name: str, kind: str) -> int:
    """Writes the skeleton of a tool; nothing of it is trusted."""
    from avops import wiring
    from avops.wiring.tool_files import new_tool
    from avops.wiring.tool_texts import skeleton

    workspace = wiring.open_workspace()
    file = new_tool(workspace, name, skeleton(name, kind))
    print(f"wrote {file.relative_to(workspace.root)}")
    print(f"hint: fill it in, then: avops lint {file.relative_to(workspace.root)}", file=sys.stderr)
    return 0


def delete_and_tell(name: str, *, force: bool) -> int:
    """Deletes the file, and says what names the tool still."""
    from avops import wiring
    from avops.wiring.tool_files import delete_tool

    path, left = delete_tool(wiring.open_workspace(), name, force=force)
    print(f"deleted {path}")
    for each in left:
        print(f"still names it: {each}", file=sys.stderr)
    return 0
