"""`tool`: one call of an action, with its approval, its held checks and its undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine import calls
from avops.engine.drive import Done, StepOutcome
from avops.engine.host_source import check_hosts
from avops.engine.io import Refusal, StepError, Stopped
from avops.engine.schema_check import with_defaults
from avops.engine.scope import root
from avops.expression import ExpressionError
from avops.model.effect import Phase
from avops.model.run import Artifact, StepStatus

if TYPE_CHECKING:
    from datetime import datetime

    from avops.engine.calls import Rendered
    from avops.engine.drive import Frame
    from avops.engine.program import CompiledCall
    from avops.model.run import StepResult


async def perform(frame: Frame) -> StepOutcome:
    """Calls the step's action; an Act step is noted for rollback, also when nobody knows whether it happened."""
    call = frame.step.call
    assert call is not None
    rendered = calls.render(frame, call)
    undo_call: CompiledCall | None = None
    undo: dict[str, object] | None = None
    try:
        if frame.step.kind != "do" or not calls.is_over(frame, call):
            # What a model asked for was checked when it was called; the journal does not ask today's permissions again.
            calls.check_call(frame, rendered)
        undo_call, undo = await _undo(frame, rendered)
        result = await _call(frame, rendered, undo_call, undo)
    except (StepError, Stopped, ExpressionError) as error:
        if call.effect.changes and _may_have_happened(frame, error):
            row = frame.driver.io.recall(frame.key)
            ended_at = frame.driver.io.now() if row is None else row.finished_at or row.intent.started_at
            note_done(frame, undo_call, undo, ended_at, unknown=True)
        raise
    if call.effect.changes and frame.step.phase is Phase.ACT:
        note_done(frame, undo_call, undo or _undo_from_result(frame, undo_call, result.value), result.finished_at)
    await keep_artifact(frame, call, result)
    simulated = frame.driver.program.is_simulated(call.manifest) or rendered.simulated_arguments
    return StepOutcome(StepStatus.OK, result.value, simulated)


async def _call(frame: Frame, rendered: Rendered, undo_call: CompiledCall | None, undo: dict[str, object] | None) -> StepResult:
    """Approval, held checks, then the call with its attempts. What an earlier life has done is not asked for again."""
    call = rendered.call
    frame.driver.recall_failure(frame)
    must_ask, role = calls.required_role(frame, call, undo_call)
    if must_ask:
        await calls.approve(frame, rendered, role, undo)
    if call.effect.changes and not calls.is_over(frame, call):
        await calls.before_write(frame)

    def undo_of(value: object) -> object:
        return _undo_from_result(frame, undo_call, value)

    late = undo_of if undo is None and undo_call is not None else None
    return await calls.make_call(frame, rendered, key=frame.key, kind="tool", undo=undo, undo_of=late)


def _may_have_happened(frame: Frame, error: Exception) -> bool:
    if isinstance(error, Stopped) and error.unknown:
        return True
    return (isinstance(error, StepError) and error.status is StepStatus.UNKNOWN) or frame.driver.io.is_uncertain(frame.key)


async def _undo(frame: Frame, rendered: Rendered) -> tuple[CompiledCall | None, dict[str, object] | None]:
    """The call that takes the step back, and its arguments where they are known before it is done."""
    call = rendered.call
    declared = getattr(frame.step.doc, "undo", None)
    if declared == "auto" and call.effect.changes:
        return call, await _restore(frame, rendered)
    undo = frame.step.undo
    if undo is None:
        return None, None
    check_hosts(frame, undo, {})
    own = frame.step.doc.id
    names_itself = own is not None and any(root(name) == own for name in undo.arguments.names)
    program = frame.driver.program
    if not program.is_simulated(undo.manifest) and undo.effect.changes:
        if program.is_simulated(call.manifest):
            raise Refusal("simulation", f"'{call.reference}' is simulated, and its undo '{undo.reference}' is real")
        if frame.scope.is_simulated(undo.arguments.names):
            raise Refusal("simulation", f"the undo '{undo.reference}' is real, and its arguments come from a simulated tool")
    return (undo, None) if names_itself else (undo, calls.render(frame, undo).as_data())


async def _restore(frame: Frame, rendered: Rendered) -> dict[str, object]:
    """`undo: auto`: reads the state before the write; the call that puts it back."""
    from avops.engine.program import CompiledCall, actions_of
    from avops.expression import parse_value

    call = rendered.call
    restore = call.spec.restore
    if restore is None:
        raise StepError(f"'{call.reference}' declares no `restore`, so `undo: auto` cannot take it back")
    spec = actions_of(call.manifest)[restore.read]
    arguments = with_defaults(spec.input, {name: value for name, value in rendered.arguments.items() if name in spec.input})
    reading = CompiledCall(tool=call.tool, action=restore.read, manifest=call.manifest, spec=spec, arguments=parse_value({}))
    before = calls.Rendered(call=reading, arguments=arguments, simulated_arguments=rendered.simulated_arguments)
    if frame.step.kind != "do" or not frame.driver.io.recalls(f"{frame.key}/before"):
        calls.check_call(frame, before)
    result = await calls.make_call(frame, before, key=f"{frame.key}/before", kind="reading")
    values = parse_value(dict(restore.with_)).render({"before": result.value, "args": dict(rendered.arguments)})
    assert isinstance(values, dict)
    return {"tool": call.reference, "with": {**rendered.arguments, **values}, "effect": call.effect.value}


def _undo_from_result(frame: Frame, undo: CompiledCall | None, value: object) -> dict[str, object] | None:
    """The call that takes the step back, from its result; None when the result does not tell. The step is done either way."""
    if undo is None:
        return None
    try:
        return calls.render(frame, undo, {**frame.scope.values, frame.step.doc.id or "": value}).as_data()
    except ExpressionError:
        return None


def note_done(
    frame: Frame, undo_call: CompiledCall | None, undo: dict[str, object] | None, finished_at: datetime, *, unknown: bool = False
) -> None:
    """Notes a call for rollback."""
    arguments = undo.get("with") if undo else None
    assert arguments is None or isinstance(arguments, dict)
    frame.driver.ledger.done.append(
        Done(
            key=frame.key,
            step=frame.step,
            driver=frame.driver,
            undo=undo_call or frame.step.undo,
            arguments=arguments,
            epoch=frame.driver.io.epoch_of(frame.key),
            finished_at=finished_at,
            unknown=unknown,
        )
    )


async def keep_artifact(frame: Frame, call: CompiledCall, result: StepResult) -> None:
    """Keeps what the action's manifest says it leaves behind: a ticket, a message, a page."""
    from avops.expression import parse_template

    rule = call.spec.artifact
    if rule is None:
        return
    scope = {"result": result.value, **frame.scope.values}

    def text(template: str | None) -> str | None:
        try:
            return None if template is None else str(parse_template(template).render(scope))
        except ExpressionError:  # an answer without its id is still an answer
            return None

    await frame.driver.io.artifact(
        Artifact(kind=rule.kind, title=text(rule.title) or rule.kind, id=text(rule.id), url=text(rule.url), step_key=frame.key)
    )
