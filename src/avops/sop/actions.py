"""Steps in words turned into calls, readings and messages where a project's tool does what they say."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from avops.sop.arguments import fill_arguments
from avops.sop.binding import Binding, find_binding, named_tools
from avops.sop.channels import ABOUT, WITHOUT_THAT, each_channel
from avops.sop.conditions import Conditions, with_condition
from avops.sop.evidence import is_plural, leftover, mentions
from avops.sop.expectation import expectation
from avops.sop.grammar import read
from avops.sop.lazily import lazily
from avops.sop.places import place_of
from avops.sop.restraints import behind_message, is_example, is_labelled, restraint
from avops.sop.sections import PHASES
from avops.sop.steps import duration, free_id, is_only_wait
from avops.sop.tails import NEGATION, SPAN, TIME, cut_tail, message_start, unquoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.sop.candidates import Candidate
    from avops.sop.catalog import ToolCatalogEntry
    from avops.sop.inputs import InputCollector
    from avops.sop.steps import DraftStep
    from avops.sop.tails import Tail

_SEVERAL = lazily(
    r"(?<![\w.:-])(?:both|all|each|every|two|three|four|five|six|[2-9]|\d\d)\s+(?:of\s+)?(?:the\s+)?(?:\w+\s+)?(?!is\b|was\b|has\b|(?:second|sec|minute|min|hour|day|week|time)s\b)\w*s\b",
    re.IGNORECASE,
)
LONGEST = 1000  # characters of a sentence that is bound to a tool
NO_WAY_BACK = "the SOP names no way back"
_ELSE = lazily(r"^(?:otherwise|else|if not|alternatively|instead|or)\b", re.IGNORECASE)
_CLAUSE = lazily(r"\s*(?:;|,?\s+and(?:\s+then)?|,?\s+then|\s&|\.|,)\s+(?=[A-Za-z])")
_TELLS = lazily(
    r"^(?:then\s+|please\s+|also\s+)?(?:tell|inform|notify|post|announce|send|report|say|share|write|publish|alert|message)\b",
    re.IGNORECASE,
)
_SENDS = lazily(
    r"^(?:\W|then\b|please\b|also\b)*(?:post|send|share|publish|write|announce)\s+(?!in\b|to\b|on\b|into\b|what\b|whether\b|how\b|#)",
    re.IGNORECASE,
)
_ONLY_ADDRESSED = lazily(
    r"^(?:\W|then\b|please\b|also\b)*\w+(?:\s+(?:in|to|on|into|via|me|us|the|slack|channel|too|as|well|#[\w-]+)\b|\s+#[\w-]+)*\W*$",
    re.IGNORECASE,
)
_UNDER = lazily(r"^(?:if|when(?:ever)?|unless|once|until|while|after|before|as\s+soon|in\s+case)\b", re.IGNORECASE)
_OPENER = lazily(
    r"^(?:(?:first|firstly|next|then|now|also|finally|lastly|second|third|please)\b,?\s+|step\s+\d{1,2}\s*[:.)–-]\s*"
    r"|(?:please\s+)?don['’]?t forget to\s+|(?:be sure|remember) to\s+)+",
    re.IGNORECASE,
)
_PLEASE = lazily(r",?\s+(?:please|pls|plz|asap|now)\W*$", re.IGNORECASE)
_EXPECTED = lazily(r"\s*\(expected: .*\)$")
_PINGS = lazily(r"^(?:let|ping|slack|message)\s+#", re.IGNORECASE)
_THERE = lazily(r"^\W*(?:wait|allow|give|pause)\b", re.IGNORECASE)
_LIMITING = lazily(
    r"^(?:before|after|while|until|during|once|for\s+(?:each|every|all|any|both)|each|every|on\s+\w+days?|at\s+\d|by|within|as\s+soon|upon|unless)\b",
    re.IGNORECASE,
)


class Binder:
    """Binds steps to tools one after the other; remembers the readings it has made."""

    def __init__(self, tools: Sequence[ToolCatalogEntry], inputs: InputCollector) -> None:
        self.tools = tools
        self.inputs = inputs
        self.before = ""
        self.ids: set[str] = set()
        self.warnings: list[str] = []
        self.mentioned: list[str] = []
        self.known: dict[str, dict[str, object]] = {}
        self.places: dict[str, str] = {}
        self.opened: dict[str, tuple[DraftStep, str] | None] = {}  # by tool: the step that opened something, and where its number stands
        self.written: set[str] = set()  # tools through which something was changed
        self._by_place: dict[tuple[str, str], tuple[str, dict[str, object]]] = {}
        self.conditions = Conditions(tools, inputs, self.ids, self.known)

    def bind(self, c: Candidate, step: DraftStep) -> list[DraftStep]:
        """`step`, or the steps that stand for its parts."""
        if not self.tools or step.key in ("wait", "ask") or c.code or c.whole or len(step.text) > LONGEST:
            return [step]
        if c.held:
            if named_tools(step.text, self.tools):
                step.comments.append(f"'{c.held}' stands beside it, so nothing is called by itself")
            return [step]
        orders = self._parts(step)
        parts = [told for part in orders for told in self._told(part)]
        if len(parts) > 1 and len(orders) == 1:
            return self._to_each(c, step, parts)
        if len(parts) > 1:
            # Tried out first: where a part leans on another, the whole sentence stays as it is, and nothing of it was done.
            tried = copy.deepcopy(self, {id(self.tools): self.tools})._several(c, [replace(part, comments=[]) for part in parts])
            return self._several(c, parts) if any(m.key in ("tool", "notify") or m.reading for m in tried) else [step]
        return self._one(c, step)

    def _to_each(self, c: Candidate, step: DraftStep, parts: list[DraftStep]) -> list[DraftStep]:
        """A message to each of several channels, or `step` in words where one of them is none; "the channel" means none of them later."""
        kept = dict(self.inputs.found)
        made = self._several(c, parts)
        for sent in made:
            for name in sent.value if isinstance(sent.value, dict) else ():
                self.known.get(name, {}).clear()
        if made and all(sent.key == "notify" or sent.reading or sent.key in ("tool", "ask") for sent in made):
            return made
        self.inputs.found.clear()
        self.inputs.found.update(kept)
        return self._one(c, step)

    def _several(self, c: Candidate, parts: list[DraftStep]) -> list[DraftStep]:
        """The steps that stand for the parts of one sentence; none when a part leans on one in words."""
        made: list[DraftStep] = []
        for part in parts:
            bound = bool(made) and (made[-1].key == "tool" or bool(made[-1].reading))
            if made and not bound and _hangs_on(made[-1], part):
                return []
            following = self._one(c, part, same_sentence=bound)
            if bound and made[-1].phase == "act" and len(following) == 1 and following[0].reading and following[0].phase == "verify":
                following = [replace(following[0], phase="act")]  # what one sentence changes and checks stays together
            made += following
        return made

    def _told(self, step: DraftStep) -> list[DraftStep]:
        """A message once for each channel that it is for."""
        texts = each_channel(step.text)
        if len(texts) < 2:
            return [step]
        return [replace(step, text=text, value=self.inputs.fill(text, step.line), name=text, comments=[]) for text in texts]

    def kept(self) -> tuple[dict[tuple[str, str], str], dict[str, tuple[DraftStep, str] | None]]:
        """What is known, to be given back to `leave`."""
        return self.conditions.kept(), dict(self.opened)

    def leave(self, before: tuple[dict[tuple[str, str], str], dict[str, tuple[DraftStep, str] | None]]) -> None:
        """What stands under an answer or in a branch is behind: what was read or opened only there is not known any more."""
        self.conditions.leave(before[0])
        self.opened = before[1]

    def _parts(self, step: DraftStep) -> list[DraftStep]:
        """The step cut at "and", "then" and ";" where each part is an order of its own."""
        reading = read(step.text)
        if is_example(step.text) or is_labelled(step.text):
            return [step]
        other = _ELSE.match(step.text)
        lead = other[0] + " " if other else step.text[: len(step.text) - len(reading.main)] if reading.main and reading.lead else ""
        if (reading.lead and not step.text.endswith(reading.main)) or TIME.search(reading.lead or ""):
            return [step]
        clauses = _clauses(step.text[len(lead) :].lstrip(" ,"))
        if len(clauses) < 2 or read(clauses[0]).mood not in ("do", "must"):
            return [step]
        if any(_is_limited(clause) or re.match(r"but\b", clause, re.IGNORECASE) for clause in clauses):
            return [step]
        out: list[DraftStep] = []
        for clause in clauses:
            text = clause.strip(" .;,")
            below = lead and not _ELSE.match(text) and (not out or read(clause).kind != "observe")
            text = f"{lead.strip()} {text}" if below else text[0].upper() + text[1:]
            filled = self.inputs.fill(text, step.line)
            if read(clause).kind == "wait" and not lead and is_only_wait(clause):
                out.append(replace(step, text=text, key="wait", value=duration(clause), name=text, comments=[]))
                continue
            out.append(replace(step, text=text, value=filled, name=text if filled != text else "", key=step.key, comments=[]))
        return out

    def _one(self, c: Candidate, step: DraftStep, *, same_sentence: bool = False) -> list[DraftStep]:
        reading = read(step.text) if step.text != c.text else c.reading
        looks = reading.kind in ("observe", "obtain") or reading.mood in ("expect", "state", "fragment", "passive")
        tells = reading.kind in ("communicate", "close") or reading.verb in ("post", "send", "tell", "share", "announce", "say", "update")
        tells = tells or _PINGS.match(step.text) is not None
        before = f"={self.before}" if same_sentence else self.before
        # A condition in front names things, too; what is done stands in the main clause.
        begins = step.text.find(reading.main) if reading.conditional and reading.main else -1
        order = step.text[begins:] if begins >= 0 else _ELSE.sub("", step.text).lstrip(" ,")
        order = _PLEASE.sub("", _OPENER.sub("", _EXPECTED.sub("", order)))
        order = WITHOUT_THAT.sub(r"\1 that ", order)
        tail = cut_tail(order, looks=looks and not tells, tells=tells)
        found = find_binding(tail.head, self.tools, looks=looks and not tells, tells=tells, before=before)
        if found is None and not looks and c.phase == "intake":
            found = find_binding(tail.head, self.tools, looks=True, tells=False, before=before)
        if found is None:
            named = named_tools(step.text, self.tools)
            self.mentioned += [name for name in named if name not in self.mentioned]
            self.before = self.before if _THERE.search(step.text) else ""
            self._note_condition(c, step)
            return [step]
        self.before = found.tool.name
        if looks and found.tool.name in self.written and step.phase in ("intake", "plan", "verify"):
            # What is looked at after a change was not looked at before it, and stands between the changes between which the SOP has it.
            step = replace(step, phase="act" if reading.kind != "obtain" else "verify")
        if found.action.effect != "read":
            allowed = "the SOP allows it and does not order it" if c.reading.mood == "may" else ""
            if why := allowed or restraint(step.text, found, beside=not (c.conditions or tells)):
                return [self._in_words(c, step, found, f"{why}, so nothing is called by itself")]
        several = _SEVERAL.search(step.text) is not None and found.action.effect != "record"
        if several or is_plural(tail.head, found.tool, found.action):
            return [self._in_words(c, step, found, "the SOP speaks of several devices, so it is not one call")]
        if found.action.effect != "read" and reading.lead and not reading.conditional and _limits(reading.lead, found):
            return [self._in_words(c, step, found, f"'{reading.lead.strip(' ,:')}' is in words, so nothing is called by itself")]
        kept = dict(self.inputs.found)
        if not self._go_to(tail.head, found):
            return [self._in_words(c, step, found, "the SOP names several of them and does not say which is meant")]
        values = self._values(step, found, tail.head)
        if found.action.effect != "read" and (over := self._left(step, found, tail, values)):
            self.inputs.found.clear()
            self.inputs.found.update(kept)
            return [self._in_words(c, step, found, f"the sentence also names {over}, so nothing is called by itself")]
        if c.conditions or reading.conditional or _ELSE.match(step.text) or (tail.limits and (tail.word != "before" or not looks)):
            if looks and not tells and tail.limits and not c.conditions and not reading.conditional and step.phase != "intake":
                return [self.called(step, found, values, judged=True, sure=False)]
            known = dict(self.known.get(found.tool.name, {}))
            self._remember(found, values)
            condition = None if looks and not tells else self.conditions.find(c, step, found, tail, reading)
            if condition is None:
                self.known[found.tool.name].clear()
                self.known[found.tool.name].update(known)
                self.inputs.found.clear()
                self.inputs.found.update(kept)
                return [self._in_words(c, step, found, "its condition is in words, so nothing is called by itself")]
            made = self.called(step, found, values, judged=False)
            if condition.before is not None and condition.before.phase != made.phase:
                condition.before.phase = made.phase
            return with_condition(made, condition)
        self.conditions.forget()
        self._remember(found, values)
        made = self.called(step, found, values, judged=looks and reading.kind != "obtain")
        self._created(found, made)
        return [made]

    def _created(self, found: Binding, made: DraftStep) -> None:
        """What a step opens ("Open a ticket") is what later steps mean by it ("Close the ticket")."""
        fields = found.action.output.get("properties")
        key = next((name for name in ("id", "number", "key") if isinstance(fields, dict) and name in fields), "")
        if found.action.effect == "record" and found.action.notify is None and key and re.match(r"(?:create|open|new)", found.action.name):
            if found.tool.name in self.opened:
                self.opened[found.tool.name] = None  # of several, none is "the ticket"
                return
            self.opened[found.tool.name] = (made, f"{free_id(found.tool.name.removesuffix('s'), self.ids)}.{key}")

    def _in_words(self, c: Candidate, step: DraftStep, found: Binding, why: str) -> DraftStep:
        """The step as it was, with the reason why the tool for it is not called."""
        self._note_condition(c, step)
        step.comments.append(f"the tool for this: {found.reference}; {why}")
        return step if step.key != "manual" else replace(step, key="do")

    def _left(self, step: DraftStep, found: Binding, tail: Tail, values: dict[str, object]) -> str:
        """What the call would drop of the sentence."""
        if found.action.notify is not None and re.match(r"you\b", str(values.get(found.action.notify[1], "")), re.IGNORECASE):
            return "somebody whom it calls you"
        if found.action.notify is not None and (rest := behind_message(tail.head)):
            return f"'{rest}' behind the message"
        if found.action.notify is not None and not _gives_text(tail.head):
            if ABOUT.search(tail.head):
                return "a message whose words it does not give"
            if tail.limits or _SENDS.match(tail.head):
                return "a message whose words it does not give"
            if values.get(found.action.notify[1]) == self.inputs.fill(step.text, step.line) and _ONLY_ADDRESSED.match(tail.head):
                return "a message whose words it does not give"
        return leftover(tail.head, found.action, values)

    def _go_to(self, text: str, found: Binding) -> bool:
        """Make the device that `text` names the one that the tool's calls go to; False when it may be any of several."""
        name = found.tool.name
        place = place_of(text, found.tool, found.action) if found.action.effect != "record" else ""
        here = self.places.get(name)
        if here and not place and mentions(text, found.tool):
            if (name, "") not in self._by_place:
                return sum(tool == name for tool, _ in self._by_place) < 2
            here = None  # "the display" again, after "the confidence monitor"
        if here is None or (place and place != here):
            self.places[name] = place
            first = not any(tool == name for tool, _ in self._by_place)
            self._by_place.setdefault((name, place), ("" if first else place, {}))
            self.known[name] = self._by_place[name, place][1]
            self.conditions.wrote(name)
        return True

    def _values(self, step: DraftStep, found: Binding, order: str) -> dict[str, object]:
        """The arguments of the call."""
        name = found.tool.name
        place = self._by_place[name, self.places[name]][0]
        known = dict(self.known.get(name, {}))
        opener, number = self.opened.get(name) or (None, "")
        if opener is not None and PHASES.index(opener.phase) <= PHASES.index(step.phase):
            known.update(dict.fromkeys(("ticket", "number", "incident", "id", "key"), f"{{{{ {number} }}}}"))
        values = fill_arguments(found, order, step.line, self.inputs, known, whole=step.text, place=place)
        if opener is not None and f"{{{{ {number} }}}}" in values.values():
            opener.id = number.partition(".")[0]
        return values

    def _remember(self, found: Binding, values: dict[str, object]) -> None:
        opened = self.opened.get(found.tool.name)
        number = f"{{{{ {opened[1]} }}}}" if opened else ""
        self.known.setdefault(found.tool.name, {}).update({name: value for name, value in values.items() if not number or value != number})

    def _note_condition(self, c: Candidate, step: DraftStep) -> None:
        """A step in words keeps its condition in words; what follows it with "otherwise" has nothing to rest on."""
        if not c.conditions:
            self.conditions.forget()

    def called(self, step: DraftStep, found: Binding, values: dict[str, object], *, judged: bool, sure: bool = True) -> DraftStep:
        """The step as a call with these arguments: a message, a reading or a change.

        A `judged` reading is checked where the sentence says what is expected, and else confirmed; unless `sure`, always confirmed.
        """
        action = found.action
        name = step.text[:480]
        if action.notify is not None:
            to, text = action.notify
            if set(values) <= {to, text} and len(values) == 2:
                if values[text] == self.inputs.fill(step.text, step.line):
                    self.warnings.append(f"line {step.line}: the SOP does not give the words of the message; its own sentence is sent")
                return replace(step, key="notify", value={found.tool.name: values[to], "text": values[text]}, name=name)
        if action.effect == "read":
            return self._reading(step, found, values, judged=judged, sure=sure)
        if action.effect in ("write", "destructive"):
            if step.phase != "act":
                self.warnings.append(f"line {step.line}: '{name}' changes something, so it stands in act, not in {step.phase}")
            self.conditions.wrote(found.tool.name)
            self.written.add(found.tool.name)
            undo, why = ("auto", "") if action.restores else ("none", NO_WAY_BACK)
            return replace(step, phase="act", key="tool", value=found.reference, with_=values, name=name, undo=undo, why=why)
        return replace(step, key="tool", value=found.reference, with_=values, name=name)

    def _reading(self, step: DraftStep, found: Binding, values: dict[str, object], *, judged: bool, sure: bool) -> DraftStep:
        if judged and step.phase in ("plan", "verify", "act"):
            phase = "act" if step.phase == "act" and found.tool.name in self.written else "verify" if step.phase == "act" else step.phase
            call: dict[str, object] = {"tool": found.reference}
            if values:
                call["with"] = values
            expression = expectation(found.tool, found.action, step.text) if sure else ""
            if expression:
                return replace(step, phase=phase, key="check", value=expression, reading=call, name=step.text[:480], hold=phase == "plan")
            return replace(step, phase=phase, key="confirm", value=self.inputs.fill(step.text, step.line), reading=call, name="")
        key = re.sub(r"[^a-z0-9]+", "_", found.reference.lower().replace(".get_", "_")).strip("_")
        identifier = free_id(key, self.ids)
        self.conditions.took(found, identifier, step.phase)
        if expected := expectation(found.tool, found.action, step.text):
            self.conditions.saw(re.sub(r"\breading\.", f"{identifier}.", expected), step.phase)
        return replace(step, key="tool", value=found.reference, with_=values, name=step.text[:480], id=identifier)


