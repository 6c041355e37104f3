"""The arguments of a bound action: from the text where it gives them, else from an input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.lazily import lazily
from avops.sop.lexicon import words
from avops.sop.places import ADDRESS
from avops.sop.urgency import ranked, urgency
from avops.sop.vocabulary import power_wanted, spelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.sop.binding import Binding
    from avops.sop.inputs import InputCollector

_CHANNEL = lazily(r"(?<![\w&/])#[a-z][\w-]{1,60}", re.IGNORECASE)
_QUOTED = lazily(r"[\"“”]([^\"“”]{2,400})[\"“”]")
_ROOM = lazily(r"\b(?:room|raum|suite)\s+([A-Z]{0,6}-?\d[\w.-]*|[A-Z]\d*)\b")
_EMAIL = lazily(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = lazily(r"https?://[^\s)>\"']+")
_NUMBER = r"\s*(?:#|number|no\.?|nr\.?|to|at|=|:)?\s*(-?\d{1,12}(?:\.\d{1,6})?)(?![\d])"
_TEXTS = ("text", "message", "body", "comment", "content", "note", "work_notes", "description")
_TITLES = ("title", "subject", "summary", "short_description", "name")
_CLOSING = ("resolution", "reason", "close_notes")
ADDRESSES = frozenset({"host", "address", "ip", "room", "id", "ticket", "number", "key", "channel"})
_CLOSED_WITH = lazily(r"\b(?:resolution|reason|comment|note)\s*(?::|=|\bthat\b)\s*(.{3,300}?)\W*$", re.IGNORECASE)
_TICKETS = lazily(r"\b(?:INC|REQ|CHG|TASK|[A-Z]{2,6}-)\d{2,10}\b")


def fill_arguments(
    binding: Binding, text: str, line: int, inputs: InputCollector, known: Mapping[str, object], *, whole: str = "", place: str = ""
) -> dict[str, object]:
    """Every argument that the action requires, and the optional ones that `text` gives.

    `known` holds the addresses that earlier steps used with the same tool: "it" is still the same device. `whole` is the
    sentence with its condition, where `text` is only what is done; `place` tells a second device of the same tool from the first.
    """
    out: dict[str, object] = {}
    for name, schema in binding.action.input.items():
        found = _from_text(name, schema, text, inputs, whole or text, given=_needs_words(binding, text, whole or text))
        if found is None:
            found = _from_placeholder(name, text, line, inputs)
        if found is None and name in known and name.lower().rsplit("_", 1)[-1] in ADDRESSES:
            found = known[name]
        if found is None and is_required(schema):
            found = input_for(binding, name, schema, line, inputs, place=place)
        if found is not None:
            out[name] = found
    return out


def _needs_words(binding: Binding, text: str, whole: str) -> bool:
    """Whether a record is added to something that is there, in words that the sentence does not give."""
    action = binding.action
    adds = action.effect == "record" and action.notify is None and not re.match(r"(?:create|open|new)", action.name)
    said = (
        _QUOTED.search(text)
        or re.search(r"(?:\bthat\b|\bsaying\b|:)\s+.{4,}$", text)
        or re.match(r"^if\s+.{6,200}?,\s", whole, re.IGNORECASE)
    )
    return adds and said is None


def is_required(schema: Mapping[str, object]) -> bool:
    """Whether a call without the argument is refused."""
    return "default" not in schema and schema.get("required", True) is not False


def _from_text(name: str, schema: Mapping[str, object], text: str, inputs: InputCollector, whole: str, *, given: bool = False) -> object:
    """What `text` says for the argument `name`, None for nothing."""
    lower = name.lower()
    kind = schema.get("type", "string")
    choice = _choice(lower.rsplit("_", 1)[-1], schema, text)
    if choice is not None:
        return choice
    if kind in ("integer", "number"):
        return _within(_number(lower, text, whole=kind == "integer"), schema)
    if kind == "boolean":
        return _truth(lower, text)
    for names, pattern in _PATTERNS:
        if lower in names or lower.rsplit("_", 1)[-1] in names:
            match = pattern.search(text)
            if match:
                said = match[match.lastindex or 0].rstrip(".,;")
                return said.lower() if pattern is _CHANNEL else said
    if lower in _CLOSING and kind == "string" and (said := _QUOTED.search(text) or _CLOSED_WITH.search(text)):
        return inputs.fill(said[1], 0)
    quoted = re.search(rf"\b{re.escape(lower.replace('_', ' '))}\s+[\"“]([^\"“”]{{2,400}})[\"”]", text, re.IGNORECASE)
    if quoted and kind == "string":
        return inputs.fill(quoted[1], 0)
    spoken = re.search(rf"\b{re.escape(lower.replace('_', ' '))}\s+(?:number\s+|no\.?\s*|#\s*)?(\d[\w.-]*)", text, re.IGNORECASE)
    if spoken and kind == "string":
        return spoken[1].rstrip(".,;")
    if given and lower in _TEXTS:
        return None  # "Update the ticket with what you did" does not say what: that is asked for
    if lower in _TEXTS or lower in _TITLES:
        about = re.match(r"^if\s+(?!(?:it|this|that|they|so|not)\b)(.{6,200}?),\s", whole, re.IGNORECASE)
        quoted = _QUOTED.search(text)
        match = quoted or re.search(r"(?:\bthat\b|\bsaying\b|:)\s+(.{8,300})$", text) or about
        words = match[1].strip(" .") if match else whole
        return inputs.fill(words if match is None or quoted else words[0].upper() + words[1:], 0)
    return None


def _from_placeholder(name: str, text: str, line: int, inputs: InputCollector) -> object:
    """The input for a placeholder such as `[core host]` or `<host>` that stands in `text` and ends like the argument's name."""
    filled = inputs.fill(text, line)
    for key in re.findall(r"\{\{ inputs\.(\w+) \}\}", filled):
        if key == name.lower() or key.endswith(f"_{name.lower()}"):
            return f"{{{{ inputs.{key} }}}}"
    return None


