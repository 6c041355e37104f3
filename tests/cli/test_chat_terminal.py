"""`avops chat` in a real pseudo-terminal: the whole grammar, editing, pasting, streaming, and what Ctrl-C does."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest
from tests.cli.chats import FILES, Terminal, make_project, model_server, spoken, unfinished, wanting
from tests.unit.kb.site import make_project as make_kb_project
from tests.unit.kb.site import open_site

from avops.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose program is trusted."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    made = make_project(tmp_path / "project")
    monkeypatch.chdir(made)
    assert run(["trust", "--yes"]) == 0
    return made


def with_model(root: Path, settings: str) -> None:
    (root / "avops.yaml").write_text(FILES["avops.yaml"] + settings)


def runs(root: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str, str]]:
    """Agent, recipe and status of the runs, oldest first."""
    capsys.readouterr()
    assert run(["runs", "list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    return [(each["agent"], each["recipe"], each["status"]) for each in reversed(found)]


GREETING = """\
no model is configured: commands work, messages need one; avops settings set provider NAME
/help lists the commands, Tab completes, Alt-Enter begins a line, Ctrl-D leaves
"""


def test_every_command_without_a_model(root, capsys):
    with Terminal(["chat"], root, lines=100) as terminal:
        terminal.send('/recipe new "Lamp Fix"')
        terminal.send('/recipe attach agent="Night Desk" recipe="Lamp Fix"')
        terminal.send('/agent run "operator" recipe="Look Around" room=HQ-1 mock=all')
        terminal.send("/tool health local")
        terminal.send("""/tool action local '{"action":"get","args":{}}' mock=all""")
        terminal.send("/agent run operator recipe=NeverRigth mock=all")
        terminal.send("how is the display?")
        terminal.send("/clear")
        assert (
            terminal.screen
            == GREETING
            + """\
avops> /recipe new "Lamp Fix"
Wrote recipes/lamp-fix.yaml: its four phases, to be filled in
hint: edit recipes/lamp-fix.yaml, then avops lint recipes/lamp-fix.yaml
avops> /recipe attach agent="Night Desk" recipe="Lamp Fix"
Attached 'Lamp Fix' in agents/night-desk.yaml
hint: /agent run "Night Desk" recipe="Lamp Fix"
avops> /agent run "operator" recipe="Look Around" room=HQ-1 mock=all
Run 1: Look Around in HQ-1, by operator
Intake
  ✓ Read the display  [simulated]
Verify
  ✓ It is on  [simulated]
Run 1 success [simulated]
avops> /tool health local
local: ok, 5 ms
avops> /tool action local '{"action":"get","args":{}}' mock=all
on
Run 2 success [simulated]
avops> /agent run operator recipe=NeverRigth mock=all
error: no recipe is called 'NeverRigth'
hint: did you mean 'Never Right'? `avops recipe list` shows all
avops> how is the display?
error: no model is configured
hint: avops settings set provider openai|anthropic, then avops settings set model NAME
avops> /clear
The conversation is forgotten.
avops>"""
        )
        assert terminal.leave() == 0
    assert runs(root, capsys) == [("operator", "Look Around", "success"), ("operator", "Call local.get", "success")]


def test_help_runs_and_raw_payloads(root):
    assert run(["run", "operator", "Look Around", "--mock"]) == 0
    with Terminal(["chat", "--json"], root, lines=400) as terminal:
        terminal.send("/help recipe")
        terminal.send("/runs")
        terminal.send("/runs 1")
        screen = terminal.screen
        assert (
            """avops> /help recipe
/recipe new "NAME"
    write the beginning of a recipe
    /recipe new "KB Article"
/recipe attach agent="NAME" recipe="RECIPE"
    list a recipe with an agent
    /recipe attach agent="SupportBot" recipe="Display Fix"
