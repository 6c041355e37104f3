"""`avops workflow`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from avops.cli.documents import Row, noun

if TYPE_CHECKING:
    from avops.model.workflow import Workflow
    from avops.wiring import Workspace

HELP = "List, show and run workflows."


def _row(workflow: Workflow, workspace: Workspace) -> Row:
    from avops.schedule.triggers import read_trigger
    from avops.schedule.words import describe

    return {
        "agent": workflow.agent,
        "recipe": workflow.recipe,
        "trigger": describe(read_trigger(workflow.trigger, workspace.timezone)),
        "rooms": workflow.for_each or workflow.room,
        "enabled": workflow.enabled,
    }


app = noun("workflow", HELP, _row)


@app.command("run", help="Run a workflow now.\n\nExample: avops workflow run 'Morning Systems Check'")
def run(
    name: Annotated[str, typer.Argument(help="Its name or file name.")],
    mock: Annotated[
        list[str] | None, typer.Option("--mock", metavar="[TOOL]", help="Answer all tools, or this one, from their manifests.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> int:
    """Runs at once, whatever its schedule says."""
    from avops import wiring
    from avops.cli.run import mocked
    from avops.cli.running import finish, fleet_progress, listener, person
    from avops.model.run import Trigger

    workspace = wiring.open_workspace()
    workflow = workspace.project.workflows.find(name).required()
    request = wiring.workflow_request(workspace, workflow, trigger=Trigger.MANUAL, mock=mocked(mock or []))
    hears = listener(quiet=as_json or request.fleet is not None)
    report = wiring.run_once(workspace, request, hears, person=person(workspace), progress=fleet_progress(quiet=as_json))
    return finish(workspace, report, as_json=as_json)