def _clauses(text: str) -> list[str]:
    """`text` cut at "and", "then", ";" and commas where an order of its own follows; quotes and messages are not cut."""
    masked = unquoted(text)
    starts, told = [0], False
    for match in _CLAUSE.finditer(masked):
        clause = text[starts[-1] : match.start()]
        told = _TELLS.match(clause.strip()) is not None and message_start(clause) is not None
        if _UNDER.match(clause.strip()) and match[0].strip() not in (";", "."):
            continue  # all that follows a condition stands under it
        comma = match[0].strip() == ","
        following = text[match.end() :]
        if (comma and (told or len(following.split()) < 2)) or read(following).mood not in ("do", "must"):
            continue
        if re.match(r"\w+\s+(?:and|or)\b", following):
            continue  # "with room, time and symptom" goes on with its list
        starts.append(match.end())
    ends = [*starts[1:], len(text)]
    pieces = [re.sub(r"(?:\s*(?:[;,.&]|\band|\bthen))+\s*$", "", text[begin:end]).strip() for begin, end in zip(starts, ends, strict=True)]
    return [piece for piece in pieces if re.search(r"\w", piece)]


def _gives_text(text: str) -> bool:
    """Whether an order to tell somebody something has the words in it."""
    return message_start(text) is not None or re.search(r"[\"“]", text) is not None


