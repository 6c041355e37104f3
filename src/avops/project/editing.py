"""Small edits of a YAML text that leave every other byte as it was: comments, order, quotes and spacing.

An edit is spliced into the text where the value stands. The outcome is read again: where it does not say exactly what
was asked for (odd line breaks, aliases), ruamel.yaml makes the edit instead, which keeps comments and order but may lay
lines out anew.
"""

from __future__ import annotations

import json
from copy import deepcopy
from io import StringIO
from typing import TYPE_CHECKING, Any

from avops.errors import AvopsError, DocumentError, FindingsError, StorageError
from avops.project.yaml_positions import positions
from avops.project.yaml_text import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path as FilePath

    from avops.project.yaml_positions import Path, Positions
    from avops.project.yaml_source import Span

_BOM = "\ufeff"
_MARKS = frozenset("*#&!|>%@`{}[]\"'")
"""Characters that mean something to YAML somewhere: a text with one is easier to read in quotes."""


def open_text(file: FilePath, shown: str) -> YamlText:
    """The text of a file, to be edited. Raises StorageError, and DocumentError for what is no YAML."""
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            return YamlText(stream.read(), shown)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise StorageError(f"'{shown}' cannot be read: {(reason or str(error)).lower()}") from error


class YamlText:
    """A YAML text under edit; `text` is what it has become. Paths are keys and list indexes, such as `("trigger", "after")`."""

    def __init__(self, text: str, shown: str = "the text") -> None:
        self._bom = _BOM if text.startswith(_BOM) else ""
        self._body = text.removeprefix(_BOM)
        self._shown = shown
        self.data: Any = read_yaml(self._body, path=shown)
        if not isinstance(self.data, dict):
            raise FindingsError(f"'{shown}' holds no keys to edit", hint="avops lint")

    @property
    def text(self) -> str:
        """The text as it is now."""
        return self._bom + self._body

    def save(self, file: FilePath) -> None:
        """Writes the text, or leaves the file as it was."""
        from avops.project.writing import write_text

        write_text(file, self.text)

    def set(self, path: Path, value: object) -> None:
        """Gives the value at `path` anew; a key that is missing is added at the end of its mapping."""
        wanted = deepcopy(self.data)
        parent = _at(wanted, path[:-1])
        is_new = isinstance(parent, dict) and path[-1] not in parent
        parent[path[-1]] = value
        self._edit(wanted, lambda places: self._add(places, path, value) if is_new else self._replace(places, path, value))

    def rename(self, path: Path, key: str) -> None:
        """Gives the key that ends `path` another name, in its place. Raises FindingsError when the mapping has that key."""
        wanted = deepcopy(self.data)
        parent = _at(wanted, path[:-1])
        if key in parent:
            raise FindingsError(f"'{self._shown}' has a key '{key}' there already")
        renamed = {key if name == path[-1] else name: value for name, value in parent.items()}
        parent.clear()
        parent.update(renamed)
        self._edit(wanted, lambda places: self._splice(places.key(path), render(key)))

    def delete(self, path: Path) -> None:
        """Takes a key with its value, or an entry of a list, away. Raises FindingsError when there is none."""
        wanted = deepcopy(self.data)
        parent = _at(wanted, path[:-1])
        try:
            del parent[path[-1]]
        except (KeyError, IndexError):
            raise FindingsError(f"'{self._shown}' has no '{path[-1]}' there") from None
        self._edit(wanted, lambda places: self._without(places, path))

    def _edit(self, wanted: object, splice: Callable[[Positions], str | None]) -> None:
        made = splice(positions(self._body))
        if made is None or not self._says(made, wanted):
            made = self._with_ruamel(wanted)
        self._body, self.data = made, wanted

    def _says(self, text: str, wanted: object) -> bool:
        try:
            return _same(read_yaml(text, path=self._shown), wanted)
        except DocumentError:
            return False

    def _lines(self) -> list[str]:
        return self._body.splitlines(keepends=True)

    def _splice(self, span: Span, new: str) -> str | None:
        """The text with what stands at the span replaced."""
        lines = self._lines()
        if span.end_line > len(lines):
            return None
        before = "".join(lines[: span.line - 1]) + lines[span.line - 1][: span.column - 1]
        after = lines[span.end_line - 1][span.end_column - 1 :] + "".join(lines[span.end_line :])
        return before + new + after

    def _replace(self, places: Positions, path: Path, value: object) -> str | None:
        if path not in places:
            return None
        span = places.value(path)
        lines = self._lines()
        old = lines[span.line - 1][span.column - 1 : span.column]
        if isinstance(path[-1], str) and span == places.key(path):
            return None  # nothing is written after the key
        new = render(value)
        if isinstance(value, str) and old == '"':
            new = json.dumps(value, ensure_ascii=False)
        elif isinstance(value, str) and old == "'" and "\n" not in value:
            new = "'" + value.replace("'", "''") + "'"
        if span.end_line > span.line and old not in "{[\"'":
            new = f"{new}{_line_end(lines[span.end_line - 1])}" if span.end_column == 1 else new
        return self._splice(span, new)

    def _add(self, places: Positions, path: Path, value: object) -> str | None:
        parent = _at(self.data, path[:-1])
        entry = f"{render(path[-1])}: {render(value)}"
        lines = self._lines()
        whole = places.value(path[:-1])
        if not parent:
            return self._splice(whole, f"{{{entry}}}") if path[:-1] else None
        last = places.value((*path[:-1], list(parent)[-1]))
        if path[:-1] and lines[whole.line - 1][whole.column - 1 : whole.column] == "{":
            end = lines[last.end_line - 1][last.end_column - 1 :]
            return (
                "".join(lines[: last.end_line - 1])
                + lines[last.end_line - 1][: last.end_column - 1]
                + f", {entry}"
                + end
                + "".join(lines[last.end_line :])
            )
        indent = " " * (places.key((*path[:-1], next(iter(parent)))).column - 1)
        at = last.end_line if last.end_column > 1 else last.end_line - 1
        if at and not lines[at - 1].endswith("\n"):
            lines[at - 1] += "\n"
        ending = _line_end(lines[0]) or "\n"
        return "".join(lines[:at]) + f"{indent}{entry}{ending}" + "".join(lines[at:])

    def _without(self, places: Positions, path: Path) -> str | None:
        """The text without whole lines of a block entry; a flow entry is left to ruamel."""
        lines = self._lines()
        start, end = places.key(path), places.value(path)
        first = lines[start.line - 1]
        if first[: start.column - 1].strip() not in ("", "-") or (isinstance(path[-1], str) and first[: start.column - 1].strip()):
            return None
        stop = end.end_line if end.end_column > 1 or end.end_line == start.line else end.end_line - 1
        return "".join(lines[: start.line - 1] + lines[stop:])

    def _with_ruamel(self, wanted: object) -> str:
        """The text as ruamel.yaml lays it out, with the wanted data; comments stay where their keys stay."""
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        yaml = YAML()
        yaml.preserve_quotes = True
        yaml.width = 4096
        yaml.indent(mapping=2, sequence=4, offset=2)
        try:
            tree = yaml.load(self._body)
            _become(tree, wanted)
            made = StringIO()
            yaml.dump(tree, made)
        except YAMLError as error:
            raise AvopsError(f"'{self._shown}' cannot be edited without laying it out anew", hint="edit the file by hand") from error
        if not self._says(made.getvalue(), wanted):
            raise AvopsError(f"'{self._shown}' cannot be edited without changing what else it says", hint="edit the file by hand")
        return made.getvalue()


