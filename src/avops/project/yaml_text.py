"""Plain data from YAML text, within bounds that no file can get around.

The events of libyaml's parser are read one by one; nothing is composed, so deep nesting cannot exhaust the C stack
and an alias shares what it names. Values follow the core schema of YAML 1.2 (section 10.3.2): `on`, `yes`, `12:30`
and dates are text.
"""

from __future__ import annotations

import re
from math import inf, isinf, nan
from typing import TYPE_CHECKING, Any

from yaml import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    YAMLError,
)
from yaml._yaml import CParser

from avops.errors import DocumentError
from avops.model.diagnostic import Severity
from avops.project.yaml_source import MAX_DEPTH, MAX_NODES, Span, decode, diagnostic, find_unprintable

if TYPE_CHECKING:
    from avops.model.diagnostic import Diagnostic

# 300 digits still fit a float, so that no comparison or division of a number that was read can overflow.
MAX_NUMBER_LENGTH = 300
MAX_WARNINGS = 50

_WORDS: dict[str, object] = {
    **dict.fromkeys(("~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), nan),
}
_FIRST = frozenset("~nNtTfF.+-0123456789")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_COMMENT = re.compile(r"[ \t]+(#[^\s#].*)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?", re.ASCII)


def read_yaml(text: str | bytes, *, path: str = "<text>", warnings: list[Diagnostic] | None = None) -> object:
    """The data of one YAML document: dict with text keys, list, str, int, float, bool or None.

    An alias gives the very object that it names, so the result must not be changed. An empty text gives None.
    Warnings (a number with a leading zero stays text, what was meant as a value is a comment) are appended to `warnings`,
    until it holds fifty.

    Raises `DocumentError` for anything else: syntax, not UTF-8, above 1 MiB, deeper than 40 levels or more than 50,000
    nodes (both counted through aliases), keys that are not text, keys given twice, merge keys, tags, a second document.
    """
    source = decode(text, path)
    try:
        return _Reader(source, path, warnings).document()
    except (YAMLError, UnicodeEncodeError) as error:
        from avops.project.yaml_slips import explain

        raise DocumentError([find_unprintable(source, path) or explain(error, source, path)]) from None


class _Reader:
    __slots__ = ("_anchors", "_next", "_nodes", "_path", "_source", "_warnings")

    def __init__(self, source: str, path: str, warnings: list[Diagnostic] | None) -> None:
        self._source = source
        self._path = path
        self._warnings = warnings
        self._next = CParser(source).get_event
        self._nodes = 0
        # An anchor's value and how many nodes it counts for; a value of 0 nodes is still being read.
        self._anchors: dict[str, tuple[object, int]] = {}

    def document(self) -> object:
        self._next()  # stream start
        if type(self._next()) is StreamEndEvent:
            return None
        value = self._node(self._next(), 0)
        self._next()  # document end
        event = self._next()
        if type(event) is not StreamEndEvent:
            raise self._refuse(
                event, "yaml-document", "a second document begins here", hint="keep one document per file: take out the '---' line"
            )
        return value

    def _node(self, event: Any, depth: int) -> object:
        """The value that begins with `event`; every value but a plain or quoted scalar without an anchor comes here."""
        kind = type(event)
        if kind is AliasEvent:
            return self._alias(event, depth)
        if event.tag is not None:
            raise self._refuse_tag(event)
        self._count(event, 1)
        anchor, before = event.anchor, self._nodes
        if anchor is not None:
            self._anchors[anchor] = (None, 0)
        value: object
        if kind is ScalarEvent:
            value = event.value
            if event.implicit[0]:
                value = self._plain(event)
        elif depth >= MAX_DEPTH:
            raise self._refuse(event, "yaml-depth", f"nested deeper than {MAX_DEPTH} levels")
        elif kind is MappingStartEvent:
            value = self._mapping(depth + 1)
        else:
            value = self._sequence(depth + 1)
        if anchor is not None:
            self._anchors[anchor] = (value, self._nodes - before + 1)
        return value

    def _mapping(self, depth: int) -> dict[str, object]:
        result: dict[str, object] = {}
        next_event, first = self._next, _FIRST
        nodes = self._nodes
        while type(event := next_event()) is not MappingEndEvent:
            if type(event) is not ScalarEvent or (key := event.value) in result or key == "<<" or not key or event.tag is not None:
                raise self._refuse_key(event, result)
            if event.anchor is not None:
                self._anchors[event.anchor] = (key, 1)
            nodes += 2
            if nodes > MAX_NODES:
                self._count(event, nodes)  # refuses
            event = next_event()
            if type(event) is ScalarEvent and event.anchor is None and event.tag is None:
                value = event.value
                result[key] = self._plain(event) if event.implicit[0] and (not value or value[0] in first) else value
            else:
                self._nodes = nodes - 1
                result[key] = self._node(event, depth)
                nodes = self._nodes
        self._nodes = nodes
        return result

    def _sequence(self, depth: int) -> list[object]:
        result: list[object] = []
        next_event = self._next
        while type(event := next_event()) is not SequenceEndEvent:
            result.append(self._node(event, depth))
        return result

    def _alias(self, event: Any, depth: int) -> object:
        name = event.anchor
        if name not in self._anchors:
            from avops.project.yaml_slips import explain_unknown_alias

            raise DocumentError([explain_unknown_alias(event, self._source, self._path)])
        value, nodes = self._anchors[name]
        if not nodes:
            raise self._refuse(event, "yaml-alias", f"the alias '*{_short(name)}' stands inside what it names", hint="write the value out")
        self._count(event, nodes)
        if isinstance(value, dict | list) and depth + _height(value) > MAX_DEPTH:
            raise self._refuse(event, "yaml-depth", f"nested deeper than {MAX_DEPTH} levels through the alias '*{_short(name)}'")
        return value

    def _count(self, event: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._refuse(
                event, "yaml-size", f"the document has more than {MAX_NODES:,} values, counted through aliases", hint="split it up"
            )

    def _plain(self, event: Any) -> object:
        """What an unquoted scalar means."""
        text: str = event.value
        if not text:
            if self._warnings is not None and len(self._warnings) < MAX_WARNINGS:
                self._warn_comment(event)
            return None
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in _FIRST or text[0] in "ntfNTF":
            return text
        number = self._number(text, event)
        if number is not None and self._source[event.start_mark.index] in "!&" and "!" in self._written(event):
            raise self._refuse_tag(event)
        return text if number is None else number

    def _number(self, text: str, event: Any) -> int | float | None:
        if _INTEGER.fullmatch(text):
            self._check_length(text, event)
            return int(text)
        if _FLOAT.fullmatch(text):
            self._check_length(text, event)
            value = float(text)
            if isinf(value):
                raise self._refuse(event, "yaml-number", f"the number '{_short(text)}' is too large", hint="quote it to keep it text")
            return value
        if _BASED.fullmatch(text):
            self._check_length(text, event)
            return int(text[2:], 8 if text[1] == "o" else 16)
        if self._warnings is not None and len(self._warnings) < MAX_WARNINGS and _LEADING_ZERO.fullmatch(text):
            self._warn_leading_zero(text, event)
        return None

    def _check_length(self, text: str, event: Any) -> None:
        if len(text) > MAX_NUMBER_LENGTH:
            message = f"the number '{_short(text)}' has {len(text):,} digits; {MAX_NUMBER_LENGTH} are the most"
            raise self._refuse(event, "yaml-number", message, hint="quote it to keep it text")

    def _warn_leading_zero(self, text: str, event: Any) -> None:
        assert self._warnings is not None
        message = f"'{_short(text)}' has a leading zero, so it is kept as text"
        hint = f"write '{_short(text)}' in quotes to say that it is text, or take the zero out"
        self._warnings.append(
            diagnostic(self._path, self._source, "yaml-leading-zero", message, _span(event), hint=hint, severity=Severity.WARNING)
        )

    def _warn_comment(self, event: Any) -> None:
        """For `channel: #av-support`, which says nothing: the rest is a comment."""
        found = _COMMENT.match(self._source, event.end_mark.index)
        if found is None:
            return
        assert self._warnings is not None
        message = f"there is no value here: '{_short(found.group(1))}' is a comment"
        line, column = event.end_mark.line + 1, event.end_mark.column + 1 + found.start(1) - found.start()
        span = Span(line, column, line, column + len(found.group(1)))
        hint = f'quote it: "{_short(found.group(1))}"'
        self._warnings.append(diagnostic(self._path, self._source, "yaml-comment", message, span, hint=hint, severity=Severity.WARNING))

    def _written(self, event: Any) -> str:
        return self._source[event.start_mark.index : event.end_mark.index]

    def _refuse_key(self, event: Any, result: dict[str, object]) -> DocumentError:
        if type(event) is not ScalarEvent:
            from avops.project.yaml_slips import explain_key

            return DocumentError([explain_key(event, self._source, self._path)])
        key = event.value
        if event.tag is not None:
            return self._refuse_tag(event)
        if key in result:
            return self._refuse(event, "yaml-duplicate", f"the key '{_short(key)}' is given twice", hint="keep one of the two")
        if key == "<<":
            return self._refuse(event, "yaml-merge", "merge keys ('<<') are not read", hint="write the keys out here")
        return self._refuse(event, "yaml-key", "a key is missing", hint="write the key's name before the ':'")

    def _refuse_tag(self, event: Any) -> DocumentError:
        from avops.project.yaml_slips import explain_tag

        return DocumentError([explain_tag(event, self._source, self._path)])

    def _refuse(self, event: Any, rule: str, message: str, *, hint: str | None = None) -> DocumentError:
        return DocumentError([diagnostic(self._path, self._source, rule, message, _span(event), hint=hint)])


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    if end.index <= start.index:
        return Span(start.line + 1, start.column + 1, start.line + 1, start.column + 2)
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _height(value: object) -> int:
    """How many levels of containers `value` has, found without recursion."""
    height, level = 0, [value]
    while level := [child for child in level if isinstance(child, dict | list)]:
        height += 1
        level = [grandchild for child in level for grandchild in (child.values() if isinstance(child, dict) else child)]
    return height


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
