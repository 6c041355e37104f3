"""The rows of a room list, from CSV or YAML, and what may be wrong with them."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from avops.errors import DocumentError
from avops.model.diagnostic import Diagnostic, Severity
from avops.model.document import ENV_OR_KEYRING, IDENTIFIER
from avops.project.names import folded
from avops.project.rooms import KEY, KNOWN_COLUMNS
from avops.project.suggestions import did_you_mean
from avops.project.yaml_positions import positions
from avops.project.yaml_source import decode_utf8, lines_of
from avops.project.yaml_text import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avops.project.yaml_positions import Positions

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One room: its cells by column, its line, and where in that line each cell begins (from 1)."""

    values: Mapping[str, str | None]
    line: int
    begins: Mapping[str, int]
    snippet: str | None
    cells: int


class Place(NamedTuple):
    """A line, and the stretch of it that is meant."""

    line: int
    column: int = 1
    length: int = 1


class CsvReader(Protocol):
    """What `csv.reader` gives: rows, and the number of lines read so far."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


@dataclass(frozen=True, slots=True)
class Rows:
    """A room list before it was judged."""

    columns: tuple[str, ...]
    rows: list[Row]


def csv_rows(text: str | bytes, path: str) -> Rows:
    """The rows of a CSV text with a header; `,`, `;` or a tab parts the cells. Raises `DocumentError`."""
    source = (decode_utf8(text, path) if isinstance(text, bytes) else text).removeprefix("\ufeff")
    lines = list(io.StringIO(source, newline=""))
    sign = max(",;\t", key=(lines[0] if lines else "").count)
    reader = csv.reader(lines, delimiter=sign, strict=True)
    found: list[Diagnostic] = []
    try:
        columns = _header(next(reader, []), path, _snippet(lines, 1))
        rows = [row for row in _csv_cells(reader, columns, lines) if _fits(row, columns, path, sign, found)]
    except csv.Error as error:
        line = max(reader.line_num, 1)
        hint = "close the quotes, and double those inside" if "quote" in str(error) or "unexpected end" in str(error) else None
        message = f"the CSV cannot be read here: {error}"
        snippet = None if "credential" in _snippet(lines, 1) else _snippet(lines, line)
        raise DocumentError([_error("rooms-csv", message, path, Place(line), snippet=snippet, hint=hint)]) from None
    if found:
        raise DocumentError(found[:_MOST_FOUND])
    return Rows(columns, rows)


def _snippet(lines: list[str], number: int) -> str:
    return lines[number - 1].rstrip("\r\n") if number <= len(lines) else ""


def _fits(row: Row, columns: tuple[str, ...], path: str, sign: str, found: list[Diagnostic]) -> bool:
    """Whether a row has a cell per column; `found` gets a diagnostic when it has not."""
    if row.cells == len(columns):
        return True
    message = f"this row has {row.cells} cells; the header has {len(columns)} columns"
    hint = f"put a text that holds '{sign}' in double quotes" if row.cells > len(columns) else "add the cells that are missing"
    snippet = None if any(_is_credential(column) for column in columns) else row.snippet  # which cell is which is not known
    found.append(_error("rooms-row", message, path, Place(row.line), snippet=snippet, hint=hint))
    return False


def _header(cells: list[str], path: str, snippet: str) -> tuple[str, ...]:
    columns = tuple(cell.strip() for cell in cells)
    found = []
    for index, column in enumerate(columns):
        begin = sum(len(cell) + 1 for cell in cells[:index]) + 1
        if not re.fullmatch(IDENTIFIER, column):
            message = f"the column '{column}' must be a name of lower-case letters, digits and '_'" if column else "a column has no name"
            mended = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")
            hint = f"write '{mended}'" if re.fullmatch(IDENTIFIER, mended) else None
            found.append(_error("rooms-header", message, path, Place(1, begin, max(len(column), 1)), snippet=snippet, hint=hint))
        elif column in columns[:index]:
            found.append(
                _error("rooms-header", f"the column '{column}' is given twice", path, Place(1, begin, len(column)), snippet=snippet)
            )
    if KEY not in columns and not found:
        hint = did_you_mean(KEY, columns)
        message = f"the header has no column '{KEY}', which holds each room's key"
        found.append(_error("rooms-header", message, path, Place(1), snippet=snippet, hint=hint, expected=KNOWN_COLUMNS))
    if found:
        raise DocumentError(found)
    return columns


def _csv_cells(reader: CsvReader, columns: tuple[str, ...], lines: list[str]) -> Iterator[Row]:
    number = 2
    for cells in reader:
        line, number = number, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        snippet = _snippet(lines, line)
        begins: dict[str, int] = {}
        begin = 1
        if '"' not in snippet:
            for column, cell in zip(columns, cells, strict=False):
                begins[column], begin = begin, begin + len(cell) + 1
        values = {column: cell.strip() or None for column, cell in zip(columns, cells, strict=False)}
        yield Row(values, line, begins, snippet, len(cells))


def yaml_rows(text: str | bytes, path: str) -> Rows:
    """The rows of a YAML text: a list of mappings. Whole numbers become text. Raises `DocumentError`."""
    data = read_yaml(text, path=path)
    if data is None:
        return Rows((KEY,), [])
    source = (decode_utf8(text, path) if isinstance(text, bytes) else text).removeprefix("\ufeff")
    lines, where = lines_of(source), positions(source)
    hint = "write '- room: KEY' for each room"
    if not isinstance(data, list):
        raise DocumentError([_error("rooms-row", "a room list must be a list of rooms", path, Place(1), snippet=lines[0], hint=hint)])
    rows: list[Row] = []
    found: list[Diagnostic] = []
    for index, entry in enumerate(data):
        span = where.value((index,))
        if isinstance(entry, dict):
            values = {column: _cell_text(value) for column, value in entry.items()}
            found += _yaml_problems(values, index, where, lines, path)
            rows.append(Row(values, span.line, {}, lines[span.line - 1], len(values)))
        else:
            message = "a room must be a mapping (lines of 'key: value')"
            found.append(_error("rooms-row", message, path, Place(span.line, span.column), snippet=lines[span.line - 1], hint=hint))
    if found:
        raise DocumentError(found[:_MOST_FOUND])
    columns = tuple(dict.fromkeys([KEY, *(column for row in rows for column in row.values)]))
    return Rows(columns, [replace(row, values={column: row.values.get(column) for column in columns}) for row in rows])


def _cell_text(value: object) -> Any:
    """A cell as text: a whole number as it is written, another value as it is, to be refused."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _yaml_problems(values: Mapping[str, object], index: int, where: Positions, lines: tuple[str, ...], path: str) -> Iterator[Diagnostic]:
    for column, value in values.items():
        span = where.key((index, column))
        place, snippet = Place(span.line, span.column, len(column)), lines[span.line - 1]
        if not isinstance(value, str | None):
            yield _error("rooms-row", f"'{column}' must be text", path, place, snippet=snippet, hint="quote it")
        elif not re.fullmatch(IDENTIFIER, column):
            message = f"the column '{column}' must be a name of lower-case letters, digits and '_'"
            yield _error("rooms-header", message, path, place, snippet=snippet)


