"""What stands beside an order and takes it back, limits it or belongs to somebody else keeps it in words; the other way out is its own."""

from __future__ import annotations

import pytest
from tests.unit.sop.shipped_tools import TOOLS

from avops.sop.convert import convert
from avops.sop.steps import DraftStep

ON = "display.set_power ? display_power.power == 'off'"


def made(text: str) -> list[DraftStep]:
    return list(convert(f"# Room\n\n{text}", file="a.md", tools=TOOLS).steps)


def called(text: str) -> list[str]:
    """What is called or sent, with its condition."""
    return [
        f"{step.value if step.key == 'tool' else 'tell'}{' ? ' + step.when if step.when else ''}"
        for step in made(text)
        if step.key in ("tool", "notify")
    ]


@pytest.mark.parametrize(
    "text",
    [
        # an aside with an order of its own
        "1. Restart the Zoom Room (skip if in a meeting).\n",
        "1. Turn off the display (call Bob if it fails).\n",
        '1. Post in #av-ops: "Room down" (skip if already posted).\n',
        "1. Restart the Zoom Room - call Bob if it hangs.\n",
        # what comes first, or takes the order back
        "Restart the Zoom Room. Make sure first that nobody is in a meeting.\n",
        "1. Restart the Zoom Room, but check first that nobody is in a meeting.\n",
        "1. Restart the Zoom Room. (Ask Bob first.)\n",
        "1. Restart the Zoom Room with approval from the manager.\n",
        "1. Turn off the display. But not during a call.\n",
        "1. Turn off the display. Skip this if someone is there.\n",
        "1. Turn off the display. Exception: board meetings.\n",
        "1. Restart the Zoom Room. Beforehand, tell #av-ops that it restarts.\n",
        # stop rules
        "1. If someone is in the room, do not continue.\n2. Restart the Zoom Room.\n",
        "1. If the room is InMeeting, stop.\n2. Restart the Zoom Room.\n",
        # labels
        "Please refrain from the following:\n- Restart the Zoom Room\n\nOpen the door.\n",
        "Verboten:\n- Restart the Zoom Room\n\nOpen the door.\n",
        "## Not during a call\n\n- Restart the Zoom Room\n",
        "## Plan B\n\n- Restart the Zoom Room\n",
        "If VIP:\n- Turn off the display\n",
        "Morning:\n- Turn on the display\n\nEvening:\n- Turn off the display\n",
        "Day before:\n- Turn on the display\n",
        "For VIPs:\n- Turn on the display\n",
        "## Day 1\n\n- Turn on the display\n\n## Day 2\n\n- Turn off the display\n",
        "## HQ-1\n\n1. Turn on the display\n\n## HQ-2\n\n1. Turn off the display\n",
        "HQ-1: turn on the display, set volume to 40\n",
        # other tickets
        "1. Close the ticket as a duplicate of INC0012345.\n",
        "1. Close the child ticket of INC0012345.\n",
        "1. Add a comment to the ticket: see INC0012345.\n",
        "1. Open a ticket with Barco and a ticket with us.\n",
        # messages
        '1. On failure: post in #av-ops "Failed".\n',
        '1. T-0: Post in #townhall "We are live"\n',
        '1. Post in #av-ops: "closing" tonight.\n',
        '1. Post in #av-ops: "down" after the meeting.\n',
        '1. Post in #av-ops: "fertig", wenn alles ok ist\n',
        '1. Post in #av-ops: "down" as a thread reply.\n',
        "1. Inform #av-ops of the outcome.\n",
        # channels that are not addressed, or not alone
        "1. Tell Bob that #av-ops and #events are closed.\n",
        '1. Say "Hello" anywhere but #av-ops and #events.\n',
        "1. Tell one of #av-ops and #events that the room is closed.\n",
        "1. Tell Bob, #av-ops and #events that the room is closed.\n",
        '1. Send Bob the link to #av-ops and #events: "Hello".\n',
        '1. Post "Back" in the thread of #av-ops and #events.\n',
        '1. Share "Room down" from #av-ops and #events.\n',
        # another device
        "1. Turn on the PC next to the display.\n",
        "1. Set the display on the PC to 1080p.\n",
        # no orders
        "1. Be ready to turn off the display.\n",
    ],
)  # fmt: skip
def test_what_stands_beside_an_order_keeps_it_in_words(text: str) -> None:
    assert called(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. If the display is off, turn on the display; otherwise switch the display to HDMI 1.\n",
         ["display.get_power", ON, "display.set_input ? not (display_power.power == 'off')"]),
        ("1. If the camera is offline, restart the Zoom Room; if not, close the ticket.\n",
         ["zoom.restart_room ? camera_offline == 'yes'", "tickets.resolve ? not (camera_offline == 'yes')"]),
        ("If the display is off, turn on the display. Else turn off the display.\n",
         ["display.get_power", ON, "display.set_power ? not (display_power.power == 'off')"]),
        ("1. Check the display power.\n2. If it is off, turn on the display.\n3. If it is on, restart the Zoom Room.\n",
         ["display.get_power", ON, "zoom.restart_room ? display_power.power == 'on'"]),
        ("1. Check the display power.\n2. If it is off, turn on the display.\n3. If it is still off, restart the Zoom Room.\n",
         ["display.get_power", ON, "display.get_power",
          "zoom.restart_room ? display_power_2.power == 'off'"]),
        ("If the display is off:\n- Turn on the display\n- Restart the Zoom Room\n",
         ["display.get_power", ON, "zoom.restart_room ? display_power.power == 'off'"]),
        ("If cancelled:\n- Restart the Zoom Room\n", ["zoom.restart_room ? cancelled == 'yes'"]),
        # older conditions are not what "If not" speaks of
        ("If no picture, turn on the display. If that works, you're done. If not, restart the Zoom Room.\n",
         ["display.set_power ? no_picture == 'yes'"]),
        ("1. If the camera is offline, restart the Zoom Room.\n2. Is it back now?\n3. If not, open a ticket \"Camera dead\".\n",
         ["zoom.restart_room ? camera_offline == 'yes'"]),
    ],
)  # fmt: skip
def test_each_way_out_has_its_own_condition(text: str, expected: list[str]) -> None:
    assert called(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. Tell #av-ops and #foh that we restart, then restart the Zoom Room.\n", ["We restart", "We restart"]),
        ('1. If the display is off, post in #av-ops: "Display down" and turn on the display.\n', ["Display down"]),
        ("1. Tell #av-support the room is ready.\n", ["The room is ready"]),
        ('## If cancelled\n\n- Post in #av-ops "Hello"\n', ["Hello"]),
        ('1. Post "ok" in the #av-ops channel, please.\n', ["ok"]),
        ('1. Post "ok" in the AV channel.\n', ["ok"]),
        ('## Morning check\n\n1. Post "ok" in #av-ops for the team.\n', ["ok"]),
    ],
)
def test_a_message_has_its_own_words_and_no_others(text: str, expected: list[str]) -> None:
    assert [step.value["text"] for step in made(text) if step.key == "notify" and isinstance(step.value, dict)] == expected


