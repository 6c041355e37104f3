"""The way of one tool call: rendered, then checked, approved, committed, done, and tried again where that is safe.

The checks come in this order, and a refusal names its rule: `input-schema`, `allow-list`, `phase-contract`, `policy`,
`simulation`, then approvals, then held checks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from avops.engine.holds import read_holds
from avops.engine.host_source import check_hosts
from avops.engine.io import Bounds, Refusal, StepError, Stopped, call_hash
from avops.engine.schema_check import with_defaults
from avops.model.duration import duration_s
from avops.model.effect import Effect, Phase
from avops.model.run import DecisionKind, DecisionStatus, Question, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avops.engine.drive import Frame
    from avops.engine.program import CompiledCall

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
FIRST_BACKOFF_S = 1.0
MAX_BACKOFF_S = 30.0
MAX_RETRY_AFTER_S = 300.0
"""A service that asks for a longer wait than this is not asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A call with its values: exactly what would be sent."""

    call: CompiledCall
    arguments: Mapping[str, object]
    simulated_arguments: bool
    """An argument holds what a simulated tool said."""

    def as_data(self) -> dict[str, object]:
        """As people and records see it."""
        return {"tool": self.call.reference, "with": dict(self.arguments), "effect": self.call.effect.value}

    @property
    def hash(self) -> str:
        """Tells this call from any other."""
        return call_hash(self.as_data())


def render(frame: Frame, call: CompiledCall, scope: Mapping[str, object] | None = None) -> Rendered:
    """The call with its arguments filled in, and the action's defaults for those left out."""
    raw = call.arguments.render(frame.scope.values if scope is None else scope)
    assert isinstance(raw, dict)
    arguments = with_defaults(call.spec.input, raw)
    return Rendered(call=call, arguments=arguments, simulated_arguments=frame.scope.is_simulated(call.arguments.names))


def check_call(frame: Frame, rendered: Rendered, *, undoing: bool = False) -> None:
    """Raises Refusal, naming the rule, when this call may not be made here."""
    from avops.engine.schema_check import input_error

    call, driver = rendered.call, frame.driver
    program, phase = driver.program, frame.step.phase
    if error := input_error(call.spec, rendered.arguments):
        raise Refusal("input-schema", f"{call.reference}: {error}")
    for agents in (program.agents, program.narrowed):
        agent = agents.get(phase)
        if agent is not None and not agent.allows(call.tool, call.action):
            raise Refusal("allow-list", f"the agent '{agent.name}' may not call '{call.reference}'")
    if undoing:
        return
    if program.planned is not None and call.effect is not Effect.READ:
        allowed = program.planned.get(frame.key)
        if allowed is None and phase is Phase.ACT:
            raise Refusal("plan", f"'{call.reference}' at {frame.key} does not stand in the plan with its arguments")
        if allowed is not None and allowed != rendered.hash:
            raise Refusal("plan", f"'{call.reference}' at {frame.key} differs from what was planned")
    contract = driver.within if driver.within is not None and not call.effect.allowed_in(driver.within) else phase
    if not call.effect.allowed_in(contract):
        raise Refusal("phase-contract", f"'{call.reference}' is a {call.effect.value}, which {contract.value} does not allow")
    if denied := denied_host(rendered.arguments, program.policy.denied_domains):
        raise Refusal("policy", f"'{call.reference}' would go to '{denied}', which avops.yaml denies")
    check_hosts(frame, call, rendered.arguments)
    check_simulation(frame, rendered)


def denied_host(value: object, domains: Sequence[str]) -> str | None:
    """The first host in the value, in a URL or alone, that is one of the domains or lies below one."""
    if not domains:
        return None
    if isinstance(value, Mapping):
        return next((found for item in value.values() if (found := denied_host(item, domains))), None)
    if isinstance(value, list | tuple):
        return next((found for item in value if (found := denied_host(item, domains))), None)
    if not isinstance(value, str):
        return None
    for host in _HOST.findall(value.casefold()):
        if any(host == domain or host.endswith(f".{domain}") for domain in (denied.casefold().lstrip("*.") for denied in domains)):
            return str(host)
    return None


def check_simulation(frame: Frame, rendered: Rendered) -> None:
    """Raises Refusal for a real write that depends on what a simulated tool said."""
    call, driver = rendered.call, frame.driver
    if call.effect.changes and not driver.program.is_simulated(call.manifest):
        if rendered.simulated_arguments:
            raise Refusal("simulation", f"'{call.reference}' is real, and its arguments come from a simulated tool")
        if frame.conditioned or driver.ledger.conditions_simulated:
            raise Refusal("simulation", f"'{call.reference}' is real, and a condition before it was judged on a simulated tool")