def check_rows(rows: Rows, path: str) -> list[Diagnostic]:
    """What is wrong with the rooms: keys, credentials, time zones, control characters; the first fifty."""
    found: list[Diagnostic] = []
    seen: dict[str, Row] = {}
    zones: dict[str, str | None] = {}
    for each in rows.rows:
        row = replace(each, snippet=None) if _has_secret(each) else each
        key = row.values.get(KEY)
        if not key:
            found.append(_cell(row, KEY, "the room's key is missing", path, hint=f"fill the column '{KEY}'"))
        elif (first := seen.setdefault(folded(key), row)) is not row:
            found.append(_cell(row, KEY, f"the room '{key}' is given twice, first in line {first.line}", path, hint="keep one of the two"))
        for column, value in row.values.items():
            if value is not None and (problem := _cell_problem(column, value, zones)) is not None:
                found.append(_cell(row, column, problem[0], path, hint=problem[1]))
        if len(found) >= _MOST_FOUND:
            break
    return found[:_MOST_FOUND]


def _cell_problem(column: str, value: str, zones: dict[str, str | None]) -> tuple[str, str | None] | None:
    """The message and hint for a cell, or None."""
    if _is_credential(column) and not re.fullmatch(ENV_OR_KEYRING, value):
        hint = "put the secret into .env, take it out of this file and its history, and write env:NAME here"
        return f"'{column}' must be 'env:NAME' or 'keyring:NAME', never the secret itself", hint
    if _CONTROL.search(value):
        return f"'{column}' holds a control character or a line break", "write it on one line"
    if column == "timezone":
        if value not in zones:
            zones[value] = _zone_hint(value)
        mended = zones[value]
        return None if mended is None else (f"'{value}' is not a time zone", mended)
    return None


def _zone_hint(value: str) -> str | None:
    """None for a time zone that exists, else how to write one."""
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        return did_you_mean(value, available_timezones()) or "use an IANA name such as Europe/Berlin"
    return None


def _has_secret(row: Row) -> bool:
    """Whether a cell holds what may be a secret, so that the line must not be shown."""
    return any(_is_credential(column) and value and not re.fullmatch(ENV_OR_KEYRING, value) for column, value in row.values.items())


def _is_credential(column: str) -> bool:
    return column == "credential" or column.endswith("_credential")


def _cell(row: Row, column: str, message: str, path: str, *, hint: str | None) -> Diagnostic:
    begin = row.begins.get(column)
    length = len(row.values.get(column) or " ")
    place = Place(row.line, begin, length) if begin else Place(row.line)
    return _error("rooms-row", message, path, place, snippet=row.snippet, hint=hint)


def _error(
    rule: str, message: str, path: str, place: Place, *, snippet: str | None, hint: str | None = None, expected: tuple[str, ...] = ()
) -> Diagnostic:
    return Diagnostic(
        rule=rule,
        severity=Severity.ERROR,
        message=message,
        path=path,
        line=place.line,
        column=place.column,
        end_line=place.line,
        end_column=place.column + place.length,
        expected=expected,
        hint=hint,
        snippet=snippet,
    )
