"""Conditions as `when`: over a reading that the project's tools can take, else over an answer that a person gives."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from avops.sop.arguments import fill_arguments
from avops.sop.binding import Binding, named_tools, named_value
from avops.sop.evidence import says_only
from avops.sop.lazily import lazily
from avops.sop.lexicon import words
from avops.sop.sections import PHASES
from avops.sop.steps import DraftStep, free_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.sop.candidates import Candidate
    from avops.sop.catalog import ActionCatalogEntry, ToolCatalogEntry
    from avops.sop.inputs import InputCollector
    from avops.sop.reading import Reading
    from avops.sop.tails import Tail

_IF = lazily(
    r"^(?:and\s+)?if\s+(?!not\b|so\b|needed\b|necessary\b|possible\b|desired\b|you\s+(?:want|wish|like|need)\b)(.{4,200})$",
    re.IGNORECASE,
)
_ELSE = lazily(r"^(?:otherwise|else|if not)\b", re.IGNORECASE)
_MORE = lazily(r"\b(?:otherwise|else|but|then)\b|[;.:]\s", re.IGNORECASE)
_AGAIN = lazily(r"\b(?:still|again|now|yet|then|afterwards|by now|after)\b", re.IGNORECASE)
_NOT = lazily(r"\b(?:not|no longer|never)\b|n['’]t\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A `when`, and the step that must stand before it for it to be true to the world (None when one stands there)."""

    expression: str
    before: DraftStep | None = None


