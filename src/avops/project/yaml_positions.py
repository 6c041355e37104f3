"""Where each key and value of a YAML text stands, read again for the few texts that have something to point at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

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
from avops.project.yaml_source import MAX_DEPTH, MAX_NODES, Span, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Path: TypeAlias = tuple[str | int, ...]

_TOP = Span(1, 1, 1, 2)


class Positions:
    """The spans of a text's keys and values, by path such as `("act", 0, "with", "host")`.

    A path that the text does not write out (it came through an alias, or is missing) answers with its nearest parent.
    """

    __slots__ = ("_keys", "_values")

    def __init__(self, keys: dict[Path, Span], values: dict[Path, Span]) -> None:
        self._keys = keys
        self._values = values

    def key(self, path: Path) -> Span:
        """The span of the key that ends `path`; the value's for an entry of a list."""
        return self._keys.get(path) or self.value(path)

    def value(self, path: Path) -> Span:
        """The span of the value at `path`; the key's when nothing is written after it."""
        while path:
            span = self._values.get(path)
            if span is not None:
                if span.end_line == span.line and span.end_column <= span.column:
                    return self._keys.get(path, span)
                return span
            path = path[:-1]
        return self._values.get((), _TOP)

    def __contains__(self, path: Path) -> bool:
        return path in self._values

    def values(self) -> Iterable[tuple[Path, Span]]:
        """Every value's path and span, in the order of the text."""
        return self._values.items()


def positions(text: str | bytes) -> Positions:
    """The positions of one YAML text; of a text that cannot be read, those up to the mistake."""
    keys: dict[Path, Span] = {}
    values: dict[Path, Span] = {}
    try:
        parser = CParser(decode(text, ""))
        parser.get_event()
        if type(parser.get_event()) is not StreamEndEvent:
            _value(parser.get_event, parser.get_event(), (), keys, values)
    except (YAMLError, UnicodeEncodeError, DocumentError):
        pass  # what is wrong has been said by the reader; the positions so far stand
    return Positions(keys, values)


def _value(get_event: Callable[[], Any], event: Any, path: Path, keys: dict[Path, Span], values: dict[Path, Span]) -> Span:
    """Notes the value that begins with `event` and everything in it; gives its span."""
    if len(path) > MAX_DEPTH or len(values) > MAX_NODES:
        raise YAMLError
    kind = type(event)
    if kind is ScalarEvent or kind is AliasEvent:
        span = _span(event)
        return values.setdefault(path, span)
    # Block collections end, for libyaml, where the next thing begins: their last entry is what a person sees.
    start = last = _span(event)
    values[path] = start
    index = 0
    end: Any = event
    while type(end := get_event()) not in (MappingEndEvent, SequenceEndEvent):
        if kind is MappingStartEvent:
            if type(end) is not ScalarEvent:
                raise YAMLError
            inner: Path = (*path, end.value)
            keys.setdefault(inner, _span(end))
            last = _value(get_event, get_event(), inner, keys, values)
        else:
            last = _value(get_event, end, (*path, index), keys, values)
            index += 1
    if event.flow_style:
        last = _span(end)
    span = Span(start.line, start.column, last.end_line, last.end_column)
    values[path] = span
    return span


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
