"""What a sentence does: order, oblige, forbid, expect, point elsewhere, ask or state.

There is no parser here: closed word classes, a lexicon of the field's verbs and the order of words decide.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from avops.sop.clauses import after_lead, balanced, strip_opener
from avops.sop.duties import handled, names_person, read_duty
from avops.sop.imperatives import head_verb, is_noun_phrase, split_words
from avops.sop.lazily import lazily
from avops.sop.lexicon import base_form, noun_verbs, verb_class, words
from avops.sop.patterns import (
    ASKED,
    ASKS,
    BUT,
    ELSE,
    EXPECT,
    FIELD,
    FLOW,
    FORBIDDEN,
    FORGET,
    IN_PLACE,
    LABEL,
    MAY_HELP,
    META,
    NEVER,
    PASSIVE,
    PICTURE,
    POINTER,
    POLITE,
    PROPOSED,
    REQUEST,
    RESOLVED_BY,
    RESULT,
    SAFE,
    SEE_IF,
    SELF,
    SHOWN,
    STEP_IS,
    TIME_FIRST,
    TROUBLE,
    WORTH,
)
from avops.sop.reading import Reading, read_order
from avops.sop.splices import made_sure, spliced

_LINK = lazily(r"!?\[([^\[\]]{0,400})\]\([^()\n]{0,1000}\)")


_CODE = lazily(r"`+([^`]*)`+")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """`text` without Markdown's marks; links keep their words."""
    text = _LINK.sub(r"\1", text)
    text = _CODE.sub(r"\1", text)
    text = re.sub(r"(?<![\w\\])[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)", "", text)
    return PICTURE.sub("", " ".join(text.replace("\\", "").split()))


# A command that is typed without marks: "openssl req -new -nodes -out host.csr", "./build.sh"
_TYPED = lazily(r"^(?:[$#>]\s+)?(?:sudo\s+)?(?:\.{1,2}/[\w./-]+|[a-z][\w.-]*(?:\s+[^\s,;:]+){0,12}?\s+--?[a-zA-Z][\w-]*[\s=][^,;]*$)")


@lru_cache(maxsize=4096)
def read(sentence: str) -> Reading:
    """How `sentence` (with its marks) is to be read."""
    text = sentence.strip()
    if not re.search(r"\w", text):
        return Reading(mood="fragment")
    if re.match(r"^[\W_]{0,6}?[❌✗✘🚫⛔]", text):
        return Reading(mood="never", main=plain(text))
    if re.match(r"^[*_\"'(]*`[^`]+`", text):
        return _starts_with_code(text)
    if _TYPED.match(text):
        return Reading(mood="command", verb="run", kind="change", main=text)
    if re.match(r"^(?:\*\*|__)[^*_(]{0,39}[^*_:(](?:\*\*|__)\s+[A-Z]", text) and not verb_class(plain(text).split()[0].lower()):
        return Reading(mood="state", main=plain(text))
    if re.match(r"^(?:\*\*|__)\w{1,20}(?:\*\*|__)\s+(?:The|A|An|This|These|Displays|Shows)\b", text):
        return Reading(mood="state", main=plain(text))
    place = IN_PLACE.match(text)  # "In **Settings** click **OK**"
    if place and head_verb(text[place.end() :]):
        inner = _read(plain(text[place.end() :]).strip("()[]\"“”' "), plain(place[0]), 1)
        if inner.mood == "do":
            return inner
    # "(Sundays only) Lower the screen.": what stands in front says when, and the order follows.
    bare = re.sub(r"^\([^()]{2,60}\)\s+(?=[A-Z]|[a-z]+\s+(?:the|a|an|your)\b)", "", plain(text)).strip("()[]\"“”' ")
    bare = re.sub(
        r"^(?:hey|hi|hello|hallo)\b(?:\s+(?:team|all|folks|everyone|everybody|guys|there|zusammen))?\s*[,!–-]\s*",
        "",
        bare,
        flags=re.IGNORECASE,
    )
    bare = re.sub(r"^(?:[*†‡]{1,3}:?|:)\s+(?=[A-Z])", "", bare)
    bare = re.sub(r"^\d{1,2}(?:(?:\.\d{1,2})+[.)]?\s+|[.)]\s*(?=[A-Z]))(?=\S)", "", bare)
    counted = re.match(r"^\d{1,2}[.)]\s+(?=[a-z])", bare)
    bare = bare[counted.end() :] if counted and head_verb(bare[counted.end() :]) else bare
    bare = re.sub(r"^(?:step|action|task)\s+\d{1,2}\s*[:.)–—-]\s+(?=\S)", "", bare, flags=re.IGNORECASE)
    bare = re.sub(r"^(?:OR|AND|THEN|Or|Then)\b[,:]?\s+(?=[A-Z])", "", bare)
    if len(bare) > 1500:
        bare = bare[:1500]
    return _read(bare)


