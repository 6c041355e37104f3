"""Sentences that oblige or allow somebody."""

from __future__ import annotations

import re

from avops.sop.imperatives import head_verb
from avops.sop.lazily import lazily
from avops.sop.lexicon import base_form, verb_class, words
from avops.sop.patterns import DUTY, DUTY_SHORT, EXPECT, HANDLED
from avops.sop.reading import Reading


def _obliged(rest: str, duty: re.Match[str] | None) -> str:
    """The word behind "you must": a verb, known or not."""
    word = re.match(r"[a-z]{3,}(?=\s+(?:(?:the|an?|your|its|all|each|any|this|that|these|those|every)\s|[`*\"A-Z]))", rest)
    return word[0] if word and duty is not None and duty["must"] and word[0] not in words("finite") else ""


def read_duty(text: str, lead: str, conditional: bool) -> Reading | None:
    """A sentence that obliges or allows somebody: "you must …", "the operator should …"."""
    short = DUTY_SHORT.match(text)
    match = None if short else DUTY.match(text)
    if (not short and not match) or re.match(r".{1,60}\b(?:should|would)\s+(?:only|not)\s+have\s+to\b", text, re.IGNORECASE):
        return None
    if re.match(r"(?:if|when|once|where|while|unless|until|since|because)\b", text, re.IGNORECASE):
        return None
    about = re.match(r"^(?:this|that|it|these|those|which|there|here|what|(they|he|she))\b", text, re.IGNORECASE)
    if about and not (about[1] and conditional):
        return None
    rest = text[(short or match).end() :]  # type: ignore[union-attr]  # one of them matched
    if re.match(r"(?:not|never)\b", rest, re.IGNORECASE):
        must = match is not None and (match["must"] or "").lower().startswith("must")
        somebody = must or names_person(text) or re.match(r"(?:you|we|i)\b", text, re.IGNORECASE)
        return Reading(mood="never", lead=lead, main=text, conditional=conditional) if somebody else None
    rest = re.sub(
        r"^(?:NOT\s+|also\s+|then\s+|now\s+|first\s+|always\s+|just\s+|\w{2,}ly\s+|be\s+able\s+to\s+|try\s+to\s+|only\s+)+",
        "",
        rest,
        flags=re.IGNORECASE,
    )
    verb = head_verb(rest) or _obliged(rest, match)
    you = re.match(r"^(?:you|we)\b", text, re.IGNORECASE) is not None
    if verb in ("get", "obtain", "receive", "have") and re.search(
        (
            r"\b(?:get|obtain|receive|have)\s+(?:an?\s+|the\s+)?(?:\w+\s+)?(?:approval|permission|sign-?off"
            r"|consent|agreement|confirmation)\b"
        ),
        rest,
        re.IGNORECASE,
    ):
        return Reading(mood="must", verb=verb, kind="obtain", lead=lead, main=text, conditional=conditional)
    if re.match(r"^you\s+(?:should|will|can|must|['’]ll)", text, re.IGNORECASE) and EXPECT.match(text):
        if verb in ("see", "find", "get") and match and match["may"]:
            return Reading(mood="may", verb=verb, kind="observe", lead=lead, main=text, conditional=conditional)
        return Reading(mood="expect", verb=verb, kind="observe", lead=lead, main=text, conditional=conditional)
    if not verb:
        return None
    if match and match["will"] and not you and not names_person(text):
        return None
    we = re.match(r"^we\b", text, re.IGNORECASE) is not None
    mood = "must" if short or (match and match["must"]) else "may" if match and match["may"] else "actor"
    if mood == "actor" and you and not we:
        mood = "state"
    if (
        not you
        and mood != "actor"
        and re.match(r"^(?:the|a|an|this|that|all|your|our|its)\b", text, re.IGNORECASE)
        and not names_person(text)
    ):
        return None
    return Reading(mood=mood, verb=verb, kind=verb_class(verb) or "change", lead=lead, main=text, conditional=conditional)


def names_person(text: str) -> bool:
    """Whether a person stands near the beginning of `text`."""
    return any(token.lower().strip(",").removesuffix("s") in words("person") for token in text.split()[:5])


_BY_ITSELF = lazily(r"\b(?:automatically|already|by default|by itself|by themselves|now)\b", re.IGNORECASE)


def _is_done(participle: str, verb: str) -> bool:
    """Whether a verb behind "should be" says what somebody has to do ("renewed"), and not how it should look ("flashing", "considered")."""
    return not participle.lower().endswith("ing") and verb not in words("decide") and verb_class(verb) in ("change", "communicate")


def handled(text: str, lead: str, *, conditional: bool) -> Reading | None:
    """The duty in "a ticket should be filed", None when there is none."""
    found = HANDLED.search(text[:300])
    verb = base_form(found[1].lower()) if found else ""
    in_case = conditional and lead.lower().startswith("if") and not _BY_ITSELF.search(text)
    known = verb in words("handle") or (found is not None and in_case and _is_done(found[1], verb))
    if not known or re.match(r"(?:we|you|i)\b", text, re.IGNORECASE):
        return None
    return Reading(mood="must", verb=verb, kind=verb_class(verb), lead=lead, main=text, conditional=conditional)
