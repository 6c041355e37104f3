"""Every manifest of the library: it loads, lints clean, mocks what it promises, and sends what the vendors' pages ask for.

`library/*.txt` holds the requests of each action as a loopback server saw them. `AVOPS_REGENERATE=1` writes them anew; then read the
difference beside the vendor's page that the manifest names.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from tests.unit.connectors.recording_server import Reply, Seen, recording

from avops.cli.main import run
from avops.connectors.adding import add_from_library, library_names, library_text, secrets_of
from avops.connectors.mock import MockTool
from avops.connectors.registry import open_tool
from avops.connectors.sample import sample
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import AvopsError, ToolError
from avops.model.effect import Effect
from avops.model.tool import HttpTool
from avops.project.documents import load_document

if TYPE_CHECKING:
    from avops.model.tool import HttpAction, ToolBase

GOLDEN = Path(__file__).parent / "library"
SETTINGS = re.compile(r"YOUR-([A-Z]+)")
VALUES = {"device_name": "MTR-101", "table": "incident", "path": "logs/report.txt"}
PLAIN_HEADERS = {"accept-encoding", "content-length", "host", "user-agent", "x-request-id"}


def manifest(name: str) -> ToolBase:
    return load_document("tool", library_text(name), f"{name}.yaml").required()


HTTP = [name for name in library_names() if isinstance(manifest(name), HttpTool)]


def test_the_library_has_what_av_teams_look_for():
    assert set(library_names()) == {
        "25live",
        "calendar_scheduler",
        "crestron_xio",
        "extron_control",
        "github",
        "google_calendar",
        "google_drive",
        "incident_ticketing",
        "jira_service_management",
        "microsoft_calendar",
        "microsoft_teams",
        "qsys_control",
        "searxng",
        "servicenow",
        "slack",
        "tavily",
        "teams_rooms",
        "webex",
        "zendesk",
        "zoom",
    }


@pytest.mark.parametrize("name", library_names())
def test_a_manifest_says_what_it_is(name):
    tool = manifest(name)
    assert tool.name == name
    assert tool.description
    assert tool.synonyms or name == "github"
    assert re.search(r"^# API: ", library_text(name), re.MULTILINE), "name the vendor's page"
    if isinstance(tool, HttpTool):
        assert tool.health is not None
        assert tool.rate_limit is not None


@pytest.mark.parametrize("name", library_names())
def test_every_action_is_described_and_its_mock_fits_its_output(name):
    async def main() -> None:
        tool = manifest(name)
        mock = MockTool(tool)
        for action_name, action in tool.actions.items():  # type: ignore[attr-defined]  # every kind in the library has actions
            assert action.description, action_name
            assert action.output is not None, action_name
            jsonschema.Draft202012Validator.check_schema(action.output)
            jsonschema.validate(await mock.call(action_name, {}), action.output)
            if isinstance(tool, HttpTool):
                assert "mock" in action.model_fields_set, action_name
                assert all("description" in schema for schema in action.input.values()), action_name
                assert action.effect is Effect.READ or action.idempotent is not None, action_name
                assert action.effect is not Effect.READ or action.request.method in ("GET", "POST"), action_name
            if action.effect is Effect.WRITE and isinstance(tool, HttpTool) and action.idempotent:
                assert action.restore is not None, action_name

    asyncio.run(main())


@pytest.mark.parametrize("name", HTTP)
def test_the_requests_of_a_manifest(name, tmp_path):
    text = asyncio.run(_requests(name, tmp_path))
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("AVOPS_REGENERATE"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "to accept: AVOPS_REGENERATE=1 python -m pytest tests/golden/test_library.py"


async def _requests(name: str, folder: Path) -> str:
    """The requests of every action, with all arguments and with those that are required."""
    (folder / "logs").mkdir()
    (folder / "logs" / "report.txt").write_text("report")
    told = json.dumps(manifest(name).model_dump(mode="json", by_alias=True, exclude_unset=True))
    data = json.loads(SETTINGS.sub(lambda match: match[1].lower(), told))
    real = urlsplit(data["base_url"])
    secrets = EnvironmentSecrets(
        {reference.partition(":")[2]: reference.partition(":")[2].lower() for reference in secrets_of(manifest(name))}
    )
    async with recording(_answer) as recorder:
        local = data | {"base_url": f"{recorder.url}{real.path}", "private": True, "rate_limit": "1000/s"}
        if "token_url" in (data.get("auth") or {}) or (data.get("auth") or {}).get("type") == "oauth_account":
            local["auth"] = data["auth"] | {"token_url": f"{recorder.url}/token"}
        tool = open_tool(
            HttpTool.model_validate(json.loads(SETTINGS.sub(lambda match: match[1].lower(), json.dumps(local)))), secrets, folder
        )
        lines = [f"{real.scheme}://{real.netloc}"]
        await tool.health()
        lines += ["", "health", *_shown(recorder.seen[-1])]
        for action_name, action in HttpTool.model_validate(data).actions.items():
            for whole in (True, False):
                arguments = _arguments(action, whole=whole)
                if not whole and arguments == _arguments(action, whole=True):
                    continue
                before = len(recorder.seen)
                try:
                    await tool.call(action_name, arguments)
                except ToolError as error:
                    assert "expects" in error.message or "error" in error.message, error  # noqa: PT017 — the answer is no vendor's
                assert len(recorder.seen) == before + 1, action_name
                lines += ["", f"{action_name} {json.dumps(arguments)}", *_shown(recorder.seen[-1])]
        await tool.close()
    return "\n".join(lines) + "\n"


def _answer(request: Seen) -> Reply:
    if request.path == "/token":
        return Reply(data={"access_token": "the-token", "expires_in": 3600})
    return Reply(data={"ok": True})


def _arguments(action: HttpAction, *, whole: bool) -> dict[str, Any]:
    needed = {
        key: schema for key, schema in action.input.items() if whole or (schema.get("required") is not False and "default" not in schema)
    }
    return {
        key: VALUES.get(key, sample({name: part for name, part in schema.items() if name != "required"}, key))
        for key, schema in needed.items()
    }


def _shown(seen: Seen) -> list[str]:
    body = re.sub(r"avops-[0-9a-f]{32}", "BOUNDARY", seen.body.decode())
    headers = {name: re.sub(r"avops-[0-9a-f]{32}", "BOUNDARY", value) for name, value in seen.headers.items() if name not in PLAIN_HEADERS}
    lines = [f"{seen.method} {seen.target}", *(f"{name}: {value}" for name, value in sorted(headers.items()))]
    return lines + ([line.rstrip("\r") for line in body.split("\n")] if body else [])


def test_the_library_lints_clean(tmp_path, monkeypatch, capsys):
    (tmp_path / "avops.yaml").write_text("# yaml-language-server: $schema=schemas/settings.schema.json\n")
    for name in library_names():
        add_from_library(tmp_path, name)
    monkeypatch.chdir(tmp_path)
    run(["lint", "tools", "--format", "json", "--profile", "strict", "--no-cache", "--jobs", "1"])
    assert json.loads(capsys.readouterr().out)["findings"] == []


def test_a_manifest_is_added_once(tmp_path):
    added = add_from_library(tmp_path, "servicenow", settings={"INSTANCE": "acme"})
    assert added.path == "tools/servicenow.yaml"
    assert added.secrets == ("env:SERVICENOW_USER", "env:SERVICENOW_PASSWORD")
    assert added.settings == ()
    text = (tmp_path / "tools" / "servicenow.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=")
    assert "https://acme.service-now.com/api/now" in text
    with pytest.raises(AvopsError, match="is there already") as caught:
        add_from_library(tmp_path, "servicenow")
    assert caught.value.hint == "--force replaces it"
    assert add_from_library(tmp_path, "servicenow", force=True).settings == ("INSTANCE",)


@pytest.mark.parametrize("value", ["a/b", "", "a b", "a\nb", "-x", "a@b"])
def test_a_setting_cannot_change_where_a_url_leads(tmp_path, value):
    with pytest.raises(AvopsError, match="cannot stand for INSTANCE"):
        add_from_library(tmp_path, "servicenow", settings={"INSTANCE": value})
    with pytest.raises(AvopsError, match="nothing to set called 'HOST'; expected one of: INSTANCE"):
        add_from_library(tmp_path, "servicenow", settings={"HOST": "a"})


def test_a_name_that_is_not_in_the_library():
    with pytest.raises(AvopsError, match="no tool 'slac' in the library") as caught:
        library_text("slac")
    assert caught.value.hint == "did you mean 'slack'?"
    with pytest.raises(AvopsError, match=r"no tool '\.\./secrets'"):
        library_text("../secrets")


def test_the_page_is_the_manifests():
    from scripts.library_docs import FILE, page

    assert FILE.read_text(encoding="utf-8") == page(), "to write it: python scripts/library_docs.py"
