"""`avops tool`: servers are added, discovered, asked and called, and what a person must say is asked."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from avops.cli.main import run
from avops.wiring import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLAIN = Path(__file__).parents[1] / "unit" / "connectors" / "plain_mcp_server.py"

SETTINGS = "operator_agent: operator\nroles: {L2: [nobody-here]}\n"
OPERATOR = "# May use everything.\nname: operator\ntools:\n  local: '*'   # programs here\napprovals: {destructive: L2}\n"
LOCAL = f"""\
name: local
kind: command
actions:
  get:
    effect: read
    input: {{n: {{type: integer}}, tags: {{type: array, required: false}}, text: {{type: string, required: false}}}}
    argv: [{json.dumps(sys.executable)}, -c, "import sys; print(sys.argv[1:])", "{{{{ n }}}}", "{{{{ text }}}}"]
    mock: {{text: mocked}}
  set: {{effect: write, argv: [{json.dumps(sys.executable)}, -c, "print('done')"]}}
  reset: {{effect: destructive, argv: [{json.dumps(sys.executable)}, -c, "print('reset')"]}}
"""
RECIPE = "name: Look\nverify:\n  - {id: a, tool: local.get, with: {n: 1}}\n"


@pytest.fixture
def avops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """A command line in a project with one trusted program, and what it prints."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / "project"
    for path, text in {
        "avops.yaml": SETTINGS,
        "agents/operator.yaml": OPERATOR,
        "tools/local.yaml": LOCAL,
        "recipes/look.yaml": RECIPE,
        "agents/other.yaml": "name: other\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    monkeypatch.chdir(root)

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    assert command("trust", "--yes")[0] == 0
    return command


def add_plain(avops: Callable[..., tuple[int, str, str]], behaviour: str = "plain") -> None:
    code, _, _ = avops("tool", "add", "plain", "--mcp", f"'{sys.executable}' {PLAIN} {behaviour}")
    assert code == 0


def edit(path: str, old: str, new: str) -> None:
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))


def test_a_server_is_added_trusted_and_listed_under_the_operator(avops):
    code, out, err = avops("tool", "add", "plain", "--mcp", "some-server --site 'head quarter'", "--env", "AV_TOKEN")
    assert (code, err) == (0, "hint: avops tool discover plain\n")
    assert out.splitlines() == [
        "added tools/plain.yaml",
        "trusted what you typed: its program or the host of its secret",
        "the agent 'operator' may use it",
    ]
    manifest = open_workspace().tool("plain").required()
    assert manifest.command == ["some-server", "--site", "head quarter"]
    assert manifest.env == ["AV_TOKEN"]
    operator = Path("agents/operator.yaml").read_text()
    assert operator.startswith("# May use everything.\n")
    assert "# programs here" in operator
    assert yaml.safe_load(operator)["tools"] == {"local": "*", "plain": "*"}
    assert all(line.startswith("trusted") for line in avops("trust")[1].splitlines())


def test_a_service_is_added_with_the_reference_of_its_token(avops):
    avops("tool", "add", "cloud", "--mcp", "https://mcp.example.org/mcp", "--token", "env:CLOUD_TOKEN")
    manifest = open_workspace().tool("cloud").required()
    assert manifest.url == "https://mcp.example.org/mcp"
    assert manifest.auth.token == "env:CLOUD_TOKEN"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x", "--mcp", "a", "--action-server", "http://b"], "--mcp and --action-server exclude each other"),
        (["x", "--mcp", "a 'b"], "the command cannot be split into words: No closing quotation"),
        (["x", "--mcp", " "], "the command is empty"),
        (["x", "--mcp", "a", "--token", "env:T"], "'--token' is for a URL"),
        (["../x", "--mcp", "a"], "'../x' is no name for a tool"),
        (["LOCAL", "--mcp", "a"], "a tool is called 'local' already: tools/local.yaml"),
        (["x", "--action-server", "ftp://b"], "'ftp://b' is no address of a server"),
    ],
)
def test_what_cannot_be_added(avops, arguments, message):
    code, _, err = avops("tool", "add", *arguments)
    assert code == 2
    assert f"error: {message}" in err
    assert sorted(path.name for path in Path("tools").iterdir()) == ["local.yaml"]


