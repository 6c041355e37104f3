"""`avops plan AGENT RECIPE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.engine.plan import PlanView
    from avops.engine.program import Problem

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Do Intake and Plan, and show what Act would do."
FORMAT = "avops-plan/1"


@app.command(help=f"{HELP}\n\nExample: avops plan Zoom_Room_Agent 'Zoom Room Reset' --room HQ-1 -i reason=frozen")
def plan(
    agent: Annotated[str, typer.Argument(help="The agent, by name.")],
    recipe: Annotated[str, typer.Argument(help="The recipe, by name.")],
    inputs: Annotated[list[str] | None, typer.Option("-i", "--input", metavar="NAME=VALUE", help="An input; may be repeated.")] = None,
    inputs_file: Annotated[Path | None, typer.Option("--inputs", metavar="FILE", help="Inputs from a YAML file.")] = None,
    room: Annotated[str | None, typer.Option("--room", metavar="KEY", help="The room, by its key in the room list.")] = None,
    mock: Annotated[
        list[str] | None, typer.Option("--mock", metavar="[TOOL]", help="Answer all tools, or this one, from their manifests.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Keep the plan, for avops run --plan FILE.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> int:
    """Calls only what reads; exits 1 when the run would be refused, or would stop before Act."""
    from avops import wiring
    from avops.cli.run import gathered, mocked
    from avops.model.run import Trigger

    workspace = wiring.open_workspace()
    request = wiring.RunRequest(
        agent=agent, recipe=recipe, inputs=gathered(inputs or [], inputs_file), room=room, mock=mocked(mock or []), trigger=Trigger.MANUAL
    )
    view, problems, start = wiring.plan_once(workspace, request)
    about = {"recipe": start.recipe, "agent": start.agent, "room": start.room, "inputs": dict(start.inputs)}
    document = _document(view, problems, about)
    if output is not None:
        from avops.project.writing import write_text

        write_text(output, document + "\n")
    if as_json:
        print(document)
    else:
        _show(view, problems, about)
        if output is not None:
            print(f"hint: avops run '{start.agent}' '{start.recipe}' --plan {output} carries it out", file=sys.stderr)
    return 1 if problems or view.problem else 0


def _document(view: PlanView, problems: list[Problem], about: Mapping[str, object]) -> str:
    data = {
        "format": FORMAT,
        **about,
        "problems": [str(problem) for problem in problems],
        "problem": view.problem,
        "steps": [step.as_data() for step in view.steps],
    }
    return json.dumps(data, ensure_ascii=False, indent=2, default=str)


def read_plan(file: Path) -> dict[str, object]:
    """A plan that `avops plan --output` has written; UsageError for any other file."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"the plan '{file}' cannot be read: {error}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("steps"), list):
        raise UsageError(f"'{file}' is no plan", hint="avops plan … --output FILE makes one")
    if data.get("problems") or data.get("problem"):
        raise UsageError(f"the plan '{file}' says that the run would not get to Act", hint="make it again with avops plan")
    return data


def _show(view: PlanView, problems: list[Problem], about: Mapping[str, object]) -> None:
    from avops.report.diagnostics import visible
    from avops.report.plan_view import print_plan

    for problem in problems:
        print(f"  ✗ {visible(str(problem))}", file=sys.stderr)
        if problem.hint:
            print(f"    hint: {visible(problem.hint)}", file=sys.stderr)
    if view.steps:
        print_plan([step.as_data() for step in view.steps], about)
    if view.problem:
        print(f"Act would not be reached: {visible(view.problem)}", file=sys.stderr)
