"""Whether a sentence as a whole says what an action does: nothing of weight may be left over.

The words of a tool are found easily. What makes a call wrong stands beside them: a "not", another device, a second order,
a time, several rooms, somebody else who does it. Each reason here keeps a step in words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from avops.sop.lazily import lazily
from avops.sop.lexicon import base_form, read_data, verb_class, words
from avops.sop.tails import CONTRAST, NEGATION, SPAN, TIME, message_start, unquoted
from avops.sop.urgency import urgency
from avops.sop.vocabulary import LEVEL, canonical, choices, folded_words, spelled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avops.sop.catalog import ActionCatalogEntry, ToolCatalogEntry
    from avops.sop.reading import Reading

_CODED = lazily(r"^(?:[A-Z]{0,6}[-_]?\d[\w.-]*|[A-Z]{1,3}|[a-z]+[-_][\w-]*\d[\w.-]*)$")
_SEVERAL = lazily(r"\b(?:both|all|every|each|several|many|most|any|some|other|others|another)\b", re.IGNORECASE)
_SELECTS = lazily(
    r"\b(?:that|which|whose)\s+(?:is|are|was|were|has|have|had|does|do|did|can|shows?|needs?|stays?|nobody|no)\b", re.IGNORECASE
)
_JOINED = lazily(r"\b(?:and|or|plus|as\s+well\s+as|along\s+with|together\s+with)\b|&|,|;", re.IGNORECASE)
_LITERAL = lazily(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[a-z0-9-]+\.){2,}[a-z]{2,}\b|\b(?:INC|REQ|CHG|TASK|[A-Z]{2,6}-)\d{2,10}\b")
_RELATIVE = lazily(
    r"\b(?:by|up|down)\s+\d|\d\s*(?:%|db|steps?|points?|percent)\s+(?:more|less|up|down|louder|quieter|higher|lower)\b", re.IGNORECASE
)
_EITHER = lazily(r"\b(?:on|off|up|down|yes|no)\s?/\s?(?:on|off|up|down|yes|no)\b", re.IGNORECASE)
_ROUGH = lazily(
    r"\b(?:about|around|approximately|roughly|at least|at most|below|above|under|over|more than|less than|up to|between"
    r"|max(?:imum)?|min(?:imum)?)\s+\d"
    r"|\d\s*(?:%\s*)?(?:[-–]|to|or)\s*\d",
    re.IGNORECASE,
)
_BY_FEEL = lazily(
    r"^\W*(?:adjust|raise|lower|increase|decrease|reduce|tweak)\b|\b(?:volume|level|brightness|gain|it|them) (?:up|down)\b"
    r"|\b(?:turn|bring) (?:up|down)\b"
    r"|\b(?:as|if|where) (?:needed|required|necessary|appropriate)\b|\baccordingly\b",
    re.IGNORECASE,
)
_OPEN = lazily(r"\{\{.*?\}\}|\[[^\]]*\]|<[^<>]*>|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b|\$\{?\w+\}?|\{\w+\}|%\w+%")
_LOOKS = frozenset(("observe", "obtain"))


@cache
def _class(kind: str) -> frozenset[str]:
    """The closed class `kind` of data/evidence.txt."""
    return frozenset(word for key, line in read_data("evidence.txt") if key == kind for word in line.split())


def mentions(text: str, tool: ToolCatalogEntry) -> list[tuple[int, int]]:
    """Where `text` names the tool, outside quotes, channels and addresses; a verb of the same spelling does not name it."""
    masked = _prose(text)
    out = []
    for match in _phrases(tool).finditer(masked):
        after = masked[match.end() :]
        verb = re.match(r"\s+(?:an?|the|your|this|these|whether)\b", after, re.IGNORECASE) or re.search(
            r"\b(?:will|should|to|can|must|may)\s+$", masked[: match.start()], re.IGNORECASE
        )
        if verb and base_form(match[0].lower()) == match[0].lower() and not re.search(r"\b(?:to|the)\s+$", masked[: match.start()]):
            continue
        out.append(match.span())
    return out


@lru_cache(maxsize=4096)
def _prose(text: str) -> str:
    """`text` with quotes, placeholders, channels and web addresses blanked out; as long as before."""
    return re.sub(r"#[\w-]+|https?://\S+|\[[^\[\]]*\]|<[^<>]*>", lambda match: " " * len(match[0]), unquoted(text))


@lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    spoken = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<![\w#-])(?:{'|'.join(re.escape(phrase) for phrase in spoken)})(?:s(?=['’]?(?!\w)))?(?![\w-])", re.IGNORECASE)


def _phrases(tool: ToolCatalogEntry) -> re.Pattern[str]:
    spoken = {phrase.lower().replace("_", " ") for phrase in (tool.name, *tool.synonyms)} | {tool.name.lower()}
    folded = canonical(tool.name)
    if len(folded) == 1:
        spoken |= folded_words(folded[0])
    return _pattern(tuple(sorted(spoken)))


def vocabulary(tool: ToolCatalogEntry, action: ActionCatalogEntry, *, described: bool = False) -> frozenset[str]:
    """The words, folded, that speak of this action: its name, synonyms, arguments and answers."""
    texts = [tool.name, *tool.synonyms, action.name, *action.synonyms, *action.input, *([action.description] if described else [])]
    fields = action.output.get("properties")
    for schemas in (action.input, fields if isinstance(fields, dict) else {}):
        for name, schema in schemas.items():
            texts += [str(name), *map(str, choices(schema))]
    return frozenset(canonical(" ".join(texts)))


def values_of(action: ActionCatalogEntry, *, answers: bool) -> list[tuple[str, str]]:
    """(name, value) of every value that an argument, or with `answers` a field of the answer, may have; "on" and "off" left out."""
    fields = action.output.get("properties") if answers else action.input
    named = fields.items() if isinstance(fields, Mapping) else ()
    return [(str(name), str(value)) for name, schema in named for value in choices(schema) if str(value) not in ("on", "off")]


def states_of_a_value(text: str, action: ActionCatalogEntry) -> bool:
    """Whether `text` says of a value how it is ("the PC is off"): then it names another thing."""
    return any(
        re.search(rf"(?<![\w-]){spelled(value)}\s+(?:is|are|must|should|stays?|remains?)\b", text, re.IGNORECASE)
        for _, value in values_of(action, answers=True)
    )


def is_other_thing(text: str, tool: ToolCatalogEntry, action: ActionCatalogEntry) -> bool:
    """Whether the tool's name only qualifies another device ("Zoom Room scheduling panel", "the display's cable")."""
    own = frozenset(canonical(" ".join((action.name, *action.synonyms, *action.input))))
    masked = _prose(text)
    found = mentions(text, tool)
    for begin, end in found:
        if _qualifies(masked, end, own, tool, found):
            return True
        named = canonical(masked[begin:end])
        if len(named) > 2 and named[-1] not in own and named[-1] not in canonical(tool.name) and named[:-1] in _names(tool):
            return True  # "zoom room controller": a part of the zoom room
    return False


