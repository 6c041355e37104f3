"""SOPs that tell what is done instead of ordering it: "You explain …", "We record …"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.grammar import plain
from avops.sop.lazily import lazily
from avops.sop.lexicon import verb_class, words
from avops.sop.reading import read_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avops.sop.candidates import Candidate

_TOLD = lazily(
    r"^\W*(?P<lead>(?:(?:also|then|now|next|first|afterwards|finally|as|if|when|once|after|before)\b[^.]{0,160}?[\s,])?)"
    r"(?P<who>you|we|i)\s+(?:(?:\w+ly|also|then|now|first|always|just)\s+)?(?P<verb>[a-z]+)\b",
    re.IGNORECASE,
)
YOURS, OURS, MINE = 3, 4, 5
"""How many sentences must tell what "you", "we" or "I" do, for them to be what the SOP is about."""


def read_told(candidates: Sequence[Candidate], *, with_command: Callable[[Candidate], bool]) -> None:
    """Read what an SOP tells as orders, when it tells most of them so; "we" only where commands are shown."""
    told: dict[str, list[tuple[Candidate, re.Match[str]]]] = {"you": [], "we": [], "i": []}
    for c in candidates:
        match = _TOLD.match(plain(c.text)) if c.reading.mood in ("state", "fragment", "result", "expect", "do") else None
        if match and verb_class(match["verb"].lower()) and match["verb"].lower() not in words("being"):
            told[match["who"].lower()].append((c, match))
    ours = told["we"] if len(told["we"]) >= OURS and any(with_command(c) for c, _ in told["we"]) else []
    for c, match in [*(told["you"] if len(told["you"]) >= YOURS else []), *(told["i"] if len(told["i"]) >= MINE else []), *ours]:
        text = plain(c.text)
        read = read_order(text[match.start("verb") :], match["lead"].strip(), c.reading.conditional)
        if read.mood == "do":
            c.reading = read
