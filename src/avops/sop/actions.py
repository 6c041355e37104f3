"""Steps in words turned into calls, readings and messages where a project's tool does what they say."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from avops.sop.arguments import fill_arguments
from avops.sop.binding import Binding, find_binding, named_tools, named_value
from avops.sop.conditions import Conditions, with_condition
from avops.sop.grammar import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.sop.candidates import Candidate
    from avops.sop.catalog import ToolCatalogEntry
    from avops.sop.inputs import InputCollector
    from avops.sop.steps import DraftStep

_SEVERAL = re.compile(
    r"(?<![\w.:-])(?:both|all|each|every|two|three|four|five|six|[2-9]|\d\d)\s+(?:of\s+)?(?:the\s+)?(?:\w+\s+)?(?!is\b|was\b|has\b)\w*s\b",
    re.IGNORECASE,
)
NO_WAY_BACK = "the SOP names no way back"
_ELSE = re.compile(r"^(?:otherwise|else|if not|alternatively|instead|or)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"\s*(?:;|,?\s+and(?:\s+then)?|,?\s+then|\.)\s+(?=[A-Za-z])")


class Binder:
    """Binds steps to tools one after the other; remembers the readings it has made."""

    def __init__(self, tools: Sequence[ToolCatalogEntry], inputs: InputCollector) -> None:
        self.tools = tools
        self.inputs = inputs
        self.before = ""
        self.ids: set[str] = set()
        self.warnings: list[str] = []
        self.mentioned: list[str] = []
        self.known: dict[str, dict[str, object]] = {}
        self.conditions = Conditions(tools, inputs, self.ids, self.known)

    def bind(self, c: Candidate, step: DraftStep) -> list[DraftStep]:
        """`step`, or the steps that stand for its parts."""
        if not self.tools or step.key in ("wait", "ask") or c.code:
            return [step]
        parts = self._parts(step)
        if len(parts) > 1:
            made: list[DraftStep] = []
            for part in parts:
                bound = bool(made) and (made[-1].key == "tool" or bool(made[-1].reading))
                made += self._one(c, part, same_sentence=bound)
            return made if any(m.key in ("tool", "notify") or m.reading for m in made) else [step]
        return self._one(c, step)

    def _parts(self, step: DraftStep) -> list[DraftStep]:
        """The step cut at "and", "then" and ";" where each part is an order of its own."""
        pieces = _CLAUSE.split(step.text)
        clauses: list[str] = []
        for piece in pieces:
            if clauses and read(piece).mood not in ("do", "must"):
                cut = step.text.find(piece, len(clauses[-1]))
                clauses[-1] = step.text[step.text.find(clauses[-1]) : cut + len(piece)] if cut >= 0 else f"{clauses[-1]} {piece}"
            else:
                clauses.append(piece)
        if len(clauses) < 2 or read(clauses[0]).mood not in ("do", "must") or read(clauses[0]).conditional:
            return [step]
        out = []
        for clause in clauses:
            text = clause.strip(" .;,")
            text = text[0].upper() + text[1:]
            filled = self.inputs.fill(text, step.line)
            out.append(replace(step, text=text, value=filled, name=text if filled != text else "", key=step.key, comments=[]))
        return out

    def _one(self, c: Candidate, step: DraftStep, *, same_sentence: bool = False) -> list[DraftStep]:
        reading = read(step.text) if step.text != c.text else c.reading
        looks = reading.kind in ("observe", "obtain") or reading.mood in ("expect", "state", "fragment", "passive")
        tells = reading.kind in ("communicate", "close") or reading.verb in ("post", "send", "tell", "share", "announce", "say", "update")
        before = f"={self.before}" if same_sentence else self.before
        # A condition in front names things, too; what is done stands in the main clause.
        order = reading.main if reading.conditional and reading.main else re.sub(_ELSE, "", step.text).lstrip(" ,")
        found = find_binding(order, self.tools, looks=looks and not tells, tells=tells, before=before)
        if found is None and not looks and c.phase == "intake":
            found = find_binding(order, self.tools, looks=True, tells=False, before=before)
        if found is None:
            self.mentioned += [name for name in named_tools(step.text, self.tools) if name not in self.mentioned]
            self._note_condition(c, step)
            return [step]
        self.before = found.tool.name
        if _SEVERAL.search(step.text) and found.action.effect != "record":
            step.comments.append(f"the tool for this: {found.reference}; the SOP speaks of several devices, so it is not one call")
            return [step]
        if c.conditions or reading.conditional or _ELSE.match(step.text):
            condition = None if looks and not tells else self.conditions.find(c, step, found)
            if condition is None:
                step.comments.append(f"the tool for this: {found.reference}; its condition is in words, so nothing is called by itself")
                return [step if step.key != "manual" else replace(step, key="do")]
            made = self._call(step, found, judged=False)
            if condition.before is not None and condition.before.phase != made.phase:
                condition.before.phase = made.phase
            return with_condition(made, condition)
        self.conditions.forget()
        return [self._call(step, found, judged=looks and reading.kind != "obtain")]

    def _note_condition(self, c: Candidate, step: DraftStep) -> None:
        """A step in words keeps its condition in words; what follows it with "otherwise" has nothing to rest on."""
        if not c.conditions:
            self.conditions.forget()

    def _call(self, step: DraftStep, found: Binding, *, judged: bool) -> DraftStep:
        """The step as a call of the action found."""
        known = self.known.setdefault(found.tool.name, {})
        values = fill_arguments(found, step.text, step.line, self.inputs, known)
        known.update(values)
        return self.called(step, found, values, judged=judged)

    def called(self, step: DraftStep, found: Binding, values: dict[str, object], *, judged: bool) -> DraftStep:
        """The step as a call with these arguments: a message, a reading (`judged`: that is checked or confirmed), or a change in act."""
        action = found.action
        name = step.text[:480]
        if action.notify is not None:
            to, text = action.notify
            if set(values) <= {to, text} and len(values) == 2:
                if values[text] == self.inputs.fill(step.text, step.line):
                    self.warnings.append(f"line {step.line}: the SOP does not give the words of the message; its own sentence is sent")
                return replace(step, key="notify", value={found.tool.name: values[to], "text": values[text]}, name=name)
        if action.effect == "read":
            return self._reading(step, found, values, judged=judged)
        if action.effect in ("write", "destructive"):
            if step.phase != "act":
                self.warnings.append(f"line {step.line}: '{name}' changes something, so it stands in act, not in {step.phase}")
            self.conditions.wrote(found.tool.name)
            undo, why = ("auto", "") if action.restores else ("none", NO_WAY_BACK)
            return replace(step, phase="act", key="tool", value=found.reference, with_=values, name=name, undo=undo, why=why)
        return replace(step, key="tool", value=found.reference, with_=values, name=name)

    def _reading(self, step: DraftStep, found: Binding, values: dict[str, object], *, judged: bool) -> DraftStep:
        if judged and step.phase in ("plan", "verify", "act"):
            phase = "verify" if step.phase == "act" else step.phase
            call: dict[str, object] = {"tool": found.reference}
            if values:
                call["with"] = values
            expression = _expectation(found, step.text)
            if expression:
                return replace(step, phase=phase, key="check", value=expression, reading=call, name=step.text[:480], hold=phase == "plan")
            return replace(step, phase=phase, key="confirm", value=self.inputs.fill(step.text, step.line), reading=call, name="")
        key = re.sub(r"[^a-z0-9]+", "_", found.reference.lower().replace(".get_", "_")).strip("_")
        identifier, number = key, 2
        while identifier in self.ids:
            identifier, number = f"{key}_{number}", number + 1
        self.ids.add(identifier)
        self.conditions.took(found, identifier)
        return replace(step, key="tool", value=found.reference, with_=values, name=step.text[:480], id=identifier)


def _expectation(found: Binding, text: str) -> str:
    """`reading.power == 'on'` when the answer has one field whose allowed value the text names, else ""."""
    value = named_value(text, found.action)
    negated = re.search(r"\b(?:not|no longer|never|isn['’]t|without)\b", text, re.IGNORECASE)
    return f"reading.{value[0]} == '{value[1]}'" if value and not negated else ""
