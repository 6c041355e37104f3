"""`avops mcp serve`: recipes as tools for other assistants."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import AvopsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.wiring import Workspace
    from avops.wiring.mcp_server import Service

HELP = "Offer recipes to other assistants over MCP."

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help=f"{HELP}\n\nExample: avops mcp serve --agent SupportBot"
)

MOCKED = ("answers of mocked tools are simulated", "every answer is simulated")
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@app.callback()
def mcp() -> None:
    """Offer recipes to other assistants over MCP."""


@app.command(help="Serve recipes as MCP tools, over standard input and output or HTTP.\n\nExample: avops mcp serve --agent SupportBot")
def serve(
    agent: Annotated[
        str | None, typer.Option("--agent", metavar="NAME", help="Who runs them; default: the agent with the recipe, or 'operator_agent'.")
    ] = None,
    recipes: Annotated[
        list[str] | None, typer.Option("--recipe", metavar="NAME", help="Offer only this recipe; may be repeated. Default: all but drafts.")
    ] = None,
    http: Annotated[
        str | None, typer.Option("--http", metavar="[HOST:]PORT", help="Streamable HTTP instead of standard input; loopback, with a token.")
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", metavar="env:NAME", help="Where the token is found; default: a new one, shown once.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask a person for each write; approvals of agents and recipes stay.")] = False,
    mock: Annotated[
        list[str] | None, typer.Option("--mock", metavar="[TOOL]", help="Answer all tools, or this one, from their manifests.")
    ] = None,
) -> int:
    """What clients call runs here, with this account's rights; standard output belongs to the protocol."""
    from avops import wiring
    from avops.cli.run import mocked

    workspace = wiring.open_workspace()
    try:
        import mcp.server  # noqa: F401  # the extra is there, or it is said how to get it
    except ImportError:
        raise AvopsError("the MCP library is not installed", hint="pip install 'avops[mcp]'") from None
    service = _service(workspace, agent, recipes or [], mock=mocked(mock or []), yes=yes)
    if http is None:
        if token is not None:
            raise UsageError("--token is for --http: over standard input there is only one client")
        return _stdio(service)
    return _http(workspace, service, http, token)


def _service(workspace: Workspace, agent: str | None, recipes: Sequence[str], *, mock: bool | list[str], yes: bool) -> Service:
    """What is offered; what is not is said on standard error."""
    from avops.cli.screen import open_records
    from avops.report.diagnostics import visible
    from avops.wiring.mcp_recipes import offered_recipes
    from avops.wiring.mcp_server import Service

    offered, left = offered_recipes(workspace, agent=agent, names=recipes)
    for each in left:
        print(f"not offered: {visible(each)}", file=sys.stderr)
    if not offered:
        raise AvopsError("there is no recipe to offer", hint="avops recipe list")
    asks = "writes are made without asking" if yes else "each write waits for a person"
    simulated = f", {MOCKED[mock is True]}" if mock else ""
    print(f"{len(offered)} recipes are offered; {asks}{simulated}", file=sys.stderr)
    return Service(workspace=workspace, recipes=offered, records=open_records, mock=mock, yes=yes)


def _stdio(service: Service) -> int:
    import anyio

    from avops.wiring.mcp_server import serve_stdio

    anyio.run(serve_stdio, service)
    return 0


def _http(workspace: Workspace, service: Service, address: str, reference: str | None) -> int:
    import secrets

    import anyio

    from avops.connectors.secrets import EnvironmentSecrets
    from avops.wiring.mcp_server import serve_http
    from avops.wiring.mcp_token import SHORTEST

    host, port = _address(address)
    if reference is None:
        token = secrets.token_urlsafe(32)
        print(f"token: {token}", file=sys.stderr)
    else:
        if not reference.startswith(("env:", "keyring:")):
            raise UsageError("a token does not stand on a command line", hint="--token env:NAME, or leave it out for a new one")
        token = EnvironmentSecrets(dotenv=workspace.root / ".env").resolve(reference)
        if len(token) < SHORTEST:
            raise UsageError(f"the token in '{reference}' has fewer than {SHORTEST} characters")

    def ready(url: str) -> None:
        print(f"listening at {url}", file=sys.stderr, flush=True)

    async def serve_it() -> None:
        await serve_http(service, host=host, port=port, token=token, ready=ready)

    anyio.run(serve_it)
    return 0


def _address(text: str) -> tuple[str, int]:
    """Host and port of `[HOST:]PORT`; only loopback, since nothing here encrypts."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or LOOPBACK[0]
    if not port.isdigit() or int(port) > 65535:
        raise UsageError(f"'{text}' is no address", hint="--http 8766, or --http 127.0.0.1:8766")
    if host not in LOOPBACK:
        hint = "put a reverse proxy with TLS in front of --http 127.0.0.1:PORT"
        raise UsageError(f"'{host}' is not on this machine, and tokens and answers would travel in clear", hint=hint)
    return host, int(port)
