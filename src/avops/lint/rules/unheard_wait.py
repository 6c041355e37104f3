"""A scheduled run waits for a person, and nobody is told.

Where `avops.yaml` names a model, it does the steps in words (`do`, `confirm`), and those are not counted.

Wrong, when the recipe has an approval:

    trigger: {cron: "0 6 * * *"}

Right:

    trigger: {cron: "0 6 * * *"}
    notify_on: [waiting]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.called import called_recipes
from avops.lint.rule import HINT, Family, Finding, Rule
from avops.lint.triggers import is_scheduled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView

_BY_MODEL = ("confirm", "do")


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    doc = workflow.doc
    if not is_scheduled(doc) or "waiting" in doc.notify_on:
        return
    for name in [doc.recipe, *(stage.recipe for stage in doc.stages)]:
        for facts in called_recipes(workflow.project, name, by_file=True) if name else ():
            waits = [kind for kind in facts.waits if kind not in _BY_MODEL or not workflow.project.has_model]
            if waits:
                at_key = "notify_on" in doc.model_fields_set
                path = ("notify_on",) if at_key else ("trigger",)
                message = f"the recipe '{facts.name}' waits for a person ({', '.join(waits)}), and nobody is told"
                yield Finding(message, path, "add 'notify_on: [waiting]'", at_key=True)
                return


RULE = Rule(number="AV707", name="unheard-wait", family=Family.SCHEDULE, levels=HINT, page=__doc__, workflow=_check)