def _starts_with_code(text: str) -> Reading:
    """A sentence that starts with a code span: a command to run, or a term that is explained."""
    match = re.match(r"^[*_\"'(]*`+([^`]+)`+[*_\"')]*\s*(.*)$", text, re.DOTALL)
    if not match:
        return Reading(mood="state")
    code, rest = match[1].strip(), match[2].strip()
    if re.match(r"[A-Z][a-z]+ (?:\w+ ){0,2}(?:the|a|an|your|all) \w+", code) and head_verb(code):
        return _read(plain(text))  # an order in the type of code
    first = (split_words(rest) or [""])[0].lower()
    command = " " in code or "/" in code
    if not rest or rest in (".", ";"):
        return Reading(mood="command" if command else "fragment", verb="run", kind="change", main=plain(text))
    if command and re.match(r"(?:[-–—:,?]\s*(?:does|do|is|are|has|can)|does|do|can)\s+\w+", rest):
        return Reading(mood="command", verb="run", kind="observe", main=plain(text))
    if re.match(r"(?:[\w-]+ ){1,3}(?:shows|prints|lists|returns|displays|tells|gives|is|are|should|will)\b", rest):
        return Reading(mood="state", main=plain(text))
    if first in words("finite") or rest.startswith((", which", ", who", ":", "=", "-", "–", "—", "(")) or not command:
        return Reading(mood="state", main=plain(text))
    return Reading(mood="command", verb="run", kind="change", main=plain(text))


_CONDITIONS = frozenset(("if", "even", "when", "whenever", "unless", "once", "in", "where", "should", "until"))
_CONDITION = lazily(r"^(?:if|when(?!\s+(?:do|does|did|is|are|was|were|has|have|can|will|should)\b))\b", re.IGNORECASE)
_TELLS = ("need", "show", "display", "mean", "read", "contain", "include", "say", "require")
_STATED = ("if", "when", "once", "unless", "while", "because", "since")


def _read(text: str, lead: str = "", depth: int = 0) -> Reading:
    """The reading of `text`, which stands behind `lead`."""
    text = text.strip()
    conditional = bool(lead) and lead.split(maxsplit=1)[0].lower() in _CONDITIONS
    if depth > 6 or not text:
        return Reading(mood="state", lead=lead, main=text)
    found = _by_phrase(text, lead, conditional) or read_duty(text, lead, conditional)
    if found:
        return (made_sure(text, lead, conditional) if found.mood == "actor" else None) or found
    emphatic = re.match(r"(?:please\s+)?do\s+(?:also\s+|please\s+)?(?=(\w+)\s)", text, re.IGNORECASE)
    if emphatic and verb_class(emphatic[1].lower()) and emphatic[1].lower() not in noun_verbs() - {"check", "test"}:
        return _read(text[emphatic.end() :], lead, depth + 1)
    stripped = strip_opener(text)
    if stripped:
        return _read(stripped, lead, depth + 1)
    found = _by_lead(text, lead, depth)
    if found:
        return found
    imperative = read_order(text, lead, conditional)
    if imperative.mood == "do":
        return imperative
    return _by_parts(text, lead, depth) or _statement(text, lead, conditional)


