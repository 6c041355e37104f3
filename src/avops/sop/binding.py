"""Which action of which tool a step means, and with what arguments.

A tool is chosen only when the text names it, one of its synonyms or, for messages, a channel. What is not sure stays in
words: a wrong action is worse than a step that a person does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.sop.evidence import is_ordered, is_other_thing, mentions, rests_on_nothing_else, values_of
from avops.sop.grammar import read
from avops.sop.lazily import lazily
from avops.sop.lexicon import base_form, words
from avops.sop.tails import unquoted
from avops.sop.vocabulary import LEVEL, canonical, choices, power_wanted, spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from avops.sop.catalog import ActionCatalogEntry, ToolCatalogEntry

_CHANNEL = lazily(r"(?<![\w&/])#[a-z][\w-]{1,60}", re.IGNORECASE)
# "is on" says something of the power only where no noun follows: "is on HDMI2" does not.
_ON_OFF = lazily(
    r"\b(?:is|are|be|stays?|comes?)\b(?:\s+\w+){0,5}?\s+(on|off)\b(?=\s*(?:[.,;:!?)]|$)|\s+(?:and|or|now|again|already|yet|at|in|for|with|then)\b)",
    re.IGNORECASE,
)
_FILLER = frozenset(
    ["the", "a", "an", "of", "to", "in", "on", "for", "and", "or", "by", "with", "from", "all", "its", "it", "this", "that"]
)
_ID = lazily(r"\b(?:INC|REQ|CHG|TASK|[A-Z]{2,6}-)\d{2,10}\b")
_ADDRESSES = frozenset({"number", "ticket", "id", "key", "incident"})
_PHRASED = 5.0  # the least score of an action whose name or synonym the sentence says
_GENERIC = frozenset({"status", "info", "details", "state", "data"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """The action meant, and how sure (a higher score is surer)."""

    tool: ToolCatalogEntry
    action: ActionCatalogEntry
    score: float

    @property
    def reference(self) -> str:
        """TOOL.ACTION."""
        return f"{self.tool.name}.{self.action.name}"


def find_binding(text: str, tools: Sequence[ToolCatalogEntry], *, looks: bool, tells: bool, before: str = "") -> Binding | None:
    """The one action that `text` means, else None.

    `looks` asks for an action that only reads; `tells` for one that sends a message. `before` names the tool of the step
    before, which "it" may mean.
    """
    spoken = unquoted(text)
    scored = sorted(
        (b for tool in tools for b in _score_tool(spoken, tool, tools, looks=looks, tells=tells, before=before)), key=lambda b: -b.score
    )
    if len(scored) > 1 and scored[1].score == scored[0].score:
        # "Read the ticket" and "list the tickets" fit alike: several are meant where several are named.
        lists = [b for b in scored[:2] if b.action.name.startswith("list")]
        several = re.search(rf"\b{re.escape(scored[0].tool.name.removesuffix('s'))}s\b", spoken, re.IGNORECASE) is not None
        if (
            scored[0].score < _PHRASED
            or len(lists) != 1
            or scored[0].tool is not scored[1].tool
            or (len(scored) > 2 and scored[2].score == scored[0].score)
        ):
            return None
        scored = [b for b in scored[:2] if (b in lists) == several]
    if not scored:
        return None
    return scored[0] if _is_meant(spoken, scored[0], looks=looks, before=before) else None


def _is_meant(text: str, found: Binding, *, looks: bool, before: str) -> bool:
    """Whether the sentence orders the action, of the tool's own device."""
    tool, action = found.tool, found.action
    if is_other_thing(text, tool, action):
        return False
    if not is_ordered(text, read(text), tool, action, looks=looks):
        return False
    known = before.lstrip("=") == tool.name or (action.notify is not None and _CHANNEL.search(text) is not None)
    if mentions(text, tool) or known:
        return True
    return rests_on_nothing_else(text, tool, action, re.findall(r"\d+", text))


def named_value(text: str, action: ActionCatalogEntry) -> tuple[str, str] | None:
    """(field, value) of the one field of the action's answer whose allowed values `text` names.

    Of several fields that fit, the one that the action is named for: `get_power` tells the power.
    """
    properties = action.output.get("properties")
    hits: list[tuple[str, str]] = []
    for name, schema in properties.items() if isinstance(properties, dict) else ():
        for value in choices(schema):
            spoken = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", value) if isinstance(value, str) else ""
            if spoken and "'" not in spoken and _says(text, spoken):
                hits.append((str(name), str(value)))
    if len(hits) > 1:
        hits = [hit for hit in hits if hit[0].lower() in action.name.lower().split("_")]
    return hits[0] if len(hits) == 1 else None


def _says(text: str, value: str) -> bool:
    """Whether `text` names the value; "on" before a noun ("on HDMI2", "on the wall") is not the value on."""
    end = r"(?=\s*(?:[.,;:!?)]|$)|\s+(?:and|or|now|again|already|yet|at|in|for|with|then|display|screen|tv|projector)\b)"
    end = end if value.lower() in ("on", "off") else r"(?![\w-])"
    return re.search(rf"(?<![\w-]){spelled(value)}{end}", text, re.IGNORECASE) is not None