def test_a_state_of_another_thing_is_not_checked_on_the_display() -> None:
    steps = made("1. Check that the display is on HDMI 1 and the PC is off.\n")
    assert [step.key for step in steps] == ["confirm"]


def test_after_a_message_to_two_channels_the_channel_is_asked_for() -> None:
    steps = made('1. Post "Down" in #av-ops and #events.\n2. Post "Back" in the channel.\n')
    sent = [step.value["slack"] for step in steps if step.key == "notify" and isinstance(step.value, dict)]
    assert sent[:2] == ["#av-ops", "#events"]
    assert "#events" not in sent[2:]


def test_a_change_behind_a_message_stays_in_act() -> None:
    steps = made("1. Tell #av-ops that we restart, then restart the Zoom Room.\n")
    assert [(step.phase, step.key) for step in steps] == [("act", "notify"), ("act", "tool")]


def test_readings_stand_between_the_changes_between_which_they_are_made() -> None:
    steps = made("- Turn on the display\n- Confirm the display is on\n- Turn off the display\n- Confirm the display is off\n")
    assert [(step.phase, step.key) for step in steps] == [("act", "tool"), ("act", "check"), ("act", "tool"), ("verify", "check")]


@pytest.mark.parametrize(
    "text",
    ["1. Turn on the left display and switch the right one to HDMI 2.\n", "1. Turn on the projector.\n2. Turn off the TV.\n"],
)
def test_two_devices_are_not_one(text: str) -> None:
    steps = made(text)
    hosts = [step.with_["host"] for step in steps if step.key == "tool"]
    assert len(hosts) == len(set(map(str, hosts))) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Walk to Hall 1. Turn on the projector. Walk to Hall 2. Open the door.\n",
         ["Walk to Hall 1.", "Turn on the projector.", "Walk to Hall 2.", "Open the door."]),
        ("Steps: 1) Open the rack 2) Press the button 3) Close the rack\n", ["Open the rack", "Press the button", "Close the rack"]),
    ],
)  # fmt: skip
def test_a_number_at_the_end_of_a_sentence_does_not_count_it(text: str, expected: list[str]) -> None:
    assert [step.text for step in convert(text, file="a.txt").steps] == expected


def test_an_arrow_behind_a_condition_does_not_begin_another_step() -> None:
    steps = convert("If the display is off -> turn on the display, else -> switch it to HDMI 1\n", file="a.txt", tools=TOOLS).steps
    assert [step.key for step in steps] in (["manual"], ["do"])


def test_a_room_in_a_heading_without_a_title_is_one_of_several() -> None:
    steps = convert("## HQ-1\n\n1. Turn on the display\n\n## HQ-2\n\n1. Turn off the display\n", file="a.md", tools=TOOLS).steps
    assert not [step for step in steps if step.key == "tool"]


def test_a_label_that_names_the_device_holds_nothing_back() -> None:
    steps = made("For the display:\n- Turn on the display\n\nZoom:\n- Restart the Zoom Room\n\nThen:\n- Set the volume to 40\n")
    assert [step.value for step in steps] == ["display.set_power", "zoom.restart_room", "zoom.set_volume"]