_PATTERNS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (("channel", "to"), _CHANNEL),
    (("host", "address", "ip"), ADDRESS),
    (("room", "id"), _ROOM),
    (("email", "recipient", "to"), _EMAIL),
    (("url", "link"), _URL),
    (("ticket", "number", "incident", "key"), _TICKETS),
)


def _choice(name: str, schema: Mapping[str, object], text: str) -> object:
    """The one value of an enum that `text` names; "turn on" names on, "urgent" the tool's word for it."""
    values = schema.get("enum")
    if not isinstance(values, (list, tuple)):
        return None
    hits = [v for v in values if re.search(rf"(?<![\w-]){spelled(str(v))}(?![\w-])", text, re.IGNORECASE)]
    if name in words("urgency"):
        return ranked(urgency(text), values) if urgency(text) else None
    if len(hits) != 1 and {"on", "off"} <= set(map(str, values)):
        return power_wanted(text) or None
    return hits[0] if len(hits) == 1 else None


def _number(name: str, text: str, *, whole: bool) -> object:
    """The number behind the argument's name, or the only number of the text."""
    last = name.rsplit("_", 1)[-1]
    match = re.search(
        rf"\b(?:{re.escape(name.replace('_', ' '))}|{re.escape(last)}|preset|snapshot|scene|level)\b{_NUMBER}", text, re.IGNORECASE
    )
    if last == "bank" and not re.search(r"\bbank\b", text, re.IGNORECASE):
        return None
    if match is None:
        numbers = re.findall(r"(?<![\w.#-])-?\d{1,12}(?:\.\d+)?(?![\w.-]*\w)", text)
        if len(numbers) != 1:
            return None
        found = numbers[0]
    else:
        found = match[1]
    number = float(found)
    if whole and not number.is_integer():
        return None
    return int(number) if whole else number


def _within(number: object, schema: Mapping[str, object]) -> object:
    """The number, None when the schema has no room for it: it is some other number of the sentence."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if isinstance(number, (int, float)) and (
        (isinstance(low, (int, float)) and number < low) or (isinstance(high, (int, float)) and number > high)
    ):
        return None
    return number


def _truth(name: str, text: str) -> bool | None:
    if re.search(rf"\b(?:un{re.escape(name)}|disable|off|false)\b", text, re.IGNORECASE):
        return False
    if re.search(rf"\b(?:{re.escape(name)}|enable|on|true)\b", text, re.IGNORECASE):
        return True
    return None


def input_for(binding: Binding, name: str, schema: Mapping[str, object], line: int, inputs: InputCollector, *, place: str = "") -> object:
    """A template that takes the argument from an input, declared here if it is new; `place` gives an address an input of its own."""
    shared = name in ("channel", "room", "room_id", "ticket", "number")
    singular = f"{binding.tool.name.removesuffix('s')}_{name}"
    own = place if name.lower().rsplit("_", 1)[-1] in ADDRESSES else ""
    if singular in inputs.found and not own:
        return f"{{{{ inputs.{singular} }}}}"
    key = name if shared or name.startswith(binding.tool.name) else f"{binding.tool.name}_{name}"
    about = schema.get("description") or f"{name.replace('_', ' ')} for {binding.reference}"
    if own:
        key, about = f"{key} {own}", f"{about} ({own})"
    kind = schema.get("type", "string")
    choices = schema.get("enum")
    spec = inputs.declare(
        key, str(about), line, kind=kind if kind in ("integer", "number", "boolean") else "string",
        enum=tuple(str(v) for v in choices) if isinstance(choices, (list, tuple)) else (),
    )  # fmt: skip
    return f"{{{{ inputs.{spec.name} }}}}" if spec else None
