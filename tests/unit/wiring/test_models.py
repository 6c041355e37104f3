"""Which model a project's settings open, which key it is given, and what keeps it from being opened."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.unit.providers.wire import chunk, events, wire

from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import DocumentError, ModelError
from avops.model.conversation import Message, ModelRequest, Role, ToolOffer, ToolRequest
from avops.project.trust import TrustRecord, model_claims
from avops.wiring.models import find_model, open_model, prices_here
from avops.wiring.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "sk-test-0123456789abcdef"
HELLO = ModelRequest(instructions="", messages=(Message(role=Role.USER, text="Hello."),))

Project = "Callable[[str], Workspace]"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Workspace]:
    """A project with these settings, whose account has trusted nothing and has no key."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LLM_KEY"):
        monkeypatch.delenv(name, raising=False)

    def made(settings: str) -> Workspace:
        (tmp_path / "avops.yaml").write_text(settings)
        return open_workspace(tmp_path)

    return made


def trusted(workspace: Workspace) -> Workspace:
    TrustRecord().record(workspace.root, model_claims(workspace.settings))
    return workspace


def test_without_a_provider_there_is_no_model(project):
    assert find_model(project("name: x\n")) is None
    with pytest.raises(ModelError, match="no model is configured") as caught:
        open_model(project("name: x\n"))
    assert "avops settings set provider" in str(caught.value.hint)


def test_a_provider_without_a_model_is_an_error(project):
    with pytest.raises(ModelError, match="no model of 'openai' is chosen"):
        find_model(project("provider: openai\n"))


@pytest.mark.parametrize(("provider", "variable"), [("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY")])
def test_the_providers_own_key_goes_to_its_own_servers_without_trust(project, provider, variable, monkeypatch):
    workspace = project(f"{{provider: {provider}, model: m-1}}\n")
    with pytest.raises(ModelError, match=f"the key of '{provider}' is missing: the secret 'env:{variable}' is not set") as caught:
        find_model(workspace)
    assert caught.value.hint == f"set {variable} in the environment or in .env"
    monkeypatch.setenv(variable, KEY)
    secrets = EnvironmentSecrets()
    model = find_model(workspace, secrets)
    assert model is not None
    assert model.name == f"{provider}:m-1"
    assert secrets.handed_out == (KEY,)


def test_the_key_may_stand_in_the_projects_env_file(project):
    workspace = project("{provider: openai, model: m-1}\n")
    (workspace.root / ".env").write_text(f"OPENAI_API_KEY={KEY}\n")
    assert open_model(workspace).name == "openai:m-1"


@pytest.mark.parametrize(
    ("settings", "claim"),
    [
        ("{provider: openai, model: m, base_url: 'https://llm.example/v1'}", "env:OPENAI_API_KEY to https://llm.example"),
        (
            "{provider: openai, model: m, base_url: 'https://api.openai.com.evil.example'}",
            "env:OPENAI_API_KEY to https://api.openai.com.evil.example",
        ),
        # Readers of URLs do not agree on what the host of these is.
        ("{provider: openai, model: m, base_url: 'https://evil.example\\.api.openai.com'}", r"to https://evil.example\.api.openai.com"),
        ("{provider: openai, model: m, base_url: 'https://evil.example[v1.api.openai.com]'}", "to https://evil.example[v1.api.openai.com]"),
        ("{provider: anthropic, model: m, base_url: 'https://api.openai.com'}", "env:ANTHROPIC_API_KEY to https://api.openai.com"),
        ("{provider: openai, model: m, api_key: 'env:SLACK_TOKEN'}", "env:SLACK_TOKEN to the servers of openai"),
        ("{provider: openai, model: m, api_key: 'keyring:openai'}", "keyring:openai to the servers of openai"),
        ("{provider: openai, model: m, base_url: 'http://127.0.0.1:9/v1', api_key: 'env:LLM_KEY'}", "env:LLM_KEY to http://127.0.0.1:9"),
    ],
)
def test_any_other_way_of_a_key_needs_trust(project, settings, claim, monkeypatch):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LLM_KEY", "SLACK_TOKEN"):
        monkeypatch.setenv(name, KEY)
    workspace = project(settings)
    secrets = EnvironmentSecrets()
    with pytest.raises(ModelError, match="nobody here has trusted") as caught:
        open_model(workspace, secrets)
    assert caught.value.message.endswith(claim)
    assert caught.value.hint == "avops trust"
    assert secrets.handed_out == ()
    if "keyring" not in settings:
        assert open_model(trusted(workspace), secrets).name.endswith(":m")


