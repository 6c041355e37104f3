"""What a step does, by its verb, its object, its aim and its commands: the class that its phase follows from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.grammar import plain
from avops.sop.lazily import lazily
from avops.sop.lexicon import base_form, verb_class, words
from avops.sop.looking import only_looks
from avops.sop.patterns import DUTY
from avops.sop.rendering import commands

if TYPE_CHECKING:
    from avops.sop.candidates import Candidate

_AIM = lazily(r"^(?:in order )?to (\w+)", re.IGNORECASE)
_CHECKING = r"(?:check|observe|verify|confirm|make sure|ensure|test|validate|see (?:if|whether|that)|look (?:at|for|whether|if))"
_PURPOSE = lazily(rf"\bto {_CHECKING}\b", re.IGNORECASE)
_AND_CHECK = lazily(rf"(?:\b(?:and|then|to) (?:then )?(?:also )?{_CHECKING}|,\s+(?:listen|watch|look))\b", re.IGNORECASE)
_AND_COMPARE = lazily(r"\band compare (?:it|them|the|its|this|that)\b", re.IGNORECASE)
_AND_SEE = lazily(rf"\band {_CHECKING} (?:that )?you (?:can |should |do )?(?:see|hear)\b", re.IGNORECASE)
_AND_CHANGE = lazily(r"\band (?:then )?(?:hit|press|click|tap|select|choose|save|submit)\b", re.IGNORECASE)
_HAVE_CONFIRMED = lazily(
    r"\b(?:ask|have|get|let)\b.{1,60}?\b(?:to )?(?:confirm|check|verify|test|tell you (?:if|whether|that))\b", re.IGNORECASE
)
_REVIEWED = lazily(r"^(?:have|get|let)\b.{1,60}?\b(?:reviewed|approved|signed off|authori[sz]ed|agreed)\b", re.IGNORECASE)
_TESTS = lazily(
    r"^[\w-]+ (?:out )?(?:the |a |an |all |your |our |some )?(?:[\w-]+ ){0,3}"
    r"(?:(?:[\w]+-)?tests?|checks?|linters?|scans?|sound ?check|diagnostics?"
    r"|inspection|rehearsal)\b(?! (?:script|job|server|machine|environment))",
    re.IGNORECASE,
)
_HEARD = lazily(r"\binto\b|\byou (?:should|will) (?:now |then )?(?:see|hear)\b", re.IGNORECASE)
_BY_DOING = lazily(r"\bby (\w+ing)\b", re.IGNORECASE)
_PREVIEW = lazily(r"\b(?:plan|dry[- ]run|preview|what-?if)\b|--check\b|--diff\b", re.IGNORECASE)
_LABEL = lazily(r"^(?:[\w-]+ ){0,3}(?:check|test|verification|validation|inspection)\s*[:–—]\s", re.IGNORECASE)
_NOTE = lazily(r"^(?:\w+ly )?(?:make|take|keep|add) (?:a |an |any )?(?:\w+ )?notes?\b|^(?:write|note|jot) down\b", re.IGNORECASE)
_BOOK = lazily(
    r"^(?:write|enter|note|log|add|put|record|fill)\b.{0,80}\b(?:in|into|to|on) (?:the |your |our )?(?:[\w-]+ ){0,2}"
    r"(?:log|logbook|book|journal|notebook|diary|record|register|ticket|sheet|spreadsheet|report|checklist|inventory)\b",
    re.IGNORECASE,
)
_PROVIDED = lazily(r"\b(?:must|should|needs? to|has to|have to) be (?:provided|supplied|submitted)\b", re.IGNORECASE)
_AND_INSTALL = lazily(r"\band (?:then )?(?:install|run|apply|flash|open)\b", re.IGNORECASE)
_TICK = lazily(r"^(?:check|tick)(?: the| that| this| a| any)? (?:[\w'’\"-]+ ){0,4}?(?:check ?box|box|option)\b", re.IGNORECASE)
_DETERMINES = lazily(
    r"^determine (?:which|who|where|when|why|how (?:many|much|long))\b"
    r"|^determine (?:the )?(?:[\w-]+ ){0,2}?(?:cause|source|reason|address|version|name|status|state|number|id|extent|impact)\b",
    re.IGNORECASE,
)
_NOTED = lazily(
    r"^(?:note|write down|copy down|jot down|take (?:a )?notes?(?: of)?|make (?:a )?note of)\s+(?:down\s+)?"
    r"(?:which|what|where|who|whether|how"
    r"|(?:the|its|it['’]s|your|their|each)?\s*(?:[\w/'’-]+\s+){0,3}?(?:address|addresses|name|names|number|id|ids|output|version|value|values"
    r"|password|serial|key|port|mac|location|setting|settings|state|status|tokens?|secrets?|codes?|urls?|links?|path|reference|\w+_id)\b)",
    re.IGNORECASE,
)
_SERVED = lazily(
    r"^(?:tell|remind|indicate|inform|explain|greet|thank|warn|ask)(?: to)?(?: the| a| your| each| potential| any)* "
    r"(?:them|him|her|participants?|patients?|visitors?|guests?|callers?|speakers?|presenters?|audience|attendees?|singers?|members?)\b",
    re.IGNORECASE,
)
_SEEKS_HELP = lazily(
    r"\b(?:open|raise|create|file|submit|log)\b.{0,40}\b(?:support|incident|trouble|help ?desk) (?:case|ticket|request|form)\b"
    r"|^(?:try )?(?:seek|ask(?:ing)? for|get|request) (?:some )?(?:help|support|assistance)\b|^(?:try )?ask(?:ing)? (?:in|on|at) the\b"
    r"|^(?:escalate|hand (?:it |this )?over to|pass (?:it |this )?(?:on )?to)\b|^open an? (?:new )?(?:issue|case|bug)\b",
    re.IGNORECASE,
)
_FINDS = lazily(
    r"\bto (?:then )?(?:identify|determine|find|diagnose|narrow down|understand|gather|view|work out|figure out|look for|discover"
    r"|perform diagnostic\w*|see (?:what|which|where|how|who|when))\b"
    r"|\bto (?:get|obtain|retrieve|fetch|collect) (?:[\w'’-]+ ){0,6}?(?:health|status|context|config(?:uration)?|summary|size"
    r"|details?|info(?:rmation)?|logs?|list|state|version|report)\b",
    re.IGNORECASE,
)
# "Use `siem.search_events`", "Search the logs": a tool or a place whose name says that it only answers.
_ASKS_TOOL = lazily(
    r"^use\b[^`]{0,40}`(?:[\w-]+\.)?(?:get|list|lookup|look_up|search|find|describe|query|read|fetch)[_-]\w+`", re.IGNORECASE
)
_SEARCHES = lazily(
    r"^search (?:(?:the|our|your|all|current|existing|past|recent|open|for|in|through|[\w-]+['’]s) )*"
    r"(?:[\w-]+ )?(?:code ?base|code|repositor\w+|repo|knowledge"
    r"|logs?|siem|tickets?|issues?|incidents?|decisions?|history|database|documentation|docs|archive|channel|wiki|records?)\b",
    re.IGNORECASE,
)
_KEEPS_WATCH = lazily(r"^keep (?:an eye|watch|monitoring|track)\b|^continue (?:to )?(?:monitor|watch|observ)", re.IGNORECASE)
_BLOCKS_TIME = lazily(
    r"^(?:block|reserve|book|pick|find|choose) .{0,60}\b(?:calendar|slot|booking)\b"
    r"|^invite\b.{0,80}\b(?:meeting|review|call|session|everyone|everybody)\b",
    re.IGNORECASE,
)
_IN_TROUBLE = lazily(
    r"\bif\b.*\b(?:problems?|issues?|trouble|fails?|still|nothing|cannot|can['’]?t|unable|unsure|stuck|help)\b", re.IGNORECASE
)
_RECORDING = lazily(
    r"^record (?:(?:the|a|an|your|each|every|another|about|at least) )*(?:\w+ )?"
    r"(?:seconds?|minutes?|hours?|takes?|videos?|audio|sound|sessions?|meetings?|calls?|streams?|shows?|events?|messages?|interviews?|poses?|tracks?)\b",
    re.IGNORECASE,
)
_LET_KNOW = lazily(r"^(?:let|make|keep)\b.{1,60}\b(?:know|aware|informed|posted|updated)\b|^give\b.{1,60}\bheads[- ]up\b", re.IGNORECASE)
_TO_PEOPLE = lazily(
    r"^send (?:out )?(?:an? |the )?(?:[\w-]+ ){0,2}?(?:messages?|mails?|emails?|notes?|texts?|notices?|notifications?|announcements?"
    r"|summary|sitreps?|updates?)\b|^thank (?:everyone|everybody|all|the team)\b"
    r"|^(?:post|send|share|publish|update|write)\b.{0,60}(?:\b(?:notice|all[- ]clear|announcement|summary|status page|report)\b|\bin #\w)",
    re.IGNORECASE,
)
_ASKED_TO_ACT = lazily(
    r"^ask\b(?! (?:where|what|which|if|whether|who|when|why|how|for|about|questions)\b).{0,60}?\bto "
    r"(?!know\b|confirm\b|find\b|identify\b|tell\b|name\b|list\b|describe\b|provide\b|explain\b)\w+",
    re.IGNORECASE,
)
_APPROVAL = lazily(
    r"\b(?:get|obtain|have|receive|request|seek|ask for|wait for)\b.{0,40}"
    r"\b(?:approval|permission|sign-?off|consent(?! forms?\b)|go-ahead)\b",
    re.IGNORECASE,
)
_OPEN_TICKET = lazily(
    r"^(?:\w+ )?(?:create|open|raise|submit|file|log|register|make)\b.{0,40}\b(?:change (?:issue|request|ticket|record)"
    r"|ticket|incident|case|cr|maintenance (?:window|request|ticket))\b",
    re.IGNORECASE,
)
_TICKET_CARE = lazily(
    r"^(?:label|tag|assign|link|prioriti[sz]e|categori[sz]e)\b.{0,30}\b(?:issue|ticket|incident|case|change request|request)\b"
    r"|^(?:make|add|leave|post|write)\b.{0,20}\b(?:comment|label|assignee|reviewer)s?\b.{0,20}\b(?:issue|ticket|incident|case|request)\b",
    re.IGNORECASE,
)
_DRY_RUN = lazily(
    r"^dry[- ]?run\b|^(?:do|perform|run|start|try)\b.{0,20}\b(?:dry|trial|test)[- ]run\b|\bin (?:dry[- ]run|check|preview) mode\b",
    re.IGNORECASE,
)
_TAKE_CURRENT = lazily(
    r"^(?:copy|note|take|keep) (?:down |a copy of )?(?:the |its |your )?(?:current|existing|present|original|old)\b", re.IGNORECASE
)
_SET_BACK = lazily(
    r"^(?:save|export|dump|back up|backup) (?:a copy of )?(?:the |its |your |all )?(?:current|existing|present|original|old)\b",
    re.IGNORECASE,
)
_QUIET = lazily(
    r"\b(?:silence|snooze|suppress|pause|mute)\b.{0,30}\b(?:alert|alerts|alarm|alarms|monitoring|notifications|paging)\b"
    r"|\b(?:set|put|place|add|enable|enter|start)\b.{0,40}\b(?:maintenance(?: mode| on| in)|downtime|silence)\b",
    re.IGNORECASE,
)
_QUESTION = lazily(r"^[\w-]+ (?:[\w-]+ ){0,9}?(?:whether|if|which|what|who|whom|whose|where|when|why|how)\b", re.IGNORECASE)
_LOOKING = frozenset(
    ["running", "using", "checking", "looking", "verifying", "typing", "comparing", "opening", "reading", "pinging", "testing", "searching"]
)
_SPAN = lazily(r"(?<!`)`++([^`]+)`+")


def step_kind(c: Candidate, text: str) -> str:
    """change, observe, obtain, communicate, close, prepare, settle, preview, ticket or wait."""
    if c.check:
        return "observe"
    if c.kind:
        return c.kind
    return _by_aim(c, text) or _by_phrase(c, text) or _by_commands(c, text) or _by_verb(c, text)


def is_access(c: Candidate, text: str) -> bool:
    """Whether a step only gets somewhere: logs in, opens, goes, connects to a host."""
    return c.reading.verb in words("access") or (
        c.reading.verb == "connect" and re.match(r"connect to\b", c.reading.main or text, re.IGNORECASE) is not None
    )


def is_question(c: Candidate, text: str) -> bool:
    """Whether an observation looks for an answer ("check which …", "look at …") rather than for what must be true."""
    main = c.reading.main or text
    return c.reading.verb in ("look", "see", "view", "read", "review") or _QUESTION.match(main) is not None


def _by_aim(c: Candidate, text: str) -> str:
    """By "To check whether …, …" in front."""
    aim = _AIM.match(c.reading.lead or (text if c.reading.mood == "state" else ""))
    kind = verb_class(aim[1].lower()) if aim and aim[1].lower() != "get" else ""
    return kind if kind in ("observe", "obtain") else ""


def _by_phrase(c: Candidate, text: str) -> str:
    """By a verb together with its object."""
    main = c.reading.main or text
    if c.reading.mood == "must" and (duty := DUTY.match(main)) is not None:
        main = main[duty.end() :]
    if _PROVIDED.search(main):
        return "obtain"
    if c.reading.verb in ("check", "tick") and (_TICK.match(main) or re.match(r"^(?:check|tick)\s+[\"“*`]", c.text, re.IGNORECASE)):
        return "change"
    if c.reading.verb == "determine" and not _DETERMINES.match(main):
        return "settle"
    if c.reading.verb in words("settle") or _APPROVAL.search(main):
        return "settle"
    if _LABEL.match(text) or _AND_SEE.search(plain(" ".join([c.text, *c.more]))):
        return "observe"
    if _REVIEWED.match(main):
        return "settle"
    if c.reading.verb in ("run", "rerun", "re-run", "execute", "perform", "carry") and _TESTS.match(main):
        return "observe"
    if _HAVE_CONFIRMED.match(main) or (c.reading.verb in words("probe") and _HAVE_CONFIRMED.search(main)):
        return "observe"
    if c.reading.verb in ("speak", "talk", "sing", "say") and _HEARD.search(plain(" ".join([c.text, *c.more]))):
        return "observe"
    if _NOTED.match(main) or _SEARCHES.match(main) or _ASKS_TOOL.match(c.text):
        return "obtain"
    if c.reading.verb == "note" or _NOTE.match(main) or _BOOK.match(main):
        return "close"
    if c.reading.kind == "communicate" and _SERVED.search(main) and not announces_end(main):
        return "change"
    if _KEEPS_WATCH.match(main) or _AND_COMPARE.search(main):
        return "observe"
    if _BLOCKS_TIME.match(main):
        return "settle"
    if _SEEKS_HELP.search(main) or (c.reading.verb in ("call", "ring", "see", "ask") and _IN_TROUBLE.search(c.reading.lead)):
        return "help"
    if _LET_KNOW.match(main) or _TO_PEOPLE.match(main):
        return "communicate"
    if c.reading.verb == "record" and _RECORDING.match(main):
        return "change"
    if c.reading.verb == "download" and _AND_INSTALL.search(main):
        return "change"
    if c.reading.verb == "count" and re.match(r"count to\b", main, re.IGNORECASE):
        return "change"
    if c.reading.verb == "ask" and _ASKED_TO_ACT.match(main):
        return "change"
    if _OPEN_TICKET.search(main) or _TICKET_CARE.match(main):
        return "ticket"
    if _DRY_RUN.search(main):
        return "preview"
    if _TAKE_CURRENT.match(main):
        return "obtain"
    if _SET_BACK.match(main):
        return "prepare"
    if c.reading.verb in ("close", "resolve", "update", "complete") and _names_record(main):
        return "close"
    return "prepare" if _QUIET.search(main) else ""


def _names_record(main: str) -> bool:
    """Whether the object of "close" is a ticket and not a window."""
    return any(word in words("close_object") for word in re.findall(r"[a-z]+", main.lower())[1:6])


def _by_commands(c: Candidate, text: str) -> str:
    """By the commands of a step that only runs them."""
    runs = c.reading.mood == "command" or c.reading.verb in (*words("probe"), "type", "enter") or is_access(c, text)
    if not runs:
        return ""
    typed = [commands(block.text) for block in c.code] or [match[1] for match in _SPAN.finditer(c.text) if " " in match[1].strip()][:1]
    if any(typed) and _PREVIEW.search(" ".join(typed)):
        return "preview" if _PURPOSE.search(text) or c.reading.mood == "command" else ""
    return "observe" if typed and all(only_looks(command) for command in typed) else ""


def _by_verb(c: Candidate, text: str) -> str:
    kind = c.reading.kind
    verb = c.reading.verb
    if kind == "observe":
        doing = _BY_DOING.search(text)
        changed = doing and doing[1].lower() not in _LOOKING and verb in ("make-sure", "ensure", "be-sure")
        return "change" if changed or _AND_CHANGE.search(text) else kind
    if kind == "change" and verb in words("probe") | words("seek") and _FINDS.search(c.reading.main or text):
        return "obtain"
    if kind == "change" and verb in words("probe") and (_AND_CHECK.search(text) or _PURPOSE.search(text)):
        return "preview" if _PREVIEW.search(c.text) else "observe"
    return kind


def only_names(c: Candidate) -> bool:
    """Whether the commands of a step do no more than give values to variables, for the steps that follow."""
    lines = [
        line.strip() for block in c.code for line in commands(block.text).splitlines() if line.strip() and not line.strip().startswith("#")
    ]
    names = [line for line in lines if _NAMES.match(line)]
    shown = [line for line in lines if re.match(r"(?:echo|printf|Write-Host)\b", line)]
    return bool(names) and len(lines) < 12 and len(names) + len(shown) == len(lines) and c.reading.verb not in words("making")


_NAMES = lazily(r"(?:(?:export|set|setx|local|declare|let|readonly)\s+)?\$?(?:env:)?[A-Za-z_]\w*\s?=(?!=)")


def announces_end(text: str) -> bool:
    """Whether a message or a record is about what is finished."""
    return _FINISHED.search(text) is not None


_FINISHED = lazily(
    r"\b(?:is|are|was|were|has been|have been|have|been|when|once|after) (?:\w+ )?"
    r"(?:done|complete|completed|finished|over|resolved|restored|fixed|closed|back|up|live|available|ready|working|online|successful(?:ly)?)\b"
    r"|\b(?:has|have|had) been \w+ed\b|\b(?:has|have|had) been (?:\w+ )?(?:taken|put|sent|set|shut|done|made|brought)\b"
    r"|\ball[- ]clear\b|\bcomplet(?:ion|ed)\b|\bresolution\b|\boutcome\b|\bresults?\b|\bsummary\b"
    r"|\bdeclares? the end\b|\bend of the\b",
    re.IGNORECASE,
)


def heading_intent(title: str) -> str:
    """intake, plan or "" by the verb that a heading starts with ("Find the cause", "Gathering the details", "Define the inputs")."""
    first = re.match(r"[A-Za-z]+", title)
    verb = base_form(first[0].lower()) if first else ""
    if len(title.split()) > 8:
        return ""
    if verb in ("present", "show", "deliver", "communicate", "share") and re.search(
        r"\b(?:results?|findings|summary|outcome)\b", title, re.IGNORECASE
    ):
        return "closing"
    return next((stage for stage, kind in _HEADED.items() if verb in words(kind)), "")


_HEADED = {"intake": "inquire", "plan": "design", "closing": "conclude"}
