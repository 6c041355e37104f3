"""Where the main clause of a sentence starts."""

from __future__ import annotations

import re

from avops.sop.imperatives import head_verb
from avops.sop.lazily import lazily
from avops.sop.lexicon import noun_verbs, verb_class, words
from avops.sop.patterns import CLOCK, DUTY, DUTY_SHORT, FORGET, NEVER, POINTER, POLITE, WORTH

DIRECT = frozenset(
    [
        "run",
        "click",
        "press",
        "select",
        "open",
        "type",
        "enter",
        "check",
        "verify",
        "confirm",
        "ensure",
        "make",
        "set",
        "turn",
        "plug",
        "unplug",
        "connect",
        "disconnect",
        "push",
        "tap",
        "choose",
        "restart",
        "reboot",
        "start",
        "stop",
        "use",
        "look",
        "go",
        "wait",
        "create",
        "delete",
        "remove",
        "add",
        "install",
        "update",
        "copy",
        "ask",
        "call",
        "notify",
        "send",
        "switch",
        "log",
        "sign",
        "navigate",
        "execute",
        "close",
        "launch",
        "hold",
        "perform",
        "repeat",
        "continue",
    ]
)


NOT_BEFORE_VERB = frozenset(
    [
        "to",
        "the",
        "a",
        "an",
        "you",
        "we",
        "they",
        "it",
        "can",
        "will",
        "not",
        "must",
        "should",
        "may",
        "of",
        "and",
        "or",
        "that",
        "this",
        "your",
        "their",
        "in",
        "on",
        "for",
        "from",
        "with",
        "by",
        "as",
        "is",
        "are",
        "was",
        "be",
        "been",
        "i",
        "he",
        "she",
        "who",
        "which",
    ]
) | {"don't", "cannot", "could", "would", "at", "each", "every", "any", "no", "all"}


def balanced(text: str) -> bool:
    """Whether every quote and bracket that opens in `text` closes in it."""
    return text.count('"') % 2 == 0 and text.count("“") == text.count("”") and text.count("(") == text.count(")")


def strip_opener(text: str) -> str:
    """`text` after words like "Then", "Next," and "Carefully", "" when it has none."""
    match = re.match(r"^(?:(?:more|less|most|very|quite)\s+(?=\w+ly\b))?([A-Za-z]+)\s*(?:[,:]|->|→|=>)?\s+", text, re.IGNORECASE)
    if not match or re.match(r"^(?:now|so) that\b", text, re.IGNORECASE):
        return ""
    word = match[1].lower()
    if word in words("opener") or (word.endswith("ly") and len(word) > 4 and not verb_class(word)):
        return text[match.end() :]
    return ""


_BEFORE_DUTY = frozenset(
    ("if", "when", "once", "after", "before", "until", "while", "to", "for", "in", "on", "since", "because", "as", "by")
)


# "18:00 Open the doors", "7 pm: open the doors"
_HOUR = lazily(rf"^(?:at\s+)?{CLOCK}\s*[-–—:]?\s+", re.IGNORECASE)
_IF_SO = lazily(r"^if\s+(?:not|so|yes|no|needed|necessary|possible|required|applicable|desired|in\s+doubt)\s+", re.IGNORECASE)


def after_lead(text: str) -> str:
    """The main clause after a leading clause ("If the ping fails, …"), "" when none is found."""
    opener = _HOUR.match(text) or _IF_SO.match(text)
    if opener and len(text[opener.end() :].split()) > 1 and starts_clause(text[opener.end() :]):
        return text[opener.end() :]
    for match in re.finditer(
        r"[,;:.]\s+|\)\s+,?\s*|\s(?:[–—-]|→|->|=>)\s+|,?\s+then,?\s+|,(?=[A-Z])|(?<!\bto)\s+(?=please\s|(?:ensure|make\s+sure|be\s+sure\s+to|remember\s+to|verify|it\s+is\s+(?:\w+\s+)?(?:recommended|advised|necessary)\s+to)\s|try\s+(?:\w+\s+)?\w+ing\b)",
        text[:500],
    ):
        rest = text[match.end() :]
        if starts_clause(rest) and balanced(text[: match.end()]):
            return rest
    duty = re.search(
        r"\s(?=you['’]ll\s+(?:need|have|want)\b|you\s+(?:(?:just|only|simply|also|then|still)\s+)?(?:can(?!\s+not\b(?=.*\b(?:you|we)\s+(?:should|must|need|have|can)\b))|must|should|need|have|will\s+need|may|might|could)\b|(?:we|one)\s+(?:must|should|need)\b)",
        text[8:300],
        re.IGNORECASE,
    )
    if duty and text.split(maxsplit=1)[0].lower() in _BEFORE_DUTY:
        rest = text[8 + duty.end() :]
        if DUTY.match(rest) or DUTY_SHORT.match(rest):
            return rest
    return _without_comma(text)


