"""A schedule is to run a draft.

Drafts have not been reviewed: tick refuses them.

Wrong, when `Display Fix` says `draft: true`:

    recipe: Display Fix
    trigger: {cron: "0 6 * * *"}

Right, after the review:

    name: Display Fix
    draft: false
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.called import called_recipes
from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.lint.triggers import is_scheduled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    doc = workflow.doc
    if not is_scheduled(doc):
        return
    named = (
        [(doc.recipe, ("recipe",))]
        if not doc.stages
        else [(stage.recipe, ("stages", index, "recipe")) for index, stage in enumerate(doc.stages)]
    )
    for name, path in named:
        for facts in called_recipes(workflow.project, name, by_file=True) if name else ():
            if facts.draft:
                hint = "review it, then take 'draft: true' out of the recipe"
                yield Finding(f"the recipe '{facts.name}' is a draft, which no schedule runs", path, hint)


RULE = Rule(number="AV704", name="scheduled-draft", family=Family.SCHEDULE, levels=ALWAYS, page=__doc__, workflow=_check)
