"""`avops settings`: what it shows, what it writes, what it refuses, and one real question to a model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from llmock.scenarios import Fail, Reply
from llmock.testing import LLMockServer

from avops.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SETTINGS = """\
# What holds for all of us.
name: AV Operations   # the team
timezone: America/Chicago

lint: {profile: team}
"""
SLACK = """\
name: slack
kind: http
base_url: https://slack.com/api
auth: {type: bearer, token: "env:SLACK_TOKEN"}
actions:
  test: {effect: read, request: {path: /auth.test}}
"""
KEY = "sk-proj-0123456789abcd9f3e"


@pytest.fixture
def avops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """A command line in a project, and what it prints."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "SLACK_TOKEN", "LLM_KEY"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "project"
    for path, text in {"avops.yaml": SETTINGS, "tools/slack.yaml": SLACK, "agents/operator.yaml": "name: operator\n"}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    monkeypatch.chdir(root)

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


@pytest.fixture(scope="module")
def server() -> Iterator[LLMockServer]:
    with LLMockServer() as started:
        yield started


def written() -> str:
    return Path("avops.yaml").read_text()


def test_bare_settings_shows_them_with_their_source(avops):
    code, out, _ = avops("settings")
    assert code == 0
    assert out == avops("settings", "show")[1]
    lines = [line.split() for line in out.splitlines()]
    assert ["timezone", "America/Chicago", "avops.yaml"] in lines
    assert ["rooms", "rooms.csv", "default"] in lines
    assert ["lint.profile", "team", "avops.yaml"] in lines
    assert ["provider", "-", "default"] in lines


