"""What a sentence does: order, oblige, forbid, expect, point elsewhere, ask or state.

There is no parser here: closed word classes, a lexicon of the field's verbs and the order of words decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from avops.sop.lexicon import base_form, noun_verbs, verb_class, words

_LINK = re.compile(r"!?\[([^\[\]]{0,400})\]\([^()\n]{0,1000}\)")
_CODE = re.compile(r"`+([^`]*)`+")
_TOKEN = re.compile(r"[A-Za-zÀ-ÿ](?:[\w'’./+-]*[\wÀ-ÿ])?|\d[\w.:%-]*|[,;:()–—?!]|[«»\"“”<>$\[\]{}]")
_NEVER = re.compile(
    r"^(?:please\s+)?(?:do\s+not|don['’]?t|never|avoid|no\s+longer|you\s+(?:must|should|may|can)\s*(?:not|n['’]t|never)|you\s+(?:can['’]?t|cannot|mustn['’]t|shouldn['’]t)|under\s+no\s+circumstances"
    r"|(?:make\s+sure|be\s+careful|take\s+care|try|ensure)\s+(?:you\s+(?:do\s+not|don['’]?t)|not\s+to)|it\s+is\s+forbidden|refrain)\b",
    re.IGNORECASE,
)
_FORGET = re.compile(r"^(?:please\s+)?(?:do\s+not|don['’]?t|never)\s+(?:forget|hesitate)\s+to\s+", re.IGNORECASE)
_POLITE = re.compile(
    r"^(?:(?:be\s+sure|make\s+sure|remember|try|feel\s+free|take\s+the\s+time|be\s+ready)\s+to\s|go\s+ahead\s+and\s"
    r"|(?:it\s+is|it['’]s)\s+(?:\w+\s+){0,2}?(?:idea|best|recommended|encouraged|advised|advisable|important|necessary|good\s+practice|crucial|critical|essential)\s+to\s"
    r"|(?:we|i)\s+(?:strongly\s+|highly\s+)?(?:recommend|suggest|advise)\s+(?:that\s+)?(?:you\s+)?(?:to\s+)?|let['’]s\s|consider\s)\s*",
    re.IGNORECASE,
)
_DUTY = re.compile(
    r"^(?:you|we|i|they|he|she|(?:the|an?|each|your)\s+[\w-]+(?:\s+[\w-]+){0,3}?|[A-Z][\w-]+(?:\s+[\w-]+)?|all\s+[\w-]+|staff|operators?|someone)\s+"
    r"(?:(?P<must>must(?:\s+also|\s+then|\s+first|\s+now|\s+always)?|should(?:\s+also|\s+then|\s+first|\s+now|\s+always)?|need\s+to|needs\s+to|have\s+to|has\s+to|ought\s+to|will\s+(?:also\s+|then\s+|first\s+)?(?:need|have|want)\s+to"
    r"|['’]ll\s+(?:also\s+|then\s+)?(?:need|have|want)\s+to|may\s+(?:want|need)\s+to|might\s+(?:want|need)\s+to|(?:are|is)\s+(?:required|expected|advised)\s+to|want\s+to)"
    r"|(?P<may>can(?:\s+also|\s+then|\s+now)?|may(?:\s+also)?|could(?:\s+also)?)|(?P<will>will(?:\s+then|\s+also)?))\s+",
    re.IGNORECASE,
)
_DUTY_SHORT = re.compile(r"^(?:you)['’]ll\s+(?:also\s+|then\s+)?(?:need|have|want)\s+to\s+", re.IGNORECASE)
_FLOW = re.compile(
    r"^(?:continue|go|proceed|move|skip|jump|advance)\s+(?:on\s+|ahead\s+|straight\s+|directly\s+)?(?:to|with|from|past)?\s*(?:the\s+|this\s+)?(?:(?:next|following|previous|last|remaining)\s+)?(?:steps?|section|part|item)\b(?:\s+(?:below|above|\d[\w.]*))?[.!]?$"
    r"|^(?:no\s+(?:further\s+)?action|nothing)\b|^(?:skip|ignore)\s+this\b",
    re.IGNORECASE,
)
_SELF = re.compile(
    r"^(?:use|follow|read|apply|refer|consult|treat)\b.{0,60}?\b(?:this|these)\s+(?:guide|guides|document|documentation|article|page|runbook|sop|topic|procedure|section|checklist|instructions|manual|playbook)\b",
    re.IGNORECASE,
)
_SAFE = re.compile(r"^(?:it\s+is|it['’]s)\s+(?:now\s+)?(?:sa[fv]e|ok|okay|time|possible)\s+to\s+", re.IGNORECASE)
_ELSE = re.compile(r"[,;(.]\s*(?:and\s+|but\s+)?(?:if\s+(?:(?:it|this|that|they|one|any)\s*(?:['’]s|is|are|does|do)?\s*)?(?:not|n['’]t|so|necessary|needed)|(?:is|does)n['’]t|otherwise|or\s+else)\b,?\s*(?:then\s+|please\s+)?(?=[a-z])", re.IGNORECASE)
_RESULT = re.compile(
    r"^(?P<lead>(?:when|once|after|upon)\b.{3,80}?,\s+)?(?:the|a|an|your|all|its?|both|each|\w+['’]s)\s+(?:[\w-]+\s+){0,5}?will\s+(?:now\s+|then\s+|also\s+)?(?P<verb>light|turn|blink|flash|show|display|appear|beep|glow|illuminate|be\s+\w+|say|read|change|open|pop|go)\b",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"^(?:(?:for\s+(?:more|further|full|additional|detailed|details|information|instructions|help|an?\s+\w+)\b.*?,?\s*)?(?:please\s+)?(?:also\s+)?(?:see|refer\s+to|read\s+(?:more|about)|check\s+out|have\s+a\s+look\s+at|cf\.?|click\s+here|visit|consult)\b"
    r"|more\s+(?:info|information|details)|an?\s+example|for\s+example|you\s+can\s+(?:see|find|read)\s+(?:an?\s+example|more|the\s+(?:full|complete))|note\s+that|notice\s+that|please\s+note|keep\s+in\s+mind|remember\s+that|be\s+aware|bear\s+in\s+mind|this\s+(?:guide|document|article|page|runbook|sop|section)\b)",
    re.IGNORECASE,
)
_EXPECT = re.compile(
    r"\b(?:you\s+(?:should|will|ought\s+to|can|['’]ll|must)\s+(?:now\s+|then\s+|also\s+|be\s+able\s+to\s+)*(?:see|hear|notice|get|receive|have|find|be|feel|experience)\b|should\s+(?:now\s+|then\s+|also\s+|only\s+|all\s+)*(?:be|have|show|display|appear|say|read|light|open|come|turn|look|start|remain|open|report|return|blink|flash|go|see|hear)\b)",
    re.IGNORECASE,
)
_PASSIVE = re.compile(r"\b(?:must|should|needs?\s+to|has\s+to|have\s+to)\s+(?:\w+ly\s+|always\s+|first\s+|then\s+|also\s+)?be\s+(\w+)", re.IGNORECASE)
_LABEL = re.compile(r"^([^:]{1,40}):\s+(?=\S)")
_SUBORDINATE = {"that", "which", "who", "if", "when", "until", "to", "so", "because", "where", "while", "before", "after", "for", "and", "once", "unless", "whether", ","}
_DIRECT = frozenset(
    "run click press select open type enter check verify confirm ensure make set turn plug unplug connect disconnect push tap choose restart reboot start stop use look go wait"
    " create delete remove add install update copy ask call notify send switch log sign navigate execute close launch hold perform repeat continue".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`mood`: do, must, may, never, expect, pointer, question, actor, passive, command, state, fragment.

    `verb` is the head verb in its base form, `kind` its class; `lead` stands before the main clause (a condition, a place).
    """

    mood: str
    verb: str = ""
    kind: str = ""
    lead: str = ""
    main: str = ""
    conditional: bool = False


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """`text` without Markdown's marks; links keep their words."""
    text = _LINK.sub(r"\1", text)
    text = _CODE.sub(r"\1", text)
    text = re.sub(r"(?<![\w\\])[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)", "", text)
    return " ".join(text.replace("\\", "").split())


