"""Blocks, sentences and headings."""

from __future__ import annotations

import pytest
import yaml

from avops.sop.blocks import Block, read_markdown
from avops.sop.convert import convert, read_blocks
from avops.sop.grammar import read
from avops.sop.plain import split_line
from avops.sop.sections import section_kind
from avops.sop.sentences import sentences
from avops.sop.source import read_source


def blocks(text: str) -> list[Block]:
    return read_blocks(read_source(text))


def test_line_numbers_survive_what_is_taken_out() -> None:
    text = "---\ntitle: X\n---\n\n<!-- a\nb -->\n<div>\n\n1. Open the rack.\n"
    (item,) = read_markdown(read_source(text))
    assert (item.kind, item.text, item.line) == ("item", "Open the rack.", 9)


def test_why_lines_were_dropped_is_known() -> None:
    source = read_source("---\ntitle: X\n---\n<!-- a -->\n</div>\n{% include x %}\n")
    assert source.title == "X"
    assert source.dropped == {
        1: "front matter", 2: "front matter", 3: "front matter", 4: "HTML comment", 5: "markup", 6: "template statement",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        '!!! warning "Hot"\n    Mind the lamp.\n',
        ":::warning\nMind the lamp.\n:::\n",
        "> [!WARNING]\n> Mind the lamp.\n",
    ],
)
def test_admonitions_are_asides(text: str) -> None:
    assert [b.aside for b in blocks(text) if "lamp" in b.text] == ["warning"]


def test_checkboxes_in_an_admonition_keep_their_box() -> None:
    (item,) = (b for b in blocks("??? tip\n    - [ ] Deactivate the filter\n") if b.kind == "item")
    assert (item.checkbox, item.aside, item.line) == (True, "tip", 2)


def test_nested_items_know_their_parent() -> None:
    found = blocks("- **A**\n  - b\n    - c\n")
    assert [b.parent for b in found] == [None, 0, 1]


def test_a_bold_line_is_a_heading() -> None:
    found = blocks("**Before the show**\n\n- Open `x`\n")
    assert [(b.kind, b.text) for b in found] == [("heading", "Before the show"), ("item", "Open `x`")]


@pytest.mark.parametrize(
    "line",
    [
        "1. Open it",
        "1) Open it",
        "(1) Open it",
        "Step 1: Open it",
        "STEP 1 - Open it",
        "- Open it",
        "• Open it",
        "a) Open it",
        "1.1 Open it",
    ],
)
def test_plain_text_numbers_in_many_ways(line: str) -> None:
    (item,) = blocks(f"{line}\n")
    assert (item.kind, item.text) == ("item", "Open it")


def test_plain_text_headings() -> None:
    found = blocks("SCOPE\nAll rooms.\n\nProcedure:\n1. Go\n\nClean up\n--------\nDone.\n")
    assert [b.text for b in found if b.kind == "heading"] == ["SCOPE", "Procedure", "Clean up"]


def test_dotted_numbers_nest() -> None:
    found = blocks("4.1 Power up\n4.1.1 Switch on the rack.\n4.2 Sound\n4.2.1 Speak.\n")
    assert [b.parent for b in found] == [None, 0, None, 2]


@pytest.mark.parametrize(
    ("line", "pieces"),
    [
        ("- Gather details - Restart display – Verify", ["Gather details", "Restart display", "Verify"]),
        ("Check picture – Confirm status - Okay", ["Check picture", "Confirm status - Okay"]),
        ("1. Open it 2. Close it", ["Open it", "Close it"]),
        ("open; close", ["open", "close"]),
        ("re-seat the USB-C cable", ["re-seat the USB-C cable"]),
    ],
)
def test_one_line_sops_are_cut_at_their_separators(line: str, pieces: list[str]) -> None:
    assert split_line(line) == pieces