def test_a_tool_of_the_library_is_listed_under_the_operator(avops):
    code, out, _ = avops("tool", "add", "slack")
    assert code == 0
    assert "the agent 'operator' may use it" in out
    assert open_workspace().tool("slack").required().kind == "http"


def test_a_secret_is_never_written_into_the_file(avops):
    code, _, _ = avops("tool", "add", "cloud", "--mcp", "https://mcp.example.org/mcp", "--token", "t0p-secret")
    assert code == 1
    assert not Path("tools/cloud.yaml").exists()


def test_discovery_pins_what_the_server_lists(avops):
    add_plain(avops)
    code, out, err = avops("tool", "discover", "plain")
    assert code == 0
    assert "new     read         write        readOnlyHint: true" in out
    assert "takes text" in out
    assert "accepted 7 of 7 in tools/plain.yaml" in out
    assert "hint: 1 say that they only read; avops tool discover plain --accept-hints believes them" in err
    actions = open_workspace().tool("plain").required().actions
    assert sorted(actions) == ["broken", "die", "environment", "huge", "read", "say", "slow"]
    assert actions["say"].input == {"text": {"type": "string"}}
    assert {action.effect.value for action in actions.values()} == {"write"}

    code, _, err = avops("tool", "discover", "plain", "--accept-hints")
    assert (code, err) == (0, "")
    assert open_workspace().tool("plain").required().actions["read"].effect.value == "read"


def test_discovery_leaves_alone_what_people_wrote(avops):
    add_plain(avops)
    avops("tool", "discover", "plain", "--only", "say")
    edit("tools/plain.yaml", "    effect: write", "    effect: record   # it only makes a note\n    synonyms: [announce]")
    code, out, _ = avops("tool", "discover", "plain")
    assert code == 0
    assert "same    say" in out
    text = Path("tools/plain.yaml").read_text()
    assert "effect: record   # it only makes a note" in text
    assert "synonyms: [announce]" in text


def test_a_change_is_shown_refused_and_accepted(avops):
    add_plain(avops)
    avops("tool", "discover", "plain", "--accept-hints")
    pinned = open_workspace().tool("plain").required().actions["say"].pin
    edit("tools/plain.yaml", "description: Say a text", "description: Say a text quietly")
    edit("tools/plain.yaml", pinned, f"sha256:{'0' * 64}")
    code, out, err = avops("tool", "discover", "plain")
    assert code == 1
    assert "- description: Say a text quietly" in out
    assert "+ description: Say a text" in out
    assert "not accepted: say; calls of what changed are refused" in err
    code, _, err = avops("tool", "call", "plain", "say", "text=hello", "--yes")
    assert code == 1
    assert "'plain.say' is not what was accepted any more" in err

    assert avops("tool", "discover", "plain", "--accept")[0] == 0
    assert open_workspace().tool("plain").required().actions["say"].pin == pinned
    assert avops("tool", "call", "plain", "say", "text=hello", "--yes")[:2] == (0, "hello\n")


def test_an_action_that_is_gone_is_taken_out_when_a_person_says_so(avops):
    add_plain(avops)
    avops("tool", "discover", "plain", "--only", "say")
    edit("tools/plain.yaml", "tool: say", "tool: whisper")
    code, out, _ = avops("tool", "discover", "plain", "--json", "--only", "say")
    assert code == 1
    assert json.loads(out)[0]["state"] == "gone"
    assert avops("tool", "discover", "plain", "--accept", "--only", "say")[0] == 0
    assert open_workspace().tool("plain").required().actions == {}


def test_nothing_is_started_that_nobody_trusts(avops):
    add_plain(avops)
    edit("tools/plain.yaml", '"plain"]', '"chatters"]')
    code, _, err = avops("tool", "discover", "plain")
    assert code == 3
    assert "would start a program that nobody here has trusted" in err
    assert "hint: avops trust" in err
    code, out, _ = avops("tool", "health", "plain", "--json")
    assert code == 1
    assert json.loads(out)[0]["status"] == "untrusted"


