"""What stands above a list says of its steps: not these, not now, not by us, or only one of them."""

from __future__ import annotations

import pytest
from tests.unit.sop.shipped_tools import TOOLS

from avops.sop.convert import convert
from avops.sop.steps import DraftStep


def steps(text: str) -> list[DraftStep]:
    return list(convert(text, file="a.md", tools=TOOLS).steps)


def calls(text: str) -> list[str]:
    """`TOOL.ACTION` of each step that calls one, `words` of any other."""
    return [str(step.value) if step.key == "tool" else "words" for step in steps(text)]


@pytest.mark.parametrize(
    "label",
    [
        "Already tried:",
        "Done:",
        "What the user has already done:",
        "Presenter:",
        "Vendor tasks:",
        "Only L2:",
        "At 18:00:",
        "After the event:",
        "Tomorrow morning:",
        "Option A",
        "Options:",
        "Try the following until it works:",
    ],
)
def test_a_list_below_such_a_label_calls_nothing(label: str) -> None:
    text = f"# Event\n\n{label}\n\n- Turn off the display\n- Restart the zoom room\n\nSteps:\n\n- Turn on the display\n"
    assert [step.value for step in steps(text) if step.key == "tool"] == ["display.set_power"]


@pytest.mark.parametrize("label", ["AV tech:", "Next steps:", "Before we start:", "Ceiling speakers:", "Operators:", "Plan"])
def test_a_list_below_a_label_of_ours_is_bound(label: str) -> None:
    assert calls(f"# Event\n\n{label}\n\n- Turn on the display\n- Restart the zoom room\n") == ["display.set_power", "zoom.restart_room"]


@pytest.mark.parametrize(
    "text",
    [
        "## Room frozen\n\n- Restart the zoom room\n\n## No picture\n\n- Turn on the display\n",
        "## HQ-1\n\n- Turn on the display\n\n## HQ-2\n\n- Turn off the display\n",
        "HQ-1:\n\n- Turn on the display\n\nHQ-2:\n\n- Turn off the display\n",
        "## Tomorrow\n\n- Turn on the display\n- Restart the zoom room\n",
        "## Tomorrow\n\n### Screens\n\n- Turn on the display\n- Restart the zoom room\n",
        "## Helpdesk\n\n- Turn on the display\n- Restart the zoom room\n",
    ],
)
def test_parts_that_exclude_each_other_call_nothing(text: str) -> None:
    made = steps(f"# Trouble\n\n{text}")
    assert [step.key in ("do", "manual") for step in made] == [True, True]
    assert "stands beside it, so nothing is called by itself" in made[0].comments[0]


@pytest.mark.parametrize("label", ["Don't:", "Don'ts", "Things not to do:", "Please avoid:", "Common mistakes:", "Bad:", "Never:"])
def test_a_list_of_what_not_to_do_gives_rules(label: str) -> None:
    for above, below in (("", ""), ("\n", "\n")):
        text = f"# Room\n\n- Turn on the display\n{above}{label}\n{below}- Restart the zoom room\n- Turn off the display\n"
        assert calls(text) == ["display.set_power"]


def test_a_heading_that_only_begins_so_forbids_nothing() -> None:
    assert calls("# Fire\n\n## Don't panic!\n\n1. Turn on the display\n2. Restart the zoom room\n") == [
        "display.set_power",
        "zoom.restart_room",
    ]


@pytest.mark.parametrize("title", ["Do notify everybody:", "## Notify the guests", "## Adding a user", "Avoidance plan:"])
def test_who_is_spoken_to_or_of_does_not_do_it(title: str) -> None:
    assert calls(f"# Room\n\n{title}\n\n- Turn on the display\n- Restart the zoom room\n")[-2:] == [
        "display.set_power",
        "zoom.restart_room",
    ]


@pytest.mark.parametrize("mark", ["", "**"])
@pytest.mark.parametrize("gap", ["", "\n"])
def test_a_label_without_a_colon_gives_its_list_a_condition(mark: str, gap: str) -> None:
    made = steps(
        f"# Room\n\n{mark}If frozen{mark}\n{gap}- Restart the zoom room\n{gap}{mark}If offline{mark}\n{gap}- Turn on the display\n"
    )
    assert [step.when for step in made if step.key == "tool"] == ["frozen == 'yes'", "offline == 'yes'"]


