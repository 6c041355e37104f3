"""`avops answer ID [VALUE]`."""

from __future__ import annotations

from typing import Annotated

import typer

from avops.cli.running import ANYWAY

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Answer what a run asks."


@app.command(help=f"{HELP}\n\nExample: avops answer 7 'HDMI 2' --note 'the label was wrong'")
def answer(
    decision: Annotated[int, typer.Argument(metavar="ID", help="The number of the decision, from avops inbox.")],
    value: Annotated[
        str | None, typer.Argument(metavar="[VALUE]", help="What it asks for; nothing where it only asks you to do something.")
    ] = None,
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Kept with the answer.")] = None,
    anyway: Annotated[str | None, typer.Option("--anyway", metavar="REASON", help=ANYWAY)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> int:
    """Answers as the login account, then goes on with the run."""
    from avops.cli.deciding import decide

    return decide("answer", decision, value=value, note=note, anyway=anyway, as_json=as_json)
