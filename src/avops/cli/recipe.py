"""`avops recipe`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from avops.cli.documents import Row, noun

if TYPE_CHECKING:
    from avops.model.recipe import Recipe
    from avops.wiring import Workspace

HELP = "List, show and check recipes."


def _row(recipe: Recipe, workspace: Workspace) -> Row:
    steps = len(recipe.intake) + len(recipe.plan) + len(recipe.act) + len(recipe.verify)
    return {"version": recipe.version, "draft": recipe.draft, "room": recipe.room, "steps": steps, "inputs": sorted(recipe.inputs)}


app = noun("recipe", HELP, _row)


@app.command("validate", help="Check one recipe.\n\nExample: avops recipe validate 'Display Fix'")
def validate(name: Annotated[str, typer.Argument(help="Its name or file name.")]) -> int:
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
    name: Annotated[str, typer.Argument(help="Its name or file name.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> int:
    """Versions come from git and from the texts that runs kept; without git, from those alone."""
    from avops.cli.recipe_history import show_history

    return show_history(name, as_json=as_json)
