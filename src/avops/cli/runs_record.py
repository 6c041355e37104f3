"""`avops runs record`: a recipe test from a real run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avops.errors import UsageError

if TYPE_CHECKING:
    from avops.model.recipe import Recipe
    from avops.model.run import RunStart

HEAD = "# yaml-language-server: $schema=../schemas/test.schema.json\n"
_ENDED = ("success", "failed", "unverified", "cancelled")


def record_run(run_id: int) -> int:
    """Prints the test that a run makes: its inputs, its room, every answer that it got, and what it came to."""
    from avops import wiring
    from avops.cli.screen import open_records
    from avops.engine.artifacts import ArtifactFiles
    from avops.engine.keeping import OVERFLOW
    from avops.model.run import Trigger
    from avops.project.yaml_edit import block, edit_yaml
    from avops.telemetry import queries
    from avops.testing.recording import recorded

    workspace = wiring.open_workspace()
    with open_records(workspace.database) as reader:
        run, start = queries.run(reader, run_id), queries.start(reader, run_id)
        steps, decisions = queries.steps(reader, run_id), queries.decisions(reader, run_id)
    if run.trigger is Trigger.CARD:
        raise UsageError(f"run {run_id} was done by a person and entered by hand: there are no answers to record", hint="avops runs list")
    if run.status.value not in _ENDED:
        raise UsageError(f"run {run_id} is {run.status.value}: only a run that has ended can be recorded", hint=f"avops runs show {run_id}")
    if not steps:
        raise UsageError(f"run {run_id} has no steps of its own", hint=f"avops runs list --parent {run_id} shows the runs below it")
    files = ArtifactFiles(workspace.root)

    def full(value: object) -> object:
        import json

        return json.loads(files.read(str(value[OVERFLOW]))) if isinstance(value, dict) and OVERFLOW in value else value

    document = recorded(run, start, steps, decisions, recipe=_recipe(start), full=full)

    def put(data: dict[str, object]) -> None:
        for key, value in document.items():
            data[key] = block(value)

    sys.stdout.write(HEAD + edit_yaml("recipe: x\n", put))
    return 0


def _recipe(start: RunStart) -> Recipe:
    """The recipe as it was when the run began."""
    from avops.project.documents import load_document
    from avops.project.names import folded

    for path, text in start.texts.items():
        if path.startswith("recipes/"):
            recipe = load_document("recipe", text, path).required()
            if folded(recipe.name) == folded(start.recipe):
                return recipe
    raise UsageError(f"the run keeps no recipe '{start.recipe}'", hint="only a run of a single recipe can be recorded")
