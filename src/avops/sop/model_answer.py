"""A model's answer about an SOP, held against the SOP: what is not in the lines it cites is no step."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.sop.binding import Binding
from avops.sop.candidates import GUARDRAIL
from avops.sop.lazily import lazily
from avops.sop.lexicon import words
from avops.sop.model_request import KINDS
from avops.sop.sections import PHASES
from avops.sop.vocabulary import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avops.sop.candidates import Candidate
    from avops.sop.catalog import ToolCatalogEntry

MAX_STEPS = 500
MAX_TEXT = 2000
SHARE = 0.7
"""So much of a step's words stands in the lines that it cites."""
_NOT = lazily(r"\b(?:not|no|never|without|nicht|kein\w*|ne|pas|sin)\b|n['’]t\b", re.IGNORECASE)
_SWITCH = lazily(r"\b(on|off|open|closed?|up|down|left|right|mute|unmute|enabled?|disabled?)\b", re.IGNORECASE)
_NUMBER = lazily(r"\d+(?:[.:]\d+)*")
_REFERENCE = lazily(r"^\{?\{?\s*inputs\.(\w{1,50})\s*\}?\}?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStep:
    """A step that stands on its lines; `arguments` are texts from the SOP, or `inputs.NAME`."""

    lines: tuple[int, ...]
    phase: str
    kind: str
    text: str
    when: str = ""
    found: Binding | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A guardrail, a way back, or lines that were left out, with the words or the reason."""

    lines: tuple[int, ...]
    text: str


@dataclass(slots=True, kw_only=True)
class ReadAnswer:
    """What of an answer holds; `problems` say what does not, in words that the model is shown."""

    name: str = ""
    inputs: dict[str, tuple[str, int]] = field(default_factory=dict)
    steps: list[ReadStep] = field(default_factory=list)
    guardrails: list[Note] = field(default_factory=list)
    rollback: list[Note] = field(default_factory=list)
    left_out: list[Note] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_answer(text: str, lines: Sequence[str], candidates: Sequence[Candidate], tools: Sequence[ToolCatalogEntry]) -> ReadAnswer:
    """The parts of an answer that hold, whatever the text is."""
    return _Reader(lines, candidates, tools).read(text)


class _Reader:
    def __init__(self, lines: Sequence[str], candidates: Sequence[Candidate], tools: Sequence[ToolCatalogEntry]) -> None:
        self.lines = lines
        self.tools = {(tool.name, action.name): Binding(tool=tool, action=action, score=1.0) for tool in tools for action in tool.actions}
        verdicts: dict[int, set[str]] = {}
        for candidate in candidates:
            verdicts.setdefault(candidate.line, set()).add(candidate.verdict)
        self.forbidden = {line for line, found in verdicts.items() if found == {GUARDRAIL}}
        self.answer = ReadAnswer()

    def read(self, text: str) -> ReadAnswer:
        answer = self.answer
        try:
            data = json.loads(_unwrapped(text))
        except (ValueError, RecursionError):
            answer.problems.append("the answer is not JSON")
            return answer
        if not isinstance(data, dict) or not isinstance(data.get("steps"), list):
            answer.problems.append("the answer is not an object with 'steps'")
            return answer
        answer.name = _text(data.get("name"))[:120]
        for entry in _entries(data.get("inputs")):
            self._input(entry)
        for number, entry in enumerate(_entries(data["steps"])[:MAX_STEPS], start=1):
            self._step(number, entry)
        for key, notes in (("guardrails", answer.guardrails), ("rollback", answer.rollback), ("left_out", answer.left_out)):
            for entry in _entries(data.get(key)):
                cited = self._cited(entry)
                said = _text(entry.get("text"))
                if cited and (key == "left_out" or self.stands_in(said, cited)):
                    notes.append(Note(lines=cited, text=said))
        return answer

    def _input(self, entry: Mapping[str, object]) -> None:
        name, cited = _text(entry.get("name")), self._cited(entry)
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,49}", name):
            self.answer.problems.append(f"the input '{name[:60]}' is not written as letters, digits and '_'")
        elif not cited:
            self.answer.problems.append(f"the input '{name}' cites no line of the SOP")
        else:
            self.answer.inputs[name] = (_text(entry.get("description"))[:300], cited[0])

    def _step(self, number: int, entry: Mapping[str, object]) -> None:
        text, cited = _text(entry.get("text")), self._cited(entry)
        kind, phase = _text(entry.get("kind")), _text(entry.get("phase"))
        when = _text(entry.get("when"))
        problem = self._problem(text, when, cited, kind, phase)
        if problem:
            self.answer.problems.append(f"step {number} ('{text[:60]}') {problem}")
            return
        reference = _text(entry.get("tool"))
        found = self._found(number, reference, kind)
        arguments = self._arguments(number, entry, found, cited) if found else {}
        if kind == "tool" and found is None:
            kind = "do"
        self.answer.steps.append(
            ReadStep(lines=cited, phase=phase, kind=kind, text=text, when=when, found=found, arguments=arguments)
        )  # fmt: skip

    def _problem(self, text: str, when: str, cited: tuple[int, ...], kind: str, phase: str) -> str:
        """Why a step is thrown away; "" for one that stands."""
        if kind not in KINDS or phase not in PHASES or not text:
            return "is not of the form asked for"
        if not cited:
            return "cites no line of the SOP"
        if all(line in self.forbidden for line in cited):
            return "is what the lines say not to do"
        for said in (text, when):
            if said and not self.stands_in(said, cited):
                return f"says what lines {', '.join(map(str, cited))} do not say: '{said[:80]}'"
        return ""

    def stands_in(self, text: str, cited: Sequence[int]) -> bool:
        """True when a text has the words of the lines, with no number, no "not" and no "on" or "off" that is not theirs."""
        source = " ".join(self.lines[line - 1] for line in cited)
        if not set(_NUMBER.findall(text)) <= set(_NUMBER.findall(source)):
            return False
        if _NOT.search(text) and not _NOT.search(source):
            return False
        turned = {word.casefold() for word in _SWITCH.findall(text)}
        if not turned <= {word.casefold() for word in _SWITCH.findall(source)}:
            return False
        there = {word[:5] for word in canonical(source)}
        own = [word for word in canonical(text) if len(word) > 2 and word not in words("small")]
        return not own or sum(word[:5] in there for word in own) >= SHARE * len(own)

    def _found(self, number: int, reference: str, kind: str) -> Binding | None:
        """The action that a step names; what is not there, or would change something where it only looks, is none."""
        if not reference:
            return None
        tool, _, action = reference.partition(".")
        found = self.tools.get((tool, action))
        if found is None:
            self.answer.problems.append(f"step {number}: this project has no action '{reference[:80]}'")
        elif kind not in ("tool", "confirm"):
            return None
        elif kind == "confirm" and found.action.effect != "read":
            self.answer.problems.append(f"step {number}: '{reference}' does not only read, so nothing is judged by it")
            return None
        return found

    def _arguments(self, number: int, entry: Mapping[str, object], found: Binding, cited: tuple[int, ...]) -> dict[str, object]:
        values: dict[str, object] = {}
        for given in _entries(entry.get("arguments")):
            name, value = _text(given.get("name")), _text(given.get("value"))
            schema = found.action.input.get(name)
            if schema is None:
                self.answer.problems.append(f"step {number}: '{found.reference}' has no argument '{name[:60]}'")
                continue
            reference = _REFERENCE.match(value)
            if reference is not None:
                if reference[1] in self.answer.inputs:
                    values[name] = f"{{{{ inputs.{reference[1]} }}}}"
                else:
                    self.answer.problems.append(f"step {number}: no input '{reference[1]}' is declared")
                continue
            typed = _typed(value, schema)
            if typed is None:
                self.answer.problems.append(f"step {number}: '{value[:60]}' does not fit the argument '{name}'")
            elif "enum" not in schema and not self._says(value, cited):
                self.answer.problems.append(f"step {number}: the value '{value[:60]}' of '{name}' is not in the lines cited")
            else:
                values[name] = typed
        return values

    def _says(self, value: str, cited: Sequence[int]) -> bool:
        source = " ".join(" ".join(self.lines[line - 1] for line in cited).split()).casefold()
        return " ".join(value.split()).casefold() in source

    def _cited(self, entry: Mapping[str, object]) -> tuple[int, ...]:
        """The lines cited that are there and have text, sorted."""
        given = entry.get("lines")
        numbers = {n for n in given if isinstance(n, int) and not isinstance(n, bool)} if isinstance(given, list) else set[int]()
        return tuple(sorted(n for n in numbers if 0 < n <= len(self.lines) and self.lines[n - 1].strip()))


def _unwrapped(text: str) -> str:
    """The JSON of an answer that a server has put into a code fence."""
    fenced = re.fullmatch(r"\s*```(?:json)?\s*\n(.*)\n\s*```\s*", text, re.DOTALL)
    return fenced[1] if fenced else text


def _entries(value: object) -> list[Mapping[str, object]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    """A text in one line without control characters; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", " ", value).split())[:MAX_TEXT]


def _typed(value: str, schema: Mapping[str, object]) -> object:
    """The value as its schema has it; None when it does not fit."""
    values = schema.get("enum")
    if isinstance(values, (list, tuple)):
        return next((each for each in values if str(each).casefold() == value.casefold()), None)
    kind = schema.get("type", "string")
    if kind in ("integer", "number"):
        try:
            number = int(value) if kind == "integer" else float(value)
        except ValueError:
            return None
        low, high = schema.get("minimum"), schema.get("maximum")
        outside = (isinstance(low, (int, float)) and number < low) or (isinstance(high, (int, float)) and number > high)
        return None if outside else number
    if kind == "boolean":
        return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(value.casefold())
    return value if kind == "string" or (isinstance(kind, list) and "string" in kind) else None