def test_the_title_of_an_sop_may_be_its_condition() -> None:
    made = steps("If the display is off\n- turn on the display\n- restart the zoom room\n")
    assert [step.when for step in made if step.key == "tool"] == ["", *["display_power.power == 'off'"] * 2]


def test_what_an_sop_is_about_is_no_condition() -> None:
    made = steps("# When a Zoom Room freezes\n\nWalk over. Then restart the zoom room.\n")
    assert [(step.value, step.when) for step in made if step.key == "tool"] == [("zoom.restart_room", "")]


def test_what_is_looked_at_after_a_change_is_not_looked_at_before_it() -> None:
    made = steps("# Frozen room\n\n1. Restart the zoom room\n2. Check the room status\n3. Close the ticket\n")
    assert [step.phase for step in sorted(made, key=lambda step: step.line)] == ["act", "verify", "verify"]


def test_the_display_is_the_one_that_was_named_so() -> None:
    made = steps("1. Turn on the display\n2. Turn on the confidence monitor\n3. Turn off the display\n")
    assert made[2].with_["host"] == made[0].with_["host"] != made[1].with_["host"]
    assert calls("1. Turn on the left display\n2. Turn on the right display\n3. Turn off the display\n")[-1] == "words"


def test_an_input_is_no_place() -> None:
    made = convert("1. Turn on the display\n2. Check that the display is on HDMI1\n3. Turn off the display\n", file="a.md", tools=TOOLS)
    assert [spec.name for spec in made.inputs] == ["display_host"]


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("First, turn on the display", "display.set_power"),
        ("Step 3: set the display input to HDMI 1", "display.set_input"),
        ("Change the input of the display to USB-C", "display.set_input"),
        ("Turn on the display, please", "display.set_power"),
        ("Don't forget to turn off the display", "display.set_power"),
    ],
)
def test_common_ways_of_saying_it_are_bound(text: str, call: str) -> None:
    assert calls(f"# Room\n\n- {text}\n- Open the door.\n")[0] == call


@pytest.mark.parametrize(
    "text",
    [
        "Turn on/off the display",
        "Consider restarting the zoom room",
        "L2: restart the zoom room",
        "User opens a ticket",
        "Open a ticket or call the helpdesk",
        "Post in #av-support or call L2",
        "The quickest fix is to turn off the display.",
        "Set the zoom room volume to 40-60",
        "Set the zoom room volume to about 50",
        "Turn the zoom room volume up",
        "Open a ticket with the vendor",
        "Close the parent ticket",
        "Switch the projector off at the wall",
        "Restart the Zoom Room by pulling the power",
        "Turn off the display at the end of the day",
        "Turn off the display EOD",
        "Log it in the ticket",
        "HQ-1: turn on the display",
    ],
)
def test_what_says_more_or_less_than_the_call_stays_in_words(text: str) -> None:
    assert calls(f"# Room\n\n- {text}\n- Open the door.\n") == ["words", "words"]


def test_a_comment_without_words_is_asked_for() -> None:
    (made,) = steps("1. Update the ticket with what you did\n")
    assert made.with_["text"] == "{{ inputs.tickets_text }}"
    assert calls("1. No need to open a ticket.\n2. Open the door.\n") == ["words"]


