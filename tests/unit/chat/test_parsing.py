"""Slash commands: their forms, and what is said of a wrong one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.chat.commands import (
    FORMS,
    AttachRecipe,
    Clear,
    Help,
    NewRecipe,
    RunAgent,
    RunOptions,
    RunSop,
    Scout,
    ShowRuns,
    ToolAction,
    ToolHealth,
)
from avops.chat.parsing import form_of, is_command, parse, takes_more
from avops.errors import UsageError

ONE_LINE = '/sop agent=Zoom_Room_Agent name="Display Fix" Steps: - Gather Room Details - Restart Display – Confirm Status'


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            '/sop agent=KB_Agent name="SOP to KB"\nSteps:\nIntake\n- Gather SOP\n\nAct\n- Publish\n\n',
            RunSop(agent="KB_Agent", name="SOP to KB", text="Steps:\nIntake\n- Gather SOP\n\nAct\n- Publish\n"),
        ),
        (
            ONE_LINE,
            RunSop(
                agent="Zoom_Room_Agent",
                name="Display Fix",
                text="Steps: - Gather Room Details - Restart Display – Confirm Status\n",
            ),
        ),
        (
            '/sop agent=A name=B room=HQ-1 mock=all channel="#av"\n- Look\n/runs\n.',
            RunSop(agent="A", name="B", text="- Look\n/runs\n", options=RunOptions(inputs={"channel": "#av"}, room="HQ-1", mock=True)),
        ),
        ("/sop agent=A name=B\n- Look\n/end", RunSop(agent="A", name="B", text="- Look\n")),
        ('/recipe new "KB Article"', NewRecipe(name="KB Article")),
        ('/recipe attach agent="A" recipe="R"', AttachRecipe(agent="A", recipe="R")),
        ("/recipe attach recipe=R agent=A", AttachRecipe(agent="A", recipe="R")),
        ('/agent run "A" recipe="R"', RunAgent(agent="A", recipe="R")),
        (
            "/AGENT Run “Zoom Room” recipe=‘Display Fix’ room=HQ-1 mock=zoom,slack reason='it's dark' input.room=x",
            RunAgent(
                agent="Zoom Room",
                recipe="Display Fix",
                options=RunOptions(inputs={"reason": "it's dark", "room": "x"}, room="HQ-1", mock=("zoom", "slack")),
            ),
        ),
        ("/tool health calendar_scheduler", ToolHealth(tool="calendar_scheduler")),
        ("/tool health", ToolHealth()),
        (
            """/tool action tickets '{"action":"create","args":{"title":"it's dark"}}'""",
            ToolAction(tool="tickets", action="create", arguments={"title": "it's dark"}),
        ),
        (
            '/tool action tickets {"action": "list"} agent=operator room=HQ-1 mock=all',
            ToolAction(tool="tickets", action="list", arguments={}, agent="operator", room="HQ-1", mock=True),
        ),
        (
            '/kb scout "zoom room hdmi black" allow=support.zoom.com,Logitech.com',
            Scout(query="zoom room hdmi black", allow=("support.zoom.com", "logitech.com")),
        ),
        ("/kb scout zoom room", Scout(query="zoom room")),
        ("/runs", ShowRuns()),
        ("/runs 42", ShowRuns(run=42)),
        ("/runs #42", ShowRuns(run=42)),
        ("/runs status=failed since=7d", ShowRuns(filters={"status": "failed", "since": "7d"})),
        ("/help", Help()),
        ("/help /tool action", Help(topic="/tool action")),
        ("/clear", Clear()),
    ],
)
def test_right_forms(message, expected):
    assert parse(message) == expected