def test_only_mcp_servers_are_discovered(avops):
    code, _, err = avops("tool", "discover", "local")
    assert code == 2
    assert "'local' is of kind 'command', and only MCP servers tell what they can" in err


def test_health_of_all_at_once(avops):
    add_plain(avops)
    avops("tool", "discover", "plain")
    Path("tools/broken.yaml").write_text("name: broken\nkind: telepathy\n")
    code, out, _ = avops("tool", "health", "--json")
    assert code == 1
    found = {row["name"]: row for row in json.loads(out)}
    assert {name: row["status"] for name, row in found.items()} == {"tools/broken.yaml": "broken", "local": "ok", "plain": "ok"}
    assert found["plain"]["detail"] == "lists 7 tools"
    assert found["tools/broken.yaml"]["hint"] == "avops lint"
    _, out, _ = avops("tool", "health")
    assert "plain              mcp       ok" in out
    assert "    hint: avops lint" in out


def test_health_in_mock_mode_asks_nobody(avops):
    Path("avops.yaml").write_text(SETTINGS + "mock: true\n")
    code, out, _ = avops("tool", "health")
    assert code == 0
    assert "local  command   mock" in out
    assert "[mock]" in out


def test_a_tool_whose_calls_name_the_device_is_not_called_well(avops):
    Path("tools/projector.yaml").write_text("name: projector\nkind: pjlink\n")
    code, out, _ = avops("tool", "health", "projector")
    assert code == 0
    assert "pjlink    unasked" in out
    assert "its file names no host" in out
    (row,) = json.loads(avops("tool", "health", "projector", "--json")[1])
    assert (row["status"], row["latency_s"]) == ("unasked", None)


def test_a_function_needs_trust_again_after_a_change(avops):
    Path("stock.py").write_text("def count(n):\n    return {'count': n}\n")
    Path("tools/stock.yaml").write_text(
        "name: stock\nkind: python\nactions:\n  count: {effect: read, input: {n: {type: integer}}, function: stock.py:count}\n"
    )
    edit("agents/operator.yaml", "tools:", "tools:\n  stock: '*'")
    assert "nobody here has trusted: count: stock.py:count sha256:" in avops("tool", "call", "stock", "count", "n=3")[2]
    assert avops("trust", "--tool", "stock", "--yes")[0] == 0
    code, out, err = avops("tool", "call", "stock", "count", "n=3", "--json")
    assert code == 0, err
    assert json.loads(out)["answer"] == {"count": 3}
    assert "function  stock.py:count" in avops("tool", "call", "stock", "count", "n=3", "--dry-run")[1]
    edit("stock.py", "{'count': n}", "{'count': n + 1}")
    code, _, err = avops("tool", "call", "stock", "count", "n=3")
    assert code != 0
    assert "nobody here has trusted" in err


def test_a_denied_domain_stops_a_call_before_it_is_made(avops):
    Path("avops.yaml").write_text(SETTINGS + "policy: {denied_domains: [evil.example]}\n")
    Path("tools/far.yaml").write_text(
        "name: far\nkind: http\nbase_url: https://api.evil.example\nactions:\n  get: {effect: read, request: {path: /}}\n"
    )
    edit("agents/operator.yaml", "tools:", "tools:\n  far: '*'")
    assert "would go to 'api.evil.example', which avops.yaml denies" in avops("tool", "call", "far", "get")[2]
    (row,) = json.loads(avops("tool", "health", "far", "--json")[1])
    assert (row["status"], row["latency_s"]) == ("failing", None)


def test_a_read_is_a_recorded_run_that_succeeds(avops):
    code, out, err = avops("tool", "call", "local", "get", "n=7")
    assert (code, out, err) == (0, '{\n  "text": "[\'7\']",\n  "exit_code": 0\n}\n', "Run 1 success\n")
    recorded = json.loads(avops("runs", "show", "1", "--json")[1])
    assert (recorded["agent"], recorded["trigger"], recorded["status"]) == ("operator", "call", "success")


