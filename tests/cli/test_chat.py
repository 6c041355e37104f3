"""`avops chat` in scripts: -m, standard input, --session, --json and exit codes; what the assistant may look up."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.chats import make_project

from avops.cli.chat import split
from avops.cli.main import run
from avops.model.conversation import Role
from avops.providers.scripted import ScriptedModel, asks, says

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from avops.model.conversation import ModelReply


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose program is trusted."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = make_project(tmp_path / "project")
    monkeypatch.chdir(made)
    assert run(["trust", "--yes"]) == 0
    return made


@pytest.fixture
def chat(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """A chat with these arguments and this standard input, and what it prints."""

    def command(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = run(["chat", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ScriptedModel]:
    """Makes the project's model one that says these lines."""

    def made(*lines: ModelReply) -> ScriptedModel:
        scripted = ScriptedModel(lines)
        monkeypatch.setattr("avops.wiring.models.open_model", lambda workspace, secrets=None: scripted)
        return scripted

    return made


def runs(capsys: pytest.CaptureFixture[str]) -> Sequence[dict[str, object]]:
    capsys.readouterr()
    assert run(["runs", "list", "--json"]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("message", "code", "told"),
    [
        ('/agent run operator recipe="look around" mock=all', 0, "Run 1 success [simulated]\n"),
        ("/agent run operator recipe='Never Right' mock=all", 1, "Run 1 failed [simulated]"),
        ("/agent run operator recipe='Ask Around'", 4, "Run 1 waiting"),
        ("/agent run 'Night Desk' recipe='Never Right' room=HQ-2", 2, ""),
        ("/agent run nobody recipe='Never Right'", 2, ""),
        ('/tool action local {"action": "set", "args": {"power": "on"}}', 4, "Run 1 waiting"),
        ('/tool action local {"action": "sett"}', 2, ""),
        ('/tool action local {"action": "get"} agent=\'Night Desk\'', 0, "}\nRun 1 success\n"),
        ('/tool action local {"action": "set", "args": {"power": "on"}} agent=\'Night Desk\'', 1, "Run 1 refused"),
        ("/tool health nothing", 2, ""),
        ("/sop agent=operator name='One Line' Steps: - Look at the wall - Verify it is bright", 4, "Run 1 waiting"),
        ("/sop agent=nobody name='One Line' Steps: - Look", 2, ""),
        ("/recipe new 'Look Around'", 2, ""),
        ("/recipe attach agent='Night Desk' recipe='Look Around'", 0, "Attached 'Look Around' in agents/night-desk.yaml\n"),
        ("/kb scout wall", 2, ""),
        ("/runs 7", 2, ""),
        ("/runs status=odd", 2, ""),
        ("/runs limit=0", 2, ""),
        ("/runs since=tomorrow", 2, ""),
        ("/agnt", 2, ""),
        ("hello", 3, ""),
        ("", 0, ""),
    ],
)
def test_exit_codes(chat, message, code, told):
    done, out, err = chat("-m", message)
    assert (done, bool(err) or not code) == (code, True)
    assert told in out


def test_messages_of_standard_input_end_at_the_first_that_does_not_go_well(chat, capsys):
    code, out, err = chat(stdin="/recipe new One\n\n/agent run operator recipe='Never Right' mock=all\n/recipe new Two\n")
    assert code == 1
    assert "Wrote recipes/one.yaml" in out
    assert "recipes/two.yaml" not in out
    assert "messages after this one are not said" in err


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("one\n\ntwo\n", ["one", "two"]),
        ("/sop agent=A name=B\n- x\n/runs\n\n/runs\n", ["/sop agent=A name=B\n- x\n/runs", "/runs"]),
        ("/sop agent=A name=B\n- x\n.\nthanks", ["/sop agent=A name=B\n- x", "thanks"]),
        ("/sop agent=A name=B Steps: - x\n/runs\n", ["/sop agent=A name=B Steps: - x", "/runs"]),
        ("/sop agent=A name=B\r\n- x\r\n", ["/sop agent=A name=B\n- x"]),
    ],
)
def test_how_standard_input_is_split(text, messages):
    assert list(split(text.splitlines(keepends=True))) == messages


