"""What a label or a heading above steps says of them: not these, not now, not by us, or only one of them."""

from __future__ import annotations

import re

from avops.sop.candidates import names_work
from avops.sop.diagnosis import names_trouble
from avops.sop.evidence import names_somebody_else
from avops.sop.lazily import lazily

CASE = lazily(r"^(?:if|when(?:ever)?|in case|otherwise|else)\b", re.IGNORECASE)
FORBIDS = lazily(
    r"^(?:never|don['’]?ts?|do not|prohibited|forbidden|not allowed|not permitted|(?:please )?avoid|please (?:don['’]?t|do not|never)"
    r"|(?:what|things?|stuff) (?:not|never) to|(?:please )?refrain from|verboten|nicht erlaubt|bitte (?:nicht|nie)"
    r"|out of scope|nie(?:mals)?|interdit|prohibido)\b|^(?:(?:common )?mistakes?\W*$|(?:bad|wrong)\W*$)",
    re.IGNORECASE,
)
# As a heading it must say nothing else: "Don't panic!" forbids nothing that stands below it.
FORBIDS_TITLE = lazily(
    r"(?:(?:please )?(?:never|don['’]?ts?|do not|avoid)|(?:what|things?|stuff) (?:not|never) to(?: \w+)?|(?:common )?mistakes?"
    r"|bad|wrong)\W*",
    re.IGNORECASE,
)
_DONE = lazily(
    r"\balready\b|\bso far\b|^(?:done|completed|finished)\b|\b(?:has|have|was|were) (?:\w+ )?(?:done|tried|completed)\b|^previous(?:ly)?\b",
    re.IGNORECASE,
)
_ANOTHER_TIME = lazily(
    r"\b\d{1,2}[:.]\d\d\b|\btomorrow\b|\btonight\b|^(?:weekly|monthly|daily|yearly|quarterly)\b|\bscheduled\b"
    r"|^(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)days\b|^later\b|^next (?:week|day|morning|month)\b"
    r"|^(?:in the |at )?(?:mornings?|evenings?|afternoons?|nights?|noon)$|\b(?:day|week|month|night|evening)s? (?:before"
    r"|after|ahead|prior|in advance|out)\b"
    r"|^day \w{1,5}$|\b(?:after|outside|out of) (?:office )?hours\b|^(?:nur|only|for (?!(?:[\w-]+ ){0,3}(?:displays?"
    r"|projectors?|screens?|tvs?|zoom|rooms?|audio|video|sound|mics?|microphones?|cameras?"
    r"|lights?|streams?|live ?streams?|recordings?)\b))\b"
    r"|\bemergenc(?:y|ies)\b"
    r"|\bnotfall\b|^fall-?back\b|\bbuttons?\b"
    r"|^(?:after|before|during|afterwards|nach|vor)$",
    re.IGNORECASE,
)
_MOMENT = lazily(r"^(?:at|after|during|every|each|until)\b", re.IGNORECASE)
_ONE_OF = lazily(
    r"^(?:options?|alternatives?|variants?)(?: \w{1,2})?\W*$|^(?:plan|way|method) \w{1,2}\W*$|^(?:try|use|do|pick"
    r"|choose) (?:one|any|either)\b|\buntil (?:it|one|something) (?:works|helps)\b",
    re.IGNORECASE,
)
_OURS = lazily(r"\b(?:av|tech(?:nician)?s?|engineers?|operators?|support|crew|team|staff|we|you|agents?)\b", re.IGNORECASE)
_DESK = lazily(r"\b(?:L[1-4]|vendors?|suppliers?|help ?desk|service desk|security|facilities|cleaners?|reception|users?)\b", re.IGNORECASE)
_LOUD = lazily(r"\b(?:\w+ )speakers?\b", re.IGNORECASE)
_PLACE = lazily(r"(?:[A-Z]{1,6}-?\d[\w-]*|(?:room|hall|suite|studio|theat(?:er|re)|classroom)\s+[\w-]{1,6})", re.IGNORECASE)
MOST_WORDS = 8


def holds_back(label: str, *, heading: bool) -> bool:
    """Whether nothing below a label is done by itself: it is done already, at another time, by somebody else, or is a choice."""
    said = label.strip(" :*_.")
    if not said or len(said.split()) > MOST_WORDS:
        return False
    if _DONE.search(said) or _ANOTHER_TIME.search(said):
        return True
    if not heading and (_MOMENT.match(said) or _ONE_OF.search(said)):
        return True
    if names_work(said):
        return False  # "Notify the guests" is what is done, not who does it
    people = _LOUD.sub(" ", said)  # "Ceiling speakers" are nobody
    return _OURS.search(said) is None and (_DESK.search(said) is not None or names_somebody_else(people))


def is_place(label: str) -> bool:
    """Whether a label is the name of a room and nothing else."""
    return _PLACE.fullmatch(label.strip(" :*_.")) is not None


def is_symptom(title: str) -> bool:
    """Whether a heading names what is wrong ("No picture", "Zoom Room offline")."""
    return len(title.split()) <= 6 and names_trouble(title.rstrip("?"))
