"""What a sentence was read as, and the reading of a plain order."""

from __future__ import annotations

from dataclasses import dataclass

from avops.sop.imperatives import head_verb
from avops.sop.lexicon import verb_class


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


def read_order(text: str, lead: str, conditional: bool, default: str = "") -> Reading:
    """`text` as an order; a statement when it starts with no verb and there is no `default`."""
    verb = head_verb(text)
    if verb is None:
        if default:
            first = (text.split() or [""])[0].lower()
            return Reading(mood="do", verb=first, kind=verb_class(first) or "change", lead=lead, main=text, conditional=conditional)
        return Reading(mood="state", lead=lead, main=text, conditional=conditional)
    return Reading(mood="do", verb=verb, kind=verb_class(verb) or "change", lead=lead, main=text, conditional=conditional)