def test_a_changed_host_needs_trust_again(project, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    trusted(project("{provider: openai, model: m, base_url: 'https://llm.example/v1'}"))
    with pytest.raises(ModelError, match=r"https://other\.example"):
        open_model(project("{provider: openai, model: m, base_url: 'https://other.example/v1'}"))
    assert open_model(project("{provider: openai, model: m, base_url: 'https://llm.example/v2'}")).name == "openai:m"


def test_a_server_on_this_machine_is_sent_no_key_unless_one_is_named(project, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "never-" + KEY)
    monkeypatch.setenv("LLM_KEY", KEY)
    answer = events(chunk({"content": "Yes."}), chunk({}, "stop"), "[DONE]")

    async def main() -> None:
        async with wire(answer) as server:
            for more in ("", ", api_key: 'env:LLM_KEY'"):
                workspace = trusted(project(f"{{provider: openai, model: m, base_url: '{server.url}/v1/'{more}}}"))
                model = open_model(workspace)
                assert (await model.reply(HELLO)).text == "Yes."
                await model.close()
        assert [each.line for each in server.asked] == ["POST /v1/chat/completions HTTP/1.1"] * 2
        assert [each.headers.get("authorization") for each in server.asked] == [None, f"Bearer {KEY}"]

    asyncio.run(main())


def test_a_model_is_told_no_secret_that_was_handed_out(project, monkeypatch):
    monkeypatch.setenv("LLM_KEY", KEY)
    monkeypatch.setenv("DISPLAY_PIN", "hunter-2-hunter")
    secrets = EnvironmentSecrets()
    secrets.resolve("env:DISPLAY_PIN")
    said = Message(role=Role.USER, text=f"The PIN is hunter-2-hunter, the key {KEY}.")
    call = ToolRequest(id="a", name="pin", arguments={"pin": ["hunter-2-hunter"]}, text='{"pin": ["hunter-2-hunter"]}')
    asked = Message(role=Role.ASSISTANT, requests=(call,))
    answer = Message(role=Role.TOOL, text='{"pin": "hunter-2-hunter"}', request_id="a")
    offer = ToolOffer(
        name="pin", description="Not hunter-2-hunter.", parameters={"type": "object", "properties": {"pin": {"default": "hunter-2-hunter"}}}
    )
    schema = {"type": "object", "properties": {"pin": {"const": "hunter-2-hunter"}}}

    async def main() -> None:
        async with wire(events(chunk({"content": "Yes."}), chunk({}, "stop"), "[DONE]")) as server:
            settings = f"{{provider: openai, model: m, base_url: '{server.url}/v1', api_key: 'env:LLM_KEY'}}"
            model = open_model(trusted(project(settings)), secrets)
            heard: list[str] = []
            await model.reply(
                ModelRequest(instructions="Use hunter-2-hunter.", messages=(said, asked, answer), tools=(offer,), schema=schema),
                heard.append,
            )
            await model.close()
            assert heard == ["Yes."]
        assert "hunter" not in str(server.asked[0].body)
        assert KEY not in str(server.asked[0].body)
        assert str(server.asked[0].body).count("«redacted»") == 8

    asyncio.run(main())


@pytest.mark.parametrize(
    ("denied", "more"),
    [("openai.com", ""), ("*.example", ", base_url: 'https://llm.example/v1'"), ("llm.example", ", base_url: 'https://llm.example/v1'")],
)
def test_the_policy_holds_for_the_models_host_too(project, denied, more, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    workspace = trusted(project(f"{{provider: openai, model: m{more}, policy: {{denied_domains: ['{denied}']}}}}"))
    with pytest.raises(ModelError, match="is one that avops"):
        open_model(workspace)


@pytest.mark.parametrize(
    "url",
    [
        "http://llm.example/v1",
        "http://10.0.0.7/v1",
        "http://localhost.evil.example/v1",
        "http://127.0.0.1.evil.example/v1",
        "ftp://llm.example",
        "https://user:pw@llm.example/v1",
        "https://llm.example/v1?key=1",
        "llm.example",
        "",
    ],
)
def test_a_base_url_that_would_show_the_key_is_refused(project, url):
    with pytest.raises(DocumentError, match="base_url"):
        _ = project(f"{{provider: openai, model: m, base_url: '{url}'}}").settings


@pytest.mark.parametrize("url", ["http://127.0.0.1:11434/v1", "http://localhost:1234/v1", "http://[::1]:8000", "https://llm.example"])
def test_a_base_url_that_keeps_the_key_is_taken(project, url):
    assert project(f"{{provider: openai, model: m, base_url: '{url}'}}").settings.base_url == url


@pytest.mark.parametrize("value", ["two words", "tab\there", "schlüssel-0123456789"])
def test_something_that_cannot_be_a_key_is_an_error_that_does_not_show_it(project, value, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", value)
    with pytest.raises(ModelError, match="cannot be a key") as caught:
        open_model(project("{provider: openai, model: m}"))
    assert value not in f"{caught.value}{caught.value.hint}"


def test_the_vendors_prices_hold_at_the_vendor_and_the_projects_everywhere(project):
    own = "prices: {mine: {input: 0.1, output: 2.5}}"
    here = prices_here(project(f"{{provider: openai, model: m, {own}}}").settings)
    assert here.find("gpt-5.4") is not None
    assert here.cost("mine", 10, 2, cached=5) == Decimal("0.000006")
    there = prices_here(project(f"{{provider: openai, model: m, base_url: 'https://llm.example', {own}}}").settings)
    assert there.find("gpt-5.4") is None
    assert there.find("mine") is not None
    regional = project("{provider: openai, model: m, base_url: 'https://eu.api.openai.com/v1'}").settings
    assert prices_here(regional).find("gpt-5.4") is not None
    assert list(model_claims(regional)) == []