def _by_phrase(text: str, lead: str, conditional: bool) -> Reading | None:
    """The reading of a sentence that a set phrase gives away."""
    if (
        META.match(text)
        or TROUBLE.match(text)
        or FIELD.match(text)
        or re.match(r"(?:here (?:is|are)|below please find|please find (?:below|attached|enclosed))\b", text, re.IGNORECASE)
        or re.fullmatch(r"(?:very |most )?(?:important|attention|caution|note|notes|notice|warning|nb)\W*", text, re.IGNORECASE)
        or re.match(r"(?:notes?|do['’]?s?)\s*:\s*$", text, re.IGNORECASE)
        or (text.endswith(":") and not text.endswith(" if:") and len(text.split()) <= 3 and names_person(text) and head_verb(text) is None)
        or re.fullmatch(r"zoom\s*:", text, re.IGNORECASE)
    ):
        return Reading(mood="state", lead=lead, main=text)
    if FORBIDDEN.match(text):
        return Reading(mood="never", lead=lead, main=text, conditional=conditional)
    if ASKS.match(text) and not text.rstrip().endswith((".", "!", ":")):
        return Reading(mood="question", lead=lead, main=text)
    request = REQUEST.match(text)
    if request and (asked := read_order(text[request.end() :], lead, conditional)).mood == "do":
        return asked
    if (
        re.sub(r"\s+\([^()]*\)?\s*$|\s[\"“][^\"“”]{2,60}(?:[\"”]\W?)?$", "", text).endswith("?")
        and not ASKED.match(text)
        and not _CONDITION.match(text)
        and not _ordered_question(text)
    ):
        return Reading(mood="question", lead=lead, main=text)
    gerund = WORTH.match(text) or STEP_IS.match(text)
    if gerund:
        rest = text[gerund.end() :]
        verb = base_form(rest.split()[0].lower().strip(",.;:"))
        if verb:
            return Reading(mood="do", verb=verb, kind=verb_class(verb), lead=lead, main=rest, conditional=conditional)
    proposed = PROPOSED.match(text)
    if proposed and (verb := base_form(proposed[1].lower())):
        return Reading(mood="must", verb=verb, kind=verb_class(verb), lead=lead, main=text, conditional=conditional)
    solved = RESOLVED_BY.match(text)
    if solved and (verb := base_form(solved[1].lower())):
        return Reading(mood="do", verb=verb, kind=verb_class(verb), lead=lead, main=text[solved.end() :], conditional=conditional)
    helps = MAY_HELP.match(re.sub(r"\s\([^()]{1,80}\),?", "", text[:300]))
    if helps and (verb := base_form((helps[1] or helps[2]).lower())):
        return Reading(mood="do", verb=verb, kind=verb_class(verb), lead=lead, main=text, conditional=conditional)
    if ASKED.match(text):
        verb = text.split(maxsplit=1)[0].lower().rstrip(":")
        return Reading(mood="do", verb=verb, kind=verb_class(verb), lead=lead, main=text, conditional=conditional)
    forget = FORGET.match(text)
    if forget:
        kept = read_order(text[forget.end() :], lead, conditional, default="remember")
        return kept if kept.verb not in words("determiner") else replace(kept, verb="remember", kind="prepare")
    if NEVER.match(text):
        instead = BUT.search(text[:300])
        if instead and (other := read_order(text[instead.end() :], f"{lead} {text[: instead.end()]}".strip(), conditional)).mood == "do":
            return other
        return Reading(mood="never", lead=lead, main=text, conditional=conditional)
    if re.match(r"^(?:please\s+)?(?:note|notice)\s+that\b|^it\s+is\s+important\s+to\s+note\b", text, re.IGNORECASE):
        owed = re.sub(r"^.{4,40}?\bthat\s+", "", text, count=1, flags=re.IGNORECASE)
        duty = read_duty(owed, lead, conditional) if re.match(r"you\b", owed, re.IGNORECASE) else None
        if duty is not None and duty.mood == "must":
            return duty
        return spliced(text, lead, conditional) or Reading(mood="pointer", lead=lead, main=text)
    if (POINTER.match(text) and not SEE_IF.match(text)) or SELF.match(text):
        shown = SHOWN.match(text)
        if shown:
            return read_order(text[shown.end() :], lead, conditional)
        return Reading(mood="pointer", lead=lead, main=text)
    if FLOW.match(text):
        return Reading(mood="flow", lead=lead, main=text)
    if re.match(r"^thank(?:s|\s+you)\b", text, re.IGNORECASE):
        return Reading(mood="state", lead=lead, main=text)
    safe = SAFE.match(text)
    if safe:
        return read_order(text[safe.end() :], lead, conditional)
    polite = POLITE.match(text)
    if (
        polite
        and text.lower().startswith("it")
        and re.match(r"(?:note|remember|understand|know|realize)\b", text[polite.end() :], re.IGNORECASE)
    ):
        return Reading(mood="pointer", lead=lead, main=text)
    inner = read_order(text[polite.end() :], lead, conditional) if polite else None
    if inner and inner.mood == "do":
        return inner
    if polite and text.lower().startswith("consider "):
        verb = base_form(text.split()[1].lower()) or "consider"
        return Reading(mood="do", verb=verb, kind=verb_class(verb) or "prepare", lead=lead, main=text, conditional=conditional)
    return None


