"""Whether words start with an order: the verbs of the lexicon, and what looks like a verb by its place."""

from __future__ import annotations

import re

from avops.sop.lazily import lazily
from avops.sop.lexicon import noun_verbs, verb_class, words

TOKEN = lazily(r"[A-Za-zÀ-ÿ](?:[\w'’./+-]*[\wÀ-ÿ])?|\d[\w.:%-]*|[,;:()–—?!]|[«»\"“”<>$\[\]{}]")


SUBORDINATE = {
    "that",
    "which",
    "who",
    "if",
    "when",
    "until",
    "to",
    "so",
    "because",
    "where",
    "while",
    "before",
    "after",
    "for",
    "and",
    "once",
    "unless",
    "whether",
    "what",
    "how",
    "why",
    "exactly",
    ",",
}


NOT_A_VERB = frozenset(
    [
        "both",
        "all",
        "not",
        "what",
        "unlike",
        "despite",
        "per",
        "via",
        "like",
        "than",
        "even",
        "such",
        "half",
        "twice",
        "most",
        "many",
        "some",
        "few",
        "each",
        "every",
        "per",
        "plus",
        "minus",
        "among",
        "across",
        "against",
        "around",
        "along",
        "beyond",
        "how",
        "why",
        "where",
        "there",
        "here",
        "although",
        "whereas",
        "depending",
        "usually",
        "maybe",
        "perhaps",
    ]
)


def split_words(text: str) -> list[str]:
    return TOKEN.findall(text[:600])


def head_verb(text: str) -> str | None:
    """The verb that `text` orders, if it starts with one."""
    match = re.match(r"^[\"'“(]*([A-Za-zÀ-ÿ][\w'’-]*)(?:/([A-Za-z][\w-]*))?", text)
    if not match:
        return None
    word = match[1].lower()
    phrase = re.match(
        r"^(make sure|be sure|look up|back up|sign off|hand off|pull up|pay attention|size up|tidy up|right click|double click|left click"
        r"|check out(?= (?:and|this|the|a|your)\b)|power cycle|hard reset|factory reset|sanity check|double check|spot check"
        r"|have a look|take a look|screen share)\b",
        text,
        re.IGNORECASE,
    )
    if phrase:
        return phrase[1].lower().replace(" ", "-")
    if not verb_class(word):
        prefix = re.match(r"^(?:re|un|pre|dis|de|over|auto)-?(\w{3,})$", word)
        derived = prefix is not None and verb_class(prefix[1]) != "" and not is_noun_phrase(text, word)
        if derived and re.match(r"^\w+\s+(?:\d|\w+s\s+(?:the|a|an)\b)", text):
            derived = False
        if not derived and not looks_like_order(text, word):
            return None
    if word in noun_verbs() and (is_noun_phrase(text, word) or re.match(r"\w+,\s+or\b", text)):
        return None
    if word in words("seldom") and not re.match(
        r"^\W*[\w/-]+\s+(?:[\"“'`«(<\[{]|\d"
        r"|(?:and|or|it|them|all|in|on|for|to|with|down|out|up|over|into|back|through|aloud|about)\b)",
        text,
    ):
        following = (split_words(text)[1:2] or [""])[0].lower()
        if following not in words("determiner") or following == "that":
            return None
    if word in ("ssh", "sudo", "login", "network", "service", "host", "log", "sign") and re.match(
        r"^\w+\s+(?:access|credentials|permissions?|rights|accounts?|privileges)\b(?!\s*[:=])", text, re.IGNORECASE
    ):
        return None
    following = text[match.end() :].lstrip()
    if re.match(r"(?:\([^()]*\)\s*)?(?:is|was|has)\b|\w+s are (?:how|what|why|the|a|used|not|very)\b", following):
        return None
    if following.startswith(("→", "->", "=>", ">")) and "click" not in word:
        return None
    spoken = word in ("press", "click", "choose", "select", "type", "enter", "run", "open")
    if following.startswith((":", "=")) and following[1:].strip() and word in noun_verbs() and not spoken:
        return None
    return word


def looks_like_order(text: str, word: str) -> bool:
    """Whether an unknown word stands where only a verb can: first, before an article ("Swab the connector")."""
    match = re.match(r"^[A-Z][a-z]{2,14}\s+(the|a|an|your|all|each|every|both|any|that|how|whether)\s", text)
    if (
        not match
        or word.endswith(("ly", "ing", "ed", "s", "tion", "ment", "ness"))
        or word in words("opener") | words("lead") | words("finite") | words("pronoun")
    ):
        return False
    return word not in NOT_A_VERB


def is_noun_phrase(text: str, word: str) -> bool:
    """Whether a sentence that starts with a word like "test" goes on as a statement about it."""
    if verb_class(word) == "observe" and word in ("check", "watch", "look"):
        return False
    if re.match(
        r"^(?:[Pp]ower\s+(?:over|cords?|cables?|suppl\w+|strips?|conditioners?|buttons?|adapters?|outlets?|users?|management|settings|options)|\w+\s+(?:in\s+progress|completed?|pending|available|required|needed|requires|takes|needs|means|happens|fails|works|allows"
        r"|depends|includes|contains)|\w+\s+\w+\s+(?:reduces|improves|helps|makes|ensures|prevents|causes|saves|means))\b",
        text,
    ):
        return True
    if re.match(
        r"^[\w'’-]+(?: (?!so\b|that\b)[\w'’-]+){0,4} (?:normally|usually|often|always|sometimes|mostly|generally"
        r"|typically)\s+(?!this\b|its\b)[a-z]+s\b",
        text,
    ):
        return True
    for seen, token in enumerate(split_words(text)[1:14]):
        lower = token.lower()
        if lower in SUBORDINATE or lower in (";", ":", "(", "?", '"', "“"):
            return False
        if lower in words("determiner") and seen == 0:
            return False
        if lower in ("is", "are", "was", "were", "has", "have", "will", "can", "should", "must", "may", "does", "isn't", "aren't"):
            return True
    return False
