"""A test names a step or an output that its recipe does not have.

Steps are named by key (`act.1`), by id, or by name.

Wrong, when the recipe's step is called `Power the display on`:

    people: {Power the display: approve}

Right:

    people: {Power the display on: approve}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import meant
from avops.lint.rule import ALWAYS, Family, Finding, Path, Rule
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import TestView
    from avops.lint.facts import RecipeFacts


def _check(test: TestView) -> Iterator[Finding]:
    facts = test.project.recipe(test.recipe_name, by_file=True) if test.project.is_whole else None
    if facts is None or facts.broken:
        return
    for name, path, at_key in _named(test):
        yield from _step(facts, name, path, at_key)
    outputs = tuple(sorted(facts.outputs or ()))
    for index, case in enumerate(test.doc.tests):
        for name in case.expect.outputs:
            if name not in outputs:
                path = ("tests", index, "expect", "outputs", name)
                yield Finding(f"the recipe '{facts.name}' has no output '{name}'", path, meant(name, outputs), outputs, at_key=True)


def _named(test: TestView) -> Iterator[tuple[str, Path, bool]]:
    """Each step that is named, with its path and whether it stands there as a key."""
    for path, part in test.parts:
        for name in part.people:
            yield name, (*path, "people", name), True
    for index, case in enumerate(test.doc.tests):
        at = ("tests", index, "expect")
        for name in case.expect.steps:
            yield name, (*at, "steps", name), True
        for place, name in enumerate(case.expect.undone or ()):
            yield name, (*at, "undone", place), False


def _step(facts: RecipeFacts, name: str, path: Path, at_key: bool) -> Iterator[Finding]:
    key = name.partition("/")[0].partition("[")[0]
    if any(key == step.key or name == step.id for step in facts.steps):
        return
    wanted = folded(name)
    called = [step.key for step in facts.steps if folded(step.title) == wanted]
    if len(called) == 1:
        return
    if called:
        yield Finding(f"{len(called)} steps are called '{name}': {', '.join(called)}", path, "use the key", at_key=at_key)
        return
    known = {each for step in facts.steps for each in (step.key, step.id, step.title) if each}
    yield Finding(f"the recipe '{facts.name}' has no step '{name}'", path, meant(name, known), at_key=at_key)


RULE = Rule(number="AV115", name="unknown-step", family=Family.REFERENCES, levels=ALWAYS, page=__doc__, test=_check)
