"""`avops deny ID`."""

from __future__ import annotations

from typing import Annotated

import typer

from avops.cli.running import ANYWAY

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Deny what a run asks for."


@app.command(help=f"{HELP}\n\nExample: avops deny 7 --note 'wait until the meeting is over'")
def deny(
    decision: Annotated[int, typer.Argument(metavar="ID", help="The number of the decision, from avops inbox.")],
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Kept with the decision.")] = None,
    anyway: Annotated[str | None, typer.Option("--anyway", metavar="REASON", help=ANYWAY)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> int:
    """Denies as the login account; the run takes back what it did, and is cancelled."""
    from avops.cli.deciding import decide

    return decide("deny", decision, note=note, anyway=anyway, as_json=as_json)