def test_sop_writes_converts_attaches_and_runs(chat, root, capsys):
    sop = '/sop agent=operator name="Wall Fix"\nSteps:\n- Look at the wall\n- Verify it is bright\n'
    code, out, _ = chat(stdin=sop)
    assert code == 4
    assert out.startswith(
        "Wrote sops/wall-fix.md and recipes/wall-fix.yaml: 2 steps, a draft to review\nAttached 'Wall Fix' in agents/operator.yaml\n"
    )
    assert "sop: {file: sops/wall-fix.md" in (root / "recipes/wall-fix.yaml").read_text()
    agent = (root / "agents/operator.yaml").read_text()
    assert "# May use everything here." in agent
    assert "recipes: [Wall Fix]" in agent
    assert chat(stdin=sop.replace("bright", "clean"))[0] == 4  # what avops wrote is written anew
    assert [(each["recipe"], each["trigger"]) for each in runs(capsys)] == [("Wall Fix", "chat")] * 2


def test_sop_leaves_what_somebody_wrote(chat, root, capsys):
    sop = "/sop agent=operator name='{}' Steps: - Look at it"
    (root / "sops").mkdir()
    (root / "sops/wall-fix.md").write_text("mine\n")
    for name, told in (("Wall Fix", "'sops/wall-fix.md' is there already"), ("Fail", "'recipes/fail.yaml' is there already")):
        code, _, err = chat("-m", sop.format(name))
        assert (code, told in err, "hint: give it another name=" in err) == (1, True, True)
    code, _, err = chat("-m", sop.format("Never Right"))
    assert (code, "a recipe is called 'Never Right' already: recipes/fail.yaml" in err) == (2, True)
    for odd in ("/sop agent=operator name=Odd Steps: - a - b", "/sop agent=operator name=Odd room=NO Steps: - Look at it"):
        assert chat("-m", odd)[0] in (1, 2)
    assert not list(root.glob("*/odd.*"))
    assert (root / "sops/wall-fix.md").read_text() == "mine\n"
    assert not (root / "sops/fail.md").exists()
    assert runs(capsys) == []


def test_sop_leaves_the_recipe_of_another_sop(chat, root, capsys):
    (root / "lobby.md").write_text("# Wall Fix\n\n1. Press Power.\n")
    assert run(["sop", "convert", "-q", "lobby.md"]) == 0
    before = (root / "recipes/wall-fix.yaml").read_text()
    code, _, err = chat("-m", "/sop agent=operator name='Wall Fix' Steps: - Look at it")
    assert (code, "the recipe 'Wall Fix' was made from 'lobby.md'" in err) == (1, True)
    assert (root / "recipes/wall-fix.yaml").read_text() == before
    assert not (root / "sops/wall-fix.md").exists()


def test_sop_takes_inputs_from_the_room_list(chat, root, capsys):
    (root / "rooms.csv").write_text("room,name,extension\nHQ-1,Atrium,4711\n")
    sop = "/sop agent=operator name='Call' room=HQ-1 Steps: - Call [extension] - Verify that somebody answers"
    code, out, err = chat("-m", sop)
    assert (code, "Run 1 waiting" in out) == (4, True), (out, err)
    assert run(["runs", "show", "1", "--json"]) == 0
    assert "Call 4711" in capsys.readouterr().out


def test_only_the_first_line_makes_a_command(chat, model, capsys):
    scripted = model(says("I see."))
    assert chat("-m", "look:\n/agent run operator recipe='Look Around' mock=all")[0] == 0
    assert scripted.requests[0].messages[-1].text == "look:\n/agent run operator recipe='Look Around' mock=all"
    assert chat("-m", "/runs\n/agent run operator recipe='Look Around' mock=all")[0] == 2
    assert runs(capsys) == []
    assert scripted.is_closed


def test_a_model_s_text_is_never_a_command(chat, model, root, capsys):
    model(says("/agent run operator recipe='Look Around' mock=all"), says("/recipe new Evil"))
    code, out, _ = chat("-m", "what now?", "-m", "and then?", "--session", "s.json")
    assert (code, out) == (0, "/agent run operator recipe='Look Around' mock=all\n/recipe new Evil\n")
    model(says("/clear"))
    assert chat("-m", "go on", "--session", "s.json")[0] == 0
    assert len(json.loads((root / "s.json").read_text())["exchanges"]) == 3
    assert runs(capsys) == []
    assert not (root / "recipes/evil.yaml").exists()