def test_what_is_typed_is_data(avops):
    code, out, _ = avops("tool", "call", "local", "get", '{"n": 1, "text": "{{ run.id }}"}', "--json")
    assert code == 0
    assert json.loads(out)["answer"]["text"] == "['1', '{{ run.id }}']"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["local", "get", "n=x"], "'n' takes integer, not 'x'"),
        (["local", "get", "n=1.5"], "'local.get': n: 1.5 is not of type \"integer\""),
        (["local", "get"], "'local.get': \"n\" is a required property"),
        (["local", "get", "seven"], "'seven' is no argument"),
        (["local", "get", "{n: 1"], "the arguments are no JSON"),
        (["local", "gett", "n=1"], "the tool 'local' has no action 'gett'"),
        (["locale", "get", "n=1"], "no tool is called 'locale'"),
        (["local", "get", "n=1", "--agent", "nobody"], "no agent is called 'nobody'"),
    ],
)
def test_a_call_that_cannot_be_meant_is_no_run(avops, arguments, message):
    code, _, err = avops("tool", "call", *arguments)
    assert code == 2
    assert f"error: {message}" in err
    assert json.loads(avops("runs", "list", "--json")[1]) == []


def test_an_agent_that_may_not_is_refused(avops):
    code, _, err = avops("tool", "call", "local", "get", "n=1", "--agent", "other")
    assert code == 1
    assert "Run 1 refused" in err


def test_a_write_waits_for_a_person(avops):
    code, out, err = avops("tool", "call", "local", "set")
    assert (code, out) == (4, "")
    assert "Run 1 waiting" in err
    (waiting,) = json.loads(avops("inbox", "--json")[1])
    avops("approve", str(waiting["id"]))
    recorded = json.loads(avops("runs", "show", "1", "--json")[1])
    assert recorded["status"] == "unverified"
    assert recorded["steps"][-1]["value"] == {"text": "done", "exit_code": 0}


def test_yes_approves_what_the_person_may_approve(avops):
    code, out, err = avops("tool", "call", "local", "set", "--yes")
    assert (code, json.loads(out)["text"]) == (0, "done")
    assert "Run 1 unverified" in err
    code, _, err = avops("tool", "call", "local", "reset", "--yes")
    assert code == 4
    assert "Run 2 waiting" in err


def test_a_mocked_call_is_marked(avops):
    code, out, err = avops("tool", "call", "local", "get", "n=1", "--mock")
    assert (code, out) == (0, "mocked\n")
    assert "[simulated]" in err


def test_a_dry_run_shows_the_call_and_records_nothing(avops):
    code, out, _ = avops("tool", "call", "local", "get", "n=7", "--dry-run")
    assert code == 0
    assert f'program   ["{sys.executable}", "-c", "import sys; print(sys.argv[1:])", "7"]' in out
    assert json.loads(avops("runs", "list", "--json")[1]) == []


def test_a_dry_run_hides_secrets_and_says_what_is_in_the_way(avops):
    avops("tool", "add", "legacy", "--action-server", "https://av.example.org/api/", "--token", "env:LEGACY_TOKEN")
    code, out, _ = avops("tool", "call", "legacy", "send", "action=create", 'args={"title": "x"}', "--dry-run", "--json")
    shown = json.loads(out)
    assert shown["request"] == "POST https://av.example.org/api/action"
    assert shown["headers"]["Authorization"] == "*** (env:LEGACY_TOKEN)"
    assert json.loads(shown["body"]) == {"action": "create", "args": {"title": "x"}}
    assert code == 1
    assert shown["problems"] == ["the tool 'legacy': the secret 'env:LEGACY_TOKEN' is not set"]


@pytest.mark.parametrize("kind", ["command", "http", "mcp"])
def test_a_skeleton_lints(avops, kind):
    code, out, _ = avops("tool", "scaffold", "lights_2", "--kind", kind)
    assert (code, out) == (0, "wrote tools/lights-2.yaml\n")
    code, out, err = avops("lint", "tools/lights-2.yaml")
    assert code == 0, out + err


def test_a_skeleton_of_no_kind(avops):
    code, _, err = avops("tool", "scaffold", "lights", "--kind", "telepathy")
    assert code == 2
    assert "there is no skeleton of kind 'telepathy'; expected one of: command, http, mcp" in err


