"""`tool`: one call of an action, with its approval, its held checks and its undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine import calls
from avops.engine.drive import Done, StepOutcome
from avops.engine.io import StepError
from avops.engine.scope import root
from avops.model.effect import Phase
from avops.model.run import Artifact, StepStatus

if TYPE_CHECKING:
    from avops.engine.calls import Rendered
    from avops.engine.drive import Frame
    from avops.engine.program import CompiledCall
    from avops.model.run import StepResult


async def perform(frame: Frame) -> StepOutcome:
    """Calls the step's action; an Act step is noted for rollback, also when nobody knows whether it happened."""
    call = frame.step.call
    assert call is not None
    driver = frame.driver
    rendered = calls.render(frame, call)
    calls.check_call(frame, rendered)
    undo_call, undo = await _undo(frame, rendered)
    must_ask, role = calls.required_role(frame, call)
    if must_ask:
        await calls.approve(frame, rendered, role, undo)
    if call.effect.changes:
        await calls.before_write(frame)
    try:
        result = await calls.make_call(frame, rendered, key=frame.key, kind="tool", undo=undo)
    except StepError as error:
        if error.status is StepStatus.UNKNOWN and call.effect.changes:
            _note(frame, undo_call, undo, unknown=True)
        raise
    if call.effect.changes and frame.step.phase is Phase.ACT:
        _note(frame, undo_call, undo or _undo_from_result(frame, undo_call, result), unknown=False)
    await keep_artifact(frame, call, result)
    simulated = driver.program.is_simulated(call.manifest) or rendered.simulated_arguments
    return StepOutcome(StepStatus.OK, result.value, simulated)


async def _undo(frame: Frame, rendered: Rendered) -> tuple[CompiledCall | None, dict[str, object] | None]:
    """The call that takes the step back, and its arguments where they are known before it is done."""
    call = rendered.call
    declared = getattr(frame.step.doc, "undo", None)
    if declared == "auto" and call.effect.changes:
        return call, await _restore(frame, rendered)
    undo = frame.step.undo
    if undo is None:
        return None, None
    if frame.step.doc.id is not None and any(root(name) == frame.step.doc.id for name in undo.arguments.names):
        return undo, None
    return undo, calls.render(frame, undo).as_data()


async def _restore(frame: Frame, rendered: Rendered) -> dict[str, object]:
    """`undo: auto`: reads the state before the write; the call that puts it back."""
    from avops.engine.program import CompiledCall, actions_of
    from avops.expression import parse_value

    call = rendered.call
    restore = call.spec.restore
    if restore is None:
        raise StepError(f"'{call.reference}' declares no `restore`, so `undo: auto` cannot take it back")
    spec = actions_of(call.manifest)[restore.read]
    arguments = {name: value for name, value in rendered.arguments.items() if name in spec.input}
    reading = CompiledCall(tool=call.tool, action=restore.read, manifest=call.manifest, spec=spec, arguments=parse_value({}))
    before = calls.Rendered(call=reading, arguments=arguments, simulated_arguments=rendered.simulated_arguments)
    calls.check_call(frame, before)
    result = await calls.make_call(frame, before, key=f"{frame.key}/before", kind="reading")
    values = parse_value(dict(restore.with_)).render({"before": result.value, "args": dict(rendered.arguments)})
    assert isinstance(values, dict)
    return {"tool": call.reference, "with": {**rendered.arguments, **values}, "effect": call.effect.value}


def _undo_from_result(frame: Frame, undo: CompiledCall | None, result: StepResult) -> dict[str, object] | None:
    if undo is None:
        return None
    scope = {**frame.scope.values, frame.step.doc.id or "": result.value}
    return calls.render(frame, undo, scope).as_data()


def _note(frame: Frame, undo_call: CompiledCall | None, undo: dict[str, object] | None, *, unknown: bool) -> None:
    arguments = undo.get("with") if undo else None
    assert arguments is None or isinstance(arguments, dict)
    frame.driver.ledger.done.append(
        Done(
            key=frame.key,
            step=frame.step,
            driver=frame.driver,
            undo=undo_call,
            arguments=arguments,
            finished_at=frame.driver.io.now(),
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
        return None if template is None else str(parse_template(template).render(scope))

    await frame.driver.io.artifact(
        Artifact(kind=rule.kind, title=text(rule.title) or rule.kind, id=text(rule.id), url=text(rule.url), step_key=frame.key)
    )
