"""A step done by the agent's model: it asks for calls, each goes the way of a written one, until it answers.

Whatever a model asks for is checked as if it stood in the recipe, by the same code: input schema, allow list, phase
contract, policy, simulation, approvals, bookings and held checks. A refused call is told to the model, and recorded. A
continued run takes what the model said and what was called from the journal, and goes on after that.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from avops.engine import calls
from avops.engine.agent_tools import CANNOT_DO, Toolset, is_permitted
from avops.engine.drive import Frame, StepOutcome
from avops.engine.fencing import as_data, as_text
from avops.engine.holds import held_checks
from avops.engine.io import Refusal, StepError
from avops.engine.program import CompiledStep, actions_of
from avops.engine.scope import Scope, root
from avops.engine.turns import Conversation
from avops.expression import ExpressionError
from avops.model.conversation import Message, Role
from avops.model.duration import duration_s
from avops.model.effect import Effect
from avops.model.run import StepResult, StepStatus
from avops.model.step import DoStep, ToolStep

if TYPE_CHECKING:
    from avops.engine.program import CompiledCall
    from avops.model.conversation import ModelReply, ToolRequest

MOST_SAID_BACK = 20_000
"""Characters of a call's arguments that the model is shown again."""
_OTHER = re.compile("[^A-Za-z0-9_-]")
_ID = re.compile("[A-Za-z0-9_-]{1,64}")
_WITH_TOOLS = """\
Work with the tools until the step is done, then answer in a few words: what was done, and what the results show. \
If it cannot be done, ask for `cannot_do` with the reason."""
_WITHOUT_TOOLS = "No tools are offered: answer from the data alone, and say so where it does not tell."
_BY_SCHEMA = "Your last answer is JSON by the schema that is asked for, and nothing else."


