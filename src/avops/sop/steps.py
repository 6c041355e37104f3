"""Candidates as the steps of a recipe."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.sop.candidates import STEP, Candidate
from avops.sop.grammar import read
from avops.sop.lazily import lazily
from avops.sop.lexicon import words
from avops.sop.rendering import commands, is_long, short_name, words_of

if TYPE_CHECKING:
    from avops.sop.inputs import InputCollector

_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "fifteen": 15, "twenty": 20, "thirty": 30, "forty-five": 45, "sixty": 60, "ninety": 90, "half an": 0.5, "half a": 0.5,
}  # fmt: skip
_AMOUNT = r"\d{1,6}(?:\.\d{1,3})?|" + "|".join(word for word in _NUMBERS if " " not in word)
_UNIT = (
    r"seconds?|secs?|s|minutes?|mins?|min|m|hours?|hrs?|h|sekunden?|secondes?|segundos?|secondi|seconden|minuten|minutos?|minuti"
    r"|stunden?|heures?|horas?"
)
_DURATION = lazily(rf"\b(half an?|{_AMOUNT})(?:\s*(?:-|–|to|or)\s*({_AMOUNT}))?[\s-]*({_UNIT})\b", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class DraftStep:
    """A step of the recipe to be: `key` is its step key, `value` what stands there, `line` where it came from."""

    phase: str
    key: str
    value: object
    text: str
    line: int
    name: str = ""
    id: str = ""
    when: str = ""
    with_: dict[str, object] = field(default_factory=dict)
    reading: dict[str, object] = field(default_factory=dict)
    expect: dict[str, object] = field(default_factory=dict)
    undo: str = ""
    why: str = ""
    hold: bool = False
    within: str = ""
    comments: list[str] = field(default_factory=list)


def make_step(c: Candidate, inputs: InputCollector) -> DraftStep:
    """The step of one candidate, before tools are bound to it."""
    original = _instruction(c, words_of)
    text = inputs.fill(original, c.line)
    code = "\n".join(_code(c, inputs))
    full = f"{text}\n{code}" if code else text
    key = _key(c, original)
    value: object = full
    wait = duration(original) if key == "wait" else ""
    if key == "wait":
        value = wait
    name = ""
    if key == "wait" or text != original:
        name = original[:480]
    elif len(full) > 110:
        name = short_name(original)
    return DraftStep(phase=c.phase, key=key, value=value, text=original, line=c.line, name=name.strip())


def _instruction(c: Candidate, render: object) -> str:
    conditions = [words_of(text).rstrip(" :.,") for text in c.conditions]
    body = " ".join([words_of(c.text), *(words_of(text) for text in c.more)])
    if c.expected:
        body = f"{body.rstrip(' .')} (expected: {words_of(c.expected)})"
    if conditions:
        head = "; ".join(dict.fromkeys(conditions))
        return f"{head[0].upper()}{head[1:]}: {body}"
    del render
    return body


def _code(c: Candidate, inputs: InputCollector) -> list[str]:
    """The commands below a step, or where they stand when they are long."""
    out = []
    for block in c.code:
        typed = commands(block.text)
        if not typed.strip():
            continue
        if is_long(typed):
            last = block.line + block.text.count("\n")
            out.append(f"(the commands: lines {block.line} to {last} of the SOP)")
        else:
            out.append(inputs.fill(typed, block.line, code=True))
    return out


def _key(c: Candidate, text: str) -> str:
    """The step key that fits an unbound step."""
    reading = c.reading
    kind = c.kind or reading.kind
    if kind == "wait" and not c.conditions and not reading.conditional and not c.code and is_only_wait(text):
        return "wait"
    if c.phase in ("plan", "verify") and (kind == "observe" or reading.mood in ("expect", "result") or (c.check and reading.mood != "do")):
        return "confirm"
    if c.check and c.phase == "intake" and "?" in text:
        return "ask"
    if (
        c.phase in ("intake", "plan")
        and reading.verb == "ask"
        and re.search(r"\bask\b.{0,60}\b(?:for|if|whether|which|what|when|where|how|who)\b", text, re.IGNORECASE)
    ):
        return "ask"
    return "manual" if needs_hands(c, text) else "do"


def free_id(wish: str, ids: set[str]) -> str:
    """An id like `wish` that no other step has and that an expression can name; it is added to `ids`."""
    base = re.sub(r"[^a-z0-9]+", "_", wish.lower()).strip("_")[:40].strip("_") or "condition"
    base = base if base[0].isalpha() else f"c_{base}"
    base = f"{base}_state" if base in words("reserved") else base
    identifier, number = base, 2
    while identifier in ids:
        identifier, number = f"{base}_{number}", number + 1
    ids.add(identifier)
    return identifier


def needs_hands(c: Candidate, text: str) -> bool:
    """Whether a person must be there: cables, buttons, lamps."""
    if c.code or c.reading.mood == "command" or "`" in text:
        return False
    if c.reading.verb in words("remote"):
        return False
    lower = set(re.findall(r"[a-z][a-z-]+", text.lower()))
    if c.reading.verb in words("hands_verb"):
        return True
    return bool(lower & words("hands_noun"))


def duration(text: str) -> str:
    """The duration that `text` names, as avops writes it ("90s", "5m"); the longer one of a range; "" for none."""
    match = _DURATION.search(text)
    if not match:
        return ""
    amount = (match[2] or match[1]).lower()
    number = _NUMBERS.get(amount)
    value = float(number if number is not None else amount)
    word = match[3].lower()
    unit = "h" if word.startswith(("h", "stund")) else word[0]
    if value != int(value):
        value, unit = value * 60, {"h": "m", "m": "s", "s": "s"}[unit]
    return f"{int(value)}{unit}"


_MORE = lazily(r"\b(?:until|till|unless|if|when|except)\b", re.IGNORECASE)


def is_only_wait(text: str) -> bool:
    """Whether `text` names a duration and orders nothing but to wait for it."""
    if not duration(text) or _MORE.search(text):
        return False
    pieces = re.split(r"(?:[.;!:,]|,?\s+and(?:\s+then)?|,?\s+then)\s+(?=[A-Za-z])", text)
    return all(read(piece).mood not in ("do", "must", "expect", "never") or read(piece).kind == "wait" for piece in pieces[1:])


def make_steps(candidates: list[Candidate], inputs: InputCollector) -> list[tuple[Candidate, DraftStep]]:
    """All steps in the order of the SOP."""
    return [(c, make_step(c, inputs)) for c in candidates if c.verdict == STEP]
