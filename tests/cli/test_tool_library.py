"""`avops tool add` from the library and from OpenAPI documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from avops.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Signage"},
    "servers": [{"url": "https://signage.example/v1"}],
    "components": {"securitySchemes": {"a": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/players": {"get": {"operationId": "listPlayers", "responses": {}}, "post": {"operationId": "addPlayer", "responses": {}}},
        "/players/{id}": {"delete": {"operationId": "removePlayer", "responses": {}}},
    },
}


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    (tmp_path / "avops.yaml").write_text("operator_agent: Operator\n")
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "operator.yaml").write_text("name: Operator\ntools: {}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_tool_of_the_library(project, capsys):
    assert run(["tool", "add", "servicenow"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "added tools/servicenow.yaml",
        "the agent 'Operator' may use it",
        "fill in: YOUR-INSTANCE in tools/servicenow.yaml",
        "set: SERVICENOW_USER in the environment or in .env",
        "set: SERVICENOW_PASSWORD in the environment or in .env",
    ]
    assert err == "hint: avops trust --tool servicenow, then avops tool health servicenow\n"


def test_what_is_to_be_filled_in_can_be_given(project, capsys):
    assert run(["tool", "add", "servicenow", "--set", "INSTANCE=acme"]) == 0
    assert "fill in" not in capsys.readouterr().out
    assert "https://acme.service-now.com/" in (project / "tools" / "servicenow.yaml").read_text()


def test_a_file_is_replaced_only_when_asked(project, capsys):
    assert run(["tool", "add", "slack"]) == 0
    (project / "tools" / "slack.yaml").write_text("mine")
    assert run(["tool", "add", "slack"]) != 0
    assert "'tools/slack.yaml' is there already" in capsys.readouterr().err
    assert (project / "tools" / "slack.yaml").read_text() == "mine"
    assert run(["tool", "add", "slack", "--force"]) == 0
    assert (project / "tools" / "slack.yaml").read_text() != "mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["slac"], "did you mean 'slack'?"),
        (["slack", "--set", "INSTANCE"], "is not NAME=VALUE"),
        (["slack", "--set", "INSTANCE=a"], "nothing to set called 'INSTANCE'"),
        (["slack", "--operation", "x"], "--openapi"),
        (["signage", "--openapi", "none.json"], "cannot be read"),
    ],
)
def test_what_cannot_be_added(project, capsys, arguments, words):
    assert run(["tool", "add", *arguments]) != 0
    assert words in capsys.readouterr().err
    assert not (project / "tools").exists()


def test_a_tool_from_a_document(project, capsys):
    (project / "doc.json").write_text(json.dumps(DOCUMENT))
    assert run(["tool", "add", "signage", "--openapi", "doc.json", "--operation", "listPlayers", "--operation", "removePlayer"]) == 0
    out = capsys.readouterr().out
    assert "added tools/signage.yaml" in out
    assert "review: remove_player: effect 'destructive' from DELETE" in out
    assert "set: SIGNAGE_TOKEN in the environment or in .env" in out
    assert run(["tool", "list", "--json"]) == 0
    (tool,) = json.loads(capsys.readouterr().out)
    assert tool["actions"] == ["list_players", "remove_player"]
