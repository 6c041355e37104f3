"""`avops resume RUN`."""

from __future__ import annotations

from typing import Annotated

import typer

from avops.cli.running import ANYWAY
from avops.errors import UsageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Go on with an interrupted or waiting run."


@app.command(help=f"{HELP}\n\nExample: avops resume 42 --done")
def resume(
    run: Annotated[int, typer.Argument(help="The run's number.")],
    redo: Annotated[bool, typer.Option("--redo", help="Repeat a step of which nobody knows whether it happened.")] = False,
    done: Annotated[bool, typer.Option("--done", help="It has happened: go on after it.")] = False,
    abort: Annotated[bool, typer.Option("--abort", help="End the run there, with its rollback.")] = False,
    anyway: Annotated[str | None, typer.Option("--anyway", metavar="REASON", help=ANYWAY)] = None,
    inputs: Annotated[list[str] | None, typer.Option("-i", "--input", metavar="NAME=VALUE", help="A secret input, given again.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> int:
    """Goes on after the last finished step."""
    from avops import wiring
    from avops.cli.run import gathered
    from avops.cli.running import finish, fleet_progress, listener, person, reason_for
    from avops.wiring.running import Continuation

    words = [word for word, said in (("redo", redo), ("done", done), ("abort", abort)) if said]
    if len(words) > 1:
        raise UsageError(f"--{words[0]} and --{words[1]} exclude each other")
    workspace = wiring.open_workspace()
    secret = {name: str(value) for name, value in gathered(inputs or [], None).items()}
    report = wiring.resume_run(
        workspace,
        run,
        listener(quiet=as_json),
        said=Continuation(unknown=words[0] if words else None, anyway=reason_for(anyway), secret_inputs=secret),
        person=person(workspace),
        progress=fleet_progress(quiet=as_json),
    )
    return finish(workspace, report, as_json=as_json)
