"""`avops tool`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avops.cli.document_change import add_changes
from avops.cli.documents import Row, noun
from avops.errors import UsageError

if TYPE_CHECKING:
    from avops.model.tool import Tool
    from avops.wiring import Workspace

HELP = "List, show, change, check and call tools."

Name = Annotated[str, typer.Argument(help="The tool, by its name or file name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _row(tool: Tool, workspace: Workspace) -> Row:
    return {"kind": tool.kind, "actions": sorted(tool.actions), "simulated": tool.simulated, "description": tool.description}


app = noun("tool", f"{HELP}\n\nExample: avops tool health", _row)


@app.command("health", help="Ask the tools whether they are there.\n\nExample: avops tool health zoom")
def health(
    name: Annotated[str | None, typer.Argument(help="The tool; default: all at once.")] = None,
    as_json: AsJson = False,
) -> int:
    """Exits 1 when one of them is not well."""
    from avops.cli.tool_health import show_health

    return show_health(name, as_json=as_json)


@app.command(
    "call",
    help="Call one action: a recorded run under an agent.\n\nExample: avops tool call zoom get_room room_id=zr-hq-1",
)
def call(
    name: Name,
    action: Annotated[str, typer.Argument(help="The action.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE… | JSON]", help="Its arguments.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", help="The agent; default: 'operator_agent' of 'avops.yaml'.")] = None,
    room: Annotated[str | None, typer.Option("--room", metavar="KEY", help="The room it is about, by its key in the room list.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve the write that is called, if you may.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")] = False,
    mock: Annotated[
        list[str] | None, typer.Option("--mock", metavar="[TOOL]", help="Answer all tools, or this one, from their manifests.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Prints the answer; exits 0 when there was one, 4 when the call waits for a person."""
    from avops.cli.run import mocked
    from avops.cli.tool_call import call_action, show_dry_run

    given = arguments or []
    if dry_run:
        return show_dry_run(name, action, given, agent, as_json=as_json)
    return call_action(name, action, given, agent=agent, room=room, yes=yes, mock=mocked(mock or []), as_json=as_json)


@app.command(
    "add",
    help="Add a tool: from the built-in library, an MCP server, or an OpenAPI document.\n\n"
    "Example: avops tool add clock --mcp 'mcp-server-time --local-timezone UTC'",
)
def add(
    name: Annotated[str, typer.Argument(help="The name that recipes and agents use; without an option, one of the library.")],
    mcp: Annotated[str | None, typer.Option("--mcp", metavar="COMMAND|URL", help="An MCP server: a command in quotes, or its URL.")] = None,
    action_server: Annotated[
        str | None, typer.Option("--action-server", metavar="URL", help="A server with plain /health and /action addresses.")
    ] = None,
    openapi: Annotated[Path | None, typer.Option("--openapi", metavar="FILE", help="An OpenAPI 3 document.")] = None,
    operation: Annotated[
        list[str] | None, typer.Option("--operation", metavar="ID", help="Only this operation of the document; may be repeated.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Fills in YOUR-NAME of the library's file; may be repeated.")
    ] = None,
    env: Annotated[
        list[str] | None, typer.Option("--env", metavar="NAME", help="A variable that its program may see; may be repeated.")
    ] = None,
    token: Annotated[str | None, typer.Option("--token", metavar="env:NAME", help="Where the bearer token for its URL is found.")] = None,
    private: Annotated[bool, typer.Option("--private", help="Its URL may lead to a private address.")] = False,
    description: Annotated[str, typer.Option("--description", help="What it is.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a file of the library's or of a document.")] = False,
) -> int:
    """Writes the file. What was typed is trusted: this program, and this secret for this host; nothing else is."""
    from avops.cli.tool_add import add_tool
    from avops.cli.tool_library import add_library_tool, add_openapi_tool

    given = [flag for flag, value in (("--mcp", mcp), ("--action-server", action_server), ("--openapi", openapi)) if value is not None]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other")
    if operation and openapi is None:
        raise UsageError("--operation goes with --openapi FILE")
    if settings and given:
        raise UsageError(f"--set goes with the library, not with {given[0]}")
    if openapi is not None:
        return add_openapi_tool(name, openapi, operation or [], force=force)
    if not given:
        return add_library_tool(name, settings or [], force=force)
    return add_tool(name, mcp, action_server, env=env or [], token=token, private=private, description=description)


@app.command("discover", help="Read an MCP server's actions, and accept them.\n\nExample: avops tool discover clock --accept-hints")
def discover(
    name: Name,
    accept: Annotated[bool, typer.Option("--accept", help="Accept what has changed, as shown.")] = False,
    accept_hints: Annotated[
        bool, typer.Option("--accept-hints", help="Believe the server where it says that an action only reads.")
    ] = False,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="ACTION", help="Accept only this action; may be repeated.")] = None,
    as_json: AsJson = False,
) -> int:
    """Exits 1 when something changed and was not accepted."""
    from avops.cli.tool_discover import discover_actions

    return discover_actions(name, accept=accept, accept_hints=accept_hints, only=only or [], as_json=as_json)


Kind = Annotated[str | None, typer.Option("--kind", help="command, http, mcp or python; default: http.")]
NewName = Annotated[str, typer.Argument(help="The name that recipes and agents use.")]


@app.command("new", help="Make a tool: a skeleton, or a copy of another.\n\nExample: avops tool new lights --kind http")
def new(
    name: NewName,
    source: Annotated[str | None, typer.Option("--from", metavar="NAME", help="Begin as a copy of this tool.")] = None,
    kind: Kind = None,
) -> int:
    """Writes a commented file that lints; nothing of it is trusted. `avops tool add` makes one that works at once."""
    from avops.cli.tool_add import new_tool

    return new_tool(name, source, kind)


add_changes(app, "tool")


@app.command("scaffold", help="Write the skeleton of a new tool.\n\nExample: avops tool scaffold lights --kind http")
def scaffold(name: NewName, kind: Kind = None) -> int:
    """The same as `avops tool new`."""
    from avops.cli.tool_add import new_tool

    return new_tool(name, None, kind)