def test_the_ticket_that_the_recipe_opened_is_the_one_that_it_closes() -> None:
    made = steps("1. Open a ticket\n2. Restart the zoom room\n3. Update the ticket: restarted\n4. Close the ticket\n")
    assert made[0].id == "ticket"
    assert [step.with_["ticket"] for step in made if step.value in ("tickets.comment", "tickets.resolve")] == ["{{ ticket.id }}"] * 2
    for other in ("1. If the display is off, open a ticket\n2. Close the ticket\n", "1. Open a ticket\n2. Close ticket INC0012345\n"):
        assert "{{ ticket.id }}" not in [step.with_.get("ticket") for step in steps(other)]


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("Lower the zoom room volume to 30", "zoom.set_volume"),
        ("Set the zoom room vol to 40", "zoom.set_volume"),
        ("Switch the display to HDMI1", "display.set_input"),
        ("Set the display to PC", "display.set_input"),
        ("Read the ticket", "tickets.get"),
        ("Open a ticket so that we can count how often this happens", "tickets.create"),
    ],
)
def test_values_are_set_in_many_words(text: str, call: str) -> None:
    assert calls(f"# Room\n\n- {text}\n- Open the door.\n")[0] == call


@pytest.mark.parametrize("text", ["Let #av-support know that the room is ready", "Ping #av-support: the room is ready"])
def test_a_channel_is_told_in_many_words(text: str) -> None:
    told = [step.value for step in steps(f"# Room\n\n- Turn on the display\n- {text}\n") if step.key == "notify"]
    assert told == [{"slack": "#av-support", "text": "The room is ready"}]


@pytest.mark.parametrize("title", ["To do:", "## Inputs", "# Inputs"])
def test_orders_below_such_a_heading_are_steps(title: str) -> None:
    assert calls(f"{title}\n\n- Switch the input of the display to pc\n- Turn on the display\n") == [
        "display.set_input",
        "display.set_power",
    ]


@pytest.mark.parametrize(("text", "value"), [("Wait half a minute.", "30s"), ("Wait 2m", "2m"), ("Wait half an hour", "30m")])
def test_waits_are_read_in_short_forms(text: str, value: str) -> None:
    assert [step.value for step in steps(f"1. Turn on the display\n2. {text}\n")][1] == value


def test_a_number_at_the_end_ends_its_sentence() -> None:
    made = steps("Turn on the display. Set the volume of the zoom room to 50. The room must be free. Check the camera.\n")
    assert [step.with_.get("volume") for step in made if step.value == "zoom.set_volume"] == [50]


def test_if_not_rests_on_what_was_looked_at() -> None:
    made = steps("1. Check if the display is on. If not, turn it on.\n2. Open the door.\n")
    assert [(step.value, step.when) for step in made if step.key == "tool"] == [
        ("display.get_power", ""),
        ("display.set_power", "not (display_power.power == 'on')"),
    ]
    assert calls("1. Check the display power\n2. If not, turn on the display\n") == ["display.get_power", "words"]
    assert calls("1. Check if the display is on\n2. Open the door\n3. If not, turn on the display\n")[-1] == "words"


def test_answers_to_a_question_decide_about_calls() -> None:
    made = steps("1. Is the display on?\n   - No: turn on the display\n   - Yes: restart the zoom room\n")
    assert [(step.value, step.when) for step in made if step.key == "tool"] == [
        ("display.set_power", "display_on == 'no'"),
        ("zoom.restart_room", "display_on == 'yes'"),
    ]


@pytest.mark.parametrize(
    ("text", "resolution"),
    [
        ("Close the ticket, resolution: restarted", "restarted"),
        ("Close the ticket with the comment that the room was restarted", "the room was restarted"),
        ("Close the ticket", "{{ inputs.tickets_resolution }}"),
    ],
)
def test_a_ticket_is_closed_in_the_words_of_the_sop(text: str, resolution: str) -> None:
    (made,) = steps(f"1. {text}\n")
    assert made.with_["resolution"] == resolution


@pytest.mark.parametrize("text", ["Tell #av-support that you restarted the room", "If this fails, post in #av-support"])
def test_a_message_that_needs_other_words_is_not_sent(text: str) -> None:
    assert [step.key for step in steps(f"1. {text}\n2. Open the door.\n") if step.key == "notify"] == []


def test_what_a_table_expects_is_no_message() -> None:
    made = steps(
        "# T\n\n| Step | Expected result |\n|---|---|\n| Post in #av-support | Message is visible |\n| Turn on the display | Logo |\n"
    )
    assert sorted(step.key for step in made) == ["do", "tool"]