@pytest.mark.parametrize(
    ("message", "says", "hint"),
    [
        ("/", "no command '/'", "/help"),
        ("/agnt run A", "no command '/agnt'", "did you mean /agent?"),
        ("/dev/ttyUSB0 is gone", "no command '/dev/ttyusb0'", "begin with a space"),
        ("/agent", "/agent needs to know what", "usage: /agent run"),
        ("/agent rnu A", "/agent has no 'rnu'", "did you mean run?"),
        ("/tool", "expected one of action, health", "usage: /tool health"),
        ("/agent run", "needs the agent's name", "usage: /agent run"),
        ("/agent run A", "needs recipe=", "usage: /agent run"),
        ("/agent run A recpe=R", "needs recipe=", "did you mean recipe= where it says recpe=?"),
        ("/agent run Zoom Room recipe=R", "what to do with 'Room'", "stands in quotes"),
        ("/agent run A recipe = R", "'=' stands alone", "no space around the ="),
        ("/agent run A recipe= R", "'recipe=' has no value", "no space around the ="),
        ("/agent run A recipe=R recipe=S", "'recipe=' is given twice", "usage"),
        ("/agent run A recipe=R\n/agent run A recipe=S", "takes one line", "messages of their own"),
        ('/agent run "A recipe=R', "never closed", "usage: /agent run"),
        ("/recipe attach agent=A", "needs recipe=", "usage: /recipe attach"),
        ("/recipe attach agnt=A recipe=R", "has no 'agnt='", "did you mean agent?"),
        ("/recipe new", "needs the recipe's name", "usage: /recipe new"),
        ("/recipe new A B", "what to do with 'B'", "stands in quotes"),
        ("/sop agent=A\n- x", "needs name=", "usage: /sop"),
        ("/sop agent=A nmae=B\n- x", "needs name=", "did you mean name= where it says nmae=?"),
        ("/sop agent=A name=B", "has no steps", "usage: /sop"),
        ("/sop agent=A name=B Steps:\n\n", "has no steps", "usage: /sop"),
        ("/sop do it", "what to do with 'do it'", "usage: /sop"),
        ("/tool action", "needs the tool's name", "usage: /tool action"),
        ("/tool action t", "needs a JSON object", "usage: /tool action"),
        ("/tool action t create", "is no JSON", "usage: /tool action"),
        ("/tool action t '[]'", "no JSON object", "usage: /tool action"),
        ("""/tool action t '{"args":{}}'""", 'names no "action"', "usage: /tool action"),
        ("""/tool action t '{"action":"x","arg":{}}'""", "the JSON has 'arg'", "did you mean args?"),
        ("""/tool action t '{"action":"x","args":[]}'""", '"args" is no JSON object', "usage"),
        ("/tool action t '{}' x", "what to do with 'x'", "single quotes"),
        ("/kb scout", "needs words", "usage: /kb scout"),
        ("/kb scout x allow=https://a.com", "is no domain", "support.zoom.com"),
        ("/runs x", "'x' is no run's number", "usage: /runs"),
        ("/runs 1 status=failed", "exclude each other", "usage: /runs"),
        ("/runs stat=failed", "has no 'stat='", "did you mean status?"),
        ("/clear all", "takes nothing", "usage: /clear"),
    ],
)
def test_wrong_forms_are_told_with_the_right_one(message, says, hint):
    with pytest.raises(UsageError) as caught:
        parse(message)
    assert says in caught.value.message
    assert hint in (caught.value.hint or "")


def _hint(message: str) -> str | None:
    """What is said of a wrong form; "fine" for a right one."""
    try:
        parse(message)
    except UsageError as error:
        return error.hint
    return "fine"


@given(st.text())
def test_any_text_after_a_slash_is_a_command_or_a_usage_error(text):
    assert _hint(f"/{text}")


@given(st.sampled_from([form.name for form in FORMS]), st.text())
def test_any_arguments_are_taken_or_told(name, text):
    assert _hint(f"{name} {text}")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_example_has_the_right_form(form):
    parse(form.example)


def test_only_the_first_character_makes_a_command():
    assert is_command("/runs")
    assert not is_command(" /runs")
    assert not is_command("please type\n/agent run A recipe=R")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/sop agent=A name=B", True),
        ("/sop agent=A name=B Steps:", True),
        ("/sop", True),
        (ONE_LINE, False),
        ('/sop agent="A', False),
        ("/soap agent=A", False),
        ("/runs", False),
        ("sop", False),
    ],
)
def test_which_line_waits_for_steps(line, expected):
    assert takes_more(line) is expected


def test_help_finds_forms_by_their_first_words():
    assert [form.name for form in form_of("/recipe")] == ["/recipe new", "/recipe attach"]
    assert [form.name for form in form_of("tool action")] == ["/tool action"]
    with pytest.raises(UsageError) as caught:
        form_of("recipes")
    assert caught.value.hint