async def approve(frame: Frame, rendered: Rendered, role: str | None, undo: object) -> None:
    """Returns when a person with the role has approved this very call; Stopped when it was denied or ran out."""
    call, io = rendered.call, frame.driver.io
    key = f"{frame.key}/approval"
    data = {**rendered.as_data(), "undo": undo}
    who = f"role {role}" if role else "a person"
    expires_s = duration_s(getattr(frame.step.doc, "expires", None) or "24h")
    asked_at = io.now()
    question = Question(
        key=key,
        kind=DecisionKind.APPROVE,
        prompt=f"{_asked(frame, call)} needs the approval of {who}",
        phase=frame.step.phase.value,
        name=frame.step.title,
        step_id=frame.step.doc.id,
        role=role,
        call=data,
        call_hash=call_hash(data),
        readings=readings(frame),
        asked_at=asked_at,
        expires_at=asked_at + timedelta(seconds=expires_s),
    )
    intent = frame.driver.intent(frame.step, key, kind="approve", tool=call.tool, action=call.action, arguments=data)
    answer = await io.signal(intent, question)
    frame.driver.ledger.held.clear()
    if answer.status is not DecisionStatus.APPROVED:
        word = "ran out" if answer.status is DecisionStatus.EXPIRED else f"was denied by {answer.by}"
        note = f": {answer.note}" if answer.note else ""
        raise Stopped(f"{frame.key} '{frame.step.title}': the approval {word}{note}")


def _asked(frame: Frame, call: CompiledCall) -> str:
    by_model = frame.step.kind == "do"
    return f"{frame.step.doc.name}: the model asks for {call.reference}, which" if by_model else f"{frame.step.title}: {call.reference}"


def readings(frame: Frame) -> dict[str, object]:
    """The results so far, for the person who decides."""
    from avops.engine.scope import PHASES

    hidden = PHASES | {"inputs", "room", "run", "agent", "item"}
    return {name: value for name, value in frame.scope.values.items() if name not in hidden}


def required_role(frame: Frame, call: CompiledCall, undo: CompiledCall | None = None) -> tuple[bool, str | None]:
    """Whether this call must be approved, and by which role (None: any person). Approving it approves its undo."""
    driver = frame.driver
    role = getattr(frame.step.doc, "approval", None)
    if role is None:
        for agents in (driver.program.agents, driver.program.narrowed):
            agent = agents.get(frame.step.phase)
            for effect in (call.effect, *((undo.effect,) if undo else ())):
                role = role or (agent.approvals.get(effect.value) if agent else None)
    is_draft = driver.program.ask_writes or any(caller.recipe.doc.draft for caller in driver.drivers)
    asked = (is_draft and call.effect.changes) or (driver.program.ask_records and call.effect is Effect.RECORD)
    return role is not None or asked, role


async def make_call(
    frame: Frame,
    rendered: Rendered,
    *,
    key: str,
    kind: str,
    undo: object = None,
    undo_of: Callable[[object], object] | None = None,
) -> StepResult:
    """The result of the call, after as many attempts as are safe; StepError when the last one failed.

    `kept` on the error says that the row at `key` tells of the failure already; its status is `unknown` when any attempt
    may have happened. `undo_of` gives what takes the call back where that hangs on its result.
    """
    call, driver = rendered.call, frame.driver
    doc = frame.step.doc
    simulated = driver.program.is_simulated(call.manifest)
    idempotent = is_idempotent(frame, call)
    retries = _retries(frame) if idempotent else 0
    timeout_s = frame.step.timeout_s or duration_s(call.spec.timeout or call.manifest.timeout)
    attempt = 1
    uncertain = driver.io.is_uncertain(key)
    windows = tuple(window for each in driver.drivers if (window := each.recipe.doc.guardrails.window))
    while True:
        try:
            left_s = driver.remaining_s(key, attempt)
        except StepError as error:
            raise StepError(str(error), status=_status(StepStatus.FAILED, uncertain), kept=attempt > 1 and key == frame.key) from None
        bounds = Bounds(
            timeout_s=min(timeout_s, left_s),
            output=call.spec.output,
            expect=getattr(doc, "expect", None) if kind == "tool" else None,
            undo=undo_of,
            windows=windows,
        )
        intent = driver.intent(
            frame.step,
            key,
            attempt=attempt,
            kind=kind,
            tool=call.tool,
            action=call.action,
            effect=call.effect.value,
            arguments=dict(rendered.arguments),
            undo=undo,
            simulated=simulated,
            idempotent=idempotent,
        )
        result = await driver.io.step(intent, bounds)
        if result.status is StepStatus.OK:
            return result
        uncertain = uncertain or result.status is StepStatus.UNKNOWN
        driver.check_stopped(result)
        if attempt > retries or (result.retry_after_s or 0.0) > MAX_RETRY_AFTER_S:
            raise StepError(result.error or "it failed", status=_status(result.status, uncertain), kept=key == frame.key)
        attempt += 1
        if not driver.io.recalls(key, attempt):
            await driver.io.pause(max(backoff_s(attempt), result.retry_after_s or 0.0), jitter=True)


