"""Recipe tests: run offline with the real engine, judged, covered, recorded."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from avops.cli.main import run

ROOT = Path(__file__).parents[3]

FILES = {
    "avops.yaml": "name: Small\nroles: {L2: [alice, bob]}\n",
    "rooms.csv": "room,host\nA,a.example\n",
    "tools/screen.yaml": """\
name: screen
kind: http
base_url: https://screens.example/v1
auth: {type: bearer, token: env:NOBODY_HAS_THIS}
actions:
  look: {effect: read, timeout: 20s, input: {host: {type: string}}, request: {path: /}, output: {type: object, required: [power]}}
  turn: {effect: write, idempotent: true, input: {host: {type: string}, power: {type: string}}, request: {method: PUT, path: /}, mock: {}}
""",
    "agents/bot.yaml": "name: Bot\ntools: {screen: [look, turn]}\nrecipes: [Fix]\n",
    "recipes/fix.yaml": """\
name: Fix
room: required
inputs: {power: {default: "on"}, key: {secret: true, default: env:KEY}}
guardrails: {timeout_minutes: 90, window: "Mon-Fri 06:00-22:00"}
intake:
  - {id: seen, name: Look, tool: screen.look, with: {host: "{{ room.host }}"}}
plan:
  - {name: It is dark, check: seen.power == 'off', hold: true}
  - {id: reason, name: Why, ask: Why?}
  - {name: Alice agrees, approve: L2}
act:
  - name: Turn it on
    tool: screen.turn
    with: {host: "{{ room.host }}", power: "{{ inputs.power }}"}
    undo: {tool: screen.turn, with: {host: "{{ room.host }}", power: "off"}}
  - {name: Give it time, wait: 30m}
verify:
  - name: It is on
    reading: {tool: screen.look, with: {host: "{{ room.host }}"}}
    check: reading.power == inputs.power
    within: 10m
    every: 1m
outputs: {reason: reason}
""",
}

GOOD = """\
room: A
people: {reason: {answer: because}, Alice agrees: approve}
tests:
  - name: It comes on
    tools: {screen.look: [{power: "off"}, {power: "off"}, {fault: timeout}, {power: "on"}]}
    expect:
      status: success
      outputs: {reason: because}
      steps: {seen: ok, plan.0: ok, It is on: ok}
      calls: [{tool: screen.turn, with: {power: "on", host: a.example}}]
      reads: [screen.look, screen.look, screen.look, screen.look]
  - name: It stays dark
    tools: {screen.look: {power: "off"}}
    expect: {status: failed, error: not true within 600 s, undone: [Turn it on], calls: [screen.turn, screen.turn]}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(project: Path, text: str) -> None:
    (project / "recipes" / "fix.test.yaml").write_text(text, encoding="utf-8")


