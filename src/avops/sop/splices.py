"""An order behind a statement in the same sentence."""

from __future__ import annotations

import re

from avops.sop.clauses import DIRECT, balanced
from avops.sop.duties import read_duty
from avops.sop.lazily import lazily
from avops.sop.lexicon import noun_verbs, verb_class, words
from avops.sop.patterns import DUTY, DUTY_SHORT, POLITE
from avops.sop.reading import Reading, read_order

_SPLICE = lazily(
    r"(?:(?:[,;]|\s--|\s[–—]|\s->|\s→)\s+|(?<=\w)--(?=ensure|make|check|please))(?:(?:so|but|just|please|also|instead)\s+)*(?=(\w+)\s+(\w+))",
    re.IGNORECASE,
)


_SO = lazily(r"\s(?:so|therefore|hence)\s+(?:please\s+|just\s+|then\s+)?(?=(\w+)(?:\s+(?:it|them|the|your)\b|:\s))", re.IGNORECASE)
_MODAL = lazily(r"\b(?:to|can|could|will|would|may|might|should|must|lets?|helps?|allows?|you|we|they|not|n['’]t)\b", re.IGNORECASE)
_OBJECTS = frozenset(("all", "each", "both", "any", "it", "them", "back", "sure", "everything", "everyone"))


# "…, make sure the picture is on", "… please close the lid": an order behind whatever stands before it.
_SURE = lazily(
    r",\s+(?:so\s+|and\s+)?(?=(?:make|be)\s+sure\b|ensure\b)|(?<!\bto)(?<!\bmust)(?<!\bshould)(?<!\bwill)\s+"
    r"(?=(?:make\s+sure\s+(?:the|that|you|your|all|it)|please\s+\w+\s+the)\b)",
    re.IGNORECASE,
)
_NOT_SURE = lazily(r"make\s+sure\s+you.{0,6}\b(?:not|don)", re.IGNORECASE)


def made_sure(text: str, lead: str, conditional: bool) -> Reading | None:
    """The order to make sure of something, or a polite one, behind a statement; None when there is none."""
    found = _SURE.search(text[:400])
    if found is None or not balanced(text[: found.end()]) or _NOT_SURE.match(text[found.end() :]):
        return None
    made = read_order(text[found.end() :], f"{lead} {text[: found.end()]}".strip(), conditional)
    return made if made.mood == "do" else None


def spliced(text: str, lead: str, conditional: bool) -> Reading | None:
    """An order behind a statement: "the disk may be slow, inspect the …", "…, but you may need to restart it"."""
    for splice in _SPLICE.finditer(text[:400]):
        rest = text[splice.end() :]
        verb, following = splice[1].lower(), splice[2].lower()
        if verb in ("you", "we") and (DUTY.match(rest) or DUTY_SHORT.match(rest)):
            duty = read_duty(rest, f"{lead} {text[: splice.end()]}".strip(), conditional)
            if duty is not None and duty.mood == "must":
                return duty
        polite = POLITE.match(rest)
        if polite and verb == "it":
            inner = read_order(rest[polite.end() :], f"{lead} {text[: splice.end()]}".strip(), conditional)
            if inner.mood == "do" and inner.verb not in ("note", "remember", "understand", "know", "realize"):
                return inner
        if (
            verb_class(verb)
            and verb not in noun_verbs()
            and re.match(r"[,;]\s+so\b", splice[0], re.IGNORECASE)
            and following not in words("finite")
        ):
            head = f"{lead} {text[: splice.end()]}".strip()
            return Reading(mood="do", verb=verb, kind=verb_class(verb), lead=head, main=rest, conditional=conditional)
        if verb == "see":
            continue
        sure = verb in DIRECT or verb == "watch" or (verb_class(verb) and verb not in noun_verbs())
        dashed = splice[0].lstrip()[0] in "-–—→" and following in ("it", "them", "this")
        if (
            (sure or (dashed and verb_class(verb)))
            and (dashed or following in ("the", "your", "for", "a", "an") or (following == "that" and verb_class(verb) == "observe"))
            and balanced(text[: splice.end()])
        ):
            head = f"{lead} {text[: splice.end()]}".strip()
            return Reading(mood="do", verb=verb, kind=verb_class(verb), lead=head, main=rest, conditional=conditional)
        before = text[: splice.start()]
        if sure and following in _OBJECTS and not _MODAL.search(before) and balanced(before):
            return read_order(rest, f"{lead} {text[: splice.end()]}".strip(), conditional)
    therefore = _SO.search(text[:400])
    if therefore and verb_class(therefore[1].lower()) == "change" and balanced(text[: therefore.end()]):
        return read_order(text[therefore.end() :], f"{lead} {text[: therefore.end()]}".strip(), conditional)
    return None
