"""Manifests from OpenAPI documents: what is made of an operation, and what a document cannot do."""

from __future__ import annotations

import asyncio
import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.connectors.recording_server import Reply, recording

from avops.connectors.adding import add_from_openapi, manifest_text
from avops.connectors.http import HttpConnector
from avops.connectors.openapi import make_manifest, read_openapi
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import AvopsError
from avops.model.tool import HttpTool
from avops.project.documents import load_document
from avops.project.yaml_text import read_yaml

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Signage\nplayers"},
    "servers": [{"url": "https://{region}.signage.example/v1/", "variables": {"region": {"default": "eu"}}}],
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "parameters": {
            "page": {"name": "page-size", "in": "query", "schema": {"type": "integer", "maximum": 100, "exclusiveMaximum": True}}
        },
        "schemas": {
            "Player": {
                "type": "object",
                "required": ["id", "name"],
                "properties": {
                    "id": {"type": "string", "readOnly": True},
                    "name": {"type": "string", "description": "What people call it\nhere"},
                    "note": {"type": "string", "nullable": True},
                    "in": {"type": "string"},
                    "parent": {"$ref": "#/components/schemas/Player"},
                    "secret": {"type": "string", "writeOnly": True},
                },
            }
        },
    },
    "paths": {
        "/players": {
            "get": {
                "operationId": "listPlayers",
                "summary": "List the players",
                "parameters": [{"$ref": "#/components/parameters/page"}, {"name": "Authorization", "in": "header", "schema": {}}],
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Player"}}}}
                    }
                },
            },
            "post": {
                "operationId": "createPlayer",
                "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Player"}}}},
                "responses": {"201": {"description": "made"}},
            },
        },
        "/players/{player-id}": {
            "parameters": [{"name": "player-id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "delete": {"responses": {}},
            "patch": {
                "operationId": "patch",
                "requestBody": {"content": {"application/merge-patch+json": {"schema": {"oneOf": [{"type": "object"}]}}}},
                "responses": {},
            },
        },
        "/login": {
            "post": {
                "operationId": "login",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {"pin": {"type": "string"}}}}
                    },
                },
                "responses": {},
            }
        },
        "/media": {
            "put": {
                "operationId": "upload",
                "requestBody": {"required": True, "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}},
                "responses": {},
            }
        },
    },
}


def made(*chosen: str, **changes: Any) -> dict[str, Any]:
    data: Any = make_manifest(DOCUMENT | changes, "signage", chosen).data
    return data


def test_what_is_made_of_a_document():
    data = made()
    assert data["description"] == "Signage players"
    assert data["base_url"] == "https://eu.signage.example/v1"
    assert data["auth"] == {"type": "header", "name": "X-Key", "value": "env:SIGNAGE_KEY"}
    assert data["health"] == {"action": "list_players"}
    assert list(data["actions"]) == ["list_players", "create_player", "delete_players_by_player_id", "patch", "login", "upload"]
    assert data["actions"]["list_players"] == {
        "description": "List the players",
        "effect": "read",
        "input": {"page_size": {"type": "integer", "exclusiveMaximum": 100, "required": False}},
        "request": {"method": "GET", "path": "/players", "query": {"page-size": "{{ page_size }}"}},
        "output": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "name": {"type": "string", "description": "What people call it here"},
                    "note": {"type": ["string", "null"]},
                    "in": {"type": "string"},
                    "parent": {},
                },
                "required": ["id", "name"],
            },
        },
    }


def test_effects_come_from_methods_and_are_for_review():
    result = make_manifest(DOCUMENT, "signage")
    actions: Any = result.data["actions"]
    assert {name: action["effect"] for name, action in actions.items()} == {
        "list_players": "read",
        "create_player": "write",
        "delete_players_by_player_id": "destructive",
        "patch": "write",
        "login": "write",
        "upload": "write",
    }
    assert sum("effect" in note for note in result.review) == 5
    assert any("default of the document" in note for note in result.review)


