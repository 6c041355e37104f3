"""Changes to YAML files that keep their comments, their order and their look."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from avops.errors import AvopsError

if TYPE_CHECKING:
    from collections.abc import Callable

_BREAKS = frozenset("\x85\u2028\u2029")
# A list that stands as far left as its key.
_FLUSH_LIST = re.compile(r"^( *)[^\s#-][^\n]*:[ \t]*\n(?:\s*#[^\n]*\n)*\1- ", re.MULTILINE)


def edit_yaml(text: str, change: Callable[[Any], None]) -> str:
    """The text after `change`, which gets the document as mappings and lists and alters them in place.

    AvopsError when the text cannot be edited. Values put in are made with `block`, so that they are laid out for people.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000  # lines that people have written are theirs
    flush = _FLUSH_LIST.search(text) is not None
    yaml.indent(mapping=2, sequence=2 if flush else 4, offset=0 if flush else 2)
    try:
        data = yaml.load(text)
        change(data)
        out = io.StringIO()
        yaml.dump(data, out)
    except YAMLError as error:
        raise AvopsError("the file cannot be edited", hint="avops lint says what is wrong with it") from error
    return out.getvalue()


def block(value: object) -> Any:
    """The value as `edit_yaml` writes it: in blocks, empty and short plain lists in one line, long texts as they are."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

    if isinstance(value, dict):
        made = CommentedMap({key: block(each) for key, each in value.items()})
        if not made:
            made.fa.set_flow_style()
        return made
    if isinstance(value, list):
        listed = CommentedSeq([block(each) for each in value])
        if all(isinstance(each, str | int | float | bool | None) and "\n" not in str(each) for each in value) and len(str(value)) < 100:
            listed.fa.set_flow_style()
        return listed
    if isinstance(value, str) and "\n" in value and value.isprintable() is False and _is_literal(value):
        return LiteralScalarString(value)
    if isinstance(value, str) and not _BREAKS.isdisjoint(value):
        return DoubleQuotedScalarString(value)  # between other quotes these end a line, and are read back as a space
    return value


def _is_literal(text: str) -> bool:
    """True for a text that a literal block holds letter for letter."""
    lines = text.split("\n")
    return all(line.isprintable() and line == line.rstrip() for line in lines) and bool(lines[0]) and not lines[0].startswith(" ")