def _become(tree: Any, wanted: Any) -> None:
    """Makes a ruamel tree say what is wanted, touching only what differs."""
    if isinstance(wanted, dict):
        for key in [key for key in tree if key not in wanted]:
            del tree[key]
        for key, value in wanted.items():
            if key in tree and type(value) in (dict, list) and isinstance(tree[key], type(value)):
                _become(tree[key], value)
            elif key not in tree or not _same(tree[key], value):
                tree[key] = value
        return
    del tree[len(wanted) :]
    for index, value in enumerate(wanted):
        if index >= len(tree):
            tree.append(value)
        elif type(value) in (dict, list) and isinstance(tree[index], type(value)):
            _become(tree[index], value)
        elif not _same(tree[index], value):
            tree[index] = value


def _same(one: object, other: object) -> bool:
    """Equal, and of the same types: 1, 1.0 and true are three values; the order of keys counts."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and isinstance(one, float) == isinstance(other, float) and one == other


def _at(data: Any, path: Path) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            raise FindingsError(f"there is no '{part}' in '{'.'.join(map(str, path))}'") from None
    return data


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def render(value: object) -> str:
    """A value as one line of YAML: plain where that reads back as the same, in quotes otherwise."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{render(key)}: {render(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(render(each) for each in value) + "]"
    if isinstance(value, str):
        return value if _is_plain(value) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)


def _is_plain(text: str) -> bool:
    if not text or not text.isprintable() or text != text.strip() or len(text) > 200 or _MARKS.intersection(text):
        return False
    try:
        written = f"k: {text}\nl: [{text}]\n", f"{text}: 1\n"
        return read_yaml(written[0]) == {"k": text, "l": [text]} and read_yaml(written[1]) == {text: 1}
    except DocumentError:
        return False