@lru_cache(maxsize=4096)
def read(sentence: str) -> Reading:
    """How `sentence` (with its marks) is to be read."""
    text = sentence.strip()
    if not re.search(r"\w", text):
        return Reading(mood="fragment")
    if re.match(r"^[*_\"'(]*`[^`]+`", text):
        return _starts_with_code(text)
    if re.match(r"^(?:\*\*|__)[^*_]{1,40}(?:\*\*|__)\s+[A-Z]", text) and not verb_class(plain(text).split()[0].lower()):
        return Reading(mood="state", main=plain(text))
    if re.match(r"^(?:\*\*|__)\w{1,20}(?:\*\*|__)\s+(?:The|A|An|This|These|Displays|Shows)\b", text):
        return Reading(mood="state", main=plain(text))
    bare = plain(text).strip("()[]\"“”' ")
    if len(bare) > 1500:
        bare = bare[:1500]
    return _read(bare)


def _starts_with_code(text: str) -> Reading:
    """A sentence that starts with a code span: a command to run, or a term that is explained."""
    match = re.match(r"^[*_\"'(]*`+([^`]+)`+[*_\"')]*\s*(.*)$", text, re.DOTALL)
    if not match:
        return Reading(mood="state")
    code, rest = match[1].strip(), match[2].strip()
    first = (_tokens(rest) or [""])[0].lower()
    command = " " in code or "/" in code
    if not rest or rest in (".", ";"):
        return Reading(mood="command" if command else "fragment", verb="run", kind="change", main=plain(text))
    if first in words("finite") or rest.startswith((":", "=", "-", "–", "—", "(")) or not command:
        return Reading(mood="state", main=plain(text))
    return Reading(mood="command", verb="run", kind="change", main=plain(text))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text[:600])