def _ordered_question(text: str) -> bool:
    """Whether a question only follows an order ("Call the far end: do they hear you?")."""
    order = re.match(r"^(.{4,80}?)(?::|\s[–—-])\s", text)
    return order is not None and head_verb(text) is not None and not is_noun_phrase(text, text.split(maxsplit=1)[0].lower())


def _by_lead(text: str, lead: str, depth: int) -> Reading | None:
    """The reading of the main clause behind "If …,", "On the panel," or "15 minutes before …,"."""
    first = text.split(maxsplit=1)[0].lower().strip(",:;")
    if first not in words("lead") and not TIME_FIRST.match(text) and not re.match(r"now that\b", text, re.IGNORECASE):
        return None
    rest = after_lead(text)
    if rest:
        head = text[: len(text) - len(rest)]
        inner = _read(rest, (lead + " " + head).strip(), depth + 1)
        if inner.mood not in ("state", "fragment") or first not in ("with", "use", "using"):
            return inner
    if first == "to" and not rest:
        return Reading(mood="state", lead=lead, main=text)
    if first in _STATED:
        seen = re.search(r",\s+|\s(?=it should\b)", text)
        if seen and (EXPECT.search(text[seen.end() :][:300]) or RESULT.match(text[seen.end() :])):
            said = text[seen.end() :]
            if (owed := handled(said, lead, conditional=True)) is not None:
                return owed
            return Reading(mood="expect", kind="observe", lead=f"{lead} {text[: seen.end()]}".strip(), main=said, conditional=True)
        return Reading(mood="state", lead=text, main=text, conditional=True)
    return None


def _by_parts(text: str, lead: str, depth: int) -> Reading | None:
    """The reading of an order behind a label, a dash or a semicolon."""
    label = LABEL.match(text)
    if label and label[1].lower().strip() in words("label"):
        return Reading(mood="state", lead=lead, main=text)
    if label and len(label[1].split()) <= 6 and balanced(label[0]) and not re.match(r"there\s+(?:is|are)\b", text, re.IGNORECASE):
        inner = _read(text[label.end() :], lead, depth + 1)
        if inner.mood in ("do", "must", "never"):
            return inner
    dash = re.match(r"^[^–—]{1,60}?\s(?:[–—-]|--|=>|→|->)\s+(?=\S)", text)
    if dash and len(dash[0].split()) <= 9 and balanced(dash[0]):
        inner = _read(text[dash.end() :], lead, depth + 1)
        if inner.mood in ("do", "must", "actor"):
            return inner
    semi = re.search(r";\s+", text)
    if semi and balanced(text[: semi.end()]):
        inner = _read(text[semi.end() :], (lead + " " + text[: semi.end()]).strip(), depth + 1)
        if inner.mood in ("do", "must"):
            return inner
    return None


_BE_READY = lazily(r"^be\s+(?:prepared|ready|trained|familiar|available|present|there|on\s+(?:time|site|call))\b", re.IGNORECASE)
_WE_DO = lazily(
    r"^(?:normally\s+|usually\s+)?(?:we|you)\s+(?:usually|normally|mostly|typically|generally|always|then|now|first|next)\s+(?=(\w+)\s+(?:the|a|an|your|all|these|it)\b)",
    re.IGNORECASE,
)
# "Drummer to tap each microphone": who is to do what.
_TO_DO = lazily(r"^(?:the\s+|(?:[A-Z]\w+\s+)?)(\w+)\s+to\s+(\w+)\s+(?:the|a|an|all|each|any|their|his|her|your|\w+s)\b", re.IGNORECASE)
_LONG_DUTY = lazily(
    r"^(?:the|an?|all|any|each|every|both)\s(?:(?!\bonly\b|\bnot\b)[^.,;:]){3,120}?\b(?:must|should|has to|have to|needs? to"
    r"|(?P<will>will))\s+(?:also\s+|then\s+)?(?P<verb>[a-z]+)\b",
    re.IGNORECASE,
)
# "Opens the doors": what the person named above the list does.
_WHO_DOES = lazily(
    r"^(\w{3,}s)\s+(?:(?:the|an?|all|any|each|whether|that|which|if|to)\s+\w|\w+\s+(?:to|with|from|is|are)\s+\w)", re.IGNORECASE
)
_YOU_DO = lazily(r"^(?:(?:first|then|next|now),?\s+)?you\s+(?:(?:first|then|now|next|just|simply)\s+)?(\w+)\s", re.IGNORECASE)


def _several(token: str) -> bool:
    """Whether a word names several people ("Hosts", "participants")."""
    lower = token.lower()
    return lower.endswith("s") and lower.removesuffix("s") in words("person")


