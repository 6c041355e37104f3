"""The simulated fleet, its faults and its sites, without a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from avops.errors import AvopsError, UsageError
from avops.sim.faults import FaultKind, fault_from_data, fault_from_text
from avops.sim.fleet import Fleet, RejectedError
from avops.sim.site import RoomSpec, Site, load_site, numbered_site


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_s(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def fleet(clock: Hand) -> Fleet:
    spec = RoomSpec(room="A", name="A", zoom_id="zr-a", display_host="da", calendar="a@x", next_event=("Town Hall", 3600.0))
    return Fleet(Site(rooms=(spec,), warm_up_s=10, restart_s=30), clock)


def test_a_display_warms_up_before_it_is_on(fleet, clock):
    assert fleet.get_display("da")["power"] == "off"
    fleet.set_power("da", "on")
    assert (fleet.get_display("da")["power"], fleet.get_display("da")["target"]) == ("warming", "on")
    clock.pass_s(9)
    fleet.set_power("da", "on")
    assert fleet.get_display("da")["power"] == "warming"
    clock.pass_s(1)
    assert fleet.get_display("da")["power"] == "on"
    fleet.set_power("da", "off")
    assert fleet.get_display("da")["power"] == "off"


def test_a_dark_display_accepts_power_and_stays_off(fleet, clock):
    fleet.dark = lambda room: True
    assert fleet.set_power("da", "on")["accepted"]
    clock.pass_s(60)
    assert fleet.get_display("da")["power"] == "off"


def test_a_zoom_room_is_offline_while_it_restarts(fleet, clock):
    fleet.change("A", {"status": "InMeeting"})
    assert fleet.get_room("zr-a")["status"] == "InMeeting"
    fleet.restart_room("zr-a")
    assert fleet.get_room("zr-a")["status"] == "Offline"
    assert fleet.list_devices("zr-a")["offline"] == ["camera", "controller", "microphone", "speaker"]
    clock.pass_s(30)
    assert fleet.get_room("zr-a")["status"] == "Available"
    assert fleet.list_devices("zr-a")["offline"] == []
    assert fleet.get_room("zr-a")["last_restart_at"] == "2026-03-02T08:00:00+00:00"


def test_a_booking_comes_nearer_and_goes(fleet, clock):
    assert fleet.list_events("a@x")["events"] == [{"title": "Town Hall", "starts_at": "2026-03-02T09:00:00+00:00", "minutes_until": 60}]
    clock.pass_s(3601)
    assert fleet.list_events("a@x")["count"] == 0


def test_tickets(fleet):
    number = fleet.create_ticket({"title": "Dark", "room": "A"})["id"]
    fleet.comment_ticket(number, "looked at it")
    assert fleet.list_tickets(room="A", state="open")["count"] == 1
    assert fleet.resolve_ticket(number, "new cable")["state"] == "resolved"
    assert fleet.list_tickets(state="open")["count"] == 0
    assert fleet.get_ticket(number)["comments"] == ["looked at it"]


def test_messages_answer_errors_as_slack_does(fleet):
    assert fleet.post_message("nobody", "hi") == {"ok": False, "error": "channel_not_found"}
    assert fleet.post_message("#av", " ") == {"ok": False, "error": "no_text"}
    assert fleet.post_message("#av", "hi")["ok"] is True
    assert fleet.list_messages("#av")["count"] == 1


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (lambda fleet: fleet.get_room("nowhere"), 404),
        (lambda fleet: fleet.get_ticket("INC1"), 404),
        (lambda fleet: fleet.create_ticket({}), 400),
        (lambda fleet: fleet.set_power("da", "maybe"), 400),
        (lambda fleet: fleet.set_input("da", "vga"), 400),
        (lambda fleet: fleet.set_volume("A", 101), 400),
        (lambda fleet: fleet.set_volume("A", True), 400),
        (lambda fleet: fleet.change("A", {"status": "Asleep"}), 400),
    ],
)
def test_what_the_fleet_rejects(fleet, call, status):
    with pytest.raises(RejectedError) as caught:
        call(fleet)
    assert caught.value.status == status


def test_a_fault_as_text():
    fault = fault_from_text("slow:HQ-1:get_power,times=2,seconds=0.5")
    assert (fault.kind, fault.room, fault.action, fault.times, fault.seconds) == (FaultKind.SLOW, "HQ-1", "get_power", 2, 0.5)
    assert fault.concerns("HQ-1", "get_power")
    assert not fault.concerns("HQ-2", "get_power")
    assert not fault.concerns("HQ-1", "set_power")
    assert [fault.use(), fault.use()] == [True, True]
    assert not fault.concerns("HQ-1", "get_power")


def test_a_fault_for_every_room():
    assert fault_from_text("error:*:get_power").concerns(None, "get_power")


def test_a_flapping_fault_strikes_every_second_time():
    fault = fault_from_text("flapping:A")
    assert [fault.use() for _ in range(4)] == [True, False, True, False]


@pytest.mark.parametrize(
    "text", ["dark", "slow:a:b:c", "slow,seconds=soon", "slow,seconds=-1", "error,status=200", "error,times=0", "error,color=1"]
)
def test_what_is_no_fault(text):
    with pytest.raises(UsageError):
        fault_from_text(text)


def test_the_fault_goes_there_and_back():
    fault = fault_from_text("error:A:get_power,times=3,status=503")
    assert fault_from_data(fault.as_data()) == fault


def test_without_a_file_the_site_is_the_starters():
    assert [room.room for room in load_site().rooms] == ["HQ-1", "HQ-2", "HQ-3", "HQ-4", "LIS-1", "LIS-2"]


def test_a_site_in_yaml(tmp_path):
    (tmp_path / "list.csv").write_text("room,name,zoom_id\nX,Ex,zr-x\n")
    (tmp_path / "site.yaml").write_text("rooms: list.csv\ndelay: 50ms\nwarm_up: 1s\nfaults: [{kind: slow, room: X, seconds: 2}]\n")
    site = load_site(tmp_path / "site.yaml")
    assert (site.rooms[0].zoom_id, site.rooms[0].display_host, site.delay_s, site.warm_up_s) == ("zr-x", "display-x.av.example", 0.05, 1.0)
    assert site.faults[0].kind is FaultKind.SLOW


def test_rooms_of_a_site_in_yaml(tmp_path):
    (tmp_path / "site.yaml").write_text(
        "rooms:\n  - {room: X, status: InMeeting, offline: [camera], next_event: {title: Demo, starts_in: 90m}}\n"
    )
    room = load_site(tmp_path / "site.yaml").rooms[0]
    assert (room.status, room.offline, room.next_event) == ("InMeeting", ("camera",), ("Demo", 5400.0))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("roms: []", "'roms' is no property of a site"),
        ("rooms: []", "at least one room"),
        ("rooms: [{name: A}]", "its key in 'room'"),
        ("rooms: [{room: A}, {room: A}]", "'A' is there twice"),
        ("rooms: [{room: A, colour: red}]", "'colour' is no property"),
        ("rooms: [{room: A, status: Asleep}]", "'Asleep' is no status"),
        ("delay: soon", "'soon' is not a duration"),
        ("faults: [{kind: dark}]", "'dark' is no kind of fault"),
        ("just words", "describes no site"),
    ],
)
def test_what_is_no_site(tmp_path, text, words):
    (tmp_path / "site.yaml").write_text(text)
    with pytest.raises(AvopsError, match=words):
        load_site(tmp_path / "site.yaml")


def test_a_site_that_is_not_there(tmp_path):
    with pytest.raises(AvopsError, match="cannot be read"):
        load_site(tmp_path / "none.yaml")


def test_a_numbered_site():
    site = numbered_site(1000, delay_s=0.05)
    assert (len(site.rooms), site.rooms[-1].room, site.delay_s) == (1000, "R-1000", 0.05)