def test_a_body_becomes_arguments():
    create = made()["actions"]["create_player"]
    assert create["request"]["json"] == {
        "name": "{{ name }}",
        "note": "{{ note }}",
        "in": "{{ in_ }}",
        "parent": "{{ parent }}",
        "secret": "{{ secret }}",
    }
    assert create["input"]["name"] == {"type": "string", "description": "What people call it here"}
    assert create["input"]["note"]["required"] is False


def test_the_requests_are_sent(tmp_path):
    (tmp_path / "a.png").write_bytes(b"png")
    data = load_document("tool", manifest_text(made()), "t.yaml").required().model_dump(by_alias=True, exclude_unset=True)

    async def main() -> None:
        async with recording(lambda request: Reply(data={})) as recorder:
            manifest = HttpTool.model_validate(data | {"base_url": recorder.url, "private": True})
            tool = HttpConnector(project_root=tmp_path).open(manifest, EnvironmentSecrets({"SIGNAGE_KEY": "k"}))
            await tool.call("create_player", {"name": "A", "in_": "x"})
            await tool.call("patch", {"player_id": "a/b", "body": {"note": None}})
            await tool.call("login", {"pin": "1 2"})
            await tool.call("upload", {"path": "a.png"})
            await tool.close()
        create, patch, login, upload = recorder.seen
        assert json.loads(create.body) == {"name": "A", "in": "x"}
        assert create.headers["x-key"] == "k"
        assert (patch.method, patch.target, patch.body) == ("PATCH", "/players/a%2Fb", b'{"note":null}')
        assert patch.headers["content-type"] == "application/merge-patch+json"
        assert (login.body, login.headers["content-type"]) == (b"pin=1+2", "application/x-www-form-urlencoded")
        assert (upload.body, upload.headers["content-type"]) == (b"png", "image/png")

    asyncio.run(main())


def test_operations_are_chosen_by_id_or_by_method_and_path():
    assert list(made("upload", "GET /players", "upload")["actions"]) == ["upload", "list_players"]
    with pytest.raises(AvopsError, match="no operation 'uplod'") as caught:
        made("uplod")
    assert caught.value.hint == "did you mean 'upload'?"


def test_too_many_operations_are_not_taken_at_once():
    paths = {f"/{number}": {"get": {"responses": {}}} for number in range(101)}
    with pytest.raises(AvopsError, match="101 operations"):
        made(paths=paths)
    assert list(made("GET /7", paths=paths)["actions"]) == ["get_7"]


def test_names_that_meet_are_told_apart():
    paths = {"/a": {"get": {"operationId": "x"}}, "/b": {"get": {"operationId": "X"}}, "/c": {"get": {"operationId": "99"}}}
    assert list(made(paths=paths)["actions"]) == ["x", "x_2", "call_99"]


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("other.yaml#/a", "outside the document"),
        ("https://example.com/a.json", "outside the document"),
        ("#/components/none", "not in the document"),
        ("#/loop", "in a circle"),
    ],
)
def test_references_that_lead_nowhere(reference, words):
    operation = {"operationId": "x", "parameters": [{"$ref": reference}], "responses": {}}
    with pytest.raises(AvopsError, match=words):
        made(paths={"/": {"get": operation}}, loop={"$ref": "#/loop"})


def test_schemas_that_grow_are_bounded():
    schemas = {
        f"s{n}": {"type": "object", "properties": {f"p{i}": {"$ref": f"#/components/schemas/s{n + 1}"} for i in range(12)}}
        for n in range(8)
    }
    operation = {
        "operationId": "x",
        "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/s0"}}}}},
    }
    with pytest.raises(AvopsError, match="more than 20,000 parts"):
        made(paths={"/": {"get": operation}}, components={"schemas": {**schemas, "s8": {}}})