_AT_ONCE = frozenset(("press", "click", "select", "tap", "hit", "choose", "run", "execute"))
_TO_PLACE = frozenset(("go", "change", "navigate", "log", "sign", "connect", "switch"))
_TO_DO = frozenset(("ensure", "try", "remember", "proceed", "begin", "start", "continue"))
_PARTICLE = frozenset(("in", "on", "up", "down", "off", "out", "away", "back"))


def _without_comma(text: str) -> str:
    """The order that follows a leading clause without a comma ("Before the change back up the disk"), "" when none is found."""
    tokens = list(re.finditer(r"\S+", text[:300]))
    spoken = [token[0].lower().strip("\"'“”(),.:;") for token in tokens]
    for position, token in enumerate(tokens[2:14], start=2):
        word = spoken[position]
        before = spoken[position - 2] if spoken[position - 1].endswith("ly") else spoken[position - 1]
        if tokens[position - 1][0].lower() in NOT_BEFORE_VERB or before in ("we", "they", "it", "i") or not verb_class(word):
            continue
        after = spoken[position + 1] if position + 1 < len(tokens) else ""
        beyond = spoken[position + 2] if position + 2 < len(tokens) else ""
        raw = tokens[position + 1][0] if position + 1 < len(tokens) else ""
        sure = word in DIRECT or word == "change" or (word not in noun_verbs() and word != "have") or after in ("it", "them")
        if sure and (
            after in words("determiner") | {"everyone", "everything", "something", "it", "them"}
            or (word in words("decide") and after in ("if", "whether", "what", "which", "how", "who"))
            or (word in _TO_DO and after == "to")
            or (word in _TO_PLACE and after in ("to", "into", "from"))
            or token[0].endswith(":")
            or raw[:1] in tuple("\"“<[$/'")
            or (
                word in _AT_ONCE
                and (after not in NOT_BEFORE_VERB or (word, after) == ("click", "on"))
                and spoken[0] in ("in", "on", "from", "at", "under", "within")
            )
            or (
                word in ("look", "hover", "scroll") and after in ("at", "for", "in", "into", "over", "to") and beyond in words("determiner")
            )
            or (after in _PARTICLE and beyond in words("determiner"))
            or (word in ("turn", "switch") and {"on", "off"} & set(spoken[position + 2 : position + 5]))
            or (verb_class(word) in ("communicate", "help") and raw[:1].isupper())
            or (word in ("call", "ask") and raw[:1].isupper())
        ):
            return text[token.start() :]
        if (word == "backup" and after in words("determiner")) or (word == "back" and after == "up" and beyond in words("determiner")):
            return text[token.start() :]
    return ""


def _is_worth(rest: str) -> bool:
    """Whether `rest` says that something is worth doing, and not only worth saying."""
    worth = WORTH.match(rest)
    return worth is not None and not re.match(r"(?:mention|not|remember|say|consider)ing\b", rest[worth.end() :])


_IT_IS_TIME = lazily(r"it(?:\s+is|['’]s)\s+(?:now\s+)?time\s+to\s+", re.IGNORECASE)


def starts_clause(rest: str) -> bool:
    """Whether `rest` can be a main clause that orders or obliges."""
    if re.match(r"(?:this|that|it|these|those|which|there)\b", rest, re.IGNORECASE) and not (
        POLITE.match(rest) or _IT_IS_TIME.match(rest) or _is_worth(rest)
    ):
        return False
    if (
        DUTY.match(rest)
        or DUTY_SHORT.match(rest)
        or NEVER.match(rest)
        or FORGET.match(rest)
        or POLITE.match(rest)
        or _IT_IS_TIME.match(rest)
        or _is_worth(rest)
        or POINTER.match(rest)
    ):
        return True
    match = re.match(r"^[\"'“(]*([A-Za-z][\w'-]*)", rest)
    if not match:
        return False
    word = match[1].lower()
    if word in ("please", "then", "first", "now", "also", "simply", "just") or (
        (word in words("opener") or (word.endswith("ly") and len(word) > 4 and not verb_class(word)))
        and word not in ("and", "or", "but", "so")
    ):
        return starts_clause(rest[match.end() :].lstrip(" ,")) or word == "please"
    return head_verb(rest) is not None
