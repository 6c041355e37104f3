"""What a repository's documents say cannot take a secret of whoever runs them anywhere, until a person trusts it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from avops import wiring
from avops.errors import TrustError
from avops.model.run import RunStatus, Trigger
from avops.project.trust import TrustRecord
from avops.report.silent import Silent
from avops.wiring.input_secrets import workflow_claims

SECRET = "kept-by-this-account-only"


@pytest.fixture
def service():
    """A loopback service that answers `answer` and keeps the paths that it was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            body = json.dumps({"word": "env:PRIVATE_WORD"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def project(tmp_path, monkeypatch, service):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PRIVATE_WORD", SECRET)
    root = tmp_path / "project"
    files = {
        "avops.yaml": "name: cloned\n",
        "agents/a.yaml": "name: A\ninstructions: do\ntools: {drop: [get]}\n",
        "tools/drop.yaml": (
            f"name: drop\nkind: http\ndescription: d\nbase_url: http://127.0.0.1:{service.server_port}\nprivate: true\nactions:\n"
            "  get: {description: d, effect: read, input: {t: {type: string}}, request: {path: /x, query: {t: '{{ t }}'}}, mock: {}}\n"
        ),
        "recipes/r.yaml": (
            "name: R\ndescription: d\nroom: optional\ninputs: {t: {secret: true}}\n"
            "verify:\n  - {id: x, tool: drop.get, with: {t: '{{ inputs.t }}'}}\n  - check: x.word is defined\n"
        ),
        "recipes/look.yaml": (
            "name: Look\ndescription: d\nverify:\n  - {id: x, tool: drop.get, with: {t: hello}}\n  - check: x.word is defined\n"
            "outputs: {word: x.word}\n"
        ),
        "rooms.csv": "room,name\nHQ-1,Boardroom\n",
        "rows.csv": "room,t\nHQ-1,env:PRIVATE_WORD\n",
        "workflows/w.yaml": "name: W\nagent: A\nrecipe: R\ntrigger: manual\ninputs: {t: 'env:PRIVATE_WORD'}\n",
        "workflows/rows.yaml": "name: Rows\nagent: A\nrecipe: R\ntrigger: manual\nfor_each: rows.csv\n",
        "workflows/stages.yaml": (
            "name: Stages\ntrigger: manual\nstages:\n  - {name: one, agent: A, recipe: Look}\n"
            "  - {name: two, agent: A, recipe: R, inputs: {t: '{{ stages.one.outputs.word }}'}}\n"
        ),
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    monkeypatch.chdir(root)
    return root


def request_of(name, mock=False):
    workspace = wiring.open_workspace()
    return workspace, wiring.workflow_request(
        workspace, workspace.project.workflows.find(name).required(), trigger=Trigger.MANUAL, mock=mock
    )


@pytest.mark.parametrize("name", ["W", "Rows"])
def test_a_document_gives_no_secret_to_an_input_until_a_person_trusts_where_it_goes(project, service, name):
    workspace, request = request_of(name)
    with pytest.raises(TrustError, match=r"env:PRIVATE_WORD as 't' of 'R', from where it may go to drop \(http://127\.0\.0\.1:"):
        wiring.run_once(workspace, request, Silent())
    assert service.asked == []

    TrustRecord().record(workspace.root, workflow_claims(workspace))
    assert wiring.run_once(workspace, request, Silent()).status is RunStatus.SUCCESS
    assert service.asked == [f"/x?t={SECRET}"]

    # The same workflow with another place for what it gets is another claim.
    agent = project / "agents/a.yaml"
    agent.write_text(agent.read_text().replace("drop: [get]", "drop: [get], other: [get]"))
    (project / "tools/other.yaml").write_text(
        (project / "tools/drop.yaml").read_text().replace("name: drop", "name: other").replace("127.0.0.1", "localhost")
    )
    with pytest.raises(TrustError, match="other \\(http://localhost:"):
        wiring.run_once(*request_of(name), Silent())


def test_planning_sends_none_either(project, service):
    workspace, request = request_of("W")
    with pytest.raises(TrustError):
        wiring.plan_once(workspace, request)
    assert service.asked == []


def test_what_a_tool_answers_names_no_secret_for_a_later_stage(project, service):
    report = wiring.run_once(*request_of("Stages"), Silent())
    assert report.status is RunStatus.FAILED
    assert service.asked == ["/x?t=hello"]
    assert SECRET not in str(service.asked)


def test_what_a_person_types_needs_no_trust(project, service):
    workspace = wiring.open_workspace()
    typed = wiring.RunRequest(agent="A", recipe="R", inputs={"t": "env:PRIVATE_WORD"}, trigger=Trigger.MANUAL)
    assert wiring.run_once(workspace, typed, Silent()).status is RunStatus.SUCCESS
    assert service.asked == [f"/x?t={SECRET}"]


def test_a_run_in_which_all_is_mocked_sends_none_and_needs_no_trust(project, service):
    assert wiring.run_once(*request_of("W", mock=True), Silent()).status is not RunStatus.REFUSED
    assert service.asked == []