def test_keys_show_where_they_are_and_their_last_four_characters(avops, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    Path(".env").write_text("SLACK_TOKEN=short-one\n")
    out = avops("settings", "show")[1]
    assert "OPENAI_API_KEY: loaded from the environment, …9f3e\n" in out
    assert "ANTHROPIC_API_KEY: missing\n" in out
    assert "SLACK_TOKEN: loaded from .env (for slack)\n" in out
    assert KEY not in out
    assert "-one" not in out
    told = json.loads(avops("settings", "show", "--json")[1])
    assert told["keys"][1] == {"reference": "env:OPENAI_API_KEY", "loaded": True, "from": "environment", "ends_with": "9f3e", "used_by": []}
    assert told["keys"][2] == {"reference": "env:SLACK_TOKEN", "loaded": True, "from": ".env", "ends_with": None, "used_by": ["slack"]}
    assert told["settings"]["name"] == {"value": "AV Operations", "source": "avops.yaml"}
    assert told["model"] is None


@pytest.mark.parametrize(("length", "ending"), [(11, None), (12, "89ab")])
def test_a_short_key_shows_no_characters(avops, monkeypatch, length, ending):
    monkeypatch.setenv("OPENAI_API_KEY", "0123456789ab"[:length])
    assert json.loads(avops("settings", "show", "--json")[1])["keys"][1]["ends_with"] == ending


def test_a_missing_key_is_a_warning_while_it_is_shown(avops):
    avops("settings", "set", "provider", "openai")
    avops("settings", "set", "model", "gpt-5.4")
    code, out, err = avops("settings")
    assert code == 0
    assert "model: openai:gpt-5.4 at api.openai.com, $2.50 in and $15.00 out for a million tokens, as of 2026-06" in out
    assert err.splitlines() == [
        "warning: the key of 'openai' is missing: the secret 'env:OPENAI_API_KEY' is not set",
        "hint: set OPENAI_API_KEY in the environment or in .env",
    ]
    told = json.loads(avops("settings", "show", "--json")[1])["model"]
    assert told["price"] == {"input": 2.5, "output": 15.0, "as_of": "2026-06"}
    assert told["problem"]["hint"] == "set OPENAI_API_KEY in the environment or in .env"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["model", "gpt-5.4"], "model: gpt-5.4"),
        (["model", "4"], 'model: "4"'),
        (["name", "true"], 'name: "true"'),
        (["mock", "on"], "mock: true"),
        (["mock", "false"], "mock: false"),
        (["mock", "slack"], "mock: [slack]"),
        (["mock", "[slack]"], "mock: [slack]"),
        (["timezone", "Europe/Berlin"], "timezone: Europe/Berlin"),
        (["lint.profile", "strict"], "lint: {profile: strict}"),
        (["lint.rules.unowned", "off"], "lint: {profile: team, rules: {unowned: off}}"),
        (["policy.denied_domains", "a.example", "b.example"], "policy: {denied_domains: [a.example, b.example]}"),
        (["policy.denied_domains", "a.example"], "policy: {denied_domains: [a.example]}"),
        (["prices.gpt-5.4", "{input: 1.25, output: 10}"], "prices: {gpt-5.4: {input: 1.25, output: 10}}"),
        (["roles.L2", "alice", "bob"], "roles: {L2: [alice, bob]}"),
        (["alerts.recover_after", "3"], "alerts: {recover_after: 3}"),
        (["api_key", "env:LLM_KEY"], "api_key: env:LLM_KEY"),
        (["operator_agent", "operator"], "operator_agent: operator"),
    ],
)
def test_a_key_is_set_and_everything_else_stays(avops, arguments, line):
    code, out, err = avops("settings", "set", *arguments)
    assert (code, err) == (0, "")
    assert out.startswith(f"avops.yaml: {arguments[0]} is ")
    assert line in written()
    assert written().startswith("# What holds for all of us.\nname: ")
    assert [
        each for each in SETTINGS.splitlines() if each.partition(":")[0] != arguments[0].partition(".")[0] and each not in written()
    ] == []
    assert avops("settings", "show")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["modell", "x"], ["has no key 'modell'; expected one of: alerts.agent, ", "did you mean 'model'?"]),
        (["lint.profil", "x"], ["has no key 'lint.profil'", "did you mean 'lint.profile'?"]),
        (["prices.", "1"], ["has no key 'prices.'"]),
        (["provider", "opnai"], ["expected one of: anthropic, openai", "did you mean 'openai'?"]),
        (["timezone", "chicago"], ["'chicago' is not a time zone", "did you mean 'America/Chicago'?"]),
        (["timezone", "../etc/passwd"], ["is not a time zone"]),
        (["lint", "strict"], ["'lint' must be a mapping"]),
        (["lint.profile", "strict", "team"], ["'profile' cannot be a list"]),
        (["alerts.recover_after", "0"], ["recover_after"]),
        (["base_url", "http://llm.example/v1"], ["it must begin with 'https://'"]),
        (["mock", "slakc"], ["slakc", "did you mean 'slack'?"]),
        (["operator_agent", "nobody"], ["nobody"]),
        (["policy.redact", "[0-9"], ["'[0-9' is no regular expression: unterminated character set"]),
        (["model", ""], ["'model' is empty"]),
        (["model", "null"], None),
    ],
)
def test_what_does_not_fit_is_refused_and_the_file_stays_as_it_was(avops, arguments, told):
    code, _, err = avops("settings", "set", *arguments)
    if told is None:
        assert code == 0  # a model may be called null: the word is text
        return
    assert code in (1, 2)
    for each in told:
        assert each in err
    assert written() == SETTINGS


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("api_key", KEY),
        ("api_key", "hunter2"),
        ("model", KEY),
        ("name", "xoxb-0123456789-abcdef"),
        ("base_url", "https://me:hunter2@llm.example"),
    ],
)
def test_a_secret_is_not_written_and_not_shown(avops, key, value):
    code, out, err = avops("settings", "set", key, value)
    assert code == 2
    assert "no secret is written into 'avops.yaml'" in err
    assert "env:NAME or keyring:NAME" in err
    assert value not in out + err
    assert written() == SETTINGS


def test_a_key_is_unset_and_a_group_that_it_leaves_empty(avops):
    assert avops("settings", "unset", "lint.profile") == (0, "avops.yaml: lint.profile is not set any more\n", "")
    assert written() == SETTINGS.replace("lint: {profile: team}\n", "")
    assert avops("settings", "unset", "lint.profile") == (0, "avops.yaml: lint.profile was not set\n", "")
    assert avops("settings", "unset", "tmezone")[0] == 2
    avops("settings", "set", "policy.denied_domains", "a.example")
    assert avops("settings", "unset", "policy")[0] == 0
    assert "policy" not in written()


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "# nothing yet"])
def test_a_file_that_says_nothing_can_be_written_to(avops, text):
    Path("avops.yaml").write_text(text)
    assert avops("settings", "set", "lint.profile", "strict")[0] == 0
    assert written() == (text if text.endswith("\n") or not text else text + "\n") + "lint: {profile: strict}\n"
    assert avops("settings", "unset", "lint.profile")[0] == 0
    assert written().strip() == text.strip()
    assert avops("settings", "show")[0] == 0


def test_a_file_that_is_broken_elsewhere_says_so(avops):
    Path("avops.yaml").write_text("provider: opnai\nmodel: m\n")
    assert avops("settings", "set", "model", "n")[0] == 1
    assert avops("settings", "set", "provider", "openai")[0] == 0