def _read(text: str, lead: str = "", depth: int = 0) -> Reading:
    conditional = bool(lead) and lead.split()[0].lower() in ("if", "when", "whenever", "unless", "once", "in", "where", "should", "until")
    if depth > 6 or not text:
        return Reading(mood="state", lead=lead, main=text)
    if text.endswith("?") and not re.match(r"^(?:if|when)\b", text, re.IGNORECASE):
        return Reading(mood="question", lead=lead, main=text)
    forget = _FORGET.match(text)
    if forget:
        return _imperative(text[forget.end() :], lead, conditional, default="remember")
    if _NEVER.match(text):
        return Reading(mood="never", lead=lead, main=text, conditional=conditional)
    if _POINTER.match(text) or _SELF.match(text):
        return Reading(mood="pointer", lead=lead, main=text)
    if _FLOW.match(text):
        return Reading(mood="flow", lead=lead, main=text)
    if re.match(r"^thank(?:s|\s+you)\b", text, re.IGNORECASE):
        return Reading(mood="state", lead=lead, main=text)
    safe = _SAFE.match(text)
    if safe:
        return _imperative(text[safe.end() :], lead, conditional)
    polite = _POLITE.match(text)
    if polite:
        inner = _imperative(text[polite.end() :], lead, conditional)
        if inner.mood == "do":
            return inner
        if text.lower().startswith("consider "):
            verb = base_form(text.split()[1].lower())
            return Reading(mood="do", verb=verb or "consider", kind=verb_class(verb) or "prepare", lead=lead, main=text, conditional=conditional)
    found = _duty(text, lead, conditional)
    if found:
        return found
    stripped = _strip_opener(text)
    if stripped:
        return _read(stripped, lead, depth + 1)
    first = text.split()[0].lower().strip(",:;")
    if first in words("lead") or re.match(r"^(?:about\s+)?\d+\s*(?:s|sec|seconds?|min|minutes?|h|hours?|days?|weeks?)\b", text, re.IGNORECASE):
        rest = _after_lead(text)
        if rest:
            head = text[: len(text) - len(rest)]
            inner = _read(rest, (lead + " " + head).strip(), depth + 1)
            if inner.mood not in ("state", "fragment") or first not in ("with", "use", "using"):
                return inner
        if first == "to" and not rest:
            return Reading(mood="state", lead=lead, main=text)
        if first in ("if", "when", "once", "unless", "while", "because", "since"):
            return Reading(mood="state", lead=text, main=text, conditional=True)
    imperative = _imperative(text, lead, conditional)
    if imperative.mood == "do":
        return imperative
    label = _LABEL.match(text)
    if label and len(label[1].split()) <= 6 and _balanced(label[0]):
        inner = _read(text[label.end() :], lead, depth + 1)
        if inner.mood in ("do", "must", "never"):
            return inner
    dash = re.match(r"^[^–—]{1,60}?\s[–—-]\s+(?=\S)", text)
    if dash and len(dash[0].split()) <= 9 and _balanced(dash[0]):
        inner = _read(text[dash.end() :], lead, depth + 1)
        if inner.mood in ("do", "must", "actor"):
            return inner
    semi = re.search(r";\s+", text)
    if semi and _balanced(text[: semi.end()]):
        inner = _read(text[semi.end() :], (lead + " " + text[: semi.end()]).strip(), depth + 1)
        if inner.mood in ("do", "must"):
            return inner
    return _statement(text, lead, conditional)


