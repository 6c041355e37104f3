"""Tokens: fetched once, kept until they end, renewed once when refused; against a real token endpoint."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.connectors.recording_server import HandClock, Recorder, Reply, Seen, recording

from avops.connectors.http import HttpConnector
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import ToolError
from avops.model.tool import HttpTool
from avops.project.trust import claims

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from avops.connectors.http import ConnectedHttpTool

SECRETS = {"ID": "client id", "SECRET": "s&cret", "ACCOUNT": "acc", "REFRESH": "refresh"}
CLIENT = {"type": "oauth_client", "client_id": "env:ID", "client_secret": "env:SECRET"}


class Service:
    """A service whose tokens live for an hour. `good` is what it takes; `endpoint` what its token endpoint answers."""

    def __init__(self) -> None:
        self.made = 0
        self.good: set[str] = set()
        self.endpoint: Callable[[Seen], Reply] = self.token

    def token(self, request: Seen) -> Reply:
        self.made += 1
        self.good = {f"token-{self.made}"}
        return Reply(data={"access_token": f"token-{self.made}", "token_type": "Bearer", "expires_in": 3600})

    def answer(self, request: Seen) -> Reply:
        if request.path == "/token":
            return self.endpoint(request)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.good:
            return Reply(status=401, data={"message": "who are you?"})
        return Reply(data={"ok": True})


def with_service(
    use: Callable[[ConnectedHttpTool, Recorder, Service, HandClock, EnvironmentSecrets], Awaitable[None]], auth: dict[str, Any] = CLIENT
) -> None:
    async def main() -> None:
        service, clock, secrets = Service(), HandClock(), EnvironmentSecrets(SECRETS)
        async with recording(service.answer) as recorder:
            tool = HttpConnector(clock=clock).open(manifest(recorder.url, auth), secrets)
            try:
                await use(tool, recorder, service, clock, secrets)
            finally:
                await tool.close()

    asyncio.run(main())


def manifest(url: str, auth: dict[str, Any]) -> HttpTool:
    return HttpTool.model_validate(
        {
            "name": "svc",
            "kind": "http",
            "base_url": f"{url}/api",
            "private": True,
            "auth": {"token_url": f"{url}/token"} | auth,
            "actions": {
                "get": {"effect": "read", "request": {"path": "/thing"}},
                "make": {"effect": "record", "request": {"method": "POST", "path": "/thing", "json": {"a": 1}}},
            },
        }
    )


def test_a_token_is_fetched_once_and_kept():
    async def use(tool, recorder, service, clock, secrets):
        for _ in range(3):
            assert await tool.call("get", {}) == {"ok": True}
        (asked,) = recorder.asked("/token")
        assert asked.method == "POST"
        assert asked.form == {"grant_type": "client_credentials", "client_id": "client id", "client_secret": "s&cret"}
        assert [request.headers["authorization"] for request in recorder.asked("/api/thing")] == ["Bearer token-1"] * 3
        assert {"token-1", "s&cret"} <= set(secrets.handed_out)

    with_service(use)


def test_a_hundred_calls_at_once_share_one_token():
    async def use(tool, recorder, service, clock, secrets):
        await asyncio.gather(*(tool.call("get", {}) for _ in range(100)))
        assert len(recorder.asked("/token")) == 1

    with_service(use)


def test_a_token_is_renewed_before_it_ends():
    async def use(tool, recorder, service, clock, secrets):
        await tool.call("get", {})
        clock.at += timedelta(seconds=3600 - 61)
        await tool.call("get", {})
        assert len(recorder.asked("/token")) == 1
        clock.at += timedelta(seconds=2)
        await tool.call("get", {})
        assert len(recorder.asked("/token")) == 2

    with_service(use)


def test_a_refused_token_is_renewed_exactly_once_and_the_write_is_sent_again():
    async def use(tool, recorder, service, clock, secrets):
        await tool.call("get", {})
        service.good = set()
        assert await tool.call("make", {}) == {"ok": True}
        assert len(recorder.asked("/token")) == 2
        assert [request.headers["authorization"] for request in recorder.asked("/api/thing")][1:] == ["Bearer token-1", "Bearer token-2"]

    with_service(use)


def test_calls_whose_token_was_refused_at_once_renew_it_once():
    async def use(tool, recorder, service, clock, secrets):
        await tool.call("get", {})
        service.good = set()
        await asyncio.gather(*(tool.call("get", {}) for _ in range(20)))
        assert len(recorder.asked("/token")) == 2

    with_service(use)


def test_a_service_that_refuses_every_token_is_not_asked_for_ever():
    async def use(tool, recorder, service, clock, secrets):
        await tool.call("get", {})
        service.good = set()
        service.endpoint = lambda request: Reply(data={"access_token": "useless", "expires_in": 3600})
        with pytest.raises(ToolError, match="answered 401: who are you") as caught:
            await tool.call("make", {})
        assert caught.value.happened == "no"
        assert len(recorder.asked("/token")) == 2
        assert len(recorder.asked("/api/thing")) == 3

    with_service(use)


@pytest.mark.parametrize(
    ("reply", "words", "hint"),
    [
        (Reply(status=400, data={"error": "invalid_client"}), "answered 400: invalid_client", "check env:ID, env:SECRET"),
        (Reply(status=503, headers={"Retry-After": "7"}), "answered 503", None),
        (Reply(data={"token": "x"}), "without a bearer token", None),
        (Reply(data={"access_token": "x", "token_type": "mac"}), "without a bearer token", None),
        (Reply(data=["x"]), "without a bearer token", None),
        (Reply(data={"access_token": "x\r\nX-Evil: 1"}), "control characters", None),
        (Reply(status=302, headers={"Location": "http://elsewhere.example/"}), "points to", "set 'base_url' to the address that answers"),
    ],
)
def test_a_token_that_is_not_to_be_had(reply, words, hint):
    async def use(tool, recorder, service, clock, secrets):
        service.endpoint = lambda request: reply
        with pytest.raises(ToolError, match=words) as caught:
            await tool.call("make", {})
        assert caught.value.happened == "no"
        assert caught.value.hint == hint
        assert caught.value.retry_after_s == (7 if reply.status == 503 else None)
        assert recorder.asked("/api/thing") == []

    with_service(use)


def test_calls_that_wait_for_a_token_share_its_failure():
    async def use(tool, recorder, service, clock, secrets):
        service.endpoint = lambda request: Reply(status=401, data={"error": "invalid_client"})
        results = await asyncio.gather(*(tool.call("get", {}) for _ in range(50)), return_exceptions=True)
        assert all(isinstance(result, ToolError) for result in results)
        assert len(recorder.asked("/token")) == 1
        service.endpoint = service.token
        assert await tool.call("get", {}) == {"ok": True}

    with_service(use)


@pytest.mark.parametrize("life", [None, 0, -5, "soon", True, "120"])
def test_a_life_that_makes_no_sense_is_a_short_one(life):
    async def use(tool, recorder, service, clock, secrets):
        service.good = {"x"}
        service.endpoint = lambda request: Reply(data={"access_token": "x", "expires_in": life})
        await tool.call("get", {})
        await tool.call("get", {})
        assert len(recorder.asked("/token")) == 1
        clock.at += timedelta(seconds=300)
        await tool.call("get", {})
        assert len(recorder.asked("/token")) == 2

    with_service(use)


@pytest.mark.parametrize(
    ("auth", "form", "basic"),
    [
        ({"send": "basic", "scope": "a b"}, {"grant_type": "client_credentials", "scope": "a b"}, True),
        ({"type": "oauth_account", "account": "env:ACCOUNT"}, {"grant_type": "account_credentials", "account_id": "acc"}, True),
        (
            {"type": "oauth_refresh", "refresh_token": "env:REFRESH"},
            {"grant_type": "refresh_token", "refresh_token": "refresh", "client_id": "client id", "client_secret": "s&cret"},
            False,
        ),
    ],
)
def test_what_is_sent_for_a_token(auth, form, basic):
    async def use(tool, recorder, service, clock, secrets):
        await tool.call("get", {})
        (asked,) = recorder.asked("/token")
        assert asked.form == form
        pair = base64.b64encode(b"client%20id:s%26cret").decode()
        assert asked.headers.get("authorization") == (f"Basic {pair}" if basic else None)

    with_service(use, CLIENT | auth)


def test_a_missing_secret_is_named_before_anything_is_sent():
    async def use(tool, recorder, service, clock, secrets):
        with pytest.raises(ToolError, match="'env:NONE' is not set"):
            await tool.call("get", {})
        assert recorder.seen == []

    with_service(use, CLIENT | {"client_secret": "env:NONE"})


def test_every_secret_and_the_token_have_a_host_that_wants_trust():
    zoom = {"type": "oauth_account", "token_url": "https://zoom.us/oauth/token", "client_id": "env:A", "client_secret": "env:B"}
    wanted = [claim.what for claim in claims(manifest("https://api.zoom.us", zoom | {"account": "env:C"}))]
    assert wanted == [
        "env:A to https://zoom.us",
        "env:B to https://zoom.us",
        "env:C to https://zoom.us",
        "a token of https://zoom.us to https://api.zoom.us",
    ]


def test_an_address_that_is_only_an_example_is_refused():
    from avops.errors import AvopsError

    with pytest.raises(AvopsError, match="YOUR-TENANT/token' is an example"):
        HttpConnector().open(
            manifest("https://api.example.com", CLIENT | {"token_url": "https://login.example.com/YOUR-TENANT/token"}),
            EnvironmentSecrets({}),
        )
