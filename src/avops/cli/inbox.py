"""`avops inbox`."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Show what waits for a person."


@app.command(help=f"{HELP}\n\nExample: avops inbox --json")
def inbox(as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False) -> int:
    """Open decisions, oldest first."""
    from avops import wiring
    from avops.cli.screen import open_records, show, zone_of
    from avops.project.clock import SystemClock
    from avops.telemetry import queries

    workspace = wiring.open_workspace()
    with open_records(workspace.database) as reader:
        items = [(item.decision, item.run) for item in queries.inbox(reader)]
    if as_json:
        from avops.report.run_json import inbox_document

        print(inbox_document(items))
    else:
        from avops.report.inbox import inbox_page

        show(lambda sheet: inbox_page(sheet, items, SystemClock().now()), zone_of(workspace.timezone))
    return 0
