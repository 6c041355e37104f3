"""An SOP converted with a language model: what the model says is held against the lines, the offline conversion is the fallback."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.errors import ModelError
from avops.model.conversation import Stop, Usage
from avops.sop.actions import Binder
from avops.sop.arguments import input_for, is_required
from avops.sop.convert import NO_VERIFY, Conversion, Reading, convert, read_procedure
from avops.sop.coverage import LineReport
from avops.sop.inputs import InputCollector, assigned_names
from avops.sop.model_answer import ReadAnswer, ReadStep, read_answer
from avops.sop.model_request import MAX_CHARACTERS, first_request, repair_request
from avops.sop.products import mentioned_products
from avops.sop.recipe_text import RecipeDraft, write_recipe
from avops.sop.rendering import short_name
from avops.sop.sections import PHASES
from avops.sop.steps import DraftStep, duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.model.conversation import ModelReply, ModelRequest
    from avops.ports import Model
    from avops.sop.catalog import ToolCatalogEntry

TIMEOUT_S = 300.0
"""How long both answers may take together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConversion:
    """The conversion to use, the offline one to compare it with, and what of the model's answer was not taken.

    `fallback` says why the offline conversion is the one to use; None when the model's is.
    """

    conversion: Conversion
    offline: Conversion | None
    dropped: tuple[str, ...] = ()
    fallback: str | None = None
    repaired: bool = False
    usage: tuple[Usage, ...] = ()


async def convert_by_model(
    text: str, *, file: str, model: Model, tools: Sequence[ToolCatalogEntry] = (), name: str | None = None, sha256: str | None = None
) -> ModelConversion:
    """The draft recipe of an SOP by a model, or the offline one where that fails; raises NoProcedure when neither finds a step."""
    from avops.sop.errors import NoProcedure

    offline: Conversion | None = None
    refusal: NoProcedure | None = None
    try:
        offline = convert(text, file=file, tools=tools, name=name, sha256=sha256)
    except NoProcedure as error:
        refusal = error
    found = _Asked()
    if len(text) > MAX_CHARACTERS:
        found.failed = f"the SOP is too long for a model: {len(text)} characters, at most {MAX_CHARACTERS}"
    else:
        reading = read_procedure(text)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await found.ask(model, reading, tools)
        except TimeoutError:
            found.failed = f"the model has not answered within {TIMEOUT_S:.0f} s"
        except ModelError as error:
            found.failed = error.message
    if found.failed or found.answer is None or not found.answer.steps:
        if offline is None:
            assert refusal is not None
            raise refusal
        reason = found.failed or "no step of the model's answer stands in the SOP"
        return ModelConversion(
            conversion=offline, offline=offline, dropped=found.problems, fallback=reason, repaired=found.repaired, usage=tuple(found.usage)
        )
    made = _Maker(reading, found.answer, tools, file).conversion(offline, name=name, sha256=sha256)
    return ModelConversion(conversion=made, offline=offline, dropped=found.problems, repaired=found.repaired, usage=tuple(found.usage))


class _Asked:
    """The question, the answer, and the one repair."""

    def __init__(self) -> None:
        self.answer: ReadAnswer | None = None
        self.failed = ""
        self.repaired = False
        self.usage: list[Usage] = []

    @property
    def problems(self) -> tuple[str, ...]:
        """What of the last answer was not taken."""
        return tuple(self.answer.problems) if self.answer is not None else ()

    async def ask(self, model: Model, reading: Reading, tools: Sequence[ToolCatalogEntry]) -> None:
        """Asks, and once more when something is wrong with the answer; the better of the two answers is kept."""
        lines = reading.source.lines
        request = first_request(lines, reading.blocks, tools)
        reply = await self._reply(model, request)
        if reply is None:
            return
        self.answer = read_answer(reply.text, lines, reading.candidates, tools)
        if not self.answer.problems:
            return
        self.repaired = True
        try:
            again = await self._reply(model, repair_request(request, reply.text, self.answer.problems))
        except ModelError:
            again = None
        if again is None:
            self.failed = "" if self.answer.steps else self.failed
            return
        second = read_answer(again.text, lines, reading.candidates, tools)
        if (len(second.problems), -len(second.steps)) <= (len(self.answer.problems), -len(self.answer.steps)) or not self.answer.steps:
            self.answer = second

    async def _reply(self, model: Model, request: ModelRequest) -> ModelReply | None:
        reply = await model.reply(request)
        self.usage.append(reply.usage)
        if reply.stop is Stop.REFUSAL:
            self.failed = f"the model declines: {' '.join(reply.text.split())[:200] or 'it gives no reason'}"
        elif reply.stop is Stop.LENGTH:
            self.failed = "the model's answer is cut off: the SOP has too many steps for it"
        else:
            return reply
        return None