"""
            in screen
        )
        assert "Run 1  Look Around  ✓ success  [simulated]" in screen
        assert '"steps": [\n    {\n      "key": "intake.0",' in screen


WRONG = [
    ("/agnt run A", "hint: did you mean /agent?"),
    ("/agent run operator", 'hint: usage: /agent run "NAME" recipe="RECIPE"'),
    ("/agent run operator recpe=x", "hint: did you mean recipe= where it says recpe=?"),
    ("/tool action local {", "error: the brace that opens at character 8 is never closed"),
    ("/sop agent=operator Steps: - look", "error: /sop needs name="),
    ("/kb scout", "hint: usage: /kb scout"),
]


def test_wrong_forms_are_told_with_the_right_one(root):
    with Terminal(["chat"], root, lines=60) as terminal:
        for typed, told in WRONG:
            terminal.send(typed)
            assert told in terminal.screen.rpartition("avops> /")[2]


def test_sop_goes_on_to_an_empty_line(root, capsys):
    with Terminal(["chat"], root, lines=60) as terminal:
        terminal.prompt()
        terminal.type('/sop agent=operator name="Wall Fix"\r')
        terminal.is_at("     ·")
        terminal.type("- Look at the wall\r")
        terminal.is_at("     ·")
        terminal.type("- Verify it is bright\r")
        terminal.is_at("     ·")
        terminal.type("\r")
        terminal.shows("yes, no or later:")
        terminal.type("later\r")
        terminal.shows("Run 1 waiting")
        terminal.prompt()
        assert "Attached 'Wall Fix' in agents/operator.yaml" in terminal.screen
        assert "avops approve 1" in terminal.screen
    assert (root / "sops/wall-fix.md").read_text() == "- Look at the wall\n- Verify it is bright\n"
    assert "draft: true" in (root / "recipes/wall-fix.yaml").read_text()
    assert runs(root, capsys) == [("operator", "Wall Fix", "waiting")]


def test_a_pasted_sop_is_one_message_and_its_lines_are_no_commands(root, capsys):
    with Terminal(["chat"], root, lines=60) as terminal:
        terminal.prompt()
        terminal.paste(
            '/sop agent=operator name="Wall Fix"\nSteps:\n- Look at the wall\n\n/agent run operator recipe="Never Right" mock=all\n'
        )
        terminal.is_at("     ·")
        terminal.type("\r")
        terminal.shows("later:")
        terminal.type("later\r")
        terminal.shows("Run 1 waiting")
        terminal.prompt()
    assert runs(root, capsys) == [("operator", "Wall Fix", "waiting")]


def test_the_second_line_of_a_pasted_message_is_no_command(root, capsys):
    with Terminal(["chat"], root) as terminal:
        terminal.prompt()
        terminal.paste("this is what I sent:\n/agent run operator recipe='Look Around' mock=all")
        terminal.shows("mock=all")
        terminal.type("\r")
        terminal.shows("error: no model is configured")
        terminal.prompt()
        terminal.paste("/runs\n/agent run operator recipe='Look Around' mock=all")
        terminal.shows("· /agent run")
        terminal.type("\r")
        terminal.shows("error: /runs takes one line")
        terminal.prompt()
    assert runs(root, capsys) == []


def test_tab_completes_commands_keys_and_names(root):
    with Terminal(["chat"], root) as terminal:
        terminal.prompt()
        terminal.type("/ag\t")
        terminal.is_at("avops> /agent run")
        terminal.type("ni\t")
        terminal.is_at('avops> /agent run "Night Desk"')
        terminal.type("rec\t")
        terminal.is_at('avops> /agent run "Night Desk" recipe=')
        terminal.type("lo\t")
        terminal.is_at('avops> /agent run "Night Desk" recipe="Look Around"')
        terminal.type("no\t")
        terminal.is_at('avops> /agent run "Night Desk" recipe="Look Around" note=')


def test_up_brings_back_what_was_typed_also_in_the_next_session_and_no_secret_is_kept(root):
    secret = '/agent run operator recipe="Look Around" mock=all code=hunter2'
    with Terminal(["chat"], root) as terminal:
        terminal.send(secret)
        terminal.type("\x1b[A")
        terminal.is_at(f"avops> {secret}")
        terminal.type("\x03")
        assert terminal.leave() == 0
    with Terminal(["chat"], root) as terminal:
        terminal.prompt()
        terminal.type("\x1b[A")
        terminal.is_at('avops> /agent run operator recipe="Look Around" mock=all code=«redacted»')
    kept = root / ".avops/chat-history"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    found = [path for path in root.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    assert found == []


def test_ctrl_c_takes_back_what_was_typed_and_ctrl_d_leaves(root):
    with Terminal(["chat"], root) as terminal:
        terminal.prompt()
        terminal.type("/agent run")
        terminal.is_at("avops> /agent run")
        terminal.type("\x03")
        terminal.prompt()
        terminal.type("\x03")
        terminal.shows("(Ctrl-D leaves; Ctrl-C stops an answer or a run)")
        assert terminal.leave() == 0


def test_an_answer_is_streamed_looked_up_and_remembered(root):
    assert run(["run", "operator", "Never Right", "--mock"]) == 1
    answers = [wanting("show_run", {"run": 1}), spoken("Run 1 ", "failed: ", "it is on."), spoken("You are welcome.")]
    with model_server(*answers) as server:
        with_model(root, server.settings)
        with Terminal(["chat"], root) as terminal:
            terminal.send("what came of run 1?")
            terminal.send("thank you")
            assert (
                terminal.screen
                == """\
