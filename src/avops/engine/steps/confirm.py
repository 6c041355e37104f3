"""`confirm`: a check in words, judged by the agent's model on readings, or by a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.engine import calls
from avops.engine.drive import StepOutcome
from avops.engine.fencing import as_text
from avops.engine.holds import sources
from avops.engine.io import StepError
from avops.engine.scope import Scope
from avops.engine.steps.check import counts
from avops.engine.steps.people import ask_person
from avops.engine.turns import Conversation
from avops.model.run import DecisionKind, StepResult, StepStatus

if TYPE_CHECKING:
    from avops.engine.drive import Frame

VERDICT: dict[str, object] = {
    "type": "object",
    "properties": {"holds": {"type": "boolean"}, "because": {"type": "string"}},
    "required": ["holds", "because"],
    "additionalProperties": False,
}
"""What a model answers."""
_HOW = """\
The step is a statement. Judge whether it holds, on the data alone: `holds` is true only when the data shows it, and false \
when it shows the opposite or does not tell. `because` says in one sentence what in the data you went by. \
Answer with JSON by the schema, and nothing else."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a confirmation rests on: whether a simulated tool had a part in it, and whether it saw what was read in its phase."""

    simulated: bool = False
    fresh: bool = True


async def perform(frame: Frame) -> StepOutcome:
    """True when it is so; in Verify that counts towards success, a model's word only on what Verify has read."""
    judged = await confirm(frame)
    if counts(frame, judged.fresh):
        frame.driver.ledger.passed_checks += 1
    return StepOutcome(StepStatus.OK, True, judged.simulated)


async def confirm(frame: Frame, *, again: bool = False) -> Judged:
    """What the judgement rests on; StepError when it is not so. With `again` a model looks at nothing that was read before.

    Where there is nothing that a model could judge, a person does.
    """
    step, driver = frame.step, frame.driver
    by_model = driver.io.has_model(frame.key)
    reading: object = None
    simulated = False
    if step.call is not None:
        result, simulated = await calls.read(frame, step.call, key=f"{frame.key}/reading", fresh=again and by_model)
        if result.status is not StepStatus.OK:
            raise StepError(f"the reading failed: {result.error}")
        reading = result.value
    if by_model:
        frame, named = await _read_again(frame) if again else (frame, bool(calls.readings(frame)))
        by_model = named or step.call is not None
    if by_model:
        simulated = simulated or bool(frame.scope.simulated)
        await _by_model(frame, reading, again=again, simulated=simulated)
        judged = Judged(simulated, step.call is not None or bool(frame.scope.verified))
    else:
        await ask_person(frame, DecisionKind.CONFIRM, more={} if step.call is None else {"reading": reading})
        judged = Judged(simulated)
    if simulated:
        driver.ledger.conditions_simulated = True
    return judged


async def _read_again(frame: Frame) -> tuple[Frame, bool]:
    """The frame with the results that the words name read again, and whether there are any."""
    driver, step = frame.driver, frame.step
    assert step.text is not None
    scope = Scope(dict(frame.scope.values), set(frame.scope.simulated), set(frame.scope.verified))
    named = sources(driver, step.text.names)
    for source in named:
        assert source.call is not None
        result, _ = await calls.read(replace(frame, step=source), source.call, key=f"{frame.key}/{source.doc.id}")
        if result.status is not StepStatus.OK:
            raise StepError(f"'{source.title}' could not be read again: {result.error}")
        assert source.doc.id is not None
        scope.values[source.doc.id] = result.value
    return replace(frame, scope=scope), bool(named)


async def _by_model(frame: Frame, reading: object, *, again: bool, simulated: bool) -> None:
    driver = frame.driver
    talk = Conversation(frame, _HOW, schema=VERDICT, reading=reading, fresh=again)
    try:
        reply = await talk.turn()
        if reply.requests:
            raise StepError("the model asked for calls where it was to judge")
        verdict = await talk.answer(reply, VERDICT)
        assert isinstance(verdict, dict)
        because = as_text(str(verdict["because"]), 1000)
        if not verdict["holds"]:
            raise StepError(f"the model says that it is not so: {because}")
    except StepError as error:
        if simulated:
            driver.ledger.conditions_simulated = True
        if again:
            await _keep(frame, StepStatus.FAILED, error=str(error))
        raise
    if again:
        await _keep(frame, StepStatus.OK, because=because)
    else:
        await driver.keep(frame, StepStatus.OK, value=True, note=f"the model says: {because}")


async def _keep(frame: Frame, status: StepStatus, *, error: str | None = None, because: str = "") -> None:
    """Keeps the row of a held check that was judged again."""
    driver = frame.driver
    note = f"the model says: {because}" if because else None
    value = status is StepStatus.OK
    result = StepResult(key=frame.key, status=status, value=value, error=error, finished_at=driver.io.now(), note=note)
    driver.check_stopped(await driver.io.record(driver.intent(frame.step, frame.key, kind="hold"), result, fresh=True))
