"""Keeping secrets out of everything that is kept: on the way into the store, the log and every message.

Hidden is each secret that avops handed out in this process, in plain, base64 and URL-encoded form, and whatever the
project's own patterns match. Results are redacted before any later step sees them, so that a run that is continued
sees the same values as one that was not.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from avops.errors import AvopsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HIDDEN = "«redacted»"
SHORTEST = 4
"""Characters; hiding a shorter secret would hide half of every text, so such a secret is only hidden when it stands alone."""
MAX_DEPTH = 60
PIECE = 8
"""So many characters of a secret are hidden also where the rest was cut off: at the ends of a text, and beside an ellipsis."""
_PERCENT = re.compile("%[0-9A-F]{2}")


def encodings(secret: str) -> set[str]:
    """The forms in which a secret may turn up: plain, URL-encoded, and base64 at each of the three alignments."""
    raw = secret.encode()
    percent = (quote(secret, safe=""), quote_plus(secret), quote(secret))
    forms = {secret, *percent, *(_PERCENT.sub(lambda found: found[0].lower(), form) for form in percent)}
    forms |= {secret.encode("unicode_escape").decode(), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # The characters at the ends depend on what stands beside the secret; those in the middle do not.
            text = encode(b"\0" * shift + raw).decode().rstrip("=")
            start = (shift * 8 + 5) // 6
            end = (shift + len(raw)) * 8 // 6
            if end - start >= SHORTEST:
                forms.add(text[start:end])
    return {form for form in forms if len(form) >= SHORTEST}


def _without_beginning(text: str, head: str, form: str) -> str:
    """The text without a secret whose end was cut off, by the end of the text or an ellipsis."""
    at = text.find(head)
    while at >= 0:
        end = at + next((n for n in range(len(head), len(form)) if text[at + n : at + n + 1] != form[n]), len(form))
        if end == len(text) or text[end] == "…" or text.startswith("...", end):
            text = text[:at] + HIDDEN + text[end:]
        at = text.find(head, at + 1)
    return text


def _without_end(text: str, tail: str, form: str) -> str:
    """The text without a secret whose beginning was cut off, by the beginning of the text or an ellipsis."""
    at = text.find(tail)
    while at >= 0:
        end, start = at + len(tail), at
        while start > 0 and end - start < len(form) and text[start - 1] == form[len(form) - (end - start) - 1]:
            start -= 1
        if start == 0 or text[start - 1] == "…" or text.endswith("...", 0, start):
            text = text[:start] + HIDDEN + text[end:]
            end = start + len(HIDDEN)
        at = text.find(tail, end)
    return text


class Redactor:
    """Hides known secrets and patterns in any plain data."""

    def __init__(self, secrets: Callable[[], Iterable[str]] = tuple, patterns: Iterable[str] = ()) -> None:
        self._secrets = secrets
        self._patterns = tuple(patterns)
        for pattern in self._patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise AvopsError(
                    f"'{pattern}' under 'policy.redact' is no regular expression: {error.msg}", hint="avops lint avops.yaml"
                ) from None
        self._known: frozenset[str] = frozenset()
        self._regex: re.Pattern[str] | None = None
        self._short: frozenset[str] = frozenset()
        self._ends: tuple[tuple[str, str, str], ...] = ()
        self._compile()

    def _compile(self) -> None:
        forms = sorted({form for secret in self._known for form in encodings(secret)}, key=len, reverse=True)
        self._short = frozenset(secret for secret in self._known if 0 < len(secret) < SHORTEST)
        parts = [re.escape(form) for form in forms] + [f"(?:{pattern})" for pattern in self._patterns]
        self._regex = re.compile("|".join(parts)) if parts else None
        self._ends = tuple((form[:PIECE], form[-PIECE:], form) for form in forms if len(form) > PIECE)

    def _refresh(self) -> None:
        known = frozenset(self._secrets())
        if known != self._known:
            self._known = known
            self._compile()

    def text(self, text: str) -> str:
        """The text without anything that must be hidden."""
        self._refresh()
        return self._text(text)

    def _text(self, text: str) -> str:
        if text in self._short:
            return HIDDEN
        text = self._regex.sub(HIDDEN, text) if self._regex else text
        for head, tail, form in self._ends:
            if head in text:
                text = _without_beginning(text, head, form)
            if tail in text:
                text = _without_end(text, tail, form)
        return text

    def data(self, value: object) -> object:
        """The same plain data without anything that must be hidden; the value itself when there is nothing to hide."""
        self._refresh()
        return value if self._regex is None and not self._short else self._data(value, 0)

    def _data(self, value: object, depth: int) -> object:
        if depth > MAX_DEPTH:
            return HIDDEN
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {self._text(str(key)): self._data(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._data(item, depth + 1) for item in value]
        if isinstance(value, int | float) and not isinstance(value, bool) and self._text(str(value)) != str(value):
            return HIDDEN
        return value
