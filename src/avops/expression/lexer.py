"""Tokens of an expression, each with its place in the text."""

from __future__ import annotations

import re
from typing import NamedTuple

from avops.expression.errors import WORDS_HINT, ExpressionError

MAX_EXPRESSION = 2_000
"""Characters in one expression."""
MAX_TOKENS = 200

KEYWORDS = {
    "and": "and",
    "or": "or",
    "not": "not",
    "in": "in",
    "is": "is",
    "true": "true",
    "True": "true",
    "false": "false",
    "False": "false",
    "null": "null",
    "None": "null",
    "none": "null",
}

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
      (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<symbol>==|!=|<=|>=|[.<>()\[\]{},:|~+\-*/])
    | (?P<string>'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*")
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_SPACE = re.compile(r"[ \t\r\n]*")
_TWO_WORDS = re.compile(r"(?<![\w'\"])([A-Za-z]+)[ ]+([A-Za-z]+)(?![\w'\"])")

# What people write by habit from other languages, and what it is here.
_OTHER_SPELLINGS = (
    ("&&", "write 'and'"),
    ("||", "write 'or'"),
    ("&", "write 'and'"),
    ("=>", "write '>='"),
    ("=<", "write '<='"),
    ("=", "compare with '=='"),
    ("!", "write 'not'"),
    ("≠", "write '!='"),
    ("≤", "write '<='"),
    ("≥", "write '>='"),
    ("%", "there is no remainder and no '%' formatting; join text with '~'"),
    ("‘", "use straight quotes: '…'"),
    ("’", "use straight quotes: '…'"),
    ("“", 'use straight quotes: "…"'),
    ("”", 'use straight quotes: "…"'),
)


class Token(NamedTuple):
    """A token: `kind` is the keyword or symbol itself, or `name`, `string`, `number` or `end`."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(text: str, start: int = 0, *, in_template: bool = False) -> list[Token]:
    """The tokens from `start`, the last of kind `end`.

    In a template the end is the `}}` that no `{` of the expression opened; its token starts there and is two
    characters long. Raises ExpressionError for characters outside the language and for a text or a token list that is
    too long.
    """
    tokens: list[Token] = []
    append, match, keyword = tokens.append, _TOKEN.match, KEYWORDS.get
    position, braces, limit = start, 0, start + MAX_EXPRESSION
    if not in_template and len(text) > limit:
        raise ExpressionError(f"the expression is longer than {MAX_EXPRESSION} characters", offset=limit, length=len(text) - limit)
    while True:
        found = match(text, position)
        if found is None:
            raise _unreadable(text, _space_end(text, position), in_template)
        kind = found.lastgroup or "end"
        position = found.end()
        first = found.start(kind)
        piece = text[first:position]
        if kind == "name":
            kind = keyword(piece, "name")
        elif kind == "symbol":
            kind = piece
            if kind == "{":
                braces += 1
            elif kind == "}":
                if in_template and not braces and text.startswith("}}", first):
                    append(Token("end", "}}", first, first + 2))
                    return tokens
                braces -= 1
        elif kind == "end":
            if in_template:
                raise ExpressionError(
                    "'{{' is never closed", offset=start - 2, length=2, expected=("}}",), hint="write '}}' after the expression"
                )
            append(Token("end", "", first, first))
            return tokens
        append(Token(kind, piece, first, position))
        if len(tokens) > MAX_TOKENS or position > limit:
            what = f"longer than {MAX_EXPRESSION} characters" if position > limit else f"made of more than {MAX_TOKENS} parts"
            raise ExpressionError(f"the expression is {what}", offset=first, length=position - first)


def looks_like_words(text: str) -> bool:
    """Whether two plain words stand side by side outside quotes, as in a sentence."""
    return any(one not in KEYWORDS and two not in KEYWORDS for one, two in _TWO_WORDS.findall(text[:MAX_EXPRESSION]))


def _space_end(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _unreadable(text: str, position: int, in_template: bool) -> ExpressionError:
    """What to say about a character that starts no token."""
    character = text[position]
    if character in "'\"":
        hint = WORDS_HINT if not in_template and looks_like_words(text) else f"end the text with {character}"
        return ExpressionError(f"the quote {character} is never closed", offset=position, length=1, expected=(character,), hint=hint)
    for spelling, hint in _OTHER_SPELLINGS:
        if text.startswith(spelling, position):
            return ExpressionError(f"'{spelling}' is not part of an expression", offset=position, length=len(spelling), hint=hint)
    hint_or_none = WORDS_HINT if not in_template and looks_like_words(text) else None
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return ExpressionError(f"'{shown}' is not part of an expression", offset=position, length=1, hint=hint_or_none)