def test_a_title_says_more_than_it() -> None:
    made = steps("1. If it doesn't work, open a ticket\n2. Open a ticket with room, time and symptom\n")
    assert [step.with_["title"] for step in made if step.value == "tickets.create"] == [
        "If it doesn't work, open a ticket",
        "Open a ticket with room, time and symptom",
    ]


def test_a_wrapped_line_is_no_label() -> None:
    made = steps("1. Restart the display\nif it is frozen\n2. Turn off the display\n")
    assert [step.when for step in made if step.key == "tool" and step.value == "display.set_power"] == [""]
    made = steps("1. Turn off the display\nwhen the meeting is over\n2. Turn on the display\n")
    assert [step.with_.get("power") for step in made if step.key == "tool"] == ["on"]


def test_what_an_answer_alone_opened_or_read_is_not_used_elsewhere() -> None:
    made = steps("1. Is the room dark?\n   - Yes: Open a ticket\n   - No: Turn on the display\n2. Close the ticket\n")
    assert [step.with_["ticket"] for step in made if step.value == "tickets.resolve"] == ["{{ inputs.ticket }}"]
    made = steps(
        "1. Is the room dark?\n   - Yes: Read the display power\n   - No: Open the door\n2. If the display is off, turn on the display\n"
    )
    (call,) = [step for step in made if step.value == "display.set_power"]
    read = [step for step in made if step.key == "tool" and call.when.startswith(f"{step.id}.")]
    assert [step.when for step in read] == [""]


def test_nothing_rests_on_what_a_later_phase_reads_or_opens() -> None:
    made = steps("## Verify\n\n1. Read the display power\n\n## Act\n\n1. If the display is off, turn on the display\n")
    (call,) = [step for step in made if step.value == "display.set_power"]
    (read,) = [step for step in made if step.key == "tool" and call.when.startswith(f"{step.id}.")]
    assert read.phase == "act"
    made = steps('## Verify\n\n1. Open a ticket\n2. Close the ticket\n\n## Plan\n\n1. Update the ticket: "x y z"\n')
    assert [step.with_["ticket"] for step in made if step.value == "tickets.comment"] == ["{{ inputs.ticket }}"]


def test_what_a_sentence_in_words_would_have_opened_is_not_open() -> None:
    made = steps("1. Open a ticket, check the cable and plug it in.\n2. Close the ticket.\n")
    ids = {step.id for step in made}
    assert all("{{ ticket.id }}" not in step.with_.values() or "ticket" in ids for step in made)


def test_of_two_tickets_none_is_the_ticket() -> None:
    made = steps('1. Open a ticket: "first one"\n2. Open a ticket: "second one"\n3. Close the ticket\n')
    assert [step.with_["ticket"] for step in made if step.value == "tickets.resolve"] == ["{{ inputs.ticket }}"]


def test_a_number_at_the_end_of_a_sentence_counts_nothing() -> None:
    made = convert("1. Load snapshot 1. Then load snapshot 2. Mute the core.\n", file="a.md")
    assert [step.text for step in made.steps] == ["Load snapshot 1.", "Then load snapshot 2.", "Mute the core."]


@pytest.mark.parametrize("label", ["Bad picture on the display:", "Wrong input:"])
def test_a_symptom_forbids_nothing(label: str) -> None:
    made = convert(f"# Room\n\nDo this.\n\n{label}\n\n- Turn off the display.\n- Open the door.\n", file="a.md", tools=TOOLS)
    assert made.guardrails == ()


def test_the_number_of_a_step_is_no_hour() -> None:
    made = steps("2.10 Turn on the display\n2.11 Restart the zoom room\n")
    assert [step.value for step in made] == ["display.set_power", "zoom.restart_room"]


def test_the_name_of_a_thing_says_not_how_urgent_it_is() -> None:
    (made,) = steps('1. Open a ticket for panel P2: "Broken glass"\n')
    assert "severity" not in made.with_


def test_a_sentence_of_one_word_over_and_over_takes_no_time() -> None:
    assert len(steps("1. Turn on the display " + "display " * 5000 + "\n2. Open the door.\n")) == 2
