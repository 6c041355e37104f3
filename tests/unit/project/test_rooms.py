"""The room list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avops.errors import NotFoundError, UsageError
from avops.project.rooms import Rooms, load_rooms
from avops.report.diagnostics import render_diagnostics

if TYPE_CHECKING:
    from avops.model.diagnostic import Diagnostic

CSV = """\
room,name,site,timezone,display_host,credential
HQ-1,Boardroom,hq,America/Chicago,10.0.0.1,env:DISPLAY
"HQ-2","Room ""2"", east",hq,Europe/Berlin,,

LIS-1,Tejo,lisbon,Europe/Lisbon,10.0.1.1,keyring:display
"""


def read(text: str | bytes, path: str = "rooms.csv") -> Rooms:
    return load_rooms(text, path).required()


def problem(text: str | bytes, path: str = "rooms.csv") -> Diagnostic:
    (found,) = load_rooms(text, path).diagnostics
    return found


def test_a_csv_list_is_read() -> None:
    rooms = read(CSV)
    assert [(room.key, room.name, room.line) for room in rooms] == [
        ("HQ-1", "Boardroom", 2),
        ("HQ-2", 'Room "2", east', 3),
        ("LIS-1", "Tejo", 5),
    ]
    assert rooms.find("HQ-2").values["display_host"] is None
    assert rooms.columns == ("room", "name", "site", "timezone", "display_host", "credential")


@pytest.mark.parametrize("text", [CSV.replace(",", ";").replace('2"";', '2"",'), CSV.encode("utf-8-sig"), CSV.replace("\n", "\r\n")])
def test_what_spreadsheets_write_is_read(text: str | bytes) -> None:
    assert [room.key for room in read(text)] == ["HQ-1", "HQ-2", "LIS-1"]


def test_a_yaml_list_is_read() -> None:
    rooms = read("- {room: HQ-1, name: Boardroom, floor: 3}\n- room: 101\n", "rooms.yaml")
    assert dict(rooms.find("hq-1").values) == {"room": "HQ-1", "name": "Boardroom", "floor": "3"}
    assert dict(rooms.find("101").values) == {"room": "101", "name": None, "floor": None}
    assert len(read("", "rooms.yml")) == 0


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "the header has no column 'room', which holds each room's key"),
        ("name,site\nA,b\n", 1, 1, "the header has no column 'room', which holds each room's key"),
        ("room,name,name\n", 1, 11, "the column 'name' is given twice"),
        ("room,Display Host\n", 1, 6, "the column 'Display Host' must be a name of lower-case letters, digits and '_'"),
        ("room,,x\n", 1, 6, "a column has no name"),
        ("room,name\nA,b,c\n", 2, 1, "this row has 3 cells; the header has 2 columns"),
        ("room,name\nA,b\nB\n", 3, 1, "this row has 1 cells; the header has 2 columns"),
        ("room,name\n,b\n", 2, 1, "the room's key is missing"),
        ("room,name\nA,b\n\nB,c\na,d\n", 5, 1, "the room 'a' is given twice, first in line 2"),
        ('room,name\n"A\nB",b\n', 2, 1, "'room' holds a control character or a line break"),
        ("room,name\nA,\x1b[2J\n", 2, 3, "'name' holds a control character or a line break"),
        ("room,timezone\nA,Europe/Berlni\n", 2, 3, "'Europe/Berlni' is not a time zone"),
        ("room,timezone\nA,../../etc/passwd\n", 2, 3, "'../../etc/passwd' is not a time zone"),
    ],
)
def test_mistakes_in_a_csv_list(text: str, line: int, column: int, message: str) -> None:
    found = problem(text)
    assert (found.line, found.column, found.message) == (line, column, message)


def test_hints() -> None:
    assert problem("Room,name\n").hint == "write 'room'"
    assert problem("rooms,name\n").hint == "did you mean 'rooms'?" or problem("rooms,name\n").expected
    assert problem("room,timezone\nA,Europe/Berlni\n").hint == "did you mean 'Europe/Berlin'?"
    assert problem("room,name\nA,b,c\n").hint == "put a text that holds ',' in double quotes"


@pytest.mark.parametrize("text", ['room,name\nA,"b\n', 'room,name\nA,"b"c\n', "room,name\nA," + "x" * 200_000 + "\n"])
def test_broken_csv_is_a_diagnostic(text: str) -> None:
    found = problem(text)
    assert found.rule == "rooms-csv"
    assert found.line >= 2


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("room: A\n", 1, "a room list must be a list of rooms"),
        ("- room: A\n- B\n", 2, "a room must be a mapping (lines of 'key: value')"),
        ("- room: A\n- name: B\n", 2, "the room's key is missing"),
        ("- {room: A}\n- {room: A}\n", 2, "the room 'A' is given twice, first in line 1"),
        ("[{room: A}, {room: A}]\n", 1, "the room 'A' is given twice, first in line 1"),
        ("- room: A\n  lamp: 1.10\n", 2, "'lamp' must be text"),
        ("- room: A\n  Lamp: x\n", 2, "the column 'Lamp' must be a name of lower-case letters, digits and '_'"),
    ],
)
def test_mistakes_in_a_yaml_list(text: str, line: int, message: str) -> None:
    found = problem(text, "rooms.yaml")
    assert (found.line, found.message) == (line, message)


@pytest.mark.parametrize("column", ["credential", "codec_credential"])
def test_a_secret_in_the_list_is_never_shown(column: str) -> None:
    for text, path in ((f"room,{column}\nA,hunter2\n", "rooms.csv"), (f"- {{room: A, {column}: hunter2}}\n", "rooms.yaml")):
        found = problem(text, path)
        assert f"'{column}' must be 'env:NAME' or 'keyring:NAME'" in found.message
        assert "hunter2" not in render_diagnostics([found])


def test_a_secret_is_not_shown_with_another_mistake() -> None:
    for text in ("room,credential,timezone\nA,hunter2,Mars\n", "room,credential\nA,hunter2,x\n", 'room,credential\nA,"hunter2"x\n'):
        assert "hunter2" not in render_diagnostics(load_rooms(text, "rooms.csv").diagnostics)


def test_rooms_are_chosen() -> None:
    rooms = read(CSV)
    assert [room.key for room in rooms.select("site=HQ")] == ["HQ-1", "HQ-2"]
    assert [room.key for room in rooms.select("site=hq, name=boardroom")] == ["HQ-1"]
    assert len(rooms.select("")) == 3


@pytest.mark.parametrize(
    ("condition", "message"), [("sit=hq", "no column 'sit'"), ("hq", "'hq' does not choose rooms"), ("site=x", "no room meets 'site=x'")]
)
def test_a_choice_that_means_nothing_is_refused(condition: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(CSV).select(condition)


def test_a_room_is_found_by_key_or_name() -> None:
    rooms = read(CSV)
    assert rooms.find("tejo").key == "LIS-1"
    with pytest.raises(NotFoundError, match="no room is called 'HQ-9'") as caught:
        rooms.find("HQ-9")
    assert caught.value.hint == "did you mean 'HQ-1'?"
    with pytest.raises(UsageError, match="2 rooms are called 'Hall'"):
        read("room,name\nA,Hall\nB,Hall\n").find("Hall")


@given(
    st.text(max_size=60)
    | st.binary(max_size=60)
    | st.lists(st.sampled_from(["room", ",", "\n", '"', "a", ";", "\r", "\x00", "credential"])).map("".join)
)
@settings(max_examples=200, deadline=None)
def test_any_text_is_rooms_or_diagnostics(text: str | bytes) -> None:
    for path in ("rooms.csv", "rooms.yaml"):
        loaded = load_rooms(text, path)
        assert (loaded.value is None) == bool(loaded.diagnostics)
        render_diagnostics(loaded.diagnostics)
