"""Secrets that stand in clear in a document's data: by their key, or by their form."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import TextView
    from avops.lint.rule import Path

_KEY = re.compile(
    r"(?:^|_|-)(?:password|passwd|passphrase|secret|api_?key|access_?key|private_?key|client_?secret|credentials?|pin_?code|"
    r"(?:access|auth|bearer|api|refresh|session|bot)?_?token)$|^(?:authorization|cookie|x-api-key|x-auth-token)$",
    re.IGNORECASE,
)
_FORMS = (
    (re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"), "a Slack token"),
    (re.compile(r"\b(?:ghp|gho|ghu|ghs|ghr|github_pat)_[A-Za-z0-9_]{20,}"), "a GitHub token"),
    (re.compile(r"\bglpat-[A-Za-z0-9_-]{15,}"), "a GitLab token"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), "an AWS access key"),
    (re.compile(r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}"), "an API key"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{10,300}\.eyJ[A-Za-z0-9_-]{10}"), "a signed token"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
    (re.compile(r"https?://[^\s/:@{]{1,200}:[^\s/@{]{1,200}@"), "a password in a URL"),
    (re.compile(r"\b(?:Bearer|Basic) +[A-Za-z0-9+/_.=-]{12,}"), "a credential"),
)
# How a key of `_KEY` ends in a text: most texts have none, and need not be walked.
_KEY_WORDS = ("passw", "passphrase", "secret", "key", "credential", "pin", "token", "authorization", "cookie")
_NEAR_KEY = re.compile(
    r"(?:passw(?:or)?d|passphrase|secret|key|credentials?|pin_?code|token|authorization|cookie)[\"']?[ \t]*:", re.IGNORECASE
)
_MARKS = ("xox", "gh", "github_pat", "glpat", "AKIA", "ASIA", "sk-", "eyJ", "PRIVATE KEY", "://", "Bearer", "Basic")
_REFERENCE = re.compile(r"(?:env|keyring):")
_HARMLESS = frozenset({"", "none", "null", "true", "false", "string"})
# Under these keys stand names, schemas and words about things, not values.
_NOT_VALUES = frozenset({"description", "input", "output", "expect", "synonyms", "name", "type"})


def secrets_in(text: TextView) -> Iterator[tuple[Path, str]]:
    """The path of each text that is a secret in clear, and what it is."""
    near = any(word in text.lower for word in _KEY_WORDS) and _NEAR_KEY.search(text.lower)
    if near or any(mark in text.text for mark in _MARKS):
        yield from _walk(text.data, (), is_secret=False)


def _walk(value: object, path: Path, *, is_secret: bool) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        what = _what(value, path, is_secret=is_secret)
        if what is not None:
            yield path, what
    elif isinstance(value, dict):
        secret_input = value.get("secret") is True
        for key, inner in value.items():
            named = (_is_secret_key(key)) or (secret_input and key in ("default", "example"))
            yield from _walk(inner, (*path, key), is_secret=named)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, index), is_secret=is_secret)


def what_secret(text: str) -> str | None:
    """What a text is by its form, such as `an API key`; None for one that has the form of no secret."""
    return _what(text, (), is_secret=False)


@lru_cache(maxsize=4096)
def _is_secret_key(key: str) -> bool:
    return key not in _NOT_VALUES and _KEY.search(key) is not None


def _what(text: str, path: Path, *, is_secret: bool) -> str | None:
    if is_secret and not _REFERENCE.match(text) and "{{" not in text and text.strip().lower() not in _HARMLESS:
        return "a secret"
    if any(mark in text for mark in _MARKS):
        return next((what for form, what in _FORMS if form.search(text)), None)
    return None
