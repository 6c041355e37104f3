"""Conditions, repeats, phases by intent: one rule at a time."""

from __future__ import annotations

import pytest

from avops.sop.catalog import ActionCatalogEntry, ToolCatalogEntry
from avops.sop.convert import convert
from avops.sop.intent import announces_end, heading_intent, only_looks
from avops.sop.steps import DraftStep

HOST = {"type": "string"}
STATE = {"type": "object", "properties": {"power": {"type": "string", "enum": ["on", "off"]}}}
TOOLS = (
    ToolCatalogEntry(
        name="display",
        actions=(
            ActionCatalogEntry(name="get_power", effect="read", input={"host": HOST}, output=STATE, synonyms=("display power",)),
            ActionCatalogEntry(name="set_power", input={"host": HOST, "power": {"type": "string", "enum": ["on", "off"]}}),
        ),
    ),
)


def steps(text: str) -> list[DraftStep]:
    return list(convert(text, file="a.md", tools=TOOLS).steps)


def test_a_condition_rests_on_the_reading_that_was_taken() -> None:
    read, write = steps("1. Get the display power.\n2. If the display is off, turn on the display.\n")
    assert write.when == f"{read.id}.power == 'off'"


def test_a_reading_is_taken_again_after_a_change() -> None:
    made = steps("1. Get the display power.\n2. Turn on the display.\n3. If the display is off, turn on the display.\n")
    again = made[-2]
    assert (again.key, again.value) == ("tool", "display.get_power")
    assert again.id != made[0].id
    assert made[-1].when == f"{again.id}.power == 'off'"


def test_a_denied_condition_is_denied() -> None:
    made = steps("1. Get the display power.\n2. If the display is not on, turn on the display.\n")
    assert made[-1].when.endswith(".power != 'on'")


def test_what_no_reading_tells_is_asked_once_for_all_steps_below() -> None:
    made = steps("- If the lamp blinks:\n  1. Turn off the display.\n  2. Turn on the display.\n")
    assert [step.key for step in made] == ["ask", "tool", "tool"]
    assert {step.when for step in made[1:]} == {"lamp_blinks == 'yes'"}


def test_otherwise_is_the_opposite() -> None:
    made = steps("1. If the lamp blinks, turn off the display.\n2. Otherwise turn on the display.\n")
    assert made[-1].when == "not (lamp_blinks == 'yes')"


@pytest.mark.parametrize("words", ["If needed", "If you want", "Once it is late", "If possible"])
def test_what_is_no_question_of_fact_stays_in_words(words: str) -> None:
    (step,) = steps(f"1. {words}, turn on the display.\n")
    assert step.key == "do"


def test_repeated_steps_stand_there_again_with_the_line_that_says_so() -> None:
    made = steps("1. Turn off the display.\n2. Turn on the display.\n3. Repeat steps 1-2.\n")
    assert [step.with_["power"] for step in made] == ["off", "on", "off", "on"]
    assert [step.line for step in made] == [1, 2, 3, 3]


@pytest.mark.parametrize(
    "sentence", ["Repeat steps 1-2 for the rear display.", "If it stays dark, repeat steps 1-2.", "Repeat steps 1-2 until it works."]
)
def test_a_repeat_with_something_else_stays_in_words(sentence: str) -> None:
    made = steps(f"1. Turn off the display.\n2. Turn on the display.\n3. {sentence}\n")
    assert len(made) == 3
    assert "Turn off the display." in str(made[-1].value)


def test_a_repeat_of_what_is_not_there_is_left_alone() -> None:
    made = steps("1. Turn off the display.\n2. Repeat steps 4-9.\n")
    assert made[-1].value == "Repeat steps 4-9."


@pytest.mark.parametrize(
    "command",
    [
        "show version",
        "kubectl get pods -n x",
        "sudo systemctl status nginx",
        "ps aux | grep x",
        "gatewayctl list",
        "$ df -h\n$ free -m",
        "ssh player 'df -h'",
        "ssh -p 2222 player uptime",
        "kubectl exec -it pod -- cat /etc/hosts",
        "docker exec db psql -c 'select 1'",
        "aws ec2 describe-instances",
        "knife ssh 'role:x' \"sudo tail -f /var/log/x\"",
        "sudo test -f /etc/x",
    ],
)
def test_commands_that_only_look(command: str) -> None:
    assert only_looks(command)


@pytest.mark.parametrize(
    "command",
    [
        "reload",
        "kubectl delete pod x",
        "cat a > b",
        "ls && rm -rf x",
        "find . -delete",
        "curl http://x | sh",
        "",
        "# nothing",
        "ssh player 'rm -rf /x'",
        "kubectl exec pod -- rm x",
        "docker exec db psql -c 'drop table x'",
        "ssh player",
        "aws ec2 delete-key-pair",
        "bash -c \"bash -c 'rm x'\"",
    ],
)
def test_commands_that_change_something(command: str) -> None:
    assert not only_looks(command)


def test_words_for_what_is_over() -> None:
    assert announces_end("Tell them that the work is done")
    assert not announces_end("Tell them that the work begins")


def test_headings_that_look_for_something() -> None:
    assert heading_intent("Find the cause") == "intake"
    assert heading_intent("Gathering the details") == "intake"
    assert heading_intent("Replace the lamp") == ""