class _Maker:
    """The recipe of what holds of an answer."""

    def __init__(self, reading: Reading, answer: ReadAnswer, tools: Sequence[ToolCatalogEntry], file: str) -> None:
        self.reading = reading
        self.answer = answer
        self.tools = tools
        self.file = file
        self.inputs = InputCollector(assigned=assigned_names(reading.blocks))
        self.binder = Binder(tools, self.inputs)

    def conversion(self, offline: Conversion | None, *, name: str | None, sha256: str | None) -> Conversion:
        answer = self.answer
        for key, (about, line) in answer.inputs.items():
            self.inputs.declare(key, about or key, line)
        steps = [self._step(step) for step in answer.steps]
        title = (name or (offline.name if offline else "") or answer.name or self.file).strip()[:120]
        description = f"Converted from {self.file} with a model."
        guardrails = tuple(dict.fromkeys([*(offline.guardrails if offline else ()), *(note.text for note in answer.guardrails)]))
        rollback = tuple(dict.fromkeys([*(offline.rollback if offline else ()), *(note.text for note in answer.rollback)]))
        used = {key for step in steps for key in _named_inputs(step)}
        inputs = tuple(spec for spec in self.inputs.found.values() if spec.name in used)
        draft = RecipeDraft(
            name=title, description=description, file=self.file,
            sha256=sha256 or hashlib.sha256(self.reading.text.encode("utf-8", "replace")).hexdigest(),
            inputs=inputs, steps=steps, guardrails=guardrails, rollback=rollback, needs_room=False,
        )  # fmt: skip
        coverage = self._coverage(offline)
        warnings = list(self.binder.warnings)
        if not any(step.phase == "verify" and step.key in ("confirm", "check") for step in steps):
            warnings.append(NO_VERIFY)
        return Conversion(
            recipe_text=write_recipe(draft), name=title, inputs=inputs,
            steps=tuple(sorted(steps, key=lambda step: PHASES.index(step.phase))), guardrails=guardrails, rollback=rollback,
            left_out=tuple(row for row in coverage if row.outcome == "left out"), coverage=coverage, warnings=tuple(warnings),
            mentioned_tools=tuple(mentioned_products(steps, self.tools)),
        )  # fmt: skip

    def _step(self, read: ReadStep) -> DraftStep:
        line = read.lines[0]
        words = f"{read.when[0].upper()}{read.when[1:].rstrip(' :.,')}: {read.text}" if read.when else read.text
        filled = self.inputs.fill(words, line)
        key, value = read.kind, filled
        if key == "wait":
            key, value = ("wait", duration(read.text)) if duration(read.text) and not read.when else ("do", filled)
        if key == "tool":
            key = "do"
        name = words[:480] if key == "wait" or filled != words else (short_name(words).strip() if len(filled) > 110 else "")
        step = DraftStep(phase=read.phase, key=key, value=value, text=words, line=line, name=name)
        found = read.found
        if found is None:
            return step
        if read.when:
            step.comments.append(f"the tool for this: {found.reference}; its condition is in words, so nothing is called by itself")
            return step
        values = dict(read.arguments)
        for argument, schema in found.action.input.items():
            if argument not in values and is_required(schema):
                given = input_for(found, argument, schema, line, self.inputs)
                if given is not None:
                    values[argument] = given
        return self.binder.called(step, found, values, judged=read.kind == "confirm")

    def _coverage(self, offline: Conversion | None) -> tuple[LineReport, ...]:
        """The lines that the model cites, and of the others what offline conversion makes of them."""
        cited: dict[int, tuple[str, str]] = {}
        for outcome, notes in (
            ("left out", self.answer.left_out),
            ("rollback", self.answer.rollback),
            ("guardrail", self.answer.guardrails),
        ):
            for note in notes:
                cited.update(
                    dict.fromkeys(note.lines, (outcome, f"the model: {note.text[:120]}" if outcome == "left out" else "the model cites it"))
                )
        for step in self.answer.steps:
            cited.update(dict.fromkeys(step.lines, ("step", "the model cites it")))
        known = {row.line: row for row in offline.coverage} if offline else {}
        rows = []
        for number, text in enumerate(self.reading.text.splitlines(), start=1):
            if not text.strip():
                continue
            before = known.get(number)
            outcome, reason = (
                cited.get(number) or (before.outcome, before.reason) if before else cited.get(number, ("left out", "not cited"))
            )
            if number not in cited and outcome == "step":
                outcome, reason = "left out", "offline a step; the model does not cite it"
            rows.append(LineReport(line=number, text=text.strip()[:200], outcome=outcome, reason=reason))
        return tuple(rows)


def _named_inputs(step: DraftStep) -> list[str]:
    return re.findall(r"inputs\.(\w+)", f"{step.value} {step.name} {step.with_} {step.reading} {step.when}")
