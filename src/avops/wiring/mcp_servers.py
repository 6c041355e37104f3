"""MCP servers of a project: added, asked for their tools, and pinned to what a person accepts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from avops.errors import AvopsError, TrustError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from avops.connectors.mcp_listing import ListedAction
    from avops.connectors.mcp_tools import ServerTool
    from avops.model.tool import McpTool
    from avops.project.documents import Loaded
    from avops.wiring.workspace import Workspace

SCHEMA_LINE = "# yaml-language-server: $schema=../schemas/tool.schema.json\n"
LISTING_TIMEOUT_S = 60.0


def mcp_manifest(
    name: str, server: str, *, env: Sequence[str] = (), token: str | None = None, private: bool = False, description: str = ""
) -> str:
    """The text of a new tool: `server` is a URL, or a command that is split as a shell would, and never given to one."""
    lines = [f"{SCHEMA_LINE}name: {plain_name(name)}", "kind: mcp"]
    words = server.split(maxsplit=1)
    lines.append(f"description: {json.dumps(description or f'The MCP server {words[0] if words else name}', ensure_ascii=False)}")
    if server.startswith(("http://", "https://")):
        lines.append(f"url: {server}")
        if private:
            lines.append("private: true")
        if token is not None:
            lines.append(f"auth: {{type: bearer, token: {json.dumps(token)}}}")
    else:
        if token is not None:
            raise UsageError("'--token' is for a URL", hint="a program gets its secrets as variables: --env NAME")
        lines.append(f"command: {json.dumps(_words(server), ensure_ascii=False)}")
    if env:
        lines.append(f"env: {json.dumps(list(env))}")
    return "\n".join(lines) + "\n"


def plain_name(name: str) -> str:
    """The name as YAML reads it as text; UsageError for one that no tool may have."""
    import re

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise UsageError(f"'{name}' is no name for a tool", hint="use letters, digits, '_' and '-', such as room_sensors")
    return name if name[0].isalpha() and name.lower() not in ("true", "false", "null") else json.dumps(name)


def _words(command: str) -> list[str]:
    import shlex

    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"the command cannot be split into words: {error}") from None
    if not words:
        raise UsageError("the command is empty", hint="write it in quotes: --mcp 'mcp-server-time --local-timezone UTC'")
    return words


def mcp_tool(workspace: Workspace, name: str) -> tuple[Loaded[Any], McpTool]:
    """The MCP server of a name; UsageError for a tool of another kind."""
    from avops.model.tool import McpTool

    loaded = workspace.tool(name)
    manifest = loaded.required()
    if not isinstance(manifest, McpTool):
        raise UsageError(f"'{manifest.name}' is of kind '{manifest.kind}', and only MCP servers tell what they can")
    return loaded, manifest


def listed_tools(workspace: Workspace, manifest: McpTool) -> list[ServerTool]:
    """What the server lists now. It is started or contacted: TrustError when nobody here trusts it, ToolError when it fails."""
    import asyncio

    from avops.connectors.mcp import McpConnector
    from avops.connectors.secrets import EnvironmentSecrets
    from avops.errors import ToolError
    from avops.wiring.tools import tool_problems

    secrets = EnvironmentSecrets(dotenv=workspace.root / ".env")
    for problem in tool_problems(workspace.root, manifest, secrets, denied=workspace.settings.policy.denied_domains):
        raise TrustError(problem.message, hint=problem.hint)

    async def main() -> list[ServerTool]:
        tool = McpConnector(project_root=workspace.root).open(manifest, secrets)
        try:
            async with asyncio.timeout(LISTING_TIMEOUT_S):
                return await tool.tools()
        except TimeoutError:
            raise ToolError(f"'{manifest.name}' did not list its tools within {LISTING_TIMEOUT_S:.0f} s") from None
        finally:
            await tool.close()

    return asyncio.run(main())


def accept_actions(
    workspace: Workspace, loaded: Loaded[Any], actions: Sequence[ListedAction], chosen: Collection[str], *, accept_hints: bool
) -> None:
    """Writes the chosen actions into the tool's file: new ones are added, changed ones renewed, those that are gone taken out.

    What people wrote beside the server's words stays. AvopsError, and nothing written, when the file would not be sound.
    """
    from avops.connectors.mcp_listing import accepted_data
    from avops.project.documents import load_document
    from avops.project.writing import write_text
    from avops.project.yaml_edit import block, edit_yaml

    manifest: McpTool = loaded.required()

    def change(data: Any) -> None:
        if not data.get("actions"):
            data["actions"] = {}
        for action in actions:
            if action.name not in chosen:
                continue
            if action.state == "gone":
                data["actions"].pop(action.name)
                continue
            written = accepted_data(manifest, action, accept_hints=accept_hints)
            entry = data["actions"].get(action.name)
            if entry is None:
                data["actions"][action.name] = block(written)
                continue
            for key, value in written.items():
                if value in ({}, "", None):
                    entry.pop(key, None)
                elif entry.get(key) != value:
                    entry[key] = block(value)
        if not data["actions"]:
            data["actions"] = block({})

    text = edit_yaml(loaded.text, change)
    after = load_document("tool", text, loaded.path)
    if after.value is None:
        first = after.diagnostics[0]
        raise AvopsError(f"what '{manifest.name}' lists makes no sound file: {first.message}", hint="choose some with --only NAME")
    write_text(workspace.root / loaded.path, text)
