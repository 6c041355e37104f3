"""What depends on an answer, what a table says, and what must keep its order."""

from __future__ import annotations

import pytest

from avops.sop.convert import Conversion, convert


def steps(text: str) -> list[tuple[str, str, str, str]]:
    """(phase, key, text, condition) of each step."""
    return [(step.phase, step.key, step.text, step.when) for step in convert(text, file="sops/x.md").steps]


def warned(made: Conversion) -> str:
    return "\n".join(made.warnings)


@pytest.mark.parametrize(
    "text",
    [
        "# R\n\n- Is the hall in use?\n  - yes\n    - Ask the host to end it.\n  - no\n    - Restart the matrix.\n",
        "# R\n\n1. Is the hall in use?\n   - Yes: ask the host to end it.\n   - No: restart the matrix.\n",
        "# R\n\nIs the hall in use?\n\n- If yes, ask the host to end it.\n- If no, restart the matrix.\n",
    ],
)
def test_steps_below_yes_and_no_stand_under_the_answer(text: str) -> None:
    found = steps(text)
    asked = [row for row in found if row[1] == "ask"]
    assert [(row[0], row[2]) for row in asked] == [("act", "Is the hall in use?")]
    assert [row[3] for row in found if row[1] != "ask"] == ["hall_in_use == 'yes'", "hall_in_use == 'no'"]
    assert found.index(asked[0]) == 0


def test_a_question_is_asked_in_the_first_phase_that_needs_it() -> None:
    found = steps("# R\n\n1. Restart the matrix.\n2. Is the picture back?\n   - Yes: close the ticket.\n   - No: swap the cable.\n")
    assert [(phase, key) for phase, key, _, _ in found] == [("act", "do"), ("act", "ask"), ("act", "manual"), ("verify", "do")]


def test_the_parts_of_one_sentence_keep_their_order() -> None:
    found = steps("# Lamp\n\nWarning: switch off the projector and unplug its cord before you begin.\n\n1. Open the cover.\n")
    first = [text for _, _, text, _ in found if "switch off" in text or "nplug" in text]
    assert len(first) == 1 or "nplug" not in first[0]


def test_signing_in_to_a_switch_needs_no_hands_and_changes_nothing() -> None:
    found = steps("# Port\n\n1. Log in to the switch.\n2. Check if the port is disabled.\n3. Bounce the port.\n4. Confirm the link.\n")
    assert [(phase, key) for phase, key, _, _ in found] == [("intake", "do"), ("act", "do"), ("act", "do"), ("verify", "confirm")]


def test_checks_between_changes_are_told_as_they_come_after_them_in_the_recipe() -> None:
    made = convert("1. Load the preset.\n2. Make sure the recorder is armed.\n3. Open the doors.\n", file="sops/x.md")
    assert "line 2 stands between changes in the SOP and after all of them in the recipe" in warned(made)
    made = convert("1. Load the preset.\n2. Open the doors.\n3. Make sure the recorder is armed.\n", file="sops/x.md")
    assert "between changes" not in warned(made)


def test_a_table_says_how_what_is_seen_and_what_else() -> None:
    table = "| # | What | How | OK if | If not |\n|---|---|---|---|---|\n| 1 | Left | Start the player | logo | call 4411 |\n"
    assert [text for _, _, text, _ in steps(table)] == ["Left: Start the player (expected: logo; if not: call 4411)"]


def test_a_table_to_tick_off_is_a_list_of_checks() -> None:
    found = steps("| Check | OK? |\n|---|---|\n| Lamp | |\n| Doors locked | |\n")
    assert [(phase, key, text) for phase, key, text, _ in found] == [("verify", "confirm", "Lamp"), ("verify", "confirm", "Doors locked")]


def test_a_table_of_values_gives_no_step() -> None:
    text = "1. Restart the matrix.\n\n| Port | Device |\n|---|---|\n| 1 | Codec |\n| 2 | Player |\n"
    assert [row[2] for row in steps(text)] == ["Restart the matrix."]


@pytest.mark.parametrize(
    "text", ["# Procédure\n\n- Allumer l écran\n- Fermer la salle\n", "- Beamer mit dem Knopf einschalten\n- Tür und Fenster schließen\n"]
)
def test_a_list_in_another_language_is_kept_whole_without_numbers(text: str) -> None:
    assert len(steps(text)) == 2


def test_what_another_language_forbids_is_no_step() -> None:
    made = convert("1. Den Beamer einschalten.\n2. Warten, bis das Bild kommt.\n\nNicht an dem Kabel ziehen!\n", file="sops/x.md")
    assert made.guardrails == ("Nicht an dem Kabel ziehen!",)


def test_keys_are_no_inputs() -> None:
    made = convert("1. Press [Menu], then <Enter>.\n2. Type <host> and press [F5].\n", file="sops/x.md")
    assert [spec.name for spec in made.inputs] == ["host"]