def _is_limited(clause: str) -> bool:
    """Whether an order has a time or a condition behind it, which may be meant for the other orders of the sentence, too."""
    kind = read(clause).kind
    if kind in ("observe", "obtain", "inquire"):
        return False
    tells = _TELLS.match(clause) is not None
    return cut_tail(clause, looks=False, tells=tells).limits or (not tells and TIME.search(unquoted(clause)) is not None)


def _limits(lead: str, found: Binding) -> bool:
    """Whether what stands in front of an order says when or how often; a message before something else is sent in its turn."""
    if found.action.effect == "record" and lead.lower().startswith("before"):
        return False
    if re.match(r"^(?:after|before|once)\s+(?:that|this|(?:it\s+is\s+|that\s+is\s+)?(?:done|finished))\W*$", lead.strip(), re.IGNORECASE):
        return False
    return bool(_LIMITING.match(lead.strip()) or TIME.search(lead) or SPAN.search(lead) or NEGATION.search(lead))


def _hangs_on(before: DraftStep, part: DraftStep) -> bool:
    """Whether a part takes its object from one in words ("…, then turn it on"), or gives it one ("Turn off, then turn on the display")."""
    if before.key in ("tool", "notify", "wait"):
        return False
    return len(before.text.split()) <= 2 or re.match(r"(?:\w+\s+){1,3}?(?:it|them)\b", part.text) is not None