def test_the_assistant_is_told_what_a_command_did(chat, model):
    scripted = model(asks(("show_run", {"run": 1})), says("It was on."))
    code, out, err = chat("-m", "/agent run operator recipe='Look Around' mock=all", "-m", "show me each step's result")
    assert code == 0
    assert out.endswith("It was on.\n")
    assert "(looking up: show_run)" in err
    first, second = (request.messages[-1] for request in scripted.requests)
    assert "Run 1 success [simulated]" in first.text
    assert first.text.endswith("show me each step's result")
    assert second.role is Role.TOOL
    assert '"name": "Read the display", "status": "ok"' in second.text


def test_an_answer_that_looks_things_up_in_between_has_no_gaps(chat, model):
    both = [("list_runs", {}), ("figures", {})]
    model(asks(*both, text="I look."), asks(*both, text=""), says("Done.\n\nThat is all."))
    assert chat("-m", "how are we?")[1] == "I look.\nDone.\n\nThat is all.\n"


def test_everything_that_can_be_looked_up(chat, model, capsys):
    assert chat("-m", "/agent run operator recipe='Look Around' mock=all", "-m", "/agent run operator recipe='Ask Around'")[0] == 4
    wanted = [
        ("list_runs", {"status": "success", "days": 3, "limit": 5, "recipe": "look around"}),
        ("list_runs", {"agent": "operatr"}),
        ("show_run", {"run": 1, "step": "verify.0"}),
        ("show_run", {"run": 1, "step": "act.9"}),
        ("figures", {"days": 1, "workflow": None}),
        ("list_recipes", {}),
        ("show_recipe", {"name": "fail"}),
        ("list_agents", {}),
        ("list_workflows", {}),
        ("tool_health", {"name": "local"}),
        ("inbox", {}),
        ("search_kb", {"query": "wall"}),
    ]
    model(asks(*wanted), says("Done."))
    code, out, _ = chat("--json", "-m", "tell me all")
    (line,) = out.splitlines()
    found = [(each["name"], each["is_error"], each["result"]) for each in json.loads(line)["lookups"]]
    assert code == 0
    assert [(name, is_error) for name, is_error, _ in found] == [(name, index in (1, 3)) for index, (name, _) in enumerate(wanted)]
    results = [result for _, _, result in found]
    assert [each["id"] for each in results[0]["runs"]] == [1]
    assert results[1] == {"error": "no run has the agent 'operatr'", "hint": "did you mean 'operator'?"}
    assert results[2]["steps"][-1]["key"] == "verify.0"
    assert "run 1 has no step 'act.9'" in results[3]["error"]
    assert results[4]["simulated_runs_left_out"] == 1
    assert [each["name"] for each in results[5]] == ["Ask Around", "Never Right", "Look Around"]
    assert results[6]["path"] == "recipes/fail.yaml"
    assert "Never Right" in results[6]["text"]
    assert [each["name"] for each in results[7]] == ["Night Desk", "operator"]
    assert results[8][0]["name"] == "Morning Look"
    assert results[9][0]["status"] == "ok"
    assert results[10][0]["kind"] == "confirm"
    assert results[11] == []


def test_json_is_a_line_for_each_message(chat, model, monkeypatch):
    model(says("\x1b[2Jfine\x9b5m\u202e"))
    lines = chat("--json", "-m", "hello", "-m", "/tool health local", "-m", '/tool action local {"action": "get"}', "-m", "/agnt")[1]
    answer, health, call, wrong = map(json.loads, lines.splitlines())
    assert lines.isascii()
    assert "\x1b" not in lines
    assert answer["text"] == "\x1b[2Jfine\x9b5m\u202e"
    assert (answer["kind"], answer["code"], answer["lookups"], answer["usage"]["output_tokens"]) == ("message", 0, [], 5)
    assert [row["status"] for row in health["data"]] == ["ok"]
    assert (call["data"]["answer"], call["data"]["id"], call["data"]["steps"][0]["tool"]) == ({"text": "on", "exit_code": 0}, 1, "local")
    assert (wrong["code"], wrong["error"]["hint"]) == (2, "did you mean /agent?")


def test_nothing_of_a_model_s_text_is_obeyed_by_a_terminal(chat, model):
    model(says("\x1b[2J\x07a\rb\x9b5m\u202ec\nd\te"))
    assert chat("-m", "hello")[1] == "␛[2J␇a␍b\\x9b5m\\u202ec\nd e\n"


