"""Sentences that name a tool and mean something else, or more: what must not become a call, and what still must."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.sop.shipped_tools import TOOLS

from avops.sop.convert import convert
from avops.sop.evidence import is_other_thing, mentions
from avops.sop.steps import DraftStep, is_only_wait
from avops.sop.tails import cut_tail, unquoted

BY_NAME = {tool.name: tool for tool in TOOLS}


def steps(text: str) -> list[DraftStep]:
    return list(convert(text, file="a.md", tools=TOOLS).steps)


def calls(text: str) -> list[str]:
    """`TOOL.ACTION`, `TOOL.ACTION ?` under a condition, `wait`, `ask`, and `words` for each step."""
    out = []
    for step in steps(text):
        if step.key == "tool":
            out.append(str(step.value))
        elif step.key == "notify" and isinstance(step.value, dict):
            out.append(f"tell {step.value['text']}")
        elif step.key in ("wait", "ask", "check"):
            out.append(f"{step.key} {step.value}" if step.key != "ask" else "ask")
        else:
            out.append("words")
        out[-1] += " ?" if step.when else ""
    return out


@pytest.mark.parametrize(
    "sentence",
    [
        # a condition, a time or an event at the end
        "Turn off the display unless a recording is running.",
        "Turn off the display, except on Fridays.",
        "Turn off the display after the meeting ends.",
        "Turn off the display when the last guest has left.",
        "Turn off the display once the hall is empty.",
        "Turn off the display as soon as the talk is over.",
        "Turn off the display while nobody watches.",
        "Turn off the display until the guests arrive.",
        "Turn off the display before the doors open.",
        "Turn off the display at 22:00.",
        "Turn on the display again at 07:00.",
        "Turn off the display every evening.",
        "Turn off the display tonight.",
        "Mute it and turn off the display in 10 minutes.",
        "Restart the Zoom Room only if it has been up for a week.",
        # the same in front
        "After the meeting ends, turn off the display.",
        "Before the doors open, turn on the display.",
        "At 07:00, turn on the display.",
        "Unless the display is on, turn on the display.",
        "For every open ticket add a comment with the next action.",
        # something else is meant
        "Restart the zoom room controller iPad, not the Zoom Room itself.",
        "Reboot the Zoom Room scheduling panel.",
        "Restart the Zoom Room controller.",
        "Turn off the display's lamp.",
        "Turn off the lamp of the display.",
        "Turn off the receiver below the display.",
        "Set the volume of the Crestron to 50.",
        "Write it in the channel topic.",
        "Put the bulb back in the display cabinet.",
        "Log in to the ticket system.",
        "Open the ticket and read the description.",
        # more than one is meant
        "Restart the Zoom Rooms in Building B.",
        "Turn off every display.",
        "Turn off any display that is on.",
        "Turn off both displays.",
        "Turn off the left and the right projector.",
        "Turn off the display that is nearest to the door and still on.",
        "Set the volume in HQ-1 to 20 and in HQ-2 to 30.",
        "Turn off the display and the Zoom Room.",
        'Post "Room down" in #av-support or #events.',
        "Post the link in #av-support and #events.",
        # somebody else does it
        "Let the user restart the Zoom Room.",
        "Have the host turn off the display.",
        "Ask IT to restart the Zoom Room.",
        "Tell the caller to turn on the display.",
        "The user restarts the Zoom Room.",
        "Help the speaker turn on the display.",
        # half of it
        "Turn the display off and on again.",
        "Set the volume to 30 but never above 40.",
        "Set the volume to 120.",
        "Set the display input to DisplayPort.",
        "Turn on the display without waking the Zoom Room.",
        "Restart the Zoom Room twice.",
        "Turn the volume down by 10.",
        "Turn off the display if it is on, otherwise turn on the projector.",
        'Turn off the display labelled "Stage left".',
        # a message without its words
        'Report in #av-morning: "Hall A green" or "Hall A red".',
        "Post the link in #av-support.",
        "Tell #av-support.",
    ],
)
def test_a_sentence_that_says_more_or_other_stays_in_words(sentence: str) -> None:
    assert set(calls(f"1. {sentence}\n")) == {"words"}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Turn on the display.", ["display.set_power"]),
        ("Please turn the projector off now.", ["display.set_power"]),
        ("Restart the Zoom Room to clear the fault.", ["zoom.restart_room"]),
        ("Restart the Zoom Room, because that ends the call.", ["zoom.restart_room"]),
        ("You must turn off the display.", ["display.set_power"]),
        ("Set the volume to 50.", ["zoom.set_volume"]),
        ("Read the zoom room status", ["zoom.get_room"]),
        ("Set the display input to HDMI2, set the volume to 35.", ["display.set_input", "zoom.set_volume"]),
        ("Tell the user, close the ticket", ["words", "tickets.resolve"]),
        ("Wait 30 seconds, then turn off the display.", ["wait 30s", "display.set_power"]),
        ("Turn off the display & wait 10 seconds, then turn it on again.", ["display.set_power", "wait 10s", "display.set_power"]),
        ("Restart the Zoom Room if it is offline.", ["zoom.get_room", "zoom.restart_room ?"]),
        ("Turn on the display when it is off.", ["display.get_power", "display.set_power ?"]),
        ("Turn on the display unless it is on.", ["display.get_power", "display.set_power ?"]),
        ("Turn off the display if the lamp blinks.", ["ask", "display.set_power ?"]),
        ("If the display is off, turn on the display and set the volume to 50.",
         ["display.get_power", "display.set_power ?", "zoom.set_volume ?"]),
        ("If echo is still there, restore the backup and open a ticket.", ["words", "ask", "tickets.create ?"]),
        ('If there are no open tickets, post "All fine" in #av-support.', ["ask", "tell All fine ?"]),
        ("If the camera is offline, open a ticket.", ["ask", "tickets.create ?"]),
        ("Turn on the display; if the zoom room is offline, restart the Zoom Room.",
         ["display.set_power", "zoom.get_room", "zoom.restart_room ?"]),
        ("Turn on the display and when it is on, restart the Zoom Room.", ["display.set_power", "words"]),
        ("If nobody is in the Zoom Room, restart the Zoom Room.", ["ask", "zoom.restart_room ?"]),
        ("If the display is off and the room is free, turn on the display.", ["ask", "display.set_power ?"]),
        ("Tell #av-support that the room is closed until Monday.", ["tell The room is closed until Monday"]),
        ("Tell #av-support: Water over rack 3, please come at once.", ["tell Water over rack 3, please come at once"]),
        ('Close ticket [ticket number] with resolution "port bounced".', ["tickets.resolve"]),
        ('Post in #av-support and #events: "Room down".', ["tell Room down", "tell Room down"]),
        ("Tell #av-support, #events and #ops that the room is back.", ["tell The room is back"] * 3),
        ('Post "see #a and #b" in #av-support.', ["tell see #a and #b"]),
        ("Check that the projector is on HDMI 1.", ["check reading.input == 'hdmi1'"]),
    ],
)  # fmt: skip
def test_what_says_all_of_it_is_called(sentence: str, expected: list[str]) -> None:
    assert calls(f"1. {sentence}\n") == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("If the display is off", "display_power.power == 'off'"),
        ("If the display is not on", "display_power.power != 'on'"),
        ("If the display isn't off", "display_power.power != 'off'"),
        ("If the display at 10.0.0.9 is still off", "display_power.power == 'off'"),
    ],
)
def test_a_condition_is_read_as_it_is_said(condition: str, expected: str) -> None:
    made = steps(f"1. {condition}, restart the Zoom Room.\n")
    assert [step.when for step in made] == ["", expected]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Check that the display is on.", "reading.power == 'on'"),
        ("Make sure that the display is off before you unplug it.", "reading.power == 'off'"),
        ("Verify that the display is on and shows the pc.", "reading.power == 'on' and reading.input == 'pc'"),
        ("Ensure the display is on HDMI2.", "reading.input == 'hdmi2'"),
        ("Make sure the display input is HDMI 1.", "reading.input == 'hdmi1'"),
        ("Make sure the display is not on HDMI 1.", ""),
        ("Ensure that the display shows USB-C.", "reading.input == 'usbc'"),
        ("Make sure no one is in a meeting before you turn off the display.", ""),
        ("Check that the display is not on.", ""),
        ("Check that no display is on.", ""),
        ("Check that the display is on after the restart.", ""),
        ("Check that the display is on or warming up.", ""),
        ("Check that the display is on and the camera is straight.", ""),
        ("Confirm with the host that the display is off.", ""),
        ("Check that the lamp below the display is on.", ""),
        ("Check that the display cable is off the floor.", ""),
        ("The button will display a blue light when the amplifier is powered on.", ""),
    ],
)
def test_only_a_sentence_that_says_nothing_else_becomes_a_check(sentence: str, expected: str) -> None:
    made = [step for step in steps(f"1. Restart the rack.\n2. {sentence}\n") if step.line == 2]
    assert [str(step.value) for step in made if step.key == "check"] == ([expected] if expected else [])


def test_what_is_to_be_made_sure_is_not_what_follows_it() -> None:
    first, second = steps("1. Make sure no one is in a meeting before you turn off the display.\n2. Turn off the display.\n")
    assert (first.key, first.reading) == ("confirm", {})
    assert second.value == "display.set_power"


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("Turn off the display in HQ-1.|Turn on the display in HQ-2.", ["{{ inputs.display_host }}", "{{ inputs.display_host_hq_2 }}"]),
        ("Turn off the left projector.|Turn on the right projector.", ["{{ inputs.display_host }}", "{{ inputs.display_host_right }}"]),
        ("Turn off the display in the lobby.|Turn it on.", ["{{ inputs.display_host }}", "{{ inputs.display_host }}"]),
        ("Turn on the display display-hq-4.av.example.|Turn off the display at 10.0.0.7.", ["display-hq-4.av.example", "10.0.0.7"]),
        ("Turn on the display.|Turn off the display in the board room.",
         ["{{ inputs.display_host }}", "{{ inputs.display_host_board_room }}"]),
    ],
)  # fmt: skip
def test_two_devices_never_share_an_address(text: str, hosts: list[str]) -> None:
    numbered = "\n".join(f"{number}. {row}" for number, row in enumerate(text.split("|"), start=1))
    assert [step.with_["host"] for step in steps(numbered + "\n")] == hosts


def test_a_reading_of_one_device_is_no_condition_for_another() -> None:
    made = steps("1. Read the power of the display at 10.0.0.1.\n2. If the display is off, turn on the display at 10.0.0.2.\n")
    assert [(step.value, step.with_["host"]) for step in made] == [
        ("display.get_power", "10.0.0.1"),
        ("display.get_power", "10.0.0.2"),
        ("display.set_power", "10.0.0.2"),
    ]


def test_otherwise_rests_on_the_step_before_it_only() -> None:
    text = (
        "1. If the lamp blinks, turn off the display.\n2. When the doors open, turn on the display.\n3. Otherwise restart the Zoom Room.\n"
    )
    assert calls(text) == ["ask", "display.set_power ?", "words", "words"]


def test_it_is_what_the_step_before_named() -> None:
    assert calls("1. Turn on the display.\n2. Open the door.\n3. Turn it off.\n")[-1] == "words"
    assert calls("1. Turn on the display.\n2. Wait one minute.\n3. Turn it off.\n")[-1] == "display.set_power"


def test_a_step_in_words_leaves_no_input_behind() -> None:
    assert convert("1. Turn off the display tonight.\n", file="a.md", tools=TOOLS).inputs == ()


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("Wait two minutes for the lamp to warm up.", True),
        ("Allow 3 to 5 minutes for the room to come back.", True),
        ("Wait 30 seconds, then turn off the display.", False),
        ("Then wait 4 min. Check that the display is on:", False),
        ("Wait 10 seconds and plug it back in.", False),
        ("Wait up to 5 minutes until the light is green.", False),
        ("Wait for the light.", False),
    ],
)
def test_a_wait_is_nothing_but_a_wait(text: str, only: bool) -> None:
    assert is_only_wait(text) is only


def test_a_clause_at_the_end_is_cut_off() -> None:
    tail = cut_tail('Post "if and when" in #a if it is off.', looks=False, tells=True)
    assert (tail.head, tail.word, tail.clause) == ('Post "if and when" in #a', "if", "it is off")
    assert not cut_tail("Check if the display is on.", looks=True, tells=False).word
    assert not cut_tail("Restart it so that it works.", looks=False, tells=False).limits
    assert len(unquoted('Say "no" now')) == len('Say "no" now')


@pytest.mark.parametrize("text", ["the display cable", "a Zoom Room scheduling panel", "the projector's remote"])
def test_a_name_before_another_noun_names_that(text: str) -> None:
    tool = BY_NAME["zoom" if "Zoom" in text else "display"]
    assert mentions(text, tool)
    assert all(is_other_thing(text, tool, action) for action in tool.actions)


@pytest.mark.parametrize("text", ["Display the logo", "the panel will display a light", "#display", "a display-less room", 'say "display"'])
def test_a_verb_a_channel_and_a_quote_name_no_tool(text: str) -> None:
    assert mentions(text, BY_NAME["display"]) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "You can also restart the Zoom Room.",
        "You may restart the Zoom Room now.",
        "You might want to restart the Zoom Room.",
        "Restarting the Zoom Room may help.",
        "It is worth restarting the Zoom Room.",
        "Optionally restart the Zoom Room.",
    ],
)
def test_what_may_be_done_is_not_done_by_itself(sentence: str) -> None:
    made = steps(f"Turn on the display.\n\n{sentence}\n")
    assert [step.key for step in made[1:]] == ["do"]
    assert any("allows it and does not order it" in comment for comment in made[1].comments)


@pytest.mark.parametrize("lead", ["Do one of the following:", "Choose:", "Either:", "Try any of these:", "Choose one of these:"])
@pytest.mark.parametrize("title", ["# Picture\n\n", ""])
def test_of_alternatives_none_is_done_by_itself(lead: str, title: str) -> None:
    made = steps(f"{title}{lead}\n\n- Turn on the display\n- Restart the Zoom Room\n")
    assert all(step.key in ("do", "manual") for step in made)
    assert all(lead.rstrip(":") in step.text for step in made)
    assert "Restart the Zoom Room" in made[-1].text


def test_what_is_said_is_not_done() -> None:
    made = steps('Greet them: "Please sit. Turn off the display. Bye."\n')
    assert [(step.key, step.text) for step in made] == [("do", 'Greet them: "Please sit. Turn off the display. Bye."')]


def test_a_table_of_troubles_asks_before_each_remedy() -> None:
    made = steps(
        "# Fix\n\n| Problem | What to do |\n|---|---|\n| No picture | Turn on the display |\n| No sound | Restart the Zoom Room |\n"
    )
    assert [(step.key, bool(step.when)) for step in made] == [("ask", False), ("tool", True), ("ask", False), ("tool", True)]


@pytest.mark.parametrize("title", ["Absolutely forbidden", "Approval required", "What not to do", "Never", "Don't"])
@pytest.mark.parametrize("listed", ["- Turn off the display\n", "| Action | Reason |\n|---|---|\n| Turn off the display | Safety |\n"])
def test_what_is_forbidden_is_no_step(title: str, listed: str) -> None:
    made = convert(f"# Rules\n\n## {title}\n\n{listed}\n## Steps\n\n1. Restart the Zoom Room.\n", file="x.md")
    assert [step.text for step in made.steps] == ["Restart the Zoom Room."]
    assert made.guardrails == ("Turn off the display",)


@pytest.mark.parametrize(
    "order",
    [
        "Obsolete: restart the Zoom Room",
        "Restart the Zoom Room [deprecated]",
        "Facilities: restart the Zoom Room.",
        "Restart the Zoom Room (IT).",
        "Restart the Zoom Room @IT.",
        "Restart the Zoom Room - vendor task",
        "Restart the Zoom Room manually.",
        "Restart the Zoom Room as a last resort.",
        "Restart the Zoom Room at the customer's request.",
        "Restart the neighbouring Zoom Room.",
        "Fix the room, e.g. restart the Zoom Room.",
        "The panel shows: Restart the Zoom Room.",
        "Room offline: restart the Zoom Room.",
        "Restart the Zoom Room. Do this only if the room is offline.",
        "Restart the Zoom Room. Ask the manager first.",
        "Restart the Zoom Room. You can skip this step.",
        "Frozen? Restart the Zoom Room.",
    ],
)
def test_what_stands_around_an_order_holds_it_back(order: str) -> None:
    made = steps(f"1. Turn on the display.\n2. {order}\n")
    assert [step.key for step in made[1:]] == ["do"]


@pytest.mark.parametrize(
    "text",
    [
        "## Optional steps\n\n- Restart the Zoom Room.\n",
        "## Only on Mondays\n\n- Restart the Zoom Room.\n",
        "## Troubleshooting\n\n- Restart the Zoom Room.\n",
        "No picture:\n\n- Restart the Zoom Room.\n",
        "Some things that often help:\n\n- Restart the Zoom Room.\n",
        "OR\n\nRestart the Zoom Room.\n",
        "> Restart the Zoom Room.\n",
        "| Action | Required |\n|---|---|\n| Restart the Zoom Room | No |\n",
        "| Time | Action |\n|---|---|\n| 20:00 | Restart the Zoom Room |\n",
        "| Who | Task |\n|---|---|\n| IT helpdesk | Restart the Zoom Room |\n",
    ],
)
def test_where_an_order_stands_holds_it_back(text: str) -> None:
    made = steps(f"# Start the room\n\nTurn on the display.\n\n{text}")
    assert made[-1].key in ("do", "manual")
    assert "Restart the Zoom Room" in made[-1].text


@pytest.mark.parametrize(
    "lead", ["The technician must never:", "Users are not permitted to:", "Never do the following during a meeting:", "Don't:"]
)
def test_a_list_of_what_is_forbidden_gives_rules(lead: str) -> None:
    made = convert(f"# Start the room\n\nTurn on the display.\n\n{lead}\n\n- Restart the Zoom Room\n", file="x.md")
    assert [step.text for step in made.steps] == ["Turn on the display."]
    assert "Restart the Zoom Room" in made.guardrails


def test_numbers_without_end_are_no_values() -> None:
    made = steps(f"1. Wait {'1' * 5000} seconds.\n2. Recall preset {'9' * 5000} on the audio DSP.\n3. Turn on the display.\n")
    assert [step.key for step in made][-1] == "tool"
    assert "wait" not in [step.key for step in made]


@pytest.mark.parametrize(
    "sentence",
    [
        "Turn off the display at 10.1.1.20 for 10 seconds, then turn it on.",
        "Turn off, then turn on the display.",
        "Open ticket INC0001.",
    ],
)
def test_parts_that_lean_on_others_stay_in_words(sentence: str) -> None:
    (step,) = steps(f"1. {sentence}\n")
    assert step.key in ("do", "manual")
    assert step.text == sentence


def test_a_table_of_cases_gives_each_its_remedy() -> None:
    made = steps("# Fix\n\n| If | Then |\n|---|---|\n| Room is offline | Restart the Zoom Room |\n")
    assert made[-1].key == "tool"
    assert made[-1].when


@pytest.mark.parametrize("mark", ["-", "–", "--", "=>", "→", "->", ":"])
def test_what_stands_before_a_mark_holds_the_order_back(mark: str) -> None:
    made = steps(f"1. Turn on the display.\n2. Room offline {mark} restart the Zoom Room.\n")
    assert [step.key for step in made] == ["tool", "do"]


def test_a_check_gets_the_time_that_the_sop_gives_it() -> None:
    made = steps(
        "1. Turn on the display. Give it a minute.\n2. Check that the display is on. Give it up to 90 seconds to warm up.\n"
        "3. Check that the picture is sharp. Allow it two minutes.\n"
    )
    assert [(step.key, step.within) for step in made] == [("tool", ""), ("wait", ""), ("check", "90s"), ("confirm", "")]
    assert made[1].value == "1m"
    assert made[3].value == "Check that the picture is sharp. Allow it two minutes."


@pytest.mark.parametrize(
    ("text", "power"),
    [
        ("Power up the display", "on"),
        ("Power the display on.", "on"),
        ("Wake the display.", "on"),
        ("Power down the display", "off"),
        ("Shut the display down.", "off"),
    ],
)
def test_power_is_switched_in_many_words(text: str, power: str) -> None:
    (made,) = steps(f"1. {text}\n")
    assert (made.value, made.with_.get("power")) == ("display.set_power", power)


@pytest.mark.parametrize("text", ["Shut down the PC beside the display.", "Turn off the lamp over the display."])
def test_what_stands_beside_the_device_is_not_the_device(text: str) -> None:
    assert calls(f"1. {text}\n") == ["words"]


def test_what_is_done_at_an_hour_is_not_done_whenever_the_recipe_runs() -> None:
    for mark in ("- ", ""):
        made = steps(f"# Show\n\n{mark}18:00 turn off the display\n{mark}18:30: turn on the display\n")
        assert [step.key for step in made] == ["do", "do"]
        assert "it is for 18:00, whenever the recipe is run" in made[0].comments[0]


@pytest.mark.parametrize(
    "text",
    [
        "Do not turn off the display, but restart the Zoom Room.",
        "It is the vendor's responsibility to restart the Zoom Room.",
        "Turning off the display can be a possible workaround.",
        "It may be possible to fix it by restarting the Zoom Room.",
        "We suggest the display is turned off.",
        "You will probably want to restart the Zoom Room.",
        "If the link is slow, it may be worth restarting the Zoom Room.",
    ],
)
def test_what_is_only_suggested_or_somebody_elses_stays_in_words(text: str) -> None:
    assert calls(f"1. {text}\n2. Open the door.\n") == ["words", "words"]


def test_before_that_holds_back_what_stands_before_it() -> None:
    assert calls("1. Turn off the display.\n2. Before that, save the preset.\n3. Turn on the display.\n") == [
        "words",
        "words",
        "display.set_power",
    ]


@pytest.mark.parametrize("text", ["Tell #av-ops nothing.", "Touch nothing on the rack.", "Tell nobody."])
def test_an_order_to_do_nothing_is_a_rule(text: str) -> None:
    assert calls(f"- {text}\n- Turn on the display.\n") == ["display.set_power"]


def test_two_ticked_lines_are_two_steps() -> None:
    assert calls("# Room\n\n✅ Turn on the display.\n✅ Look at the logo.\n") == ["display.set_power", "words"]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("Open an urgent ticket for the display.", "high"),
        ("Open a high-priority ticket.", "high"),
        ("Open a P1 ticket.", "high"),
        ("Open a critical incident ticket.", "high"),
        ("Open a ticket with sev-3.", "moderate"),
        ("Create a low severity ticket: the highest lamp is dark.", "low"),
        ("Open a ticket for the low battery.", None),
        ("Open a ticket that the highest lamp is dark.", None),
    ],
)
def test_a_ticket_is_as_urgent_as_the_sop_says(text: str, severity: str | None) -> None:
    (made,) = steps(f"1. {text}\n")
    assert (made.value, made.with_.get("severity")) == ("tickets.create", severity)


def test_urgency_that_the_tool_cannot_take_keeps_the_order_in_words() -> None:
    tool = BY_NAME["tickets"]
    without = replace(tool, actions=tuple(replace(a, input={k: v for k, v in a.input.items() if k != "severity"}) for a in tool.actions))
    (made,) = convert("1. Open an urgent ticket.\n", file="a.md", tools=[without]).steps
    assert made.key == "do"
    assert "how urgent it is (urgent)" in made.comments[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "1. Turn on the display and check that it is on.\n2. Restart the Zoom Room.\n",
            [("act", "tool"), ("act", "check"), ("act", "tool")],
        ),
        ("1. Turn on the display, check that it is on and restart the Zoom Room.\n", [("act", "tool"), ("act", "check"), ("act", "tool")]),
        (
            "1. Restart the Zoom Room.\n2. Turn on the display and check that it is on.\n",
            [("act", "tool"), ("act", "tool"), ("verify", "check")],
        ),
    ],
)
def test_what_one_sentence_changes_and_checks_stays_together(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(step.phase, step.key) for step in steps(text)] == expected
