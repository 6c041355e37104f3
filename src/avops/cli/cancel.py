"""`avops cancel RUN`."""

from __future__ import annotations

from typing import Annotated

import typer

from avops.cli.running import ANYWAY

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "End a run, and take back what it did."


@app.command(help=f"{HELP}\n\nExample: avops cancel 42 --reason 'the meeting was moved here'")
def cancel(
    run: Annotated[int, typer.Argument(help="The run's number.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the run.")] = "",
    no_rollback: Annotated[bool, typer.Option("--no-rollback", help="Take nothing back; what it did is listed.")] = False,
    anyway: Annotated[str | None, typer.Option("--anyway", metavar="REASON", help=ANYWAY)] = None,
    inputs: Annotated[list[str] | None, typer.Option("-i", "--input", metavar="NAME=VALUE", help="A secret input, given again.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> int:
    """Exits 0 when the run is cancelled and nothing of what it did is left."""
    from avops.cli.run import gathered
    from avops.cli.running import finish, fleet_progress, listener, reason_for
    from avops.model.run import RunStatus
    from avops.project.account import login_account
    from avops.wiring import open_workspace
    from avops.wiring.cancelling import Cancellation, cancel_run

    workspace = open_workspace()
    wish = Cancellation(
        by=login_account(),
        reason=reason.strip(),
        anyway=reason_for(anyway),
        leave=no_rollback,
        secret_inputs={name: str(value) for name, value in gathered(inputs or [], None).items()},
    )
    report = cancel_run(workspace, run, wish, listener(quiet=as_json), fleet_progress(quiet=as_json))
    code = finish(workspace, report, as_json=as_json)
    return 0 if report.status is RunStatus.CANCELLED and not report.left else code