def _balanced(text: str) -> bool:
    """Whether every quote and bracket that opens in `text` closes in it."""
    return text.count('"') % 2 == 0 and text.count("“") == text.count("”") and text.count("(") == text.count(")")


def _strip_opener(text: str) -> str:
    """`text` after words like "Then", "Next," and "Carefully", "" when it has none."""
    match = re.match(r"^([A-Za-z]+)\s*[,:]?\s+", text)
    if not match:
        return ""
    word = match[1].lower()
    if word in words("opener") or (word.endswith("ly") and len(word) > 4 and not verb_class(word)):
        return text[match.end() :]
    return ""


def _after_lead(text: str) -> str:
    """The main clause after a leading clause ("If the ping fails, …"), "" when none is found."""
    for match in re.finditer(r"[,;:.]\s+|\)\s+,?\s*|\s[–—-]\s+|,?\s+then,?\s+|,(?=[A-Z])", text[:500]):
        rest = text[match.end() :]
        if _starts_clause(rest) and _balanced(text[: match.end()]):
            return rest
    duty = re.search(r"\s(?=you\s+(?:can|must|should|need|have|will\s+need|may)\b)", text[8:300], re.IGNORECASE)
    if duty and text.split()[0].lower() in ("if", "when", "once", "after", "before", "until", "while"):
        rest = text[8 + duty.end() :]
        if _DUTY.match(rest):
            return rest
    tokens = list(re.finditer(r"\S+", text[:300]))
    for position, token in enumerate(tokens[2:14], start=2):
        word = token[0].lower().strip("\"'“”(),.:;")
        if word in _DIRECT and tokens[position - 1][0].lower() not in _NOT_BEFORE_VERB:
            following = tokens[position + 1][0].lower() if position + 1 < len(tokens) else ""
            if following.strip(":,") in words("determiner") or token[0].endswith(":") or following[:1] in "\"“<[$/'":
                return text[token.start() :]
    return ""


