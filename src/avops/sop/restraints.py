"""What keeps a call from being made by itself although a sentence orders it: what stands around the order says less, or no.

A recipe is a draft and somebody reviews it; what a reviewer overlooks must not be done unasked all the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.evidence import vocabulary
from avops.sop.imperatives import head_verb
from avops.sop.lazily import lazily
from avops.sop.lexicon import words
from avops.sop.patterns import CLOCK
from avops.sop.vocabulary import canonical

if TYPE_CHECKING:
    from avops.sop.binding import Binding

_ALLOWED = lazily(
    r"\b(?:you|we|they|one|somebody|someone) (?:also |then |now )?(?:can|could|may|might)\b"
    r"|\b(?:may|might|can|could|should|will|often|usually) (?:\w+ )?(?:help|fix|resolve|solve)\b"
    r"|\b(?:usually|often|normally) (?:helps|fixes|resolves|solves)\b|\b(?:worth|feel free|optional(?:ly)?|opt\.|if you (?:like|wish|want))"
    r"|^\W*be (?:ready|prepared|able) to\b|\bwith (?:the |their |his |her )?(?:\w+ )?(?:approval|permission|consent|agreement)\b"
    r"|\bbut (?:first|check|ask|make sure)\b|\b(?:check|ask|make sure)\b.{0,30}\bfirst\b"
    r"|\bas a last resort\b|\b(?:at|on|upon) (?:[\w'’]+ ){0,4}request\b|\bbei bedarf\b|\bsi besoin\b|\bnur\b|\bnice to have\b"
    r"|\b(?:may|might|can|could) be (?:an?|the|another|possible|worth|useful|helpful|necessary)\b|\b(?:suggest|probably"
    r"|perhaps|maybe)\b|^\W*consider\b"
    r"|^\W*(?:the|an?|one|another|other)\s+(?!first\b|next\b|last\b|final\b)(?:\w+\s+){0,2}?(?:way|method|option|fix|workaround|approach|solution|remedy|idea)\b"
    r".{0,60}\b(?:is|would be)\b",
    re.IGNORECASE,
)
_SO_THAT = lazily(r"\bso (?:that )?(?:we|you|they|people|everyone|it)\b.*$", re.IGNORECASE)
_THEIRS = lazily(r"^\W*it(?: is|['’]s) (?:the |[\w-]+['’]s )(?:[\w'’&-]+ ){0,5}?(?:responsibility|job|task|duty) to\b", re.IGNORECASE)
_VOID = lazily(
    r"\b(?:obsolete|deprecated|removed|superseded|former(?:ly)?|outdated|n/a|not applicable|already done"
    r"|was done|has been done|practi[sc]e|drill)\b",
    re.IGNORECASE,
)
_BY_HAND = lazily(
    r"\bby hand\b|\bmanually\b|\bby (?:(?:un)?plugging|pulling|pressing|holding|flipping)\b|\bat the (?:wall|mains|plug"
    r"|breaker|socket|fuse|switch|rack)\b"
    r"|\b(?:using|with|on|from) the (?:wall|touch)[ -]?(?:panel|plate)\b|\bwith (?:the|its) (?:\w+ )?(?:button|switch|key"
    r"|remote(?: control)?)\b",
    re.IGNORECASE,
)
_EXAMPLE = lazily(r"\b(?:e\.\s?g|i\.\s?e|z\.\s?b|for example|for instance|such as)\b", re.IGNORECASE)
_ELSEWHERE = lazily(
    r"\b(?:neighbou?r(?:ing|['’]s)?|laptops?|phones?|tablets?|caller['’]?s?|guest['’]s|test environment"
    r"|staging|other (?:room|display|device)|either)\b",
    re.IGNORECASE,
)
_OTHER_DESK = lazily(
    r"\b(?:with|in|via|through|at|to) (?:the )?(?:vendors?|suppliers?|manufacturers?|facilities|zoom|microsoft|cisco|crestron"
    r"|extron|jira|building|landlord)\b"
    r"|\b(?:vendors?|suppliers?|manufacturers?|facilities|parent|child|sub|linked|related|duplicate|old|previous|other"
    r"|second)(?:['’]s)?[ -](?:\w+ )?(?:ticket|case"
    r"|portal|incident)\b|\b(?:duplicate|copy|child|part|clone) of\b|\bthat belongs to\b|:\s*see\b"
    r"|(?-i:\bwith [A-Z][a-z]+\b)(?! (?:priority|urgency|severity))",
    re.IGNORECASE,
)
_BEHIND = lazily(r"(?:\(([^()]{2,80})\)|\[([^\[\]]{2,80})\]|\s@(\w+)|\s[-–—]\s([^-–—]{2,60}))\W*$")
_LABELLED = lazily(r"^\W*([^:.,!?]{2,60}?)(?:\s?:|\s(?:[–—-]|--|->|=>|→))\s+(?=\S)")
_HOUR = lazily(rf"^\W*(?:at\s+)?{CLOCK}", re.IGNORECASE)
_BENIGN = words("benign")
# "If …:" in front is a condition, which is seen to elsewhere.
_IN_CASE = lazily(r"^(?:if|when|unless|once|otherwise|else|then)\b", re.IGNORECASE)
_CHANNEL = lazily(
    r"\b(?:in|to|on|into|via)?\s*(?:the\s+)?(?:slack\s+)?(?:channels?\s+)?#[\w-]+(?:\s*(?:,|and|&)\s*#[\w-]+)*(?:\s+channels?)?"
    r"|\b(?:in|to|on|into|via)\s+(?:the\s+)?(?:[\w-]+\s+){0,2}(?:channels?|chat|slack)\b",
    re.IGNORECASE,
)
_POLITE = lazily(
    r"\b(?:please|pls|too|as well|also|there|now|then|and|channel|slack|message|for (?:the )?(?:team|crew|everyone|everybody"
    r"|others|all|info(?:rmation)?))\b",
    re.IGNORECASE,
)


def behind_message(text: str) -> str:
    """What stands behind the quoted words of a message and is neither its channel nor polite, "" when there is nothing."""
    end = max(text.rfind('"'), text.rfind("”"))
    if end < 0:
        return ""
    rest = _POLITE.sub(" ", _CHANNEL.sub(" ", text[end + 1 :]))
    return rest.strip(" .,!;:") if re.search(r"[A-Za-z]{2}", rest) else ""


def restraint(text: str, found: Binding, *, beside: bool = True) -> str:
    """Why an action that changes something is not called for `text`; "" when nothing speaks against it."""
    text = re.sub(r"\s*\(expected: .*\)$", "", text)
    if _ALLOWED.search(_SO_THAT.sub("", text)):
        return "the SOP allows it and does not order it"
    if _THEIRS.search(text):
        return "the SOP makes it somebody's duty"
    if beside and _VOID.search(text):
        return "the SOP says that it is not to be done any more"
    if _BY_HAND.search(text):
        return "the SOP wants it done by hand"
    if _EXAMPLE.search(text):
        return "the SOP names it as an example"
    if found.action.effect == "record" and found.action.notify is None and (desk := _OTHER_DESK.search(text)):
        return f"'{desk[0]}' is another ticket, or another desk"
    if other := _ELSEWHERE.search(text):
        return f"'{other[0]}' is another device"
    if hour := _HOUR.match(text):
        return f"it is for {hour[0].strip()}, whenever the recipe is run"
    label = _LABELLED.match(text)
    if (
        label
        and not beside
        and (found.action.notify is None or "#" in label[1] or head_verb(label[1]) is not None or _IN_CASE.match(label[1]))
    ):
        label = None
    if label and not _is_covered(label[1], found):
        return f"'{label[1].strip()}' stands in front of it"
    behind = _BEHIND.search(text) if beside else None
    words_behind = next((part for part in behind.groups() if part), "").strip() if behind else ""
    if words_behind and head_verb(words_behind) is None and not _is_covered(words_behind, found):
        return f"'{words_behind}' stands behind it"
    return ""


def _is_covered(spoken: str, found: Binding) -> bool:
    """Whether words beside an order only name its device, a value of the call, or a step."""
    known = vocabulary(found.tool, found.action) | _BENIGN
    return all(word in known for word in canonical(spoken) if any(letter.isalpha() for letter in word))


def is_labelled(text: str) -> bool:
    """Whether a label that orders nothing stands in front of all that a sentence orders ("HQ-1: turn on …, set …")."""
    label = _LABELLED.match(text)
    return (
        label is not None
        and "#" not in label[1]
        and head_verb(label[1]) is None
        and _IN_CASE.match(label[1]) is None
        and not _says_nothing(label[1])
    )


def _says_nothing(label: str) -> bool:
    """Whether a label is "Step 3", "Then" or the like and says nothing."""
    return all(word in _BENIGN for word in canonical(label) if any(letter.isalpha() for letter in word))


def is_example(text: str) -> bool:
    """Whether a sentence names something for example only ("Fix the room, e.g. restart it")."""
    return _EXAMPLE.search(text) is not None