@pytest.mark.parametrize(
    ("scheme", "auth"),
    [
        ({"type": "http", "scheme": "Bearer"}, {"type": "bearer", "token": "env:SIGNAGE_TOKEN"}),
        ({"type": "http", "scheme": "basic"}, {"type": "basic", "user": "env:SIGNAGE_USER", "password": "env:SIGNAGE_PASSWORD"}),
        ({"type": "apiKey", "in": "query", "name": "k"}, None),
        (
            {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://a.example/token"}}},
            {
                "type": "oauth_client",
                "token_url": "https://a.example/token",
                "client_id": "env:SIGNAGE_CLIENT_ID",
                "client_secret": "env:SIGNAGE_CLIENT_SECRET",
            },
        ),
        ({"type": "oauth2", "flows": {"implicit": {}}}, {"type": "bearer", "token": "env:SIGNAGE_TOKEN"}),
    ],
)
def test_ways_to_authenticate(scheme, auth):
    result = make_manifest(DOCUMENT | {"components": DOCUMENT["components"] | {"securitySchemes": {"a": scheme}}}, "signage")
    assert result.data.get("auth") == auth
    assert auth is not None or any("write 'auth' yourself" in note for note in result.review)


@pytest.mark.parametrize("servers", [[], [{"url": "/v1"}], [{"url": "https://{tenant}.example.com"}], [{"url": "https://u:p@example.com"}]])
def test_a_document_without_a_usable_server(servers):
    assert made(servers=servers)["base_url"] == "https://YOUR-HOST"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "nested|flow|YAML"),
        ('{"a":' * 100_000, "not JSON"),
        ('{"swagger": "2.0"}', "not an OpenAPI 3 document"),
        ("a: &a [*a]", "stands inside what it names"),
    ],
)
def test_what_is_no_openapi_document(tmp_path, text, words):
    (tmp_path / "doc").write_text(text)
    with pytest.raises(AvopsError) as caught:
        read_openapi(tmp_path / "doc")
    assert re.search(words, str(caught.value.message) + str(getattr(caught.value, "diagnostics", "")))


def test_json_and_yaml_are_read_alike_and_the_tool_is_written_once(tmp_path):
    (tmp_path / "tools").mkdir()
    (tmp_path / "doc.json").write_text(json.dumps(DOCUMENT))
    (tmp_path / "doc.yaml").write_text(manifest_text(copy.deepcopy(DOCUMENT)))
    assert read_openapi(tmp_path / "doc.json") == read_openapi(tmp_path / "doc.yaml") == DOCUMENT
    added = add_from_openapi(tmp_path, "signage", tmp_path / "doc.json", operations=["listPlayers"])
    assert (added.path, added.secrets) == ("tools/signage.yaml", ("env:SIGNAGE_KEY",))
    with pytest.raises(AvopsError, match=r"'tools/signage\.yaml' is there already"):
        add_from_openapi(tmp_path, "signage", tmp_path / "doc.yaml")
    add_from_openapi(tmp_path, "signage", tmp_path / "doc.yaml", force=True)
    assert len(load_document("tool", (tmp_path / "tools/signage.yaml").read_text(), "t").required().actions) == 6


TEXT = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn", "Co", "Cc"], exclude_characters="\u2028\u2029\ufeff"), max_size=30
)


@given(
    st.recursive(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(-5, 5),
            TEXT,
            st.sampled_from(["on", "12:30", "1e3", "0x1f", "~", "- a", "2026-01-01", "0123"]),
        ),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT.filter(lambda key: key not in ("", "<<")), inner, max_size=3),
        max_leaves=8,
    )
)
def test_what_is_written_reads_back_as_it_was(value):
    assert read_yaml(manifest_text({"value": value})) == {"value": value}


KEYS = ["$ref", "allOf", "application/json", "content", "in", "items", "name", "parameters", "properties", "requestBody"]
KEYS += ["required", "responses", "200", "schema", "type"]
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=6), st.sampled_from(["#/paths", "#/components", "string", "object"])
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(JSON, JSON)
def test_any_document_gives_a_manifest_or_an_error(operation, components):
    try:
        result = make_manifest({"openapi": "3.1.0", "components": components, "paths": {"/{a}": {"post": operation}}}, "x")
    except AvopsError:
        return
    read_yaml(manifest_text(result.data))