_NOT_BEFORE_VERB = frozenset(
    "to the a an you we they it can will not must should may of and or that this your their in on for from with by as is are was be been i he she who which".split()
) | {"don't", "cannot", "could", "would", "at", "each", "every", "any", "no", "all"}


def _starts_clause(rest: str) -> bool:
    """Whether `rest` can be a main clause that orders or obliges."""
    if _DUTY.match(rest) or _DUTY_SHORT.match(rest) or _NEVER.match(rest) or _FORGET.match(rest) or _POLITE.match(rest) or _POINTER.match(rest):
        return True
    match = re.match(r"^[\"'“(]*([A-Za-z][\w'-]*)", rest)
    if not match:
        return False
    word = match[1].lower()
    if word in ("please", "then", "first", "now", "also", "simply", "just") or (word in words("opener") and word not in ("and", "or", "but", "so")):
        return _starts_clause(rest[match.end() :].lstrip(" ,")) or word == "please"
    return _head_verb(rest) is not None


def _head_verb(text: str) -> str | None:
    """The verb that `text` orders, if it starts with one."""
    match = re.match(r"^[\"'“(]*([A-Za-zÀ-ÿ][\w'’-]*)(?:/([A-Za-z][\w-]*))?", text)
    if not match:
        return None
    word = match[1].lower()
    phrase = re.match(r"^(make sure|be sure|look up|back up|sign off|hand off|pull up|pay attention)\b", text, re.IGNORECASE)
    if phrase:
        return phrase[1].lower().replace(" ", "-")
    if not verb_class(word):
        prefix = re.match(r"^(?:re|un|pre|dis|de|over)-?(\w{3,})$", word)
        if not (prefix and verb_class(prefix[1])) and not _looks_like_order(text, word):
            return None
    if word in noun_verbs() and _is_noun_phrase(text, word):
        return None
    if re.match(r"^\w+\s+(?:access|credentials|permissions?|rights|accounts?|privileges)\b(?!\s*[:=])", text, re.IGNORECASE):
        return None
    following = text[match.end() :].lstrip()
    if following.startswith((":", "=")) and following[1:].strip() and word in noun_verbs():
        return None
    return word


def _looks_like_order(text: str, word: str) -> bool:
    """Whether an unknown word stands where only a verb can: first, before an article ("Swab the connector")."""
    match = re.match(r"^[A-Z][a-z]{2,14}\s+(the|a|an|your|all|each|every|both|any)\s", text)
    if not match or word.endswith(("ly", "ing", "ed", "s", "tion", "ment", "ness")) or word in words("opener") | words("lead") | words("finite") | words("pronoun"):
        return False
    return word not in _NOT_A_VERB


_NOT_A_VERB = frozenset("both all not what unlike despite per via like than even such half twice most many some few each every per plus minus among across against around along beyond".split())


def _is_noun_phrase(text: str, word: str) -> bool:
    """Whether a sentence that starts with a word like "test" goes on as a statement about it."""
    if verb_class(word) == "observe" and word in ("check", "watch", "look"):
        return False
    seen = 0
    for token in _tokens(text)[1:14]:
        lower = token.lower()
        if lower in _SUBORDINATE or lower in (";", ":", "(", "?", '"', "“"):
            return False
        if lower in words("determiner") and seen == 0:
            return False
        if lower in ("is", "are", "was", "were", "has", "have", "will", "can", "should", "must", "may", "does", "isn't", "aren't"):
            return True
        seen += 1
    return False


def _imperative(text: str, lead: str, conditional: bool, default: str = "") -> Reading:
    verb = _head_verb(text)
    if verb is None:
        if default:
            first = (text.split() or [""])[0].lower()
            return Reading(mood="do", verb=first, kind=verb_class(first) or "change", lead=lead, main=text, conditional=conditional)
        return Reading(mood="state", lead=lead, main=text, conditional=conditional)
    return Reading(mood="do", verb=verb, kind=verb_class(verb) or "change", lead=lead, main=text, conditional=conditional)


