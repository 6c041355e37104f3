"""`avops approve ID`."""

from __future__ import annotations

from typing import Annotated

import typer

from avops.cli.running import ANYWAY

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Approve what a run asks for."


@app.command(help=f"{HELP}\n\nExample: avops approve 7 --note 'the room is free until noon'")
def approve(
    decision: Annotated[int, typer.Argument(metavar="ID", help="The number of the decision, from avops inbox.")],
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Kept with the decision.")] = None,
    anyway: Annotated[str | None, typer.Option("--anyway", metavar="REASON", help=ANYWAY)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> int:
    """Approves as the login account, then goes on with the run."""
    from avops.cli.deciding import decide

    return decide("approve", decision, note=note, anyway=anyway, as_json=as_json)