def _names(tool: ToolCatalogEntry) -> set[tuple[str, ...]]:
    return {canonical(phrase) for phrase in (tool.name, *tool.synonyms)}


def _qualifies(masked: str, end: int, own: frozenset[str], tool: ToolCatalogEntry, found: list[tuple[int, int]]) -> bool:
    """Whether the words behind a name go on to some other noun."""
    while True:
        match = re.match(r"(?:['’]s?)?\s+([A-Za-z0-9][\w.-]*)", masked[end:])
        if match is None:
            return False
        word = match[1].rstrip(".")
        lower = word.lower()
        if (
            lower in _class("after")
            or lower.endswith(("ly", "ed"))
            or _CODED.match(word)
            or (lower.endswith("s") and base_form(lower) and lower not in own)
        ):
            return False
        if not set(canonical(word)) <= own and not any(begin == end + match.start(1) for begin, _ in found):
            return True
        if match[0].rstrip().endswith("."):
            return False
        end += match.end()


def is_plural(text: str, tool: ToolCatalogEntry, action: ActionCatalogEntry) -> bool:
    """Whether several devices are meant, by an action that is not made for several."""
    spoken = " ".join((action.name.replace("_", " "), *action.synonyms)).lower()
    for begin, end in mentions(text, tool):
        word = text[begin:end].lower().split()[-1]
        if word.endswith("s") and not word.endswith("ss") and canonical(word) == canonical(word[:-1]) and word not in spoken:
            return True
    quantified = re.search(
        r"\b(?:all|both|every|each|several|any|(?:two|three|four|left\s+and\s+right)\b)\s+(?:of\s+)?(?:the\s+)?(\w+)",
        unquoted(text),
        re.IGNORECASE,
    )
    return quantified is not None and not re.search(r"\b(?:all|every|list)\b", spoken)


