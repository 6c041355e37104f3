"""`avops recipe`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avops.cli.document_change import add_changes
from avops.cli.documents import Row, noun

if TYPE_CHECKING:
    from avops.model.recipe import Recipe
    from avops.wiring import Workspace

HELP = "List, show, change and check recipes."

Name = Annotated[str, typer.Argument(help="Its name or file name.")]


def _row(recipe: Recipe, workspace: Workspace) -> Row:
    steps = len(recipe.intake) + len(recipe.plan) + len(recipe.act) + len(recipe.verify)
    return {"version": recipe.version, "draft": recipe.draft, "room": recipe.room, "steps": steps, "inputs": sorted(recipe.inputs)}


app = noun("recipe", f"{HELP}\n\nExample: avops recipe show 'Display Fix'", _row)


@app.command("validate", help="Check one recipe.\n\nExample: avops recipe validate 'Display Fix'")
def validate(name: Name) -> int:
    """The same findings as `avops lint` on that file."""
    from avops import wiring
    from avops.cli.lint import lint

    workspace = wiring.open_workspace()
    entry = workspace.project.recipes.entry(name)
    return lint(paths=[str(entry.file)])


@app.command(
    "history", help="Show a recipe's versions with their results, and whether it is ready.\n\nExample: avops recipe history 'Display Fix'"
)
def history(
    name: Name,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> int:
    """Versions come from git and from the texts that runs kept; without git, from those alone."""
    from avops.cli.recipe_history import show_history

    return show_history(name, as_json=as_json)


@app.command("new", help="Make a recipe.\n\nExample: avops recipe new 'Projector Fix' --agent SupportBot")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call it; unique without regard to case.")],
    source: Annotated[str | None, typer.Option("--from", metavar="NAME", help="Begin as a copy of this recipe.")] = None,
    agents: Annotated[list[str] | None, typer.Option("--agent", metavar="NAME", help="Attach it to this agent; may be repeated.")] = None,
    description: Annotated[str, typer.Option("--description", metavar="TEXT", help="What it brings about.")] = "",
    owner: Annotated[str, typer.Option("--owner", metavar="TEXT", help="Who keeps it right; default: your account.")] = "",
    room: Annotated[str | None, typer.Option("--room", metavar="required|optional", help="Whether it is about one room.")] = None,
) -> int:
    """Writes a file that lints and can be run, with guardrails, a target, and a check in Verify."""
    from avops.cli.recipe_change import new_recipe

    return new_recipe(name, source=source, agents=agents or [], description=description, owner=owner, room=room)


add_changes(app, "recipe")


@app.command("attach", help="Attach a recipe to an agent.\n\nExample: avops recipe attach SupportBot 'Display Fix'")
def attach(
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="The agent, by its name or file name.")],
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="The recipe, by its name or file name.")],
) -> int:
    """One line of the agent's file changes; says which actions of the recipe the agent may not call."""
    from avops.cli.recipe_change import attach as attach_recipe

    return attach_recipe(agent, recipe)


@app.command("export", help="Write a recipe out.\n\nExample: avops recipe export 'Display Fix' --format markdown --output display-fix.md")
def export(
    name: Name,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE|-", help="The file; default: standard output.")] = "-",
    layout: Annotated[str, typer.Option("--format", metavar="yaml|json|markdown", help="How.")] = "yaml",
) -> int:
    """As its file says it, as JSON, or in words for people."""
    from avops.cli.recipe_change import export as export_recipe

    return export_recipe(name, output, layout)


@app.command("card", help="Print a checklist for a technician.\n\nExample: avops recipe card 'Display Fix' --room HQ-1 --output card.pdf")
def card(
    name: Name,
    room: Annotated[str | None, typer.Option("--room", metavar="KEY", help="The room it is about, by its key in the room list.")] = None,
    inputs: Annotated[list[str] | None, typer.Option("-i", "--input", metavar="NAME=VALUE", help="An input; may be repeated.")] = None,
    layout: Annotated[
        str | None, typer.Option("--format", metavar="text|html|pdf", help="Default: as the file's ending says, else text.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="The file; default: standard output.")] = None,
) -> int:
    """Boxes to tick, what has to be seen, and what to do if it fails; `avops runs enter` records what was ticked."""
    from avops.cli.recipe_card import print_card

    return print_card(name, room=room, inputs=inputs or [], layout=layout, output=output)
