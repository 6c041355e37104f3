"""`avops workflow`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from avops.cli import workflow_change
from avops.cli.document_change import add_changes

if TYPE_CHECKING:
    from avops.wiring.workflow_files import WorkflowCard

HELP = "List, show, change and run workflows."

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help=f"{HELP}\n\nExample: avops workflow run 'Morning Systems Check'"
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name or file name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def root() -> None:
    """The sub-commands stand below."""


@app.command("list", help="List the workflows, with their last and next runs.\n\nExample: avops workflow list --json")
def list_workflows(as_json: AsJson = False) -> int:
    """A dot, agent, recipe, trigger in words, last run with its result, next run in local time."""
    from avops import wiring
    from avops.cli.screen import show, zone_of
    from avops.project.clock import SystemClock
    from avops.report.workflows_page import workflows_page

    workspace = wiring.open_workspace()
    cards = wiring.workflow_cards(workspace, now=SystemClock().now())
    if as_json:
        from avops.report.run_json import to_json

        print(to_json([_fields(card) for card in cards]))
    elif not cards:
        print("no workflows here; avops workflow new makes one", file=sys.stderr)
    else:
        show(lambda sheet: workflows_page(sheet, cards), zone_of(workspace.timezone))
    broken = [card for card in cards if card.problem is not None]
    for card in broken:
        print(f"broken: {card.path}: {card.problem}", file=sys.stderr)
    if broken:
        print("hint: avops lint", file=sys.stderr)
    return 1 if broken else 0


def _fields(card: WorkflowCard) -> dict[str, object]:
    from avops.report.run_json import instant
    from avops.report.workflows_page import colour

    last = card.last
    return {
        "name": card.name,
        "path": card.path,
        "agent": card.agent or None,
        "recipe": card.recipe or None,
        "trigger": card.trigger or None,
        "rooms": card.rooms,
        "enabled": card.enabled,
        "reason": card.reason,
        "colour": colour(card),
        "last": None
        if last is None
        else {"id": last.id, "status": last.status.value, "simulated": last.simulated.value, "started_at": instant(last.started_at)},
        "next_at": instant(card.next_at),
        "broken": card.problem,
    }


@app.command("show", help="Show one workflow and how it stands.\n\nExample: avops workflow show 'Morning Systems Check'")
def show_workflow(name: Name, as_json: AsJson = False) -> int:
    """Trigger in words, last and next run, who follows it, and its file as it is."""
    from avops import wiring
    from avops.cli.screen import show, zone_of
    from avops.project.clock import SystemClock
    from avops.report.workflows_page import workflow_page

    workspace = wiring.open_workspace()
    loaded = workspace.project.workflows.find(name)
    workflow = loaded.required()
    (card,) = wiring.workflow_cards(workspace, now=SystemClock().now(), name=loaded.path)
    followers = [each.required().name for each in wiring.followers_of(workspace, workflow.name)]
    if as_json:
        from avops.report.run_json import to_json

        document = workflow.model_dump(mode="json", by_alias=True, exclude_none=True)
        state = {key: value for key, value in _fields(card).items() if key in ("reason", "colour", "last", "next_at")}
        print(
            to_json(
                {**document, "path": loaded.path, "enabled": card.enabled, "trigger_words": card.trigger, **state, "followers": followers}
            )
        )
    else:
        show(lambda sheet: workflow_page(sheet, card, loaded.text, followers), zone_of(workspace.timezone))
    return 0


@app.command("run", help="Run a workflow now.\n\nExample: avops workflow run 'Morning Systems Check'")
def run(
    name: Name,
    mock: Annotated[
        list[str] | None, typer.Option("--mock", metavar="[TOOL]", help="Answer all tools, or this one, from their manifests.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> int:
    """Runs at once, whatever its schedule says."""
    from avops import wiring
    from avops.cli.run import mocked
    from avops.cli.running import finish, fleet_listener, fleet_progress, listener, person
    from avops.model.run import Trigger

    workspace = wiring.open_workspace()
    workflow = workspace.project.workflows.find(name).required()
    request = wiring.workflow_request(workspace, workflow, trigger=Trigger.MANUAL, mock=mocked(mock or []))
    hears = listener(quiet=as_json) if request.fleet is None else fleet_listener(quiet=as_json)
    report = wiring.run_once(workspace, request, hears, person=person(workspace), progress=fleet_progress(quiet=as_json))
    return finish(workspace, report, as_json=as_json)


@app.command(
    "new",
    help="Make a workflow.\n\nExample: avops workflow new 'Night Check' --agent SupportBot --recipe 'Display Fix' --every 60",
)
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call it; unique without regard to case.")],
    source: Annotated[str | None, typer.Option("--from", metavar="NAME", help="Begin as a copy of this workflow.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", metavar="NAME", help="Who runs it.")] = None,
    recipe: Annotated[str | None, typer.Option("--recipe", metavar="NAME", help="What is run.")] = None,
    description: Annotated[str, typer.Option("--description", metavar="TEXT", help="What it is for.")] = "",
    cron: Annotated[str | None, typer.Option("--cron", metavar="LINE", help="When: five fields, or such as @daily.")] = None,
    timezone: Annotated[str | None, typer.Option("--timezone", metavar="ZONE", help="With --cron: an IANA name.")] = None,
    every: Annotated[int | None, typer.Option("--every", metavar="MINUTES", min=1, help="When: every so many minutes.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="When: once, at an instant with its offset.")] = None,
    after: Annotated[str | None, typer.Option("--after", metavar="WORKFLOW", help="When: after a run of another workflow.")] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="RESULT", help="With --after: success, failed, unverified or ended.")] = None,
    room: Annotated[str | None, typer.Option("--room", metavar="KEY", help="The one room it is about.")] = None,
    for_each: Annotated[str | None, typer.Option("--for-each", metavar="LIST", help="`rooms`, `rooms site=hq`, or a file.")] = None,
    inputs: Annotated[list[str] | None, typer.Option("-i", "--input", metavar="NAME=VALUE", help="An input; may be repeated.")] = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Switched off until somebody enables it.")] = False,
) -> int:
    """Writes the file, and refuses what could not run."""
    return workflow_change.new(
        name,
        source=source,
        agent=agent,
        recipe=recipe,
        description=description,
        trigger=workflow_change.trigger(cron=cron, timezone=timezone, every=every, at=at, after=after, on=on),
        room=room,
        for_each=for_each,
        inputs=inputs or [],
        enabled=not disabled,
    )


@app.command("enable", help="Switch a workflow's schedule on.\n\nExample: avops workflow enable 'Hourly Display Watch'")
def enable(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for those who wonder later.")] = "",
    in_file: Annotated[bool, typer.Option("--in-file", help="Write it into the file instead of the database.")] = False,
) -> int:
    """The file stays as it is, so that a server's checkout stays clean."""
    return workflow_change.switch(name, enabled=True, reason=reason, in_file=in_file)


@app.command(
    "disable", help="Switch a workflow's schedule off.\n\nExample: avops workflow disable 'Hourly Display Watch' --reason 'new displays'"
)
def disable(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for those who wonder later.")] = "",
    in_file: Annotated[bool, typer.Option("--in-file", help="Write it into the file instead of the database.")] = False,
) -> int:
    """Its slots are recorded as skipped, with the reason; a run under way goes on."""
    return workflow_change.switch(name, enabled=False, reason=reason, in_file=in_file)


add_changes(app, "workflow")