def named_tools(text: str, tools: Iterable[ToolCatalogEntry]) -> list[str]:
    """Names of the tools that `text` names."""
    return [tool.name for tool in tools if mentions(text, tool)]


def _score_tool(
    text: str, tool: ToolCatalogEntry, tools: Sequence[ToolCatalogEntry], *, looks: bool, tells: bool, before: str
) -> Iterable[Binding]:
    text = _on_to(text, tool)
    tokens = list(canonical(text))
    wanted, said = power_wanted(text), _ON_OFF.search(text)
    if wanted or said:
        tokens += ["power", wanted or (said[1].lower() if said else "")]
    if wanted and "set" not in tokens:
        tokens.insert(0, "set")
    named = bool(mentions(text, tool))
    if not named and before == f"={tool.name}":
        named = True
    if not named and before == tool.name and re.search(r"\b(?:it|them)\b", text, re.IGNORECASE):
        named = True
    if not named and _CHANNEL.search(text) and any(a.notify for a in tool.actions):
        named = sum(1 for t in tools if any(a.notify for a in t.actions)) == 1
    own = set(canonical(" ".join((tool.name, *tool.synonyms))))
    if LEVEL.search(text) and "set" not in tokens:
        tokens.insert(0, "set")
    for action in tool.actions:
        score = _score_action(text, [*tokens, *_told_values(text, action, looks=looks)], own, action, named=named, looks=looks, tells=tells)
        if score > 0:
            yield Binding(tool=tool, action=action, score=score)


def _on_to(text: str, tool: ToolCatalogEntry) -> str:
    """`text` with "is on HDMI 1" as "is to HDMI 1": that "on" says nothing of the power."""
    if " on " not in text.lower():
        return text
    for action in tool.actions:
        for _, value in values_of(action, answers=True):
            text = re.sub(rf"(?<=\b(?:is|be)\s)on(?=\s+(?:the\s+)?{spelled(value)}(?![\w-]))", "to", text, flags=re.IGNORECASE)
    return text


def _told_values(text: str, action: ActionCatalogEntry, *, looks: bool) -> tuple[str, ...]:
    """The words of an argument one of whose values `text` switches to ("Switch the display to HDMI 1" tells the input).

    For a look, the words of the field of the answer whose value it looks for ("The display shows HDMI 1").
    """
    before = r"(?:to|is|at|shows?|showing|=)" if looks else "to"
    for name, value in values_of(action, answers=looks):
        if re.search(rf"(?:\b{before}|[:=])\s+(?:the\s+)?{spelled(value)}(?![\w-])", text, re.IGNORECASE):
            return canonical(name)
    return ()


def _score_action(
    text: str, tokens: list[str], own: set[str], action: ActionCatalogEntry, *, named: bool, looks: bool, tells: bool
) -> float:
    if looks and action.effect != "read":
        return 0.0
    phrased = 0.0
    spoken_of = set(canonical(" ".join(action.synonyms))) | own
    for phrase in action.synonyms:
        spoken = canonical(phrase)
        if {"all", "every", "each"} & set(spoken) - set(tokens):
            continue
        if not named and (set(tokens) & words("device")) - spoken_of:
            continue  # the phrase is said of some other device
        if (named or len(spoken) > 1) and _contains(tokens, spoken) and (looks or action.effect != "read"):
            phrased = max(phrased, _PHRASED + len(spoken) + named)
    if phrased:
        return phrased
    if not named:
        return 0.0
    if tells and action.notify is not None:
        return 4.0
    name = [w for w in canonical(action.name) if w not in _FILLER]
    verb, things = (name[0], name[1:]) if name else ("", [])
    # The description's own verb counts as it stands: "Add a note" is not any other way of making something.
    told = [base_form(word) for word in action.description.lower().split()[:1]]
    spoken_first = [base_form(word) for word in re.findall(r"[a-z-]+", text.lower())[:3]]
    verbs = [verb, *(canonical(told[0]) if told and told[0] and told[0] in spoken_first else [])]
    if not any(v in tokens for v in verbs) and not (looks and verb == "get"):
        return 0.0
    if not looks and not any(v in tokens[:6] + tokens[-2:] for v in verbs):
        return 0.0
    wanted = [w for w in things if w not in own]
    hits = sum(1 for w in wanted if w in tokens)
    if wanted and not hits and not (looks and set(wanted) <= _GENERIC):
        return 0.0
    described = set(canonical(action.description)) & set(tokens) - _FILLER
    given = 0.5 if _ID.search(text) and any(name in _ADDRESSES for name in action.input) else 0.0
    return 2.0 + given + 1.5 * hits - 0.4 * (len(wanted) - hits) + 0.1 * len(described)


def _contains(tokens: list[str], phrase: Sequence[str]) -> bool:
    """Whether the words of `phrase` stand in `tokens` in order, at most two words between them."""
    position = -1
    for word in phrase:
        if word in _FILLER and word not in ("on", "off"):
            continue
        window = tokens[position + 1 :] if position < 0 else tokens[position + 1 : position + 4]
        if word not in window:
            return False
        position = position + 1 + window.index(word)
    return True