def _statement(text: str, lead: str, conditional: bool) -> Reading:
    """A sentence without an order in it."""
    other = ELSE.search(text[:600])
    if other:
        verb = head_verb(text[other.end() :])
        if verb and (verb not in noun_verbs() or re.match(r"\w+\s+(?:it|them|the|a|your|this)\b", text[other.end() :])):
            return Reading(
                mood="do",
                verb=verb,
                kind=verb_class(verb) or "change",
                lead=text[: other.end()],
                main=text[other.end() :],
                conditional=True,
            )
    done = _YOU_DO.match(text)
    if done and verb_class(done[1].lower()) == "change" and done[1].lower() in words("hands_verb") | {"run", "feed"}:
        verb = done[1].lower()
        return Reading(mood="do", verb=verb, kind="change", lead=lead, main=text[done.start(1) :], conditional=conditional)
    if besides := made_sure(text, lead, conditional):
        return besides
    ready = _BE_READY.match(text)
    if ready:
        return Reading(mood="do", verb="be-ready", kind="prepare", lead=lead, main=text, conditional=conditional)
    habit = _WE_DO.match(text)
    if habit and verb_class(habit[1].lower()) in ("change", "prepare", "wait", "communicate"):
        return read_order(text[habit.end() :], lead, conditional)
    behind = spliced(text, lead, conditional)
    if behind:
        return behind
    splice = re.search(r",\s+(?=(\w+)\s+(?:it|them)\b)", text[:300])
    if splice and verb_class(splice[1].lower()) and not conditional:
        verb = splice[1].lower()
        return Reading(
            mood="do", verb=verb, kind=verb_class(verb), lead=text[: splice.end()], main=text[splice.end() :], conditional=conditional
        )
    if result := RESULT.match(text):
        return Reading(mood="result", kind="observe", lead=lead, main=text, conditional=conditional or bool(result["lead"]))
    if (treated := handled(text, lead, conditional=conditional)) is not None:
        return treated
    if EXPECT.search(text[:300]) and not NEVER.search(text):
        return Reading(mood="expect", kind="observe", lead=lead, main=text, conditional=conditional)
    passive = PASSIVE.search(text[:300])
    if passive and base_form(passive[1].lower()):
        verb = base_form(passive[1].lower())
        return Reading(mood="passive", verb=verb, kind=verb_class(verb), lead=lead, main=text, conditional=conditional)
    tokens = split_words(text)
    assigned = _TO_DO.match(text)
    if assigned and assigned[1].lower().removesuffix("s") in words("person") and verb_class(assigned[2].lower()):
        verb = assigned[2].lower()
        return Reading(mood="must", verb=verb, kind=verb_class(verb), lead=lead, main=text, conditional=conditional)
    owed = _LONG_DUTY.match(text) if names_person(text) else None
    if owed and (verb := owed["verb"].lower()) and verb_class(verb):
        mood = "actor" if owed["will"] else "must"
        return Reading(mood=mood, verb=verb, kind=verb_class(verb), lead=lead, main=text, conditional=conditional)
    unnamed = _WHO_DOES.match(text)
    if unnamed and (verb := base_form(unnamed[1].lower())) and verb != unnamed[1].lower() and verb not in _TELLS:
        return Reading(mood="actor", verb=verb, kind=verb_class(verb), lead=lead, main=text, conditional=conditional)
    for position, token in enumerate(tokens[:5]):
        lower = token.lower()
        if position == 0 and (lower in words("pronoun") or (lower in words("determiner") and lower != "the")):
            break
        if position in (1, 2) and _several(tokens[position - 1]) and verb_class(lower) and lower not in words("finite"):
            return Reading(mood="actor", verb=lower, kind=verb_class(lower), lead=lead, main=text, conditional=conditional)
        if position and lower.endswith("s") and lower not in words("finite"):
            verb = base_form(lower)
            following = tokens[position + 1].lower() if position + 1 < len(tokens) else ""
            person = tokens[position - 1].lower().removesuffix("s") in words("person")
            sure = person or verb not in noun_verbs() or following in words("determiner")
            if verb and verb not in _TELLS and sure and (person or tokens[position - 1][0].isupper()):
                return Reading(mood="actor", verb=verb, kind=verb_class(verb), lead=lead, main=text, conditional=conditional)
    if len(tokens) <= 8 and not any(token.lower() in words("finite") for token in tokens):
        return Reading(mood="fragment", lead=lead, main=text, conditional=conditional)
    return Reading(mood="state", lead=lead, main=text, conditional=conditional)