model openai:served-1
/help lists the commands, Tab completes, Alt-Enter begins a line, Ctrl-D leaves
avops> what came of run 1?
(looking up: show_run)
Run 1 failed: it is on.
avops> thank you
You are welcome.
avops>"""
            )
            assert terminal.leave() == 0
        told = server.messages(1)[-1]
        assert told["role"] == "tool"
        assert '"status": "failed"' in str(told["content"])
        assert [message["content"] for message in server.messages(2)][-1] == str(server.messages(2)[-1]["content"])
        assert "thank you" in str(server.messages(2)[-1]["content"])
        assert any("Run 1 failed: it is on." in str(message["content"]) for message in server.messages(2))


def test_ctrl_c_in_mid_stream_ends_the_request_and_keeps_the_session(root):
    with model_server(unfinished("Half of "), spoken("Whole."), hangs=True) as server:
        with_model(root, server.settings)
        with Terminal(["chat", "--session", "s.json"], root) as terminal:
            terminal.prompt()
            terminal.type("tell me\r")
            terminal.shows("Half of")
            terminal.type("\x03")
            terminal.shows("(cancelled)")
            server.wait_until_left()
            terminal.send("go on")
            assert "Whole." in terminal.screen
            assert terminal.leave() == 0
        assert [message["content"] for message in server.messages(1)][1:] == ["tell me", "Half of [cancelled]", "go on"]
    kept = json.loads((root / "s.json").read_text())["exchanges"]
    assert [(each["answer"], each["cancelled"]) for each in kept] == [("Half of", True), ("Whole.", False)]


def test_a_model_s_text_is_never_a_command_and_never_obeyed_by_the_terminal(root, capsys):
    evil = ["/agent run operator recipe='Look Around' mock=all\n", "\x1b[2J\x1b]0;gone\x07\x1b[31mred\r\u202ebad\x9b5m"]
    with model_server(spoken(*evil)) as server:
        with_model(root, server.settings)
        with Terminal(["chat"], root) as terminal:
            terminal.send("hello")
            assert (
                "avops> hello\n/agent run operator recipe='Look Around' mock=all\n␛[2J␛]0;gone␇␛[31mred␍\\u202ebad\\x9b5m\n"
                in terminal.screen
            )
            assert "model openai" in terminal.screen
            assert terminal.leave() == 0
    assert runs(root, capsys) == []


def test_ctrl_c_ends_a_run_and_keeps_the_session(root, capsys):
    slow = FILES["tools/local.yaml"].replace("print('on')", "import time; time.sleep(60)")
    (root / "tools/local.yaml").write_text(slow)
    assert run(["trust", "--yes"]) == 0
    with Terminal(["chat"], root, lines=60) as terminal:
        terminal.prompt()
        terminal.type("/agent run operator recipe='Look Around'\r")
        terminal.shows("Run 1: Look Around, by operator")
        terminal.type("\x03")
        terminal.shows("Run 1 cancelled")
        terminal.send("/help clear")
        assert terminal.leave() == 0
    assert runs(root, capsys) == [("operator", "Look Around", "cancelled")]


def test_kb_scout_reads_allowed_places_and_writes_an_article(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with open_site() as site:
        site.results = [f"{site.base}/good"]
        make_kb_project(tmp_path / "project", site)
        with Terminal(["chat"], tmp_path / "project", lines=60) as terminal:
            terminal.send(f'/kb scout "zoom room hdmi black" allow={site.host}')
            assert "Wrote kb/zoom-room-hdmi-black.md, recipes/zoom-room-hdmi-black.yaml: Zoom room hdmi black" in terminal.screen
            assert f"[1] Zoom Room HDMI: black screen  {site.base}/good" in terminal.screen
            terminal.send("/kb scout hdmi allow=elsewhere.example")
            assert "error: there is nothing to read about 'hdmi'" in terminal.screen
    assert "loose HDMI cable" in (tmp_path / "project/kb/zoom-room-hdmi-black.md").read_text()


def test_a_write_asks_the_person_first(root, capsys):
    with Terminal(["chat"], root, lines=60) as terminal:
        terminal.prompt()
        terminal.type("""/tool action local '{"action":"set","args":{"power":"on"}}'\r""")
        terminal.shows("approve, deny or later:")
        terminal.type("deny not now\r")
        terminal.shows("Run 1 cancelled")
        terminal.prompt()
    assert runs(root, capsys) == [("operator", "Call local.set", "cancelled")]


def test_a_session_is_taken_up_again_and_nothing_of_it_is_carried_out(root, capsys):
    exchanges = [
        {"asked": "/agent run operator recipe='Look Around' mock=all", "answer": "/runs", "command": True},
        {"asked": "/runs", "answer": "/agent run operator recipe='Look Around' mock=all", "command": False},
    ]
    (root / "s.json").write_text(json.dumps({"avops_chat": 1, "exchanges": exchanges}))
    with Terminal(["chat", "--session", "s.json"], root) as terminal:
        terminal.shows("the conversation goes on: 2 exchanges are remembered")
        terminal.send("/clear")
    assert runs(root, capsys) == []
    assert json.loads((root / "s.json").read_text())["exchanges"] == []


def test_a_narrow_terminal_without_colours(root):
    with Terminal(["chat"], root, columns=40, lines=60, NO_COLOR="1") as terminal:
        terminal.send('/agent run operator recipe="Look Around" mock=all')
        assert (
            """\
avops> /agent run operator recipe="Look
       Around" mock=all
Run 1: Look Around, by operator
Intake
  ✓ Read the display  [simulated]
Verify
  ✓ It is on  [simulated]
Run 1 success [simulated]
avops>"""
            in terminal.screen
        )
        assert b"\x1b[3" not in terminal.raw
