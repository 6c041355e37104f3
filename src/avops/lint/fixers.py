"""What each fix would change in a document. Whether a change is right is seen afterwards, by reading the text again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.expression import ExpressionError, parse_expression
from avops.lint.edits import Edit, Offsets, newline_of
from avops.lint.key_order import rank_of
from avops.lint.schema_line import line_for, names_schema
from avops.lint.words import ambiguous_words
from avops.model.effect import Phase
from avops.project.yaml_positions import positions
from avops.project.yaml_source import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.project.documents import Kind
    from avops.project.yaml_positions import Positions

_SHORT_KEYS = {"gather": "ask", "step": "manual", "action": "manual"}
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.[A-Za-z0-9][A-Za-z0-9_./-]*")
_WORDS = re.compile(r"[A-Za-zÀ-ÿ][\w'’-]*(?:,? [A-Za-zÀ-ÿ0-9][\w'’%-]*){2,}[.?!]?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?", re.ASCII)
_TOP_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*[ \t]*:(?=[ \t]|$)")


def schema_line(text: str, kind: Kind, path: str) -> list[Edit]:
    """The line that names the schema, before everything else."""
    return [] if names_schema(text) else [Edit(0, 0, line_for(kind, path) + newline_of(text))]


def quotes(text: str) -> list[Edit]:
    """Quotes around words that other readers take for true or false."""
    offsets = Offsets(text)
    found = []
    for word, span in ambiguous_words(text):
        start = offsets.at(span.line, span.column)
        found.append(Edit(start, start + len(word), f'"{word}"'))
    return found


def zero_quotes(text: str) -> list[Edit]:
    """Quotes around numbers with a leading zero, which are text."""
    offsets = Offsets(text)
    found = []
    for _, span in positions(text).values():
        if span.line != span.end_line:
            continue
        start, end = offsets.at(span.line, span.column), offsets.at(span.end_line, span.end_column)
        if _LEADING_ZERO.fullmatch(text[start:end]):
            found.append(Edit(start, end, f'"{text[start:end]}"'))
    return found


def short_forms(text: str, data: object) -> list[Edit]:
    """Steps that are a bare text become `manual`; `gather`, `step` and `action` become the step keys that they mean."""
    places, offsets = positions(text), Offsets(text)
    edits: list[Edit] = []
    for path, step, is_flow in _steps(data, places, text, offsets):
        span = places.value(path)
        start, end = offsets.at(span.line, span.column), offsets.at(span.end_line, span.end_column)
        if isinstance(step, str):
            if span.line == span.end_line and text[start : start + 1] not in "|>&*!":
                edits.append(Edit(start, end, f"{{manual: {text[start:end]}}}" if is_flow else f"manual: {text[start:end]}"))
        elif isinstance(step, dict):
            for key, meaning in _SHORT_KEYS.items():
                if isinstance(step.get(key), str):
                    own = places.key((*path, key))
                    begin = offsets.at(own.line, own.column)
                    word = "tool" if _REFERENCE.fullmatch(step[key]) else meaning
                    edits.append(Edit(begin, begin + len(key), word))
    return edits


def checks_in_words(text: str, data: object) -> list[Edit]:
    """`check:` becomes `confirm:` where it holds words and no expression."""
    places, offsets = positions(text), Offsets(text)
    edits = []
    for path, step, _ in _steps(data, places, text, offsets):
        check = step.get("check") if isinstance(step, dict) else None
        if isinstance(check, str) and _WORDS.fullmatch(check) and not _is_expression(check):
            own = places.key((*path, "check"))
            begin = offsets.at(own.line, own.column)
            edits.append(Edit(begin, begin + len("check"), "confirm"))
    return edits


def guardrails_list(text: str, data: object) -> list[Edit]:
    """`guardrails` as a list of mappings become one mapping: each dash becomes a space."""
    given = data.get("guardrails") if isinstance(data, dict) else None
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        return []
    places, offsets = positions(text), Offsets(text)
    edits = []
    for index, entry in enumerate(given):
        span = places.value(("guardrails", index))
        dash = text.rfind("-", offsets.line_start(span.line), offsets.at(span.line, span.column))
        if dash < 0 or not entry:
            return []
        edits.append(Edit(dash, dash + 1, " "))
    return edits


def key_order(text: str, kind: Kind) -> list[Edit]:
    """The top-level keys in the order that readers expect, each with the comment right above it."""
    lines, offsets = lines_of(text), Offsets(text)
    starts = [number for number, line in enumerate(lines, start=1) if _TOP_KEY.match(line)]
    if len(starts) < 2:
        return []
    keys = [lines[number - 1].partition(":")[0].strip() for number in starts]
    firsts = [_with_comment(lines, number) for number in starts]
    begins = [offsets.line_start(first) for first in firsts]
    ends = [*begins[1:], len(text)]
    blocks = [text[begin:end] for begin, end in zip(begins, ends, strict=True)]
    if not blocks[-1].endswith(("\n", "\r")):
        blocks[-1] += newline_of(text)
    order = sorted(range(len(keys)), key=lambda index: rank_of(kind, keys[index]))
    if order == list(range(len(keys))):
        return []
    return [Edit(begins[0], len(text), "".join(blocks[index] for index in order))]


def _with_comment(lines: tuple[str, ...], number: int) -> int:
    """The first of the comment lines right above a key; those at the file's head belong to the file."""
    first = number
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    return number if first == 1 else first


def _steps(data: object, places: Positions, text: str, offsets: Offsets) -> Iterator[tuple[tuple[str | int, ...], object, bool]]:
    if not isinstance(data, dict):
        return
    for phase in Phase:
        entries = data.get(phase.value)
        if not isinstance(entries, list):
            continue
        span = places.value((phase.value,))
        is_flow = text[offsets.at(span.line, span.column)] == "["
        for index, step in enumerate(entries):
            path = (phase.value, index)
            if path in places:
                yield path, step, is_flow


def _is_expression(text: str) -> bool:
    try:
        parse_expression(text)
    except ExpressionError:
        return False
    return True