def test_a_tool_in_use_is_not_deleted(avops):
    code, _, err = avops("tool", "delete", "local")
    assert code == 2
    assert "'local' is still needed: 'Look' calls it (recipes/look.yaml:3)" in err
    assert Path("tools/local.yaml").exists()
    code, out, err = avops("tool", "delete", "local", "--force")
    assert (code, out) == (0, "Deleted tools/local.yaml\ntook it out of agents/operator.yaml\n")
    assert err == "broken now: 'Look' calls it (recipes/look.yaml:3)\n"
    assert not Path("tools/local.yaml").exists()


def test_a_tool_that_only_the_operator_names_is_deleted(avops):
    add_plain(avops)
    code, out, _ = avops("tool", "delete", "PLAIN")
    assert (code, out) == (0, "Deleted tools/plain.yaml\ntook it out of agents/operator.yaml\n")
    assert "plain" not in Path("agents/operator.yaml").read_text()


TOKEN = "quoted-by-the-service-0123456789"


@pytest.fixture
def quoting(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a service that refuses everything, and quotes the token that it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.dumps({"error": f"the token {self.headers['Authorization']} has expired"}).encode()
            self.send_response(400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *args: object) -> None:
            pass

    monkeypatch.setenv("QUOTED_TOKEN", TOKEN)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_secret_that_a_service_quotes_is_not_shown_by_health(avops: Callable[..., tuple[int, str, str]], quoting: str) -> None:
    Path("tools/web.yaml").write_text(
        f"name: web\nkind: http\nbase_url: {quoting}\nprivate: true\nauth: {{type: bearer, token: 'env:QUOTED_TOKEN'}}\n"
        "health: {action: get}\nactions: {get: {effect: read, request: {path: /x}}}\n"
    )
    avops("trust", "--yes")
    for arguments in (("web",), ("web", "--json")):
        code, out, err = avops("tool", "health", *arguments)
        assert code == 1
        assert TOKEN not in out + err
        assert "Bearer «redacted» has expired" in " ".join(out.split())


def test_a_secret_that_a_service_quotes_is_not_shown_by_an_error(avops: Callable[..., tuple[int, str, str]], quoting: str) -> None:
    Path("tools/web.yaml").write_text(
        f"name: web\nkind: mcp\nurl: {quoting}/mcp\nprivate: true\nauth: {{type: bearer, token: 'env:QUOTED_TOKEN'}}\n"
    )
    avops("trust", "--yes")
    code, out, err = avops("tool", "discover", "web")
    assert code == 3
    assert TOKEN not in out + err
    assert "«redacted»" in err


@pytest.mark.parametrize("kind", ["command", "mcp"])
def test_a_script_of_the_project_needs_trust_again_after_a_change(avops, kind):
    Path("scripts").mkdir()
    Path("scripts/count.py").write_text("print(3)\n")
    argv = f"[{sys.executable}, scripts/count.py]"
    if kind == "command":
        manifest = f"name: stock\nkind: command\nactions:\n  count: {{effect: read, argv: {argv}}}\n"
    else:
        manifest = f"name: stock\nkind: mcp\ncommand: {argv}\nactions: {{}}\n"
    Path("tools/stock.yaml").write_text(manifest)
    assert "with scripts/count.py " in avops("trust", "--tool", "stock")[1]
    assert avops("trust", "--tool", "stock", "--yes")[0] == 0
    assert avops("trust", "--tool", "stock")[1].startswith("trusted")
    edit("scripts/count.py", "3", "4")
    assert avops("trust", "--tool", "stock")[1].startswith("new")
    if kind == "command":
        edit("agents/operator.yaml", "tools:", "tools:\n  stock: '*'")
        code, _, err = avops("tool", "call", "stock", "count")
        assert code != 0
        assert "nobody here has trusted" in err
        assert avops("trust", "--tool", "stock", "--yes")[0] == 0
        code, out, _ = avops("tool", "call", "stock", "count", "--json")
        assert code == 0
        assert json.loads(out)["answer"]["text"].strip() == "4"
