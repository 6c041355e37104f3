"""Whole texts: which sentences become steps, in which phase, with which key."""

from __future__ import annotations

import pytest
import yaml

from avops.errors import FindingsError
from avops.model.recipe import Recipe
from avops.sop.catalog import ActionCatalogEntry, ToolCatalogEntry
from avops.sop.convert import MAX_BYTES, MAX_LINES, Conversion, convert
from avops.sop.errors import NoProcedure
from avops.sop.steps import duration


def made(text: str, *tools: ToolCatalogEntry) -> Conversion:
    result = convert(text, file="sops/x.md", tools=tools)
    Recipe.model_validate(yaml.safe_load(result.recipe_text))
    return result


def steps(text: str) -> list[tuple[str, str, str]]:
    return [(step.phase, step.key, step.text) for step in made(text).steps]


def texts(text: str) -> list[str]:
    return [step.text for step in made(text).steps]


def test_the_same_verb_in_two_phases_by_its_place() -> None:
    assert steps("1. Check the picture.\n2. Restart the codec.\n3. Check the picture.\n") == [
        ("intake", "do", "Check the picture."),
        ("act", "do", "Restart the codec."),
        ("verify", "confirm", "Check the picture."),
    ]
    prepared = "Make sure that nobody is in a call."
    assert steps(f"1. {prepared}\n2. Restart the codec.\n")[0] == ("plan", "confirm", prepared)


def test_a_heading_that_names_a_phase_decides() -> None:
    found = steps("## Intake\n- Room name\n## Plan\n- Restart window\n## Act\n- Check the fuse\n## Verify\n- Picture\n")
    assert [phase for phase, _, _ in found] == ["intake", "plan", "act", "verify"]


def test_signing_in_changes_nothing_yet() -> None:
    found = steps("1. Log in to the codec page.\n2. Verify that no call is active.\n3. Restart the codec.\n")
    assert [(phase, text.split()[0]) for phase, _, text in found] == [("plan", "Verify"), ("act", "Log"), ("act", "Restart")]


@pytest.mark.parametrize(
    "text",
    [
        "1. Open the rack.\n\n## Equipment list\n\n- Screwdriver\n- Torch\n",
        "1. Open the rack.\n\n> [!NOTE]\n> Use a torch.\n",
        "1. Open the rack.\n\n**Note:** Doors are heavy. Use both hands.\n",
        "1. Open the rack.\n   ![r](r.png)\n   **Open the rack door.**\n",
        "1. Open the rack.\n2. If it is open already, continue to the next step.\n",
        "1. Open the rack.\n2. The rack is ready!\n",
        "## Steps in short\n\n- Open the rack\n- Close the window\n\n## 1. Open the rack\n\nOpen the rack.\n\n## 2. Close the window\n",
    ],
)
def test_what_is_not_a_step_is_left_out(text: str) -> None:
    assert "Open the rack." in texts(text)
    assert len([t for t in texts(text) if "window" not in t]) == 1


def test_prohibitions_are_guardrails() -> None:
    result = made("1. Open the rack.\n2. Do not touch the breaker.\n")
    assert result.guardrails == ("Do not touch the breaker.",)
    assert "#   - Do not touch the breaker." in result.recipe_text
    assert len(result.steps) == 1


def test_rollback_is_kept_apart() -> None:
    result = made("1. Load the new file.\n\n## Rollback\n\n1. Load the old file.\n")
    assert result.rollback == ("Load the old file.",)
    assert [step.text for step in result.steps] == ["Load the new file."]


def test_the_condition_of_a_parent_goes_with_its_steps() -> None:
    assert texts("1. If the room is dark:\n   - Open the blinds\n   - Turn on the lights\n") == [
        "If the room is dark: Open the blinds",
        "If the room is dark: Turn on the lights",
    ]


def test_alternatives_become_an_input() -> None:
    result = made("# Fix\n\n## Method 1\n\n1. Reseat the cable.\n\n## Method 2\n\n1. Restart the dock.\n")
    (spec,) = result.inputs
    assert (spec.name, spec.enum) == ("method", ("Method 1", "Method 2"))
    assert [step.when for step in result.steps] == ["inputs.method == 'Method 1'", "inputs.method == 'Method 2'"]


