"""`avops tool add` and `new`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avops.errors import UsageError

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


def new_tool(name: str, source: str | None, kind: str | None) -> int:
    """Writes the skeleton of a tool, or a copy of one under another name; nothing of it is trusted."""
    from avops import wiring
    from avops.wiring.document_files import copied, new_document
    from avops.wiring.tool_texts import skeleton

    if source is not None and kind is not None:
        raise UsageError("--from and --kind exclude each other", hint="a copy is of the kind of what it is copied from")
    workspace = wiring.open_workspace()
    text = skeleton(name, kind or "http") if source is None else copied(workspace, "tool", source, name, {})
    path = new_document(workspace, "tool", name, text)
    print(f"wrote {path}")
    print(f"hint: {'fill it in' if source is None else 'change it'}, then: avops lint {path}", file=sys.stderr)
    return 0
