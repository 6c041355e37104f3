"""`avops agent`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from avops.cli.document_change import add_changes
from avops.cli.documents import Row, noun

if TYPE_CHECKING:
    from avops.model.agent import Agent
    from avops.wiring import Workspace

HELP = "List, show and change agents."


def _row(agent: Agent, workspace: Workspace) -> Row:
    return {"domain": agent.domain, "tools": sorted(agent.tools), "recipes": agent.recipes}


app = noun("agent", f"{HELP}\n\nExample: avops agent list", _row)


@app.command("new", help="Make an agent.\n\nExample: avops agent new 'First Line' --domain 'AV Support' --tool zoom.get_room --tool slack")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call it; unique without regard to case.")],
    source: Annotated[str | None, typer.Option("--from", metavar="NAME", help="Begin as a copy of this agent.")] = None,
    domain: Annotated[str, typer.Option("--domain", metavar="TEXT", help="The team or field that it belongs to.")] = "",
    description: Annotated[str, typer.Option("--description", metavar="TEXT", help="What it looks after.")] = "",
    tools: Annotated[
        list[str] | None,
        typer.Option("--tool", metavar="TOOL[.ACTION]", help="One action that it may call, or all that the tool has; may be repeated."),
    ] = None,
) -> int:
    """Writes a file that lints; what it may call is written out, action by action."""
    from avops import wiring
    from avops.wiring.agent_files import agent_text, allowed_actions
    from avops.wiring.document_files import copied, new_document, require_free
    from avops.wiring.document_kinds import document_kind

    workspace = wiring.open_workspace()
    document_kind("agent").require_name(name)
    require_free(workspace, "agent", name)
    allowed = allowed_actions(workspace, tools or [])
    if source is None:
        text = agent_text(workspace, name, domain=domain or "AV Operations", description=description, tools=allowed)
    else:
        given = {"domain": domain, "description": description, "tools": allowed}
        text = copied(workspace, "agent", source, name, {key: value for key, value in given.items() if value})
    print(f"Made {new_document(workspace, 'agent', name, text)}")
    print(f"hint: avops agent edit '{name}' says what it looks after, avops recipe attach '{name}' RECIPE what it does", file=sys.stderr)
    return 0


add_changes(app, "agent")