def is_ordered(order: str, reading: Reading, tool: ToolCatalogEntry, action: ActionCatalogEntry, *, looks: bool) -> bool:
    """Whether the verb of the sentence is the action's, and the thing it is done to the tool's."""
    allowed = {canonical(phrase)[0] for phrase in (action.name, *action.synonyms, action.description) if canonical(phrase)}
    name = canonical(action.name)
    if "power" in name:
        allowed |= {"power", "set", "start", "wake", "shut"}
    if name[:1] == ("set",) and LEVEL.search(order):
        allowed |= {"lower", "raise", "increase", "decrease", "reduce", "bring", "put", "set"}
    if action.notify is not None and re.match(r"(?:let|ping|slack|update|message)\s+#", order, re.IGNORECASE):
        return True
    verb = reading.verb
    spoken = canonical(verb.replace("-", " ")) if verb else ()
    if looks and (reading.mood in ("expect", "state", "fragment", "passive", "result") or not verb):
        begins = [begin for begin, _ in mentions(order, tool)]
        return not begins or len(order[: begins[0]].split()) <= 4
    seen = looks and ("get" in spoken or verb_class(verb) in _LOOKS)
    if not seen and not (spoken and spoken[0] in allowed):
        return False
    if re.search(rf"\b{re.escape(verb)}\s+(?:in|into|on|out)\b", order, re.IGNORECASE) and verb in ("log", "sign"):
        return False
    if not looks and _does_it_somebody_else(order, reading):
        return False
    if verb in ("open", "file", "log") and not looks and name[:1] == ("create",):
        return not re.search(
            r"\b(?:open|file|log)\s+(?:(?:it|everything|all|what|how|the|this|that|your|its|their)\b|(?:\w+\s+)?(?:INC|REQ|CHG|TASK|[A-Z]{2,6}-)\d)",
            order,
            re.IGNORECASE,
        )
    return action.notify is not None or _object_fits(order, verb, tool, action)


def _does_it_somebody_else(order: str, reading: Reading) -> bool:
    if reading.mood not in ("actor", "must", "may"):
        return False
    return names_somebody_else(order)


def names_somebody_else(text: str) -> bool:
    """Whether a person who does not run recipes stands near the beginning of `text`."""
    return any(word.removesuffix("s") in words("person") - _class("operators") for word in re.findall(r"[a-z]+", text.lower())[:5])


def _object_fits(order: str, verb: str, tool: ToolCatalogEntry, action: ActionCatalogEntry) -> bool:
    """Whether what follows the verb, up to the next preposition, is the tool or something of its action."""
    stem = verb.replace("-", " ")
    if set(canonical(stem)) & {
        synonym for phrase in action.synonyms if len(synonym_words := canonical(phrase)) == 1 for synonym in synonym_words
    }:
        return True  # "mute" is the action's name for itself, whatever is muted
    match = re.search(rf"\b{re.escape(stem)}\w*\b", order, re.IGNORECASE)
    rest = order[match.end() :] if match else order
    rest = re.sub(
        r"^(?:\s+(?:on|off|up|down|back|at|for|into|out|to|that|whether|if|there|is|are|over|through|the|a|an))+\b",
        "",
        rest,
        flags=re.IGNORECASE,
    )
    things: list[str] = []
    for word in re.findall(r"[A-Za-z0-9#][\w.'’-]*|[,;:()\"]", rest):
        if word.lower() in _class("breaks") or word in ',;:()"':
            break
        things.append(word)
    if not things or things[0].lower() in ("it", "them", "what", "how", "which"):
        return True
    return bool(set(canonical(" ".join(things))) & vocabulary(tool, action)) or bool(mentions(" ".join(things), tool))


