"""What `ask`, `manual`, `confirm`, `approve` and `do` have in common: a question to a person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from avops.engine.calls import readings
from avops.engine.io import StepError, Stopped
from avops.model.duration import duration_s
from avops.model.run import DecisionStatus, Question

if TYPE_CHECKING:
    from avops.engine.drive import Frame
    from avops.model.run import DecisionKind
    from avops.ports import PersonAnswer


async def ask_person(frame: Frame, kind: DecisionKind, *, role: str | None = None, more: dict[str, object] | None = None) -> PersonAnswer:
    """What a person answered; StepError when they said it is not so, Stopped when they denied it or time ran out."""
    step, driver = frame.step, frame.driver
    assert step.text is not None
    prompt = str(step.text.render(frame.scope.values))
    asked_at = driver.io.now()
    question = Question(
        key=frame.key,
        kind=kind,
        prompt=prompt,
        phase=step.phase.value,
        name=step.doc.name or "",
        step_id=step.doc.id,
        role=role,
        readings={**readings(frame), **(more or {})},
        expect=getattr(step.doc, "expect", None),
        asked_at=asked_at,
        expires_at=asked_at + timedelta(seconds=duration_s(getattr(step.doc, "expires", None) or "24h")),
    )
    intent = driver.intent(step, frame.key, arguments={"text": prompt})
    answer = await driver.io.signal(intent, question)
    driver.ledger.held.clear()
    note = f": {answer.note}" if answer.note else ""
    if answer.status is DecisionStatus.EXPIRED:
        raise Stopped(f"{frame.key} '{step.title}': nobody answered in time")
    if answer.status is DecisionStatus.DENIED:
        if kind.value == "confirm":
            raise StepError(f"{answer.by} says it is not so{note}", kept=True)
        raise Stopped(f"{frame.key} '{step.title}': denied by {answer.by}{note}")
    return answer