def test_secrets_stay_out_of_sessions_prompts_and_look_ups(chat, model, root, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hunter2-hunter2")
    scripted = model(says("ok"))
    run_it = "/agent run operator recipe='Look Around' mock=all code=4711-4711"
    assert chat("-m", run_it, "-m", "my key is sk-hunter2-hunter2, password=tiger99", "--session", "s.json")[0] == 0
    kept = (root / "s.json").read_text()
    told = scripted.requests[0].messages[-1].text
    for secret in ("4711-4711", "hunter2", "tiger99"):
        assert secret not in kept
        assert secret not in told


def test_a_session_is_taken_up_and_private(chat, model, root):
    scripted = model(says("first"))
    assert chat("-m", "one", "--session", "s.json")[0] == 0
    scripted = model(says("second"))
    assert chat("-m", "two", "--session", "s.json")[0] == 0
    assert [message.text for message in scripted.requests[0].messages] == ["one", "first", "two"]
    assert stat.S_IMODE((root / "s.json").stat().st_mode) == 0o600
    assert chat("-m", "/clear", "--session", "s.json")[0] == 0
    assert json.loads((root / "s.json").read_text())["exchanges"] == []


def test_a_broken_session_is_refused_before_anything_is_said(chat, root, capsys):
    (root / "s.json").write_text("{")
    code, _, err = chat("-m", "/recipe new One", "--session", "s.json")
    assert code == 3
    assert "error: 's.json' is no conversation that can be taken up: it is no JSON\nhint: " in err
    assert not (root / "recipes/one.yaml").exists()
    assert (root / "s.json").read_text() == "{"


def test_a_session_that_cannot_be_kept_is_told(chat, root):
    (root / "file").touch()
    code, _, err = chat("-m", "/help", "--session", "file/s.json")
    assert code == 3
    assert "cannot be" in err


def test_a_broken_project_is_told_and_nothing_is_sent(chat, model, root):
    scripted = model(says("x"))
    (root / "avops.yaml").write_text("nmae: x\n")
    code, _, err = chat("-m", "hello")
    assert code == 1
    assert "nmae" in err
    assert scripted.requests == []


def test_another_model_is_asked_when_the_settings_change(chat, root, monkeypatch):
    made: list[ScriptedModel] = []

    def open_model(workspace, secrets=None):
        made.append(ScriptedModel([says(str(workspace.settings.model)), says("again")]))
        return made[-1]

    monkeypatch.setattr("avops.wiring.models.open_model", open_model)
    settings = (root / "avops.yaml").read_text()
    (root / "avops.yaml").write_text(settings + "provider: openai\nmodel: one\n")

    def lines():
        yield "hello\n"
        yield "hello\n"
        (root / "avops.yaml").write_text(settings + "provider: openai\nmodel: two\n")
        yield "hello\n"

    monkeypatch.setattr("avops.cli.chat.split", lambda _: lines())
    assert chat()[1] == "one\nagain\ntwo\n"
    assert [model.is_closed for model in made] == [True, True]


def test_what_is_no_text_is_replaced(chat, model):
    scripted = model(says("ok"))
    assert chat("-m", "caf\udce9 \x1b[31m\r\nred")[0] == 0
    assert scripted.requests[0].messages[-1].text == "caf? [31m\nred"


def test_without_a_project(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["chat", "-m", "/help"]) == 3
    assert "hint: " in capsys.readouterr().err


def test_the_library_of_the_prompt_is_left_out_of_scripts(root):
    program = "import sys; from avops.cli.main import run; run(['chat', '-m', '/help']); sys.exit('prompt_toolkit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, check=False).returncode == 0


def test_sop_whose_run_is_refused_is_not_left_with_the_agent(chat, root):
    (root / "agents/mute.yaml").write_text("name: Mute\ntools: {}\n")
    code, out, _ = chat("-m", "/sop agent=Mute name='Wall Fix' mock=all Steps: - Read the local - Look at the wall")
    assert (code, "Run 1 refused" in out) == (1, True)
    assert "Took 'Wall Fix' out of agents/mute.yaml again: it was not run" in out
    assert (root / "agents/mute.yaml").read_text() == "name: Mute\ntools: {}\n"
