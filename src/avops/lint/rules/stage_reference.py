"""A stage refers to a stage that is not there, or not before it.

The inputs of a stage may name what the stages before it came to: `stages.NAME.outputs.…`, and `run`, `status`,
`simulated` and `error` of each. NAME is the stage's name in small letters, with `_` for everything else; without a name it
is the recipe's. Each stage needs a name of its own.

Wrong, when the first stage is called `Baseline checks`:

    inputs: {seen: "{{ stages.baseline.outputs.seen }}"}

Right:

    inputs: {seen: "{{ stages.baseline_checks.outputs.seen }}"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.expression import ExpressionError, parse_value
from avops.lint.checked import meant
from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.workflow import stage_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView
    from avops.lint.rule import Path

_SCOPE = ("inputs", "room", "run", "stages")
_FACTS = ("error", "outputs", "run", "simulated", "status")


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    before: dict[str, str] = {}
    for index, stage in enumerate(workflow.doc.stages):
        key = stage_key(stage.name or stage.recipe)
        for name, value in stage.inputs.items():
            yield from _in_value(workflow, value, before, ("stages", index, "inputs", name))
        if key in before:
            at: Path = ("stages", index, "name" if stage.name else "recipe")
            yield Finding(f"a stage before it is called '{key}' too", at, "give each stage a 'name:' of its own")
        before[key] = stage.recipe


def _in_value(workflow: WorkflowView, value: object, before: dict[str, str], at: Path) -> Iterator[Finding]:
    try:
        parsed = parse_value(value)
    except ExpressionError as error:
        yield Finding(error.message, at, error.hint)
        return
    for use in parsed.names:
        path = [str(part) for part in use.path]
        if path[0] not in _SCOPE:
            yield Finding(f"nothing here is called '{path[0]}'", at, meant(path[0], _SCOPE), _SCOPE)
        elif path[0] == "stages" and len(path) > 1:
            yield from _of_stage(workflow, path[1:], before, at)


def _of_stage(workflow: WorkflowView, path: list[str], before: dict[str, str], at: Path) -> Iterator[Finding]:
    known = tuple(sorted(before))
    if path[0] not in before:
        yield Finding(f"no stage before this one is called '{path[0]}'", at, meant(path[0], known), known)
    elif len(path) > 1 and path[1] not in _FACTS:
        yield Finding(f"of a stage nothing is called '{path[1]}'", at, meant(path[1], _FACTS), _FACTS)
    elif len(path) > 2 and path[1] == "outputs":
        facts = workflow.project.recipe(before[path[0]], by_file=True)
        outputs = None if facts is None or facts.broken else tuple(sorted(facts.outputs or {}))
        if outputs is not None and path[2] not in outputs:
            message = f"the recipe '{before[path[0]]}' of the stage '{path[0]}' has no output '{path[2]}'"
            yield Finding(message, at, meant(path[2], outputs), outputs)


RULE = Rule(number="AV710", name="stage-reference", family=Family.SCHEDULE, levels=ALWAYS, page=__doc__, workflow=_check)
