"""Which connector serves which kind of tool: ours written out, others through the entry point `avops.tools`.

A new connector of our own is one module and one line in `KINDS`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from avops.errors import AvopsError
from avops.project.plugin_kinds import ENTRY_POINTS, plugin_kinds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avops.model.tool import ToolBase
    from avops.ports import Clock, Connector, SecretSource, Tool

# Written out because reading the entry points of all installed packages takes tens of milliseconds.
KINDS = {
    "command": "avops.connectors.command:CommandConnector",
    "companion": "avops.connectors.companion:CompanionConnector",
    "http": "avops.connectors.http:HttpConnector",
    "mcp": "avops.connectors.mcp:McpConnector",
    "ping": "avops.connectors.ping:PingConnector",
    "pjlink": "avops.connectors.pjlink:PjlinkConnector",
    "python": "avops.connectors.python:PythonConnector",
    "qrc": "avops.connectors.qrc:QrcConnector",
    "roomos": "avops.connectors.roomos:RoomOsConnector",
    "shure": "avops.connectors.shure:ShureConnector",
    "sis": "avops.connectors.sis:SisConnector",
    "snmp": "avops.connectors.snmp:SnmpConnector",
    "tesira": "avops.connectors.tesira:TesiraConnector",
    "wol": "avops.connectors.wol:WakeOnLanConnector",
}


def open_tool(manifest: ToolBase, secrets: SecretSource, project_root: Path, *, mock: bool = False, clock: Clock | None = None) -> Tool:
    """A tool that is not connected yet, or its mock.

    Whether a program may be started and a secret may be sent is for the caller to ask before this. Raises AvopsError for
    a kind that nothing serves and for a manifest that its connector cannot serve.
    """
    if mock:
        from avops.connectors.mock import MockTool

        return MockTool(manifest)
    kind = str(getattr(manifest, "kind", ""))
    if kind not in KINDS:
        from avops.connectors.plugin import open_plugin

        return open_plugin(manifest, find_connector(kind, project_root, clock), secrets, clock)
    return find_connector(kind, project_root, clock).open(manifest, secrets)


def find_connector(kind: str, project_root: Path, clock: Clock | None = None) -> Connector:
    """The connector of a kind; it is called with `project_root` and `clock`. AvopsError when nothing serves the kind."""
    if target := KINDS.get(kind):
        module, _, name = target.partition(":")
        factory = getattr(import_module(module), name)
    else:
        factory = _installed(kind)
    return cast("Connector", factory(project_root=project_root, clock=clock))


def _installed(kind: str) -> Callable[..., object]:
    from importlib.metadata import entry_points

    for point in entry_points(group=ENTRY_POINTS, name=kind):
        try:
            factory: Callable[..., object] = point.load()
        except Exception as error:  # whatever a package does when it is imported
            message = f"the package of tools of kind '{kind}' cannot be loaded: {type(error).__name__}: {error}"
            raise AvopsError(message, hint=f"it names '{point.value}' under '{ENTRY_POINTS}'") from error
        return factory
    raise AvopsError(f"there is no connector for tools of kind '{kind}'; expected one of: {', '.join(kinds())}")


def kinds() -> tuple[str, ...]:
    """Every kind that can be opened here, sorted; looks at the installed packages."""
    return tuple(sorted({*KINDS, *plugin_kinds()}))
