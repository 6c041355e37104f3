"""The room list: a row per room, from a CSV or a YAML file.

`room` is the key. These columns are known to avops; any other may be added and is `room.COLUMN` in recipes:
`name`, `site`, `timezone` (an IANA name), `calendar` (what the bookings call the room), `display_host` and other
`…_host` columns, and `credential` (`env:NAME` or `keyring:NAME`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.errors import NotFoundError, StorageError, UsageError
from avops.project.documents import Loaded
from avops.project.folder import ordinary
from avops.project.names import folded
from avops.project.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KEY = "room"
KNOWN_COLUMNS = ("calendar", "credential", "display_host", "name", "room", "site", "timezone")
MAX_ROOMS_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One row: every column of the list by name, an empty cell as None. `line` is its line in the file."""

    key: str
    values: Mapping[str, str | None]
    line: int

    @property
    def name(self) -> str:
        """What people call the room: its `name`, else its key."""
        return self.values.get("name") or self.key


class Rooms:
    """The rooms of a project in the order of their list."""

    __slots__ = ("_by_key", "columns")

    def __init__(self, rooms: list[Room], columns: tuple[str, ...]) -> None:
        self.columns = columns
        self._by_key = {folded(room.key): room for room in rooms}

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[Room]:
        return iter(self._by_key.values())

    def find(self, key: str) -> Room:
        """The room with this key, or else with this name; without regard to case. Raises `NotFoundError`."""
        wanted = folded(key)
        room = self._by_key.get(wanted)
        if room is not None:
            return room
        named = [each for each in self if folded(each.name) == wanted]
        if len(named) == 1:
            return named[0]
        if named:
            keys = ", ".join(f"'{each.key}'" for each in named)
            raise UsageError(f"{len(named)} rooms are called '{key}'", hint=f"use one of the keys {keys}")
        near = did_you_mean(key, [each.key for each in self] + [each.name for each in self])
        raise NotFoundError(f"no room is called '{key}'", hint=near or f"the list has {len(self)} rooms; look at its column '{KEY}'")

    def select(self, condition: str) -> list[Room]:
        """The rooms that meet `COLUMN=VALUE`, or several joined by `,`; all for an empty text.

        Values are compared without regard to case. Raises `UsageError` for a column that the list lacks, for another form,
        and when no room meets it.
        """
        chosen = list(self)
        for part in filter(None, (part.strip() for part in condition.split(","))):
            column, sign, value = part.partition("=")
            column = column.strip()
            if not sign:
                raise UsageError(f"'{part}' does not choose rooms", hint="write COLUMN=VALUE, such as site=hq")
            if column not in self.columns:
                near = did_you_mean(column, self.columns)
                raise UsageError(
                    f"the room list has no column '{column}'", hint=near or f"its columns are {', '.join(sorted(self.columns))}"
                )
            chosen = [room for room in chosen if folded(room.values.get(column) or "") == folded(value)]
        if not chosen:
            raise UsageError(f"no room meets '{condition}'", hint="an empty choice would run for nobody")
        return chosen


def read_rooms(root: Path, relative: str) -> Loaded[Rooms]:
    """What became of the room list at `relative` in the project; no rooms when there is no such file.

    Raises `StorageError` when it lies outside the project, is larger than 16 MiB, or cannot be read.
    """
    file = (root / relative).resolve()
    if not file.is_relative_to(root.resolve()):
        raise StorageError(f"the room list '{relative}' lies outside the project", hint="keep it in the project, and name it in avops.yaml")
    if not file.exists():
        return Loaded(path=relative, text="", data=[], value=Rooms([], (KEY,)))
    try:
        with open(file, "rb", opener=ordinary) as stream:
            data = stream.read(MAX_ROOMS_BYTES + 1)
    except OSError as error:
        raise StorageError(f"'{relative}' cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(data) > MAX_ROOMS_BYTES:
        raise StorageError(f"the room list '{relative}' is larger than 16 MiB")
    return load_rooms(data, relative)


def load_rooms(text: str | bytes, path: str) -> Loaded[Rooms]:
    """The rooms that a text holds: YAML when `path` ends so, else CSV; or diagnostics with their lines."""
    from avops.errors import DocumentError
    from avops.project.room_rows import check_rows, csv_rows, yaml_rows

    try:
        rows = yaml_rows(text, path) if re.search(r"\.ya?ml$", path, re.IGNORECASE) else csv_rows(text, path)
        found = check_rows(rows, path)
    except DocumentError as error:
        return Loaded(path=path, text="", data=None, value=None, diagnostics=error.diagnostics)
    if found:
        return Loaded(path=path, text="", data=None, value=None, diagnostics=tuple(found))
    rooms = [Room(key=row.values[KEY] or "", values=row.values, line=row.line) for row in rows.rows]
    return Loaded(path=path, text="", data=None, value=Rooms(rooms, rows.columns))
