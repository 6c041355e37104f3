"""The turns of phrase by which a sentence orders, obliges, forbids, expects or points elsewhere."""

from __future__ import annotations

import re

from avops.sop.lazily import lazily

CLOCK = r"(?:[01]?\d|2[0-3])(?:[:h][0-5]\d(?:\s?[ap]\.?m\b\.?)?|\.[0-5]\d\s?[ap]\.?m\b\.?|\s?[ap]\.?m\b\.?)"
"""A time of day: "18:00", "7 pm", "7.30 pm"; "2.10" is the number of a step."""
NEVER = lazily(
    r"^(?:please\s+)?(?:do\s+not|don['’]?t|never|avoid|no\s+longer|you\s+(?:must|should|may|can)\s*(?:not"
    r"|n['’]t|never)|you\s+(?:can['’]?t|cannot|mustn['’]t|shouldn['’]t)|under\s+no\s+circumstances"
    r"|(?:make\s+sure|be\s+careful|take\s+care|try|ensure)\s+(?:you\s+(?:do\s+not|don['’]?t)"
    r"|not\s+to)|it\s+is\s+forbidden|refrain|(?:tell|inform|say|touch|change|move|press|unplug|do|open|post)\s+(?:(?!if\b|unless\b)\S+\s+){0,4}?(?:nothing|nobody|no\s+one)(?=$|[.!]"
    r"|\s+(?:else|on|at|in|to|about)\b))\b",
    re.IGNORECASE,
)
FORGET = lazily(
    r"^(?:please\s+)?(?:do\s+not|don['’]?t|never(?=\s+\w+\s+to\b))\s+(?:(?:forget|hesitate)\s+to\s+|forget\s+(?:(?:of|about)\s+)?(?=(?!during|something|anything|everything|morning|evening)\w+ing\s|the\s|your\s|an?\s))",
    re.IGNORECASE,
)
# A sign of warning, a tick or another small picture in front of the words.
PICTURE = lazily(
    r"^(?:(?:[\u2139\u2190-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]|\d\ufe0f\u20e3|:[a-z][a-z_]{2,30}:)"
    r"[\ufe0e\ufe0f\u200d]?\s*)+(?=[\w\"'(])"
)
# "Could somebody turn the display off?" asks for it to be done.
REQUEST = lazily(
    r"^(?:(?:can|could|would|will)\s+(?:some(?:one|body)|you)\s+(?:please|pls|plz|kindly)|(?:can|could)\s+some(?:one|body)(?!\s+(?:hear|see)\b))\s+",
    re.IGNORECASE,
)
POLITE = lazily(
    r"^(?:(?:be\s+sure|make\s+sure|remember|try|feel\s+free|take\s+the\s+time|be\s+ready|be\s+prepared)\s+to\s(?:also\s|always\s|then\s|only\s)?"
    r"|go\s+ahead\s+and\s"
    r"|(?:it\s+is|it['’]s)\s+(?:(?!(?:not?|never|hardly|rarely|seldom|sometimes|occasionally|only|less)\b)\w+\s+){0,2}?(?:idea|best|wise|prudent|sensible|customary|required|mandatory|recommended|encouraged|advised|advisable"
    r"|important|imperative|vital|necessary|good\s+practice|crucial|critical|essential)\s+to\s"
    r"|(?:we|i)\s+(?:strongly\s+|highly\s+)?(?:recommend|suggest|advise)\s+(?:that\s+)?(?:you\s+)?(?:to\s+)?"
    r"|it\s+(?:may|can|could|might|would)\s+(?:also\s+)?be\s+(?:\w+\s+)?(?:useful|helpful|best|good|better|necessary|worthwhile|wise|handy)\s+to\s|it\s+(?:may|might|can|could)\s+help\s+to\s"
    r"|let['’]s\s(?!say\b|assume\b|suppose\b|imagine\b|see\b|give\b|consider\b|look at\b|take a look\b)|consider\s)\s*",
    re.IGNORECASE,
)
DUTY = lazily(
    r"^(?:you|we|i|one|they|he|she|(?:the|an?|each|your|our|both)\s+[\w-]+(?:\s+[\w-]+){0,3}?|[A-Z][\w-]+(?:\s+[\w-]+)?"
    r"|all\s+[\w-]+|staff|operators?|someone)\s+(?:(?:also|then|now|first|always|just|still|instead|\w+ly)\s+)?"
    r"(?:(?P<must>must(?:\s+also|\s+then|\s+first|\s+now|\s+always)?|should(?:\s+also|\s+then"
    r"|\s+first|\s+now|\s+always|\s+instead)?|need\s+to|needs\s+to|have\s+to|has\s+to|ought\s+to|will\s+(?:also\s+"
    r"|then\s+|first\s+)?(?:need|have|want)\s+to"
    r"|will\s+(?:\w+ly\s+)?be\s+(?:required|expected|asked)\s+to|['’]ll\s+(?:also\s+|then\s+)?(?:need|have|want)\s+to|(?:may|might)\s+(?:also\s+|then\s+)?(?:want|need|wish|have)\s+to|(?:(?:will|(?!only)\w+ly)\s+){1,2}want\s+to|(?:are|is)\s+(?:required|expected|advised)\s+to)"
    r"|(?P<may>can(?:\s+(?:also|then|now|either|simply|just))?|may(?:\s+(?:also|either))?|could(?:\s+(?:also|either))?)|(?P<will>will(?:\s+then"
    r"|\s+also)?))\s+",
    re.IGNORECASE,
)
DUTY_SHORT = lazily(r"^(?:you|they|we)['’]ll\s+(?:also\s+|then\s+)?(?:need|have|want)\s+to\s+", re.IGNORECASE)
FLOW = lazily(
    r"^(?:continue|go|proceed|move|skip|jump|advance)\s+(?:on\s+|ahead\s+|straight\s+|directly\s+)?(?:to"
    r"|with|from|past)?\s*(?:the\s+|this\s+)?(?:(?:next|following|previous|last|remaining)\s+)?(?:steps?"
    r"|section|part|item)\b(?:\s+(?:below|above|\d[\w.]*))?[.!]?$"
    r"|^(?:no\s+(?:further\s+)?action|nothing(?!\s*:))\b|^(?:there(?:['’]s|\s+is)\s+)?no\s+need\s+(?:to|for)\b|^(?:skip|ignore)\s+this\b(?!\s+and\s+\w)",
    re.IGNORECASE,
)
SELF = lazily(
    r"^(?:use|follow|read|apply|refer|consult|treat)\b.{0,60}?\b(?:this|these)\s+(?:guide|guides"
    r"|document|documentation|article|page|runbook|sop|topic|procedure|section|checklist|instructions"
    r"|manual|playbook)\b",
    re.IGNORECASE,
)
SAFE = lazily(r"^(?:it\s+is|it['’]s)\s+(?:now\s+)?(?:sa[fv]e|ok|okay|time|possible)\s+to\s+", re.IGNORECASE)
ELSE = lazily(
    r"[,;(.]\s*(?:and\s+|but\s+)?(?:if\s+(?:(?:it|this|that|they|one|any)\s*(?:['’]s|is|are|does"
    r"|do)?\s*)?(?:not|n['’]t|so|necessary|needed)|(?:is|does)n['’]t|otherwise|or\s+else)\b,?\s*(?:then\s+"
    r"|please\s+)?(?=[a-z])",
    re.IGNORECASE,
)
RESULT = lazily(
    r"^(?P<lead>(?:when|once|after|upon)\b.{3,80}?,\s+)?(?:the|a|an|your|all|its?|both|each|\w+['’]s)\s+(?:[\w-]+\s+){0,10}?will\s+(?:now\s+"
    r"|then\s+|also\s+|automatically\s+)?(?P<verb>configure|restart|reboot|connect|start|boot|light|turn|blink|flash|show|display|appear|beep|glow|illuminate"
    r"|be\s+\w+|say|read|change|open|pop|go)\b",
    re.IGNORECASE,
)
POINTER = lazily(
    r"^(?:(?:for\s+(?:more|further|full|additional|detailed|details|information|instructions"
    r"|help|an?\s+\w+)\b.*?,?\s*)?(?:please\s+)?(?:also\s+)?(?:see|refer\s+to|read\s+(?:more"
    r"|about)|check\s+out\s+(?!(?:and|any|all|each|this\s+repo\w*|the\s+(?:repo\w*|code|branch|tag|latest|source)|a\s+(?:branch|copy|room|key)|your)\b)|cf\.?|click\s+here)\b|(?:visit|consult|contact"
    r"|email|ask(?!\s+for)|call|reach\s+out\s+to|get\s+in\s+touch\s+with)\b.{1,60}?\b(?:for\s+(?:more(?!\s+than)|further"
    r"|help|details|information|questions|assistance|support)|(?:if|when)\s+you\s+have\s+(?:any\s+)?(?:questions"
    r"|doubts))\b"
    r"|more\s+(?:info|information|details)|an?\s+example|for\s+example|you\s+can\s+(?:see|find"
    r"|read)\s+(?:(?:an?\s+|some\s+)?examples?|more|the\s+(?:full|complete))|note\s+that|notice\s+that|please\s+note"
    r"|keep\s+in\s+mind|remember\s+that|be\s+aware|bear\s+in\s+mind|this\s+(?:guide|document"
    r"|article|page|runbook|sop|section)\b)",
    re.IGNORECASE,
)
EXPECT = lazily(
    r"(?<!as long as )(?<!so that )(?<!whether )"
    r"\b(?:you(?:\s+(?:should|will|ought\s+to|can|must)|['’]ll)\s+(?:now\s+|then\s+|also\s+|be\s+able\s+to\s+)*(?:see"
    r"|hear|notice|get|receive|have(?!\s+to\b)|find(?!\s+out\b)|be|feel|experience)\b|should\s+(?:now\s+|not\s+|then\s+|also\s+"
    r"|only\s+|all\s+)*(?:be|have|show|display|appear|say|read|light|open|come|turn|look|glow|play|sound|resolve|start"
    r"|remain|report|return|blink|flash|go|see|hear|answer|respond|work|stop|stay|connect|boot)\b)",
    re.IGNORECASE,
)
PASSIVE = lazily(
    (
        r"\b(?:must|should|needs?\s+to|has\s+to|have\s+to)\s+(?:\w+ly\s+|always\s+|first\s+|then\s+"
        r"|also\s+)?be\s+(\w+)"
    ),
    re.IGNORECASE,
)
LABEL = lazily(r"^([^:]{1,40}):\s+(?=\S)")
# "We suggest this form is sent to the office": who does it is left open.
PROPOSED = lazily(
    r"^(?:(?:we|i)\s+(?:strongly\s+|highly\s+)?(?:recommend|suggest|advise|ask)|it(?:\s+is|['’]s)\s+(?:\w+\s+){0,2}(?:essential|important|recommended|necessary|vital|critical))"
    r"\s+(?:that\s+)?(?:\w+\s+){1,5}?(?:is|are|be)\s+(?:\w+ly\s+)?(\w+)\b",
    re.IGNORECASE,
)
WORTH = lazily(
    r"^(?:(?:we|i)\s+(?:strongly\s+)?(?:recommend|suggest|advise)\s+(?=\w+ing\b)|(?:you|we)\s+(?:can|could|may|might)\s+(?:also\s+)?try\s+(?=\w+ing\b))|^it(?:\s+is|['’]s|\s+(?:may|might|could|can)\s+(?:also\s+)?be)\s+(?:also\s+)?worth\s+(?=\w+ing\b)",
    re.IGNORECASE,
)
STEP_IS = lazily(
    r"^(?:the\s+)?(?:first|next|last|only|best)\s+thing\s+(?:that\s+)?(?:you|we)\s+(?:should|must|need\s+to|have\s+to|can)\s+do\s+is\s+(?:to\s+)?(?:[-–—]\s?\w+\s?[-–—]\s*)?(?=\w)"
    r"|^(?:the|your|our)\s+(?:first|next|second|third|last|final)\s+(?:step|thing|task)(?:\s+to\s+do)?\s+(?:is|will\s+be)\s+(?:to\s+)?(?:\w+ly\s+)?(?=\w)"
    r"|^your\s+(?:first\s+|main\s+)?(?:role|job|task|responsibility|duty)\s+(?:is|will\s+be)\s+to\s+(?=\w)|^it(?:\s+is|['’]s)\s+(?:the\s+|your\s+|\w+['’]s\s+)(?:[\w'’&-]+\s+){0,5}?(?:responsibility|job|task|duty)\s+to\s+(?=\w)|^(?:you\s+are\s+)?responsible\s+for\s+(?=\w+ing\b)"
    r"|^(?:(?:the|a|our)\s+)?(?:general|best|common|good|usual|standard|normal)\s+practice\s+is\s+to\s+(?=\w)|^(?:you['’]d|you\s+had)\s+better\s+(?=\w)|^the\s+best\s+(?:thing\s+)?is\s+(?:probably\s+)?to\s+(?=\w)"
    r"|^(?:the|a|one|another)\s+(?:\w+est|best|easy|simple|good|quick|common|other|interesting|usual|recommended|preferred|suggested|proper|correct|right)?\s*(?:step|way|method|option|workaround|approach|solution|fix|remedy|place\s+to\s+start)"
    r"\b[^,.;:]{0,80}?\s(?:is|would be)\s+(?:to\s+(?:just\s+|\w+ly\s+)?(?!have\b|be\b)(?=\w)|(?=\w+ing\s(?:the|a|an|your|`)))",
    re.IGNORECASE,
)
HANDLED = lazily(r"\b(?:should|must|needs?\s+to)\s+(?:\w+ly\s+|also\s+|then\s+|first\s+)?be\s+(\w+)\b", re.IGNORECASE)
SEE_IF = lazily(r"^(?:please\s+)?(?:see|check\s+out|find\s+out)\s+(?:what|which|whether|if|how|that|who|where|when)\b", re.IGNORECASE)
# "In **Settings** click **Apply**": where, in front of the order and without a comma.
IN_PLACE = lazily(
    r"^(?:from|in|on|at|under|below|within)\s+(?:the\s+)?(?:\*\*[^*]{1,60}\*\*|`[^`]{1,60}`|[\"“][^\"”]{1,60}[\"”])\s+(?=[a-z])",
    re.IGNORECASE,
)
# "At 9:00", "15 minutes before": when, in front of the order.
TIME_FIRST = lazily(
    r"^any\s+(?:\w+\s)?(?:issues?|problems?|questions?|doubts?|trouble)\b[^.,`]{0,40},\s|^following\s+(?:the|an?|any|your)\s[^,.`:]{3,100},\s|^(?:about\s+|at\s+|every\s+)?(?:\d{1,2}[:.]\d\d(?:\s*[ap]\.?m\b\.?)?|\d+\s*(?:[ap]\.?m|s|sec|seconds?|min|minutes?|h|hours?|days?|weeks?)\b)",
    re.IGNORECASE,
)
FORBIDDEN = lazily(r"^(?:forbidden|prohibited|never|nie|niemals|verboten|interdit|prohibido)\s*:\s", re.IGNORECASE)
# A field of a form: "Title and description: {title}"
FIELD = lazily(
    r"^(?!(?:press|click|choose|select|type|enter|run|set|say|ask|send|post|call|use|go|open)\b(?!\s\w+\s\w+\s))[^:{}<>\[\]]{2,60}:\s*[{<\[][^{}<>\[\]]{1,60}[}>\]]"
    r"(?:\W*[{<\[][^{}<>\[\]]{1,60}[}>\]])*\W*$",
    re.IGNORECASE,
)
META = lazily(
    r"^(?:(?:document|policy|sop|procedure|process|record)\s+)?(?:owner|version|author|title|number|id|status|date|revision|approved by"
    r"|reviewed by|last (?:updated|reviewed)|effective date|next review)\s*:\s",
    re.IGNORECASE,
)
# A question as people type it, without its mark: "Is the lamp on", "Can the guest hear you"
ASKS = lazily(r"^(?:(?:Is|Are|Was|Were|Does|Did|Has)\s\w+\s\w+|Can\s(?:the|you|it|they|any|all|\w+\s\w+\s\w+)\b)")
MAY_HELP = lazily(
    r"^(\w+ing)\s+(?:(?:the|a|an|your|it|them)\b|[A-Z`])[^.,;]{0,80}?\b(?:may|might|can|could|should|will|usually|often)\s+(?:\w+\s+)?"
    r"(?:helps?|fix(?:es)?|resolves?|solves?)\b"
    r"|^(\w+ing)(?:/\w+)?\s[^.,;]{4,80}?\b(?:may|might|can|could)\s+be\s+(?:a|an|the|another)\s+(?:\w+\s+)?(?:solution|workaround|fix|option|remedy)\b",
    re.IGNORECASE,
)
RESOLVED_BY = lazily(
    r"^(?:it|this)\s+(?:may|might|can|could|should|is)\s+(?:often\s+|usually\s+|normally\s+)?(?:be\s+)?(?:possible\s+to\s+(?:resolve|fix|solve|clear)"
    r"|resolved|fixed|solved|cleared|done)(?:\s+(?:it|this))?\s+by\s+(?:either\s+)?(?:\w+ly\s+)?(?=(\w+ing)\b)",
    re.IGNORECASE,
)
ASKED = lazily(r"^(?:ask|say|announce)(?:\s\w+){0,3}:\s+[\"“]", re.IGNORECASE)
SHOWN = lazily(
    r"^(?:please\s+)?(?:see|refer\s+to)\s+(?:the\s+)?(?:\w+\s+){0,2}?(?:image|picture|photo|screenshot|diagram|figure|label|table|map)s?\b[^.;,]{0,40}?"
    r"\s+and\s+(?=(?:click|press|select|turn|connect|set|plug|follow|push|check|choose|tap)\b)",
    re.IGNORECASE,
)
# "Do not enter a name, but select Skip": the order behind the prohibition.
BUT = lazily(r"(?:[,;]\s+(?:but|instead|rather|just|simply)[,]?|;|\s?[—–]|\s-)\s*(?:just\s+|simply\s+|instead\s+)?(?=\w+\s)", re.IGNORECASE)
TROUBLE = lazily(r"^[\w'’/ -]{3,60}\bnot\s+\w+ing(?:\s\w+)?\s*:$", re.IGNORECASE)