class AgentLoop:
    """One `do` step with the agent's model."""

    def __init__(self, frame: Frame) -> None:
        doc = frame.step.doc
        assert isinstance(doc, DoStep)
        self._frame = frame
        self._doc = doc
        self._tools = Toolset(frame)
        how = _WITH_TOOLS if self._tools.offers else _WITHOUT_TOOLS
        more = f"{how}\n{_BY_SCHEMA}" if doc.expect is not None else how
        self._talk = Conversation(frame, more, tools=self._tools.offers, schema=doc.expect)
        self._calls = 0
        self._ids: set[str] = set()
        self._results: dict[str, object] = {}
        """What the calls gave, for a person who is to approve a later one."""
        self._looked = False
        """A read has answered within this step."""
        self.simulated = bool(frame.scope.simulated) or frame.conditioned
        """Something that the model was told came from a simulated tool: so does everything it says."""
        self._undone_by: str | None = None
        """The first call that changed something, where the step says itself how it is taken back."""

    async def run(self) -> StepOutcome:
        """The model's last answer, fitting `expect` where the step says so."""
        value: object = None
        try:
            value = await self._answer()
            await self._frame.driver.keep(self._frame, StepStatus.OK, value=value)
        finally:
            self._settle_undo(value)
        return StepOutcome(StepStatus.OK, value, self.simulated, fresh=self._looked)

    async def _answer(self) -> object:
        while (reply := await self._talk.turn()).requests:
            self._hold_again()
            await self._do(reply)
        if self._doc.expect is not None:
            return await self._talk.answer(reply, self._doc.expect)
        if not reply.text.strip():
            raise StepError("the model ended without an answer")
        return reply.text

    def _hold_again(self) -> None:
        """Has what was true before the model thought, perhaps for minutes, read again before it writes.

        A check in words is not asked anew in each turn: people who are asked too often stop looking.
        """
        driver = self._frame.driver
        if all(held.kind == "check" for each in driver.drivers for held in held_checks(each)):
            driver.ledger.held.clear()

    async def _do(self, reply: ModelReply) -> None:
        """Makes the calls that a reply asks for, one after another, and has their results said in the next turn."""
        for request in reply.requests:
            if request.name == CANNOT_DO:
                reason = (request.arguments or {}).get("reason") or reply.text
                raise StepError(f"the model cannot do it: {as_text(str(reason), 1000) or 'it gave no reason'}")
        most = self._talk.limits(f"{self._frame.key}/call-{self._calls + 1}").max_tool_calls
        if self._calls + len(reply.requests) > most:
            raise StepError(f"the model asked for more than {most} calls (limits.max_tool_calls of '{self._talk.agent.name}')")
        requests = [self._sendable(request, number) for number, request in enumerate(reply.requests, self._calls + 1)]
        self._talk.messages.append(Message(role=Role.ASSISTANT, text=reply.text, requests=tuple(requests)))
        for asked, request in zip(reply.requests, requests, strict=True):
            self._calls += 1
            self._talk.messages.append(await self._call(asked, request.id, f"{self._frame.key}/call-{self._calls}"))

    def _sendable(self, request: ToolRequest, number: int) -> ToolRequest:
        """The request as it is said back: under its own id where that is one, and in a form that every provider takes."""
        request_id = request.id if _ID.fullmatch(request.id) and request.id not in self._ids else f"asked_{number}"
        self._ids.add(request_id)
        name = _OTHER.sub("_", request.name)[:64] or "unknown"
        if request.arguments is None or len(str(request.arguments)) > MOST_SAID_BACK:
            return replace(request, id=request_id, name=name, arguments={}, text="")
        return replace(request, id=request_id, name=name)

    async def _call(self, request: ToolRequest, request_id: str, key: str) -> Message:
        """What a call gave, or why it was not made, for the model. StepError where the step cannot go on."""
        io = self._frame.driver.io
        row = io.recall(key)
        if row is not None and row.status is StepStatus.DENIED:
            return _told(request_id, {"error": row.error}, is_error=True)
        if row is not None and row.status is StepStatus.FAILED and row.intent.tool is None:
            raise StepError(f"{row.intent.name} ({key}): {row.error}")
        if row is None:
            self._frame.driver.recall_failure(self._frame)
        try:
            inner = self._inner(self._tools.call(request), key)
        except Refusal as refusal:
            await self._refuse(request, self._frame.step, key, refusal)
            return _told(request_id, {"error": str(refusal)}, is_error=True)
        return await self._made(request, request_id, inner)

    async def _made(self, request: ToolRequest, request_id: str, inner: Frame) -> Message:
        from avops.engine.steps.tool import perform

        call = inner.step.call
        assert call is not None
        try:
            self._check(inner, call)
            outcome = await perform(inner)
        except Refusal as refusal:
            if not refusal.kept:
                self._note_uncertain(inner)
                await self._refuse(request, inner.step, inner.key, refusal)
            return _told(request_id, {"error": str(refusal)}, is_error=True)
        except (StepError, ExpressionError) as error:
            self._cover(inner)
            return await self._failed(request_id, inner, call, error)
        self._cover(inner)
        self.simulated = self.simulated or outcome.simulated
        self._looked = self._looked or call.effect is Effect.READ
        self._results[inner.key.rpartition("/")[2]] = {call.reference: outcome.value}
        return _told(request_id, {"result": outcome.value} | ({"simulated": True} if outcome.simulated else {}))

    def _note_uncertain(self, inner: Frame) -> None:
        """Has a call that is refused now taken back, or listed, where an earlier life of the run may have made it."""
        from avops.engine.steps.tool import note_done

        driver, step = inner.driver, inner.step
        noted = any(done.key == inner.key for done in driver.ledger.done)
        if noted or step.call is None or not step.call.effect.changes or not driver.io.is_uncertain(inner.key):
            return
        undo = None if step.undo is None or self._names_itself() else calls.render(inner, step.undo).as_data()
        note_done(inner, step.undo, undo, driver.io.now(), unknown=True)
        self._cover(inner)

    async def _failed(self, request_id: str, inner: Frame, call: CompiledCall, error: StepError | ExpressionError) -> Message:
        """A call that failed is told to the model. What nobody knows the end of, or what the run is not to go on with, ends the step."""
        message = str(error) if isinstance(error, StepError) else error.message
        kept = isinstance(error, StepError) and error.kept
        if not kept:
            await self._frame.driver.keep(inner, StepStatus.FAILED, error=message)
            raise StepError(f"{call.reference} ({inner.key}): {message}")
        self.simulated = self.simulated or self._frame.driver.program.is_simulated(call.manifest)
        if isinstance(error, StepError) and error.status is StepStatus.UNKNOWN:
            if not calls.is_idempotent(inner, call):
                raise StepError(f"nobody knows whether {call.reference} ({inner.key}) happened: {message}")
            message = f"nobody knows whether it happened; it does no harm to ask for it again: {message}"
        return _told(request_id, {"error": message}, is_error=True)

    def _inner(self, call: CompiledCall, key: str) -> Frame:
        """The call as a step of its own, with what the `do` step says of approvals and undo."""
        frame, doc, io = self._frame, self._doc, self._frame.driver.io
        undo = self._undo_of(call, key)
        own = ToolStep(
            tool=call.reference,
            name=frame.step.title[:500],
            undo="auto" if undo == "auto" else None,
            approval=doc.approval if call.effect.changes else None,
            expires=doc.expires,
            why=doc.why,
        )
        timeout_s = None
        if frame.step.timeout_s is not None and not io.recalls(key):
            timeout_s = min(duration_s(call.spec.timeout or call.manifest.timeout), self._talk.left_s(key))
        step = CompiledStep(
            doc=own,
            kind="do",
            phase=frame.step.phase,
            index=frame.step.index,
            title=call.reference,
            call=call,
            undo=frame.step.undo if undo == "own" else None,
            timeout_s=timeout_s,
        )
        scope = Scope({**frame.scope.values, **self._results}, frame.scope.simulated, frame.scope.verified)
        return replace(frame, step=step, scope=scope, key=key, conditioned=self.simulated)

    def _undo_of(self, call: CompiledCall, key: str) -> str | None:
        """How a call is taken back: by the `do` step's `undo` (the first one), by the action's `restore`, or not at all."""
        if not call.effect.changes or self._frame.step.phase.value != "act":
            return None
        if self._frame.step.undo is not None:
            return "own" if self._undone_by is None and not self._names_itself() else None
        restore = call.spec.restore
        if self._doc.undo is not None or restore is None:
            return None
        spec = actions_of(call.manifest).get(restore.read)
        if spec is None or spec.effect is not Effect.READ:
            return None
        was_read = self._frame.driver.io.recalls(f"{key}/before")
        return "auto" if was_read or is_permitted(self._frame, call.manifest, restore.read, spec) else None

    def _names_itself(self) -> bool:
        undo, own = self._frame.step.undo, self._doc.id
        return undo is not None and own is not None and any(root(name) == own for name in undo.arguments.names)

    def _cover(self, inner: Frame) -> None:
        """Where the step says how it is taken back, that stands for all its calls, at the place of the first that changed something."""
        ledger = self._frame.driver.ledger
        if self._frame.step.undo is None or not any(done.key == inner.key for done in ledger.done):
            return
        if self._undone_by is None:
            self._undone_by = inner.key
        else:
            ledger.done[:] = [done for done in ledger.done if done.key != inner.key]

    def _settle_undo(self, value: object) -> None:
        """An undo that uses the step's own answer is known only now."""
        undo, frame = self._frame.step.undo, self._frame
        if undo is None or self._undone_by is None or not self._names_itself():
            return
        arguments = None
        if value is not None:
            try:
                rendered = calls.render(frame, undo, {**frame.scope.values, self._doc.id or "": value})
                arguments = rendered.arguments
            except ExpressionError:
                arguments = None
        ledger = frame.driver.ledger
        ledger.done[:] = [replace(d, undo=undo, arguments=arguments) if d.key == self._undone_by else d for d in ledger.done]

    def _check(self, inner: Frame, call: CompiledCall) -> None:
        """What is asked of a model's call before everything that is asked of any call."""
        driver = inner.driver
        if driver.io.recalls(inner.key):
            return
        if driver.only_looks and call.effect is not Effect.READ:
            raise Refusal("plan", f"'{call.reference}' is a {call.effect.value}, and planning only reads")
        if call.effect is Effect.DESTRUCTIVE and not any(held_checks(each) for each in driver.drivers):
            raise Refusal("phase-contract", f"'{call.reference}' is destructive, and the recipe has no check with 'hold: true'")
        calls.check_call(inner, calls.render(inner, call))
        if not driver.program.is_mocked(call.manifest) and (reason := driver.io.not_ready(call.tool)) is not None:
            raise Refusal("trust", reason)

    async def _refuse(self, request: ToolRequest, step: CompiledStep, key: str, refusal: Refusal) -> None:
        """Keeps a call that was not made, with what was asked for."""
        driver = self._frame.driver
        call = step.call
        arguments = request.arguments if request.arguments is not None else {"text": as_text(request.text, 500)}
        shown = as_data(arguments)
        intent = driver.intent(
            self._frame.step,
            key,
            kind="tool",
            step_id=None,
            name=call.reference if call else as_text(request.name, 100),
            tool=call.tool if call else None,
            action=call.action if call else None,
            effect=call.effect.value if call else None,
            arguments=dict(arguments) if len(shown) <= 2000 else {"begins": shown[:500]},
        )
        result = StepResult(key=key, status=StepStatus.DENIED, error=str(refusal), finished_at=driver.io.now())
        driver.check_stopped(await driver.io.record(intent, result))


def _told(request_id: str, value: object, *, is_error: bool = False) -> Message:
    return Message(role=Role.TOOL, text=as_data(value), request_id=request_id, is_error=is_error)