def test_the_model_is_asked_for_real(avops, server):
    server.state.scenarios.clear()
    server.state.scenarios.add(Reply(text="ready", times=None))
    avops("settings", "set", "provider", "openai")
    avops("settings", "set", "base_url", server.base_url("openai"))
    avops("settings", "set", "model", "llama3")
    avops("settings", "set", "prices.llama3", "{input: 1000, output: 1000}")
    code, out, err = avops("settings", "test")
    assert (code, err) == (0, "")
    first, second = out.splitlines()
    assert first.startswith("openai:llama3 answered in ")
    assert first.endswith(" s: ready")
    assert " tokens in, " in second
    assert second.rpartition(", ")[2].startswith("$0.0")
    told = json.loads(avops("settings", "test", "--json")[1])
    assert (told["model"], told["answer"], told["stop"]) == ("openai:llama3", "ready", "end")
    assert told["cost_usd"] == (told["input_tokens"] + told["output_tokens"]) / 1000


def test_a_test_that_fails_says_why(avops, server):
    assert avops("settings", "test")[0] == 3
    server.state.scenarios.clear()
    server.state.scenarios.add(Fail(404, times=None))
    for key, value in (("provider", "openai"), ("base_url", server.base_url("openai")), ("model", "llama9")):
        avops("settings", "set", key, value)
    code, out, err = avops("settings", "test")
    assert (code, out) == (3, "")
    assert "has no model 'llama9'" in err
    assert "hint: avops settings set model NAME" in err


def test_a_change_that_needs_trust_says_so_and_trust_lists_it(avops, monkeypatch):
    monkeypatch.setenv("LLM_KEY", KEY)
    avops("settings", "set", "provider", "openai")
    avops("settings", "set", "model", "m")
    avops("settings", "set", "api_key", "env:LLM_KEY")
    err = avops("settings", "set", "base_url", "https://llm.example/v1")[2]
    assert "nobody here has trusted that the model's server gets a secret: env:LLM_KEY to https://llm.example" in err
    assert "hint: avops trust" in err
    code, out, _ = avops("trust")
    assert code == 1
    assert "new      avops.yaml  secret  env:LLM_KEY to https://llm.example\n" in out
    assert avops("trust", "--yes")[0] == 0
    assert "trusted  avops.yaml  secret  env:LLM_KEY to https://llm.example\n" in avops("trust")[1]
    assert avops("settings")[2] == ""
    assert "avops.yaml" not in avops("trust", "--tool", "slack")[1]


MARK = "mock mode: tools answer from their manifests (avops settings set mock false)\n"


@pytest.mark.parametrize("command", [("tool", "list"), ("settings",), ("runs", "list", "--json"), ("dash", "--json"), ("agent", "list")])
def test_every_command_marks_mock_mode_on_standard_error(avops, command):
    before = avops(*command)
    assert MARK not in before[2]
    avops("settings", "set", "mock", "true")
    code, out, err = avops(*command)
    assert code == before[0]
    assert err.startswith(MARK)
    assert "mock mode" not in out
    if "--json" in command:
        json.loads(out)


def test_the_mark_names_the_tools_and_goes_with_the_mode(avops):
    Path("avops.yaml").write_text("{mock: [slack], name: x}\n")
    assert avops("agent", "list")[2].startswith("mock mode: slack answer from their manifests")
    for quiet in ("mock: false", "mock: []", "# mock: true", "other: {mock: true}", "mock: [", "name: 'mock: true'"):
        Path("avops.yaml").write_text(f"{quiet}\n")
        assert "mock mode" not in avops("agent", "list")[2]


def test_help_and_the_version_are_not_marked(avops):
    Path("avops.yaml").write_text("mock: true\n")
    assert avops("settings", "--help")[2] == ""
    assert avops("--help")[2] == ""
    Path("below").mkdir()
    for arguments, marked in ((["--version"], ""), (["agent", "list"], MARK)):
        done = subprocess.run([sys.executable, "-m", "avops", *arguments], cwd="below", capture_output=True, text=True, check=True)
        assert done.stderr == marked


def test_settings_import_no_sdk_until_a_model_is_asked(avops):
    program = (
        "import sys\nfrom avops.cli.main import run\n"
        "code = run(sys.argv[1:])\n"
        "print(sorted({'openai', 'anthropic', 'httpx2', 'asyncio'} & set(sys.modules)), file=sys.stderr)\n"
    )
    avops("settings", "set", "provider", "openai")
    for arguments in (["settings", "show"], ["settings", "set", "model", "m"]):
        done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
        assert {"openai", "anthropic", "httpx2"}.isdisjoint(json.loads(done.stderr.splitlines()[-1].replace("'", '"')))
