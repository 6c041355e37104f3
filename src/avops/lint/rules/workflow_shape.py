"""A workflow does not say what runs as whom, or says it twice.

It names one `recipe` with an `agent` (or `agents`, one per phase), or a list of `stages` that each do. It is about one `room`,
or `for_each` of several.

Wrong:

    name: Morning Systems Check
    recipe: Daily AV Systems Check

Right:

    name: Morning Systems Check
    recipe: Daily AV Systems Check
    agent: SupportBot
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Path, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    doc = workflow.doc
    if doc.room is not None and (doc.for_each or "").partition(" ")[0] == "rooms":
        yield Finding("'room' and 'for_each: rooms' cannot stand together", ("room",), "keep one of the two", at_key=True)
    if doc.stages:
        for key in ("agent", "agents", "recipe"):
            if getattr(doc, key) is not None:
                yield Finding(f"'{key}' and 'stages' cannot stand together", (key,), "move it into the stages", at_key=True)
        for index, stage in enumerate(doc.stages):
            yield from _one(stage.agent, stage.agents, ("stages", index))
        return
    if doc.recipe is None:
        yield Finding("the workflow names no recipe", ("name",), "add 'recipe: …', or 'stages:'", at_key=True)
    yield from _one(doc.agent, doc.agents, ())


def _one(agent: object, agents: object, path: Path) -> Iterator[Finding]:
    at = path or ("name",)
    if agent is None and agents is None:
        yield Finding("no agent is named", at, "add 'agent: …', or 'agents:' with one for each phase", at_key=not path)
    elif agent is not None and agents is not None:
        yield Finding("'agent' and 'agents' cannot stand together", (*path, "agents"), "keep one of the two", at_key=True)


RULE = Rule(number="AV041", name="workflow-shape", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, workflow=_check)