def is_idempotent(frame: Frame, call: CompiledCall) -> bool:
    """True when the call may be repeated: as the step says, else as the action says."""
    own: bool | None = getattr(frame.step.doc, "idempotent", None)
    return call.spec.is_idempotent if own is None or call.effect is Effect.READ else own


def is_over(frame: Frame, call: CompiledCall) -> bool:
    """True when an earlier life of the run has brought this call to its end, and it will not be made again."""
    row = frame.driver.io.recall(frame.key)
    if row is None:
        return False
    retries = _retries(frame) if is_idempotent(frame, call) else 0
    return row.status is StepStatus.OK or frame.driver.io.recalls(frame.key, retries + 1)


def _status(status: StepStatus, uncertain: bool) -> StepStatus:
    return StepStatus.UNKNOWN if uncertain else status


def backoff_s(attempt: int) -> float:
    """How long to wait before an attempt, without jitter: 1 s before the second, then twice as long each time, at most 30 s."""
    return float(min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** (attempt - 2)))


def _retries(frame: Frame) -> int:
    own: int | None = getattr(frame.step.doc, "retries", None)
    return frame.driver.recipe.doc.guardrails.retries if own is None else own


async def read(
    frame: Frame, call: CompiledCall, *, key: str, attempt: int = 1, fresh: bool = True, within_s: float = float("inf")
) -> tuple[StepResult, bool]:
    """One reading without retries, failed or not, and whether it is simulated.

    It is taken now, also when an earlier life of the run has taken it, unless `fresh` is False.
    """
    rendered = render(frame, call)
    check_call(frame, rendered)
    if call.effect is not Effect.READ:
        raise Refusal("phase-contract", f"a reading must be a read, '{call.reference}' is a {call.effect.value}")
    driver = frame.driver
    simulated = driver.program.is_simulated(call.manifest)
    timeout_s = frame.step.timeout_s or duration_s(call.spec.timeout or call.manifest.timeout)
    intent = driver.intent(
        frame.step,
        key,
        attempt=attempt,
        kind="reading",
        tool=call.tool,
        action=call.action,
        effect=call.effect.value,
        arguments=dict(rendered.arguments),
        simulated=simulated,
        idempotent=True,
    )
    left_s = min(timeout_s, within_s, driver.remaining_s(frame.key if fresh else key))
    result = await driver.io.step(intent, Bounds(timeout_s=left_s, output=call.spec.output, fresh=fresh))
    driver.check_stopped(result)
    return result, simulated or rendered.simulated_arguments


async def before_write(frame: Frame) -> None:
    """Takes the room's lock and reads the held checks again, where this write needs that."""
    driver = frame.driver
    await _free_room(frame)
    await driver.io.hold_room()
    for caller in reversed(list(driver.drivers)):
        if caller.prefix not in driver.ledger.held:
            await read_holds(caller, frame)
            driver.ledger.held.add(caller.prefix)


async def _free_room(frame: Frame) -> None:
    """Returns when nobody has booked the room: at once, after the booking (`defer`), or never (Refusal).

    In a called recipe the stricter rule holds: its own or a caller's.
    """
    driver = frame.driver
    rule = min((each.recipe.doc.guardrails.bookings for each in driver.drivers), key=("refuse", "defer", "ignore").index)
    if rule == "ignore" or driver.program.override:
        return
    turn = 0
    while (until := driver.io.booked_until(key := f"{frame.key}/booking.{turn}")) is not None:
        if rule == "refuse":
            raise Refusal("booking", f"the room is booked until {until:%H:%M} UTC: wait, or say why not with --override")
        left_s = (until - driver.io.now()).total_seconds()
        if left_s > driver.remaining_s(key):
            raise Refusal("booking", f"the room is booked until {until:%H:%M} UTC, longer than the run may take")
        intent = driver.intent(frame.step, key, kind="wait", name="wait for the end of the booking", deadline_at=until)
        driver.check_stopped(await driver.io.sleep(intent, until))
        driver.ledger.held.clear()
        turn += 1
