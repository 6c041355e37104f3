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

# Groups, in this order: a name, a symbol, a text, a number, a brace, the end, and any other character. The last makes
# each match begin where the one before ended, so that one `finditer` reads the whole text.
_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
      ([A-Za-z_][A-Za-z0-9_]*)
    | (==|!=|<=|>=|[.<>()\[\],:|~+\-*/])
    | ('[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*")
    | ([0-9]+(?:\.[0-9]+)?)
    | ([{}])
    | (\Z)
    | (.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_NAME, _SYMBOL, _STRING, _NUMBER, _BRACE, _END = range(1, 7)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_TWO_WORDS = re.compile(r"\b([A-Za-z]+) +(?=([A-Za-z]+)\b)")

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
    limit = start + MAX_EXPRESSION
    if not in_template and len(text) > limit:
        raise ExpressionError(f"the expression is longer than {MAX_EXPRESSION} characters", offset=limit, length=len(text) - limit)
    tokens: list[Token] = []
    append, keyword, new = tokens.append, KEYWORDS.get, tuple.__new__  # the class's own constructor takes twice as long
    braces = 0
    for found in _TOKEN.finditer(text, start):
        group = found.lastindex or _END
        piece = found[group]
        end = found.end()
        first = end - len(piece)
        if group == _NAME:
            kind = keyword(piece, "name")
        elif group == _SYMBOL:
            kind = piece
        elif group == _STRING:
            kind = "string"
        elif group == _NUMBER:
            kind = "number"
        elif group == _BRACE:
            kind = piece
            if piece == "}" and in_template and not braces and text.startswith("}}", first):
                append(Token("end", "}}", first, first + 2))
                return tokens
            braces += 1 if piece == "{" else -1
        elif group == _END:
            break
        else:
            raise _unreadable(text, first, in_template)
        append(new(Token, (kind, piece, first, end)))
        if len(tokens) > MAX_TOKENS or end > limit:
            what = f"longer than {MAX_EXPRESSION} characters" if end > limit else f"made of more than {MAX_TOKENS} parts"
            raise ExpressionError(f"the expression is {what}", offset=first, length=end - first)
    if in_template:
        raise ExpressionError("'{{' is never closed", offset=start - 2, length=2, expected=("}}",), hint="write '}}' after the expression")
    append(Token("end", "", len(text), len(text)))
    return tokens


def looks_like_words(text: str) -> bool:
    """Whether two plain words stand side by side outside quotes, as in a sentence."""
    return any(one not in KEYWORDS and two not in KEYWORDS for one, two in _TWO_WORDS.findall(_QUOTED.sub("''", text[:MAX_EXPRESSION])))


def _unreadable(text: str, position: int, in_template: bool) -> ExpressionError:
    """What to say about a character that starts no token."""
    character = text[position]
    quote = character in "'\""
    length = 1
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    hint = f"end the text with {character}" if quote else None
    for spelling, instead in _OTHER_SPELLINGS:
        if text.startswith(spelling, position):
            hint, shown, length = instead, spelling, len(spelling)
            break
    if not in_template and looks_like_words(text):
        hint = WORDS_HINT
    message = f"the quote {character} is never closed" if quote else f"'{shown}' is not part of an expression"
    return ExpressionError(message, offset=position, length=length, expected=(character,) if quote else (), hint=hint)