@dataclass(slots=True)
class Conditions:
    """Makes conditions, one step after the other; knows the readings taken so far and what has been written since."""

    tools: Sequence[ToolCatalogEntry]
    inputs: InputCollector
    ids: set[str]
    known: dict[str, dict[str, object]]
    seen: set[str] = field(default_factory=set)  # tools that were read: a clause that names no tool may mean theirs
    _fresh: dict[tuple[str, str], str] | None = None
    _of: Candidate | None = None  # the sentence of the last condition: all its parts rest on it
    _phases: dict[str, str] = field(default_factory=dict)  # of the readings, by id
    _last: tuple[str, str] = ("", "")  # the clause of the last condition, and its expression
    _branch: dict[tuple[str, str], str] = field(default_factory=dict)  # readings that a change right before rested on

    def took(self, binding: Binding, identifier: str, phase: str) -> None:
        """A reading was taken in `phase`, its result stands under `identifier`."""
        self.seen.add(binding.tool.name)
        self._readings()[binding.tool.name, binding.action.name] = identifier
        self._phases[identifier] = phase

    def kept(self) -> dict[tuple[str, str], str]:
        """The readings that still hold, to be given back to `leave`."""
        return dict(self._readings())

    def leave(self, before: dict[tuple[str, str], str]) -> None:
        """What stands under an answer or in a branch is behind: what was read only there is not known any more."""
        now = self._readings()
        self._fresh = {key: value for key, value in before.items() if now.get(key) == value}
        self.forget()

    def wrote(self, tool: str) -> None:
        """Something was changed through a tool: its readings are old, but for the other branch of the same condition."""
        for key in [key for key in self._readings() if key[0] == tool]:
            identifier = self._readings().pop(key)
            if self._last[1].startswith(f"{identifier}."):
                self._branch[key] = identifier

    def find(self, c: Candidate, step: DraftStep, found: Binding, tail: Tail, reading: Reading) -> Condition | None:
        """The condition of a step, None when it is not one that can be written truthfully; `tail` is the clause at its end."""
        if tail.limits:
            return None if reading.conditional else self._at_the_end(c, step, found, tail)
        own = reading.conditional and (c.reading.conditional or not c.conditions)
        spoken = [*c.conditions, *([reading.lead] if own and reading.lead else [])]
        if _ELSE.match(step.text):
            expression = f"not ({self._last[1]})" if self._last[1] else ""
            return Condition(expression=expression) if expression else None
        if len(spoken) != 1:
            return None
        match = _IF.match(spoken[0].strip(" ,:;"))
        if match is None:
            return None
        clause = match[1].strip(" ,:;.")
        if self._last[0] == clause and (c.conditions or self._of is c):
            return Condition(expression=self._last[1])
        self._of = c
        condition = self._by_reading(clause, step, found) or self._by_answer(clause, step)
        self._last = (clause, condition.expression)
        return condition

    def _at_the_end(self, c: Candidate, step: DraftStep, found: Binding, tail: Tail) -> Condition | None:
        """The condition that stands behind the order: "if …" as in front; "when …" and "unless …" only where a tool can read it."""
        if c.conditions or _ELSE.match(step.text) or _IF.match(f"if {tail.clause}") is None or _MORE.search(tail.clause):
            return None
        condition = None
        if tail.word in ("if", "when", "unless"):
            condition = self._by_reading(tail.clause, step, found)
        if condition is None and tail.word == "if":
            condition = self._by_answer(tail.clause, step)
        if condition is not None and tail.word == "unless":
            condition = replace(condition, expression=f"not ({condition.expression})")
        self._last = (tail.clause, condition.expression) if condition else ("", "")
        return condition

    def saw(self, expression: str, phase: str) -> None:
        """A reading was taken in `phase` to see whether `expression` is true: "If not, …" may follow."""
        self._last = ("", expression if phase in ("intake", "plan", "act") else "")

    def forget(self) -> None:
        """A step without a condition stands between: "otherwise" has nothing to refer to any more."""
        self._last = ("", "")
        self._branch.clear()

    def _readings(self) -> dict[tuple[str, str], str]:
        if self._fresh is None:
            self._fresh = {}
        return self._fresh

    def _by_reading(self, clause: str, step: DraftStep, found: Binding) -> Condition | None:
        """Over the one field of the one reading whose allowed values the clause names."""
        hits = self._readable(clause, named_tools(clause, self.tools) or [found.tool.name])
        hits = hits or self._readable(clause, [] if named_tools(clause, self.tools) else list(self.seen))
        taken = [hit for hit in hits if (hit[0].name, hit[1].name) in self._readings()]
        taken = taken or [hit for hit in hits if (hit[0].name, hit[1].name) in self._branch]
        own = [hit for hit in hits if hit[2].lower() in hit[1].name.lower().split("_")]
        hits = taken[:1] or (hits if len(hits) == 1 else own)
        if len(hits) != 1:
            return None
        tool, action, field_name, value = hits[0]
        operator = "!=" if _NOT.search(clause) else "=="
        known = self._readings().get((tool.name, action.name))
        other = self._branch.get((tool.name, action.name))
        if (
            known is None
            and other is not None
            and f"{other}.{field_name} {operator} '{value}'" != self._last[1]
            and not _AGAIN.search(clause)
        ):
            known = other  # "If it is off, … If it is on, …" are two ways out of one look
        phase = "act" if found.action.effect in ("write", "destructive") else step.phase
        if known is not None and PHASES.index(self._phases.get(known, phase)) <= PHASES.index(phase):
            return Condition(expression=f"{known}.{field_name} {operator} '{value}'")
        binding = Binding(tool=tool, action=action, score=1.0)
        identifier = free_id(f"{tool.name}_{field_name}", self.ids)
        arguments = fill_arguments(binding, clause, step.line, self.inputs, self.known.get(tool.name, {}))
        before = DraftStep(
            phase=step.phase, key="tool", value=binding.reference, with_=arguments, text=clause, name=f"Read whether {clause}"[:480],
            line=step.line, id=identifier,
        )  # fmt: skip
        self._readings()[tool.name, action.name] = identifier
        self._phases[identifier] = phase
        return Condition(expression=f"{identifier}.{field_name} {operator} '{value}'", before=before)

    def _readable(self, clause: str, named: Sequence[str]) -> list[tuple[ToolCatalogEntry, ActionCatalogEntry, str, str]]:
        """(tool, action, field, value) of each reading that tells what the clause says, and all of it."""
        return [
            (tool, action, *fits)
            for tool in self.tools if tool.name in named
            for action in tool.actions
            if action.effect == "read" and (fits := named_value(clause, action)) is not None and says_only(clause, tool, action)
        ]  # fmt: skip

    def _by_answer(self, clause: str, step: DraftStep) -> Condition:
        """Over what a person answers, asked right before."""
        key = "_".join([word for word in re.findall(r"[a-z][a-z0-9]*", clause.lower()) if word not in words("condition_filler")][:4])
        identifier = free_id(key or "condition", self.ids)
        before = DraftStep(
            phase=step.phase, key="ask", value=self.inputs.fill(f"Is this so: {clause}? Answer yes or no.", step.line), text=clause,
            line=step.line, id=identifier, expect={"enum": ["yes", "no"]},
        )  # fmt: skip
        return Condition(expression=f"{identifier} == 'yes'", before=before)


def with_condition(step: DraftStep, condition: Condition) -> list[DraftStep]:
    """The step with its `when`, behind the step that makes it known."""
    when = f"({condition.expression}) and ({step.when})" if step.when else condition.expression
    made = replace(step, when=when)
    return [condition.before, made] if condition.before is not None else [made]
