"""What a call would send, as people read it, with nothing sent and no secret looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.model.tool import CommandTool, HttpTool, McpTool, PluginTool, PythonTool

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avops.model.document import Document
    from avops.model.tool import ToolBase

MAX_BODY = 4000
HIDDEN = "***"


class _NoSecrets:
    """A `SecretSource` without secrets: what is shown must not hold one."""

    def resolve(self, reference: str) -> str:
        return HIDDEN

    def remember(self, value: str) -> None:
        """There is nothing to remember."""


async def preview(manifest: ToolBase, action: str, arguments: Mapping[str, object], root: Path) -> dict[str, object]:
    """The request, the argument list or the message of a call; secrets stand as `***`, with where they are found.

    ToolError where the arguments do not fit their places.
    """
    if isinstance(manifest, HttpTool):
        return await _request(manifest, action, arguments, root)
    if isinstance(manifest, CommandTool):
        from avops.connectors.command import CommandConnector

        tool = CommandConnector(project_root=root).open(manifest, _NoSecrets())
        return {"program": tool.argument_list(action, arguments), "env": list(manifest.env)}
    if isinstance(manifest, PythonTool):
        return {"function": manifest.actions[action].function, "arguments": dict(arguments), "env": list(manifest.env)}
    if isinstance(manifest, PluginTool):
        return {"kind": manifest.kind, "options": dict(manifest.options), "action": action, "arguments": dict(arguments)}
    if isinstance(manifest, McpTool):
        server = manifest.command if manifest.command is not None else manifest.url
        headers = _hidden(manifest.auth)
        return {"server": server, "tool": manifest.actions[action].tool, "arguments": dict(arguments)} | (
            {"headers": headers} if headers else {}
        )
    return {"host": getattr(manifest, "host", None) or arguments.get("host"), "action": action, "arguments": dict(arguments)}


async def _request(manifest: HttpTool, action: str, arguments: Mapping[str, object], root: Path) -> dict[str, object]:
    from avops.connectors.arguments import complete
    from avops.connectors.http_request import plan_request, render_request

    spec = manifest.actions[action]
    rendered = await render_request(plan_request(action, spec), complete(spec, arguments), root)
    shown: dict[str, object] = {"request": f"{rendered.method} {manifest.base_url.rstrip('/')}{rendered.target}"}
    shown["headers"] = {**_hidden(manifest.auth), **manifest.headers, **dict(rendered.headers)}
    if rendered.body is not None:
        shown["body"] = rendered.body[:MAX_BODY].decode("utf-8", "replace")
    return shown


def _hidden(auth: Document | None) -> dict[str, str]:
    """The header that `auth` makes, its value hidden."""
    if auth is None:
        return {}
    values = auth.model_dump()
    name = str(values["name"]) if values.get("type") == "header" else "Authorization"
    found = ", ".join(value for value in values.values() if isinstance(value, str) and value.startswith(("env:", "keyring:")))
    return {name: f"{HIDDEN} ({found})"}