def _duty(text: str, lead: str, conditional: bool) -> Reading | None:
    """A sentence that obliges or allows somebody: "you must …", "the operator should …"."""
    short = _DUTY_SHORT.match(text)
    match = None if short else _DUTY.match(text)
    if not short and not match:
        return None
    if re.match(r"^(?:this|that|it|these|those|which|there|here|what|they|he|she)\b", text, re.IGNORECASE):
        return None
    rest = text[(short or match).end() :]  # type: ignore[union-attr]  # one of them matched
    rest = re.sub(r"^(?:NOT\s+|also\s+|then\s+|now\s+|first\s+|always\s+|be\s+able\s+to\s+|try\s+to\s+|only\s+)+", "", rest, flags=re.IGNORECASE)
    verb = _head_verb(rest) or ""
    you = re.match(r"^(?:you|we)\b", text, re.IGNORECASE) is not None
    if re.match(r"^you\s+(?:should|will|can|must|['’]ll)", text, re.IGNORECASE) and _EXPECT.match(text):
        if verb in ("see", "find") and match and match["may"]:
            return Reading(mood="may", verb=verb, kind="observe", lead=lead, main=text, conditional=conditional)
        return Reading(mood="expect", verb=verb, kind="observe", lead=lead, main=text, conditional=conditional)
    if not verb:
        return None
    if match and match["will"] and not you and not _person(text):
        return None
    mood = "must" if short or (match and match["must"]) else "may" if match and match["may"] else "actor"
    if mood == "actor" and you:
        mood = "state"
    if not you and mood != "actor" and re.match(r"^(?:the|a|an|this|that|all)\b", text, re.IGNORECASE) and not _person(text):
        return None
    return Reading(mood=mood, verb=verb, kind=verb_class(verb) or "change", lead=lead, main=text, conditional=conditional)


def _person(text: str) -> bool:
    return any(token.lower().strip(",").removesuffix("s") in words("person") for token in text.split()[:5])


def _statement(text: str, lead: str, conditional: bool) -> Reading:
    """A sentence without an order in it."""
    other = _ELSE.search(text[:600])
    if other:
        verb = _head_verb(text[other.end() :])
        if verb and (verb not in noun_verbs() or re.match(r"\w+\s+(?:it|them|the|a|your|this)\b", text[other.end() :])):
            return Reading(mood="do", verb=verb, kind=verb_class(verb) or "change", lead=text[: other.end()], main=text[other.end() :], conditional=True)
    if _RESULT.match(text):
        return Reading(mood="result", kind="observe", lead=lead, main=text, conditional=conditional)
    if _EXPECT.search(text[:300]) and not _NEVER.search(text):
        return Reading(mood="expect", kind="observe", lead=lead, main=text, conditional=conditional)
    passive = _PASSIVE.search(text[:300])
    if passive and base_form(passive[1].lower()):
        verb = base_form(passive[1].lower())
        return Reading(mood="passive", verb=verb, kind=verb_class(verb), lead=lead, main=text, conditional=conditional)
    tokens = _tokens(text)
    for position, token in enumerate(tokens[:5]):
        lower = token.lower()
        if position == 0 and (lower in words("pronoun") or lower in words("determiner") and lower != "the"):
            break
        if position and lower.endswith("s") and lower not in words("finite"):
            verb = base_form(lower)
            following = tokens[position + 1].lower() if position + 1 < len(tokens) else ""
            sure = verb not in noun_verbs() or following in words("determiner")
            if verb and verb != "need" and sure and tokens[position - 1][0].isupper():
                return Reading(mood="actor", verb=verb, kind=verb_class(verb), lead=lead, main=text, conditional=conditional)
    if len(tokens) <= 8 and not any(token.lower() in words("finite") for token in tokens):
        return Reading(mood="fragment", lead=lead, main=text, conditional=conditional)
    return Reading(mood="state", lead=lead, main=text, conditional=conditional)