def test_tests_that_pass(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, GOOD)
    assert run(["test"]) == 0, capsys.readouterr().out
    out = capsys.readouterr().out
    assert "2 tests passed" in out
    assert "steps 7/7, branches 3/4, 90 %" in out
    assert not (project / ".avops").exists(), "a test leaves nothing in the project"


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("expect: {status: success}", "status: expected success, got failed: verify.0 'It is on'"),
        ("expect: {status: failed, error: rain}", "error: expected 'rain' in it"),
        ("expect: {status: failed, steps: {Look: skipped}}", "steps: intake.0 'Look' expected skipped, got ok"),
        ("expect: {status: failed, steps: {Lok: ok}}", "the recipe has no step 'Lok'; did you mean 'Look'?"),
        ("expect: {status: failed, calls: []}", "calls: expected no more after number 0, got screen.turn"),
        ("expect: {status: failed, calls: [screen.look]}", "calls: expected screen.look as number 1, got screen.turn"),
        ("expect: {status: failed, calls: [{tool: screen.turn, with: {power: loud}}]}", '\'power\' expected "loud", got "on"'),
        ("expect: {status: failed, undone: []}", 'undone: expected [], got ["act.0"]'),
        ("expect: {status: failed, artifacts: [x]}", 'artifacts: expected ["x"], got []'),
        ("expect: {status: failed, outputs: {reason: x}}", "outputs: 'reason' is missing"),
        ("expect: {status: failed}, tools: {screen.lok: 1}", "'screen' has no action 'lok'; did you mean 'look'?"),
        ("expect: {status: failed}, tools: {scren.look: 1}", "no tool is called 'scren'"),
        ("expect: {status: failed}, inputs: {pwer: x}", "the recipe has no input 'pwer'"),
        ("expect: {status: failed}, people: {Nobody: approve}", "the recipe has no step 'Nobody'"),
        ("expect: {status: failed}, people: {Look: approve}", "people: 'Look' never asked"),
        ("expect: {status: failed}, agent: Nobody", "no agent is called 'Nobody'"),
        ("expect: {status: failed}, tools: {screen.look: {volume: 5}}", "does not fit the action's output"),
    ],
)
def test_what_did_not_come_as_expected_is_told(project: Path, case: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    head = "room: A\npeople: {reason: {answer: because}, Alice agrees: approve}\n"
    tools = "" if "tools:" in case else "tools: {screen.look: {power: 'off'}}\n"
    write(project, f"{head}{tools}tests: [{{name: One, {case}}}]\n")
    code = run(["test", "--json"])
    (recipe,) = json.loads(capsys.readouterr().out)["recipes"]
    (result,) = recipe["tests"]
    if "does not fit" in told:
        # The failure is the one that was expected; what an answer may be is the manifest's word all the same.
        write(project, f"{head}tests: [{{name: One, {case.replace('failed', 'success')}}}]\n")
        code = run(["test", "--json"])
        result = json.loads(capsys.readouterr().out)["recipes"][0]["tests"][0]
    assert code == 1
    assert any(told in problem for problem in result["problems"]), result["problems"]


def test_the_window_is_judged_at_the_time_of_the_test(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expect = "expect: {status: refused, error: outside, calls: [], reads: []}"
    write(project, f"room: A\nnow: 2026-03-01T10:00:00Z\ntests: [{{name: Sunday, {expect}}}]\n")
    assert run(["test"]) == 0, capsys.readouterr().out


def test_people_who_are_not_there(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = "room: {room: Z, host: z.example}\ntools: {screen.look: {power: 'off'}}\n"
    waits = "  - {name: Waits, expect: {status: waiting, calls: []}}\n"
    denied = "  - {name: Denied, people: {reason: {answer: x}, Alice agrees: deny}, expect: {status: cancelled, error: denied by alice}}\n"
    stranger = "  - {name: Stranger, people: {reason: {answer: x}, Alice agrees: {says: approve, by: eve}}, expect: {status: waiting}}\n"
    write(project, f"{head}tests:\n{waits}{denied}{stranger}")
    assert run(["test"]) == 0, capsys.readouterr().out


def test_coverage_below_the_mark_fails(project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write(project, GOOD)
    (project / "recipes" / "other.yaml").write_text("name: Other\nact: [{manual: Look}]\n", encoding="utf-8")
    assert run(["test", "Fix", "--min-coverage", "90"]) == 0
    assert run(["test", "Fix", "--min-coverage", "91", "--junit", str(tmp_path / "out.xml")]) == 1
    assert "plan.0 'It is dark': check was never failed" in capsys.readouterr().out
    suites = ET.parse(tmp_path / "out.xml").getroot()
    assert suites.attrib["tests"] == "3"
    assert [case.attrib["name"] for case in suites.iter("testcase") if case.find("failure") is not None] == ["coverage"]
    assert run(["test"]) == 0
    assert "no tests" in capsys.readouterr().out
    assert run(["test", "--min-coverage", "1"]) == 1, "a recipe without tests is covered by none"


def test_what_is_missing_or_broken(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test"]) == 3
    assert "there are no recipe tests" in capsys.readouterr().err
    assert run(["test", "Fix"]) != 0
    assert "the recipe 'Fix' has no tests" in capsys.readouterr().err
    write(project, "room: A\ntests: [{name: One, expect: {status: fine}}]\n")
    assert run(["test"]) != 0
    told = capsys.readouterr().err
    assert "'status' cannot be the text 'fine'" in told
    assert "recipes/fix.test.yaml:2:" in told


def test_many_files_in_several_processes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        text = FILES["recipes/fix.yaml"].replace("name: Fix", f"name: Fix {number}")
        (project / "recipes" / f"fix-{number}.yaml").write_text(text, encoding="utf-8")
        (project / "recipes" / f"fix-{number}.test.yaml").write_text(f"agent: Bot\n{GOOD}", encoding="utf-8")
    assert run(["test", "--jobs", "2"]) == 0
    assert "8 tests passed" in capsys.readouterr().out


def test_a_run_becomes_a_test_that_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init", ".", "--yes"]) == 0
    assert run(["run", "SupportBot", "Incident Triage", "--room", "HQ-1", "-i", "summary=No sound", "--mock"]) == 0
    capsys.readouterr()
    assert run(["runs", "record", "1"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("# yaml-language-server: $schema=../schemas/test.schema.json\n")
    (tmp_path / "recipes" / "incident-triage.test.yaml").write_text(text, encoding="utf-8")
    assert run(["test", "Incident Triage"]) == 0, capsys.readouterr().out
    assert run(["runs", "record", "2"]) != 0
    assert "hint: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{answer: {cause: dark}}", ""),
        ("{answer: {because: dark}}", "people: the answer of 'Guess' does not fit its 'expect': \"cause\" is a required property"),
        ("done", "people: the answer of 'Guess' does not fit its 'expect'"),
    ],
)
def test_an_answer_that_nobody_could_give(project: Path, said: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "avops.yaml").write_text("provider: openai\nmodel: m\nbase_url: http://127.0.0.1:9/v1\n")
    (project / "recipes" / "fix.yaml").write_text("""\
name: Fix
intake: [{name: Guess, do: Say why, expect: {type: object, required: [cause]}}]
verify: [{name: Sees, confirm: It is on}]
""")
    write(project, f"tests: [{{name: One, people: {{Guess: {said}, Sees: 'yes'}}, expect: {{status: success}}}}]\n")
    assert run(["test"]) == (1 if told else 0)
    assert told in " ".join(capsys.readouterr().out.split())
