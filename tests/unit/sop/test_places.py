"""The phase of a step by where it stands among the changes, and what is said about steps that a recipe moves."""

from __future__ import annotations

import pytest

from avops.sop.convert import convert


def placed(text: str) -> dict[int, str]:
    """The phase of each step by its line."""
    return {step.line: step.phase for step in convert(text, file="a.md").steps}


TWO = "# Rack\n\n## A\n\n1. Open the door.\n2. {}\n\n## B\n\n1. {}\n2. Plug in the cable.\n"
WORK = "3. Mount the bracket.\n4. Tighten the bolts.\n5. Route the cable.\n"


@pytest.mark.parametrize(
    ("text", "line", "phase"),
    [
        # one change is done, the work is still to come
        ("# Rack\n\n1. Open the door.\n2. Make sure the mains is off.\n" + WORK, 4, "plan"),
        ("# Rack\n\n1. Open the door.\n2. Check which port is free.\n" + WORK, 4, "intake"),
        ("# Rack\n\n1. Open the door.\n2. Make sure the door stays open.\n" + WORK, 4, "verify"),
        ("# Rack\n\n1. Open the door.\n2. Make sure the mains is off.\n3. Mount the bracket.\n", 4, "verify"),
        ("# Rack\n\n1. Turn off the mains.\n2. Make sure that no voltage is present.\n" + WORK, 4, "verify"),
        ("# Rack\n\n1. Open the door.\n2. Check that it stays open.\n" + WORK, 4, "verify"),
        # a question at the head of a section that has changed nothing yet
        (TWO.format("Mount the bracket.", "Check which port is free."), 10, "intake"),
        (TWO.format("Restart the port.", "Check whether the port is up."), 10, "verify"),
        # notes amid the work, and after it
        ("# Rack\n\n## A\n\n1. Open the door.\n2. Write the number in the log.\n\n## B\n\n1. Plug in the cable.\n", 6, "act"),
        ("# Rack\n\n1. Open the door.\n2. Plug in the cable.\n3. Write the number in the log.\n", 5, "verify"),
        # notice ahead, and a report
        ("# Rack\n\n1. Tell the hosts that the room is closed.\n2. Open the door.\n3. Plug in the cable.\n", 3, "plan"),
        ("# Rack\n\n1. Open the door.\n2. You must inform the hosts.\n3. Plug in the cable.\n", 4, "verify"),
        # a prompt is answered
        ("# Rack\n\n1. Open the app.\n2. Start the upgrade.\n3. You will be prompted to restart the app.\n", 5, "act"),
        # what repairs below a heading of diagnosis
        ("# Rack\n\n## Diagnosis\n\n1. Read the log.\n2. If it is idle for an hour, restart the player.\n", 6, "act"),
        # weeks ahead
        ("# Show\n\n## 2 weeks in advance\n\n- Update the sheet.\n\n## On the day\n\n- Open the doors.\n", 5, "plan"),
    ],
)  # fmt: skip
def test_the_place_of_a_step_says_its_phase(text: str, line: int, phase: str) -> None:
    assert placed(text)[line] == phase


def test_steps_that_a_recipe_moves_are_named() -> None:
    made = convert("# Rack\n\n1. Open the door.\n2. Make sure the mains is off.\n" + WORK + "6. Close the lid.\n", file="a.md")
    assert [warning for warning in made.warnings if "line 4" in warning] == [
        "line 4 stands after a change in the SOP and before all of them in the recipe (intake, plan): see whether it can be done so early"
    ]


def test_what_is_verified_after_the_mitigation_is_verification() -> None:
    diagnosis = "# DiskFillingUp\n\n## Diagnosis\n\nLook at the mount point.\n\n"
    text = diagnosis + "## Mitigation\n\nRestart the player.\n\nVerify that the player is up:\n\n```\nsystemctl status player\n```\n"
    assert placed(text) == {5: "intake", 9: "act", 11: "verify"}
