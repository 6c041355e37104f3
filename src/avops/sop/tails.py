"""What a sentence says beside its order: quotes, messages, clauses at its end, negations, times."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from avops.sop.lazily import lazily
from avops.sop.lexicon import base_form, verb_class

NEGATION = lazily(r"\b(?:not|no|never|nobody|none|nothing|neither|nor|without|cannot|hardly)\b|n['’]t\b", re.IGNORECASE)
_UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?)"
TIME = lazily(
    r"\b(?:at|by|from|around|about|till|until)\s+(?:\d{1,2}[:.]\d\d(?![\d.])|\d{1,2}\s*(?:[ap]\.?m\b|o['’]?clock)|noon|midnight|night|lunch)"
    r"|\b\d{1,2}:\d\d\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"
    r"|\b(?:tonight|tomorrow|today|morning|afternoon|evening|night|daily|weekly|nightly|hourly|monthly|later|weekends?|twice|times)\b"
    r"|\b(?:every|each)\b|\bat (?:the )?(?:end|close|start|beginning) of\b|\b(?:eod|cob|eow)\b|\bon (?:your|the) way (?:out|home)\b",
    re.IGNORECASE,
)
SPAN = lazily(rf"\b(?:\d+|an?|one|two|three|four|five|six|ten|fifteen|twenty|thirty|half\s+an)[\s-]*{_UNIT}\b", re.IGNORECASE)
CONTRAST = lazily(r"\b(?:but|instead|rather|except|apart|only|otherwise|other\s+than|or\s+else)\b", re.IGNORECASE)
PURPOSE = frozenset({"so that", "so", "because", "since", "in order to"})
_TAIL = lazily(
    r"(?:[,;(]\s*)?\b((?:but\s+|and\s+)?(?:only|even|except|just)\s+(?:if|when|after|while)|if|when(?:ever)?|unless|until|till|before|after"
    r"|whil(?:e|st)|(?<!at\s)once|as\s+soon\s+as|as\s+long\s+as|in\s+case|provided|during|except|because|since|in\s+order\s+to|so\s+that"
    r"|so(?=\s+(?:we|you|they|people|everyone|the|it)\b))\b",
    re.IGNORECASE,
)
_QUOTED = lazily(r"\"[^\"]{0,400}\"|“[^“”]{0,400}”|`[^`]{0,400}`|(?<!\w)'[^']{2,200}'(?!\w)|(?<!\w)‘[^‘’]{2,200}’(?!\w)")
_MESSAGE = lazily(r"\b(?:that|saying|says?)\b|:\s", re.IGNORECASE)
_WHETHER = lazily(r"\b(?:if|when)\s+(?:it|this|that|everything)\s+(?:work|went|succe|help)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """A sentence cut where a clause of time, condition or reason begins.

    `word` opens the clause, "" for none, "aside" where the clause belongs to an aside with an order of its own.
    """

    head: str
    word: str = ""
    clause: str = ""

    @property
    def limits(self) -> bool:
        """Whether the clause says when or whether something is done, rather than what for."""
        return bool(self.word) and self.word not in PURPOSE


@lru_cache(maxsize=4096)
def unquoted(text: str) -> str:
    """`text` with what stands in quotes blanked out; as long as before."""
    return _QUOTED.sub(lambda match: " " * len(match[0]), text)


def cut_tail(text: str, *, looks: bool, tells: bool) -> Tail:
    """`text` cut at the first clause that says when, whether or why; "check if …" and "tell them if it worked" say what."""
    masked = unquoted(text)
    message = message_start(text) if tells else None
    for match in _TAIL.finditer(masked):
        word = " ".join(match[1].lower().split())
        if match.start(1) == 0:
            continue
        before = text[: match.start()].strip(" ,;(")
        if (aside := _aside_start(masked, match.start())) is not None:
            return Tail(head=text[:aside].strip(" ,;(-–—"), word="aside", clause=text[aside:].strip(" ,;.()-–—"))
        if looks and word in ("if", "when") and _is_bare_order(before):
            continue
        if tells and (_WHETHER.match(masked, match.start(1)) or (word == "before" and not masked[match.end() :].strip().startswith("the"))):
            continue
        if message is not None and match.start() >= message and word not in ("if", "unless", "when", "once", "as soon as"):
            continue
        return Tail(head=before, word=word, clause=text[match.end() :].strip(" ,;.)"))
    return Tail(head=text.strip())


def _aside_start(masked: str, end: int) -> int | None:
    """Where the aside begins that a clause at `end` belongs to ("… (call Bob if it fails)", "… - ask Bob if it hangs"), or None."""
    opened = masked.rfind("(", 0, end)
    if opened > masked.rfind(")", 0, end) and re.search(r"\w", masked[opened:end]):
        return opened
    dash = max((found.end() for found in re.finditer(r"\s[-–—]\s", masked[:end])), default=0)
    first = re.match(r"\W*([A-Za-z'’]+)", masked[dash:end]) if dash else None
    return dash if first and (verb_class(first[1].lower()) or first[1].lower() in ("skip", "leave", "ignore", "not", "don")) else None


def message_start(text: str) -> int | None:
    """Where in `text` the words of a message begin ("… that", "… saying", "…:"), None when nothing shows it."""
    match = _MESSAGE.search(unquoted(text))
    return match.start() if match else None


def _is_bare_order(text: str) -> bool:
    """Whether `text` is only "Check", "Please see" or "Find out": what follows is its object."""
    words = re.findall(r"[a-z'’-]+", text.lower())
    return 0 < len(words) <= 4 and bool(base_form(words[-1]) or words[-1] in ("out", "sure", "and")) and verb_class(words[-1]) != "change"