def leftover(text: str, action: ActionCatalogEntry, values: Mapping[str, object]) -> str:
    """What of an order a call with these arguments would drop, in words for a comment; "" for nothing."""
    head = unquoted(text)
    message = action.notify is not None
    if action.effect == "record":
        start = message_start(text)
        head = head[:start] if start is not None else head
    bare = head
    for value in sorted((str(value) for value in values.values()), key=len, reverse=True):
        said = spelled(value) if len(value) <= 12 and value.isalnum() else re.escape(value)
        bare = re.sub(rf"(?<!\w){said}(?!\w)", " ", bare, flags=re.IGNORECASE) if len(value) > 1 or value.isdigit() else bare
    if NEGATION.search(bare) or CONTRAST.search(bare):
        return "what is not meant"
    if TIME.search(bare) or (SPAN.search(bare) and action.effect != "record"):
        return "a time"
    if _RELATIVE.search(head) and action.effect != "record":
        return "a change by some amount"
    instead = re.search(r"\bor\s+(\w+)\b", head, re.IGNORECASE)
    if _EITHER.search(head) or (instead and action.effect == "record" and verb_class(instead[1].lower())):
        return "one or the other"
    if action.effect != "record" and (_ROUGH.search(head) or (_BY_FEEL.search(head) and not re.search(r"\bto\s+(?:the\s+)?\w*\d", head))):
        return "no exact value"
    if _SEVERAL.search(bare):
        return "several things"
    if _SELECTS.search(bare):
        return "a condition"
    if _is_joined(bare, action, message=message):
        return "more than one thing"
    return _unused(text, bare, action, values)


def _is_joined(bare: str, action: ActionCatalogEntry, *, message: bool) -> bool:
    for match in _JOINED.finditer(bare.strip(" ,;.")):
        if action.effect != "record" or message or match[0] in "&;":
            return True
        following = (re.findall(r"[a-z]+", bare[match.end() :].lower()) or [""])[0]
        if verb_class(following):
            return True
    return False


def _unused(text: str, bare: str, action: ActionCatalogEntry, values: Mapping[str, object]) -> str:
    """A value that the sentence gives and that no argument took."""
    taken = [str(value) for value in values.values()]
    plain = [_OPEN.sub("", value) for value in taken]
    for quote in re.findall(r"[\"“]([^\"“”]{2,400})[\"”]", text):
        if not any(_OPEN.sub("", quote).strip(" .") in value for value in plain):
            return f"the words '{quote[:60]}'"
    ranked = any(name.lower().rsplit("_", 1)[-1] in words("urgency") for name in values)
    if action.effect == "record" and action.notify is None and not ranked and (spoken := urgency(text)):
        return f"how urgent it is ({spoken})"
    if action.effect == "record":
        return "a second channel" if action.notify is not None and len(set(re.findall(r"(?<![\w&/])#[a-z][\w-]+", text))) > 1 else ""
    number = re.search(r"(?<![\w.#-])\d+(?:\.\d+)?%?(?![\w.-]*\w)", _OPEN.sub(" ", bare))
    if number and not any(re.fullmatch(rf"{re.escape(number[0].rstrip('%'))}(?:\.0)?", value) for value in taken):
        return f"the value {number[0]}"
    for name, schema in action.input.items():
        open_value = "{{" in str(values.get(name, "")) and ("enum" in schema or schema.get("type") in ("integer", "number", "boolean"))
        if (
            open_value
            and (given := re.search(r"\bto\s+(?!the\b|an?\b|your\b|its\b|what\b)(\S+)\s*$", bare.rstrip(" .!")))
            and "[" not in given[1]
        ):
            return f"the value {given[1]}"
    return ""


def rests_on_nothing_else(text: str, tool: ToolCatalogEntry, action: ActionCatalogEntry, values: Iterable[object]) -> bool:
    """Whether every word of `text` speaks of the action, when the sentence does not name the tool itself."""
    allowed = vocabulary(tool, action, described=True) | _class("loose") | set(canonical(" ".join(str(value) for value in values)))
    return not [word for word in canonical(unquoted(text)) if word not in allowed and not (word.isdigit() and word in map(str, values))]


def says_only(clause: str, tool: ToolCatalogEntry, action: ActionCatalogEntry) -> bool:
    """Whether a clause says nothing but which state the action's answer is in; one "not" is allowed."""
    if is_plural(clause, tool, action) or is_other_thing(clause, tool, action):
        return False
    denied = [match[0].lower() for match in NEGATION.finditer(clause.replace("no longer", "not"))]
    if len(denied) > 1 or any(word not in ("not", "n't", "n’t") for word in denied):
        return False
    rest = _LITERAL.sub(" ", clause)
    for _, value in values_of(action, answers=True):
        rest = re.sub(rf"(?<![\w-]){spelled(value)}(?![\w-])", " ", rest, flags=re.IGNORECASE)
    allowed = vocabulary(tool, action) | _class("state") | {"get", "status"}
    return all(
        set(canonical(word)) <= allowed or word.lower() in _class("state")
        for word in re.findall(r"[A-Za-z0-9][\w-]*", rest.replace("’", " ").replace("'", " "))
    )