def test_a_heading_alone_is_the_step() -> None:
    assert texts("# Guide\n\n## Step 1 - Open the valve\n\nIt is under the floor.\n\n## Step 2 - Close the lid\n\nSoft close.\n") == [
        "Open the valve",
        "Close the lid",
    ]


def test_commands_go_with_their_step_and_output_does_not() -> None:
    result = made("1. List the rooms:\n\n   ```console\n   $ rooms list\n   berlin\n   ```\n")
    (step,) = result.steps
    assert step.value == "List the rooms:\nrooms list"


def test_long_commands_are_looked_up() -> None:
    body = "\n".join(f"   export KEY_{n}={n}" for n in range(20))
    (step,) = made(f"1. Set the variables:\n\n   ```sh\n{body}\n   ```\n").steps
    assert "lines 4 to 23 of the SOP" in str(step.value) or "of the SOP" in str(step.value)


@pytest.mark.parametrize(
    ("text", "name", "filled"),
    [
        ("1. Greet [guest name] at the door.", "guest_name", "Greet {{ inputs.guest_name }} at the door."),
        ("1. Restart <device host> now.", "device_host", "Restart {{ inputs.device_host }} now."),
        ("1. Copy the file to $BACKUP_DIR today.", "backup_dir", "Copy the file to {{ inputs.backup_dir }} today."),
        ("1. Copy the file to ${target} today.", "target", "Copy the file to {{ inputs.target }} today."),
        ("1. Open ROOM_NUMBER first.", "room_number", "Open {{ inputs.room_number }} first."),
        ("1. Open {{ room.number | upper }} first.", "number", "Open {{ inputs.number }} first."),
    ],
)
def test_open_values_become_inputs(text: str, name: str, filled: str) -> None:
    result = made(text)
    assert [spec.name for spec in result.inputs] == [name]
    assert result.steps[0].value == filled


def test_variables_that_the_sop_sets_itself_are_no_inputs() -> None:
    assert made("1. Set it and print it:\n\n   ```sh\n   export NODE=a\n   echo $NODE $HOME\n   ```\n").inputs == ()


def test_parameters_are_inputs_with_defaults() -> None:
    result = made(
        "# X\n\n## Parameters\n\n- **site** (required): The site\n- **tries** (optional, default: 3): How often\n\n## Steps\n\n1. Go in.\n"
    )
    assert [(s.name, s.default, s.optional) for s in result.inputs] == [("site", None, False), ("tries", "3", True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wait two minutes", "2m"),
        ("Allow about 30 seconds for the fan", "30s"),
        ("wait 3 to 5 min", "5m"),
        ("wait half an hour", "30m"),
        ("wait 1.5 hours", "90m"),
        ("Warten Sie 60 Sekunden", "60s"),
        ("wait a few seconds", ""),
        ("wait for the light", ""),
    ],
)
def test_durations(text: str, expected: str) -> None:
    assert duration(text) == expected


def test_waits_become_wait_steps_but_conditional_ones_do_not() -> None:
    assert [key for _, key, _ in steps("1. Restart it.\n2. Wait 90 seconds.\n3. If it is slow, wait 90 seconds.\n")] == ["do", "wait", "do"]


def test_hands_or_agent() -> None:
    assert [key for _, key, _ in steps("1. Unplug the HDMI cable.\n2. Publish the article.\n")] == ["manual", "do"]


def test_a_missing_check_is_said_and_not_invented() -> None:
    result = made("1. Restart the codec.\n")
    assert all(step.phase == "act" for step in result.steps)
    assert any("no check of the result" in warning for warning in result.warnings)


def test_an_expected_result_is_the_check_of_last_resort() -> None:
    assert steps("Restart the codec. The picture should be back.") == [
        ("act", "do", "Restart the codec."),
        ("verify", "confirm", "The picture should be back."),
    ]


def test_other_languages_are_kept_whole() -> None:
    found = steps(
        "# Projecteur\n\n1. Ouvrez le capot et retirez la lampe. Attention, elle est chaude.\n2. Vérifiez que le voyant est vert.\n"
    )
    assert found == [
        ("act", "do", "Ouvrez le capot et retirez la lampe. Attention, elle est chaude."),
        ("verify", "confirm", "Vérifiez que le voyant est vert."),
    ]