@pytest.mark.parametrize(
    "text",
    [
        "turn off the display in HQ-1",
        "pls turn off the display",
        "can someone turn off the display in HQ-1 pls",
        "Could you please mute the mic?",
    ],
)
def test_a_request_in_one_sentence_is_a_step(text: str) -> None:
    document = yaml.safe_load(convert(text, file="a.md").recipe_text)
    assert len(document["act"]) == 1


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("From **Camera 1** copy the link into the lower third.", "copy"),
        ("In **Settings** click **Apply**.", "click"),
        ("For rooms with two displays ensure that both show the picture.", "ensure"),
        ("Although the update starts by itself, run it once by hand.", "run"),
        ("You must frobnicate the relay.", "frobnicate"),
    ],
)
def test_an_order_behind_its_place_or_a_duty_is_found(text: str, verb: str) -> None:
    reading = read(text)
    assert (reading.verb, reading.mood in ("do", "must")) == (verb, True)


@pytest.mark.parametrize("text", ["You must be the owner.", "The light must glow the same colour."])
def test_a_state_that_must_be_is_no_order(text: str) -> None:
    assert read(text).mood not in ("do", "must")


def test_pictures_in_front_of_the_words_hide_nothing() -> None:
    text = (
        "# ⚠️ Reset\n\n⚠️ Never reboot during a meeting.\n\n## ⚙️ Procedure\n\n- ✅ Press Power.\n- 1️⃣ Open the rack.\n\n"
        "## 🔍 Verification\n\n- 👉 Check the picture.\n"
    )
    made = convert(text, file="a.md")
    document = yaml.safe_load(made.recipe_text)
    assert (document["name"], len(document["act"]), len(document["verify"])) == ("Reset", 2, 1)
    assert "Never reboot during a meeting." in made.recipe_text.split("name:")[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("## Followers\n\nWhy.\n\n## Power\n\n- Press Power.\n\n## Sound\n\n- Set the level.\n", "Tear down"),
        ("## Closing the hall\n\n- Press Power.\n", "Closing the hall"),
        ("# Closing the hall\n\n## Power\n\n- Press Power.\n\n## Sound\n\n- Set the level.\n", "Closing the hall"),
    ],
)
def test_the_first_section_of_several_is_no_title(text: str, name: str) -> None:
    assert convert(text, file="tear-down.md").name == name


def test_what_stands_around_a_line_of_steps_is_read_too() -> None:
    text = (
        "# Restart the display\nFor the wall in the lobby.\n\nSteps: press Power - wait a minute - check the picture\n\n"
        "Call the lead if it stays dark.\n"
    )
    document = yaml.safe_load(convert(text, file="a.md").recipe_text)
    assert document["name"] == "Restart the display"
    assert [step["source"] for phase in ("act", "verify") for step in document[phase]] == ["a.md:4", "a.md:4", "a.md:6", "a.md:4"]


def test_a_line_with_its_own_steps_among_others_hides_none_of_them() -> None:
    text = "Steps: open - close - lock\n\n1. Open the rack.\n2. Press Power.\n"
    document = yaml.safe_load(convert(text, file="a.md").recipe_text)
    assert [step.get("manual") for step in document["act"]][-2:] == ["Open the rack.", "Press Power."]


def test_sentences_know_their_lines_and_spare_abbreviations() -> None:
    found = sentences("Use a cable, e.g. HDMI. Then wait\nfor approx. 5 s. Open `a.b. C` now.", 10)
    assert [(s.text, s.line) for s in found] == [
        ("Use a cable, e.g. HDMI.", 10), ("Then wait for approx. 5 s.", 10), ("Open `a.b. C` now.", 11),
    ]  # fmt: skip


def test_a_bold_line_below_a_picture_is_a_caption() -> None:
    found = sentences("Press Power.\n![p](p.png)\n**Press Power here.**", 1)
    assert [(s.text, s.caption) for s in found] == [("Press Power.", False), ("**Press Power here.**", True)]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("2. Verification", "verify"),
        ("Before you begin", "plan"),
        ("## Diagnosis", "intake"),
        ("Roll-back plan", "rollback"),
        ("See also", "reference"),
        ("Troubleshooting the dock", "contingency"),
        ("Phase 1: Plan", "plan"),
        ("Replace the lamp", None),
        ("Planet room", None),
    ],
)
def test_headings_say_what_follows(title: str, kind: str | None) -> None:
    assert section_kind(title) == kind
