"""What a test says that tools and people answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from avops.model.recipe_test import FaultAnswer, GivenAnswer, Said
from avops.model.run import DecisionKind, DecisionStatus
from avops.ports import PersonAnswer
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from avops.model.recipe_test import Circumstances, RecipeCase, RecipeTest
    from avops.model.run import Question

FIRST_INSTANT = "2026-03-02T10:00:00Z"
"""When a test's run starts unless it says so: a Monday, in the morning."""
STARTED_BY = "tester"
SOMEBODY = "somebody"
_NO = ("deny", "no")


def together(test: RecipeTest, case: RecipeCase) -> RecipeCase:
    """The case with what the file says for all of its cases; what the case says itself comes first."""
    shared: Circumstances = test
    return case.model_copy(
        update={
            "agent": case.agent or (None if case.agents else shared.agent),
            "agents": case.agents or (None if case.agent else shared.agents),
            "room": shared.room if case.room is None else case.room,
            "now": case.now or shared.now,
            "inputs": {**shared.inputs, **case.inputs},
            "tools": {**shared.tools, **case.tools},
            "people": {**shared.people, **case.people},
        }
    )


def instant_of(case: RecipeCase) -> datetime:
    """When the run starts."""
    return datetime.fromisoformat(case.now or FIRST_INSTANT)


def answers_of(answers: object) -> list[FaultAnswer | object]:
    """The answers to an action's calls one after another: faults, and plain values."""
    listed = answers if isinstance(answers, list) else [answers]
    return [each.answer if isinstance(each, GivenAnswer) else each for each in listed]


class ScriptedPerson:
    """`ports.Person` that answers as a test says; where it says nothing, the question waits."""

    def __init__(
        self,
        people: Mapping[str, object],
        roles: Mapping[str, Sequence[str]],
        misfit: Callable[[Mapping[str, object], object], str | None] = lambda schema, value: None,
    ) -> None:
        """`misfit` says what in a value does not fit a JSON Schema."""
        self._people = {folded(step): said for step, said in people.items()}
        self._roles = roles
        self._misfit = misfit
        self.misfits: list[str] = []
        """What a person or a model could not have answered there."""
        self.asked: set[str] = set()
        """The steps, as the test names them, that have asked."""

    async def answer(self, question: Question) -> PersonAnswer | None:
        """What the test lets a person say to this step."""
        said = self._said(question)
        if said is None or said.says == "later":
            return None
        members = self._roles.get(question.role, ()) if question.role else ()
        by = said.by or next(iter(members), SOMEBODY)
        if said.says in _NO:
            return PersonAnswer(status=DecisionStatus.DENIED, by=by, note=said.note)
        if question.expect is not None and (problem := self._misfit(question.expect, said.answer)):
            self.misfits.append(f"the answer of '{question.name or question.step_id or question.key}' does not fit its 'expect': {problem}")
        elif question.kind is DecisionKind.ASK and said.answer is None:
            self.misfits.append(f"'{question.name or question.step_id or question.key}' asks for a value: write {{answer: …}}")
        status = DecisionStatus.APPROVED if question.kind is DecisionKind.APPROVE else DecisionStatus.ANSWERED
        return PersonAnswer(status=status, by=by, answer=said.answer, note=said.note)

    def _said(self, question: Question) -> Said | None:
        key = question.key.removesuffix("/approval")
        for name in (key, key.partition("[")[0], question.step_id, question.name):
            if name and folded(name) in self._people:
                self.asked.add(folded(name))
                said = self._people[folded(name)]
                return said if isinstance(said, Said) else Said(says=said)  # type: ignore[arg-type]  # one of the words
        return None