def test_every_step_says_its_line_and_every_line_its_fate() -> None:
    text = "# Fix\n\nBackground is dull.\n\n1. Restart it.\n2. Do not run.\n"
    result = made(text)
    assert "source: sops/x.md:5" in result.recipe_text
    assert [(line.line, line.outcome) for line in result.coverage] == [(1, "heading"), (3, "context"), (5, "step"), (6, "guardrail")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no text"),
        ("   \n\t\n", "has no text"),
        ("# Old\n\nThis page has moved to [new](new.md).\n", "moved"),
        ("The mixer has twelve inputs.\n", "no procedure"),
        ("x" * (MAX_BYTES + 1), "too large"),
        ("\n" * (MAX_LINES + 1), "too large"),
    ],
)
def test_a_text_without_a_procedure_is_refused(text: str, reason: str) -> None:
    with pytest.raises(NoProcedure, match=reason) as refusal:
        convert(text, file="x.md")
    assert isinstance(refusal.value, FindingsError)
    assert refusal.value.exit_code == 1


def test_a_given_name_wins() -> None:
    assert convert("1. Go in.", file="x.md", name="My name").name == "My name"


LIGHT = ToolCatalogEntry(
    name="light",
    description="Room lights",
    synonyms=("lights", "lamp"),
    actions=(
        ActionCatalogEntry(name="get_power", effect="read", input={"room": {"type": "string"}}),
        ActionCatalogEntry(name="set_power", input={"room": {"type": "string"}, "power": {"type": "string", "enum": ["on", "off"]}}),
    ),
)


def test_a_conditional_write_rests_on_an_answer() -> None:
    ask, step = made("1. If the room is dark, turn on the light.\n", LIGHT).steps
    assert (ask.key, ask.id, ask.expect) == ("ask", "room_dark", {"enum": ["yes", "no"]})
    assert (step.key, step.value, step.when) == ("tool", "light.set_power", "room_dark == 'yes'")


def test_a_condition_that_only_says_when_is_never_called_by_itself() -> None:
    (step,) = made("1. Once the room is dark, turn on the light.\n", LIGHT).steps
    assert step.key == "do"
    assert "light.set_power" in step.comments[0]


def test_otherwise_without_a_condition_before_it_is_never_called_by_itself() -> None:
    first, second = made("1. Ring the bell.\n2. Otherwise turn on the light.\n", LIGHT).steps
    assert (first.key, second.key) == ("do", "do")


def test_several_devices_are_not_one_call() -> None:
    (step,) = made("1. Turn on all the lights.\n", LIGHT).steps
    assert step.key != "tool"


def test_a_write_outside_act_moves_there_with_a_warning() -> None:
    result = made("## Verify\n\n- Turn off the light in room 4.12\n", LIGHT)
    (step,) = result.steps
    assert (step.phase, step.value, step.with_) == ("act", "light.set_power", {"room": "4.12", "power": "off"})
    assert (step.undo, step.why) == ("none", "the SOP names no way back")
    assert any("stands in act" in warning for warning in result.warnings)


def test_a_tool_that_is_not_named_is_not_chosen() -> None:
    (step,) = made("1. Turn on the amplifier.\n", LIGHT).steps
    assert step.key == "manual" or step.key == "do"


def test_products_without_a_tool_are_listed() -> None:
    assert made("1. Restart the Crestron processor and post in Slack.\n", LIGHT).mentioned_tools == ("Slack", "Crestron")


def test_the_check_at_the_end_of_an_action_stands_alone_when_nothing_else_checks() -> None:
    assert steps("1. Press the reset key.\n2. Tap Home and check that the panel responds.\n") == [
        ("act", "manual", "Press the reset key."),
        ("act", "manual", "Tap Home."),
        ("verify", "confirm", "Check that the panel responds."),
    ]


def test_rules_in_capitals_are_guardrails() -> None:
    result = made("## Steps\n\n### 1. Build\n\nBuild the image.\n\n**Constraints:**\n\n- You MUST use the lab network\n- Keep the log\n")
    assert [step.text for step in result.steps] == ["Build the image."]
    assert result.guardrails == ("You MUST use the lab network", "Keep the log")


def test_roles_stand_in_front_of_their_steps() -> None:
    assert texts("# Show\n\n## Producer\n\n1. Call the show.\n\n## Operator\n\n1. Cut to camera 1.\n") == [
        "Producer: Call the show.",
        "Operator: Cut to camera 1.",
    ]
