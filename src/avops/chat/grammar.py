"""The words of a slash command: bare, quoted, `key=value`, or one JSON object.

A value may stand in plain or typographic quotes, double or single. A quote closes where a space or the end follows, so
that an apostrophe within needs no care. In plain double quotes, `\\"` is a quote and `\\\\` a backslash; nothing else is
escaped anywhere, so that JSON in single quotes arrives as it was typed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

DOUBLE = "“”„‟"
SINGLE = "‘’‚‛"
_CLOSES = {
    '"': '"',
    "'": "'",
    "«": "»",
    "»": "«»",
    **dict.fromkeys(DOUBLE, DOUBLE),
    **dict.fromkeys(SINGLE, SINGLE),
}
_KEY = re.compile(r"([^\W\d][\w.-]*)=")
_BARE = re.compile(r"\S+")
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word; `key` is set for `key=value`. `start` and `end` are its place in the text, with its quotes."""

    text: str
    key: str | None = None
    is_quoted: bool = False
    start: int = 0
    end: int = 0

    @property
    def is_json(self) -> bool:
        """Whether it looks like a JSON object."""
        return self.text.lstrip().startswith("{")


def words(text: str) -> Iterator[Word]:
    """The words of a line, in order; UsageError for a quote or a brace that is never closed."""
    at = _after_space(text, 0)
    while at < len(text):
        word = read_word(text, at)
        yield word
        at = _after_space(text, word.end)


def read_word(text: str, start: int) -> Word:
    """The word that begins at `start`, where no space is."""
    found = _KEY.match(text, start)
    key = found[1] if found else None
    at = found.end() if found else start
    if at < len(text) and text[at] in _CLOSES:
        value, end = _quoted(text, at)
        return Word(text=value, key=key, is_quoted=True, start=start, end=end)
    if at < len(text) and text[at] == "{":
        end = _json_end(text, at)
        return Word(text=text[at:end], key=key, start=start, end=end)
    bare = _BARE.match(text, at)
    value, end = (bare[0], bare.end()) if bare else ("", at)
    return Word(text=value, key=key, start=start, end=end)


def last_word(text: str) -> tuple[list[Word], Word | None]:
    """The words before the one that ends with the text, and that one: perhaps empty, or with a quote that is still open.

    None when the text ends with a closing quote or inside JSON, where nothing can be added to a word.
    """
    before: list[Word] = []
    at = _after_space(text, 0)
    while at < len(text):
        try:
            word = read_word(text, at)
        except UsageError:
            found = _KEY.match(text, at)
            value = found.end() if found else at
            if text[value] == "{":
                return before, None
            return before, Word(text=text[value + 1 :], key=found[1] if found else None, is_quoted=True, start=at, end=len(text))
        if word.end == len(text):
            return before, None if word.is_quoted or word.is_json else word
        before.append(word)
        at = _after_space(text, word.end)
    return before, Word(text="", start=len(text), end=len(text))


def quote(text: str) -> str:
    """The text as one word that `words` reads back: bare where that is safe, else in double quotes."""
    if text and _BARE.fullmatch(text) and text[0] not in (*_CLOSES, "{", "/", "-", "–", "—") and "=" not in text:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def json_object(text: str) -> dict[str, object]:
    """The JSON object in a word; typographic quotes that a word processor made are taken for plain ones.

    UsageError with the place when it is no JSON, or no object.
    """
    try:
        data = _loaded(text)
    except ValueError as error:
        straight = re.sub(f"[{DOUBLE}]", '"', text)
        try:
            data = _loaded(straight)
        except ValueError:
            raise UsageError(f"the argument is no JSON: {_told(error)}") from None
    if not isinstance(data, dict):
        raise UsageError("the argument is no JSON object", hint='write it like {"action": "create", "args": {}}')
    return data


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _told(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]} at character {error.pos + 1}"
    return str(error)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _quoted(text: str, at: int) -> tuple[str, int]:
    """What stands in the quotes that open at `at`, and the place after them."""
    opened = text[at]
    closers = _CLOSES[opened]
    escapes = opened == '"'
    value: list[str] = []
    index = at + 1
    while index < len(text):
        character = text[index]
        if escapes and character == "\\" and text[index + 1 : index + 2] in ('"', "\\"):
            value.append(text[index + 1])
            index += 2
            continue
        if character in closers and (index + 1 == len(text) or text[index + 1].isspace()):
            return "".join(value), index + 1
        value.append(character)
        index += 1
    raise UsageError(f"the quote {opened} that opens at character {at + 1} is never closed")


def _json_end(text: str, at: int) -> int:
    """The place after the brace that closes the one at `at`; braces in strings do not count."""
    depth = 0
    in_string = False
    index = at
    while index < len(text):
        character = text[index]
        if in_string:
            if character == "\\":
                index += 1
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return index + 1
        index += 1
    raise UsageError(f"the brace that opens at character {at + 1} is never closed")
