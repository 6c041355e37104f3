"""Where secrets come from, how often a tool may be called, which addresses it may connect to, what an answer means."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from pydantic import ValidationError

from avops.connectors.http_answer import make_answer, retry_after
from avops.connectors.network import check_address
from avops.connectors.rate import RateLimit
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import AvopsError, ToolError
from avops.model.tool import HttpTool

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_the_environment_goes_before_the_env_file(tmp_path):
    (tmp_path / ".env").write_text("TOKEN=file\nONLY='in file'\n")
    secrets = EnvironmentSecrets({"TOKEN": "environment"}, tmp_path / ".env")
    assert secrets.resolve("env:TOKEN") == "environment"
    assert secrets.resolve("env:ONLY") == "in file"
    assert secrets.handed_out == ("environment", "in file")
    assert [secrets.source(f"env:{name}") for name in ("TOKEN", "ONLY", "NONE")] == ["environment", ".env", None]
    assert secrets.handed_out == ("environment", "in file")


@pytest.mark.parametrize("reference", ["env:NONE", "env:EMPTY", "plain text"])
def test_a_secret_that_is_not_there_is_named_by_its_reference(tmp_path, reference):
    with pytest.raises(AvopsError) as caught:
        EnvironmentSecrets({"EMPTY": ""}, tmp_path / ".env").resolve(reference)
    assert caught.value.hint
    assert "plain text" not in str(caught.value)


class OneSecret(KeyringBackend):
    """A keyring of our own: it holds the secret `slack` of the service `avops`."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return "s3cret" if (service, username) == ("avops", "slack") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


@pytest.fixture
def _one_secret() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(OneSecret())
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("_one_secret")
def test_a_secret_from_the_keyring():
    secrets = EnvironmentSecrets({})
    assert secrets.source("keyring:slack") == "keyring"
    assert secrets.resolve("keyring:slack") == "s3cret"
    with pytest.raises(AvopsError, match="'keyring:other' is not set"):
        secrets.resolve("keyring:other")


def test_without_the_keyring_package_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(AvopsError, match="needs the keyring package") as caught:
        EnvironmentSecrets({}).resolve("keyring:slack")
    assert "pip install keyring" in (caught.value.hint or "")


class Waiting:
    """A clock that notes for how long it was slept on; the time stands still."""

    def __init__(self) -> None:
        self.at = NOW
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def test_a_window_never_holds_more_calls_than_allowed():
    async def main() -> None:
        clock = Waiting()
        limit = RateLimit("2/min", clock)
        await limit.take()
        clock.at += timedelta(seconds=10)
        await asyncio.gather(*(limit.take() for _ in range(4)))
        assert clock.slept == [50, 60, 110]
        clock.at += timedelta(seconds=240)
        await limit.take()
        assert len(clock.slept) == 3

    asyncio.run(main())


@pytest.mark.parametrize("text", ["0/s", "1/day", "many", "1.5/s"])
def test_what_is_no_rate(text):
    with pytest.raises(ValidationError):
        HttpTool.model_validate({"name": "av", "kind": "http", "base_url": "https://x.example", "actions": {}, "rate_limit": text})


@pytest.mark.parametrize(
    ("address", "private", "allowed"),
    [
        ("8.8.8.8", False, True),
        ("2606:4700::1", False, True),
        ("10.1.2.3", False, False),
        ("10.1.2.3", True, True),
        ("127.0.0.1", False, False),
        ("169.254.169.254", False, False),
        ("100.64.0.1", False, False),
        ("::1", False, False),
        ("::1", True, True),
        ("fe80::1%eth0", False, False),
        ("fc00::1", False, False),
        ("::ffff:10.0.0.1", False, False),
        ("64:ff9b::7f00:1", False, False),
        ("2002:a00:1::", False, False),
        ("0.0.0.0", True, False),
        ("::", True, False),
        ("224.0.0.1", True, False),
        ("ff02::1", True, False),
    ],
)
def test_which_addresses_a_tool_may_connect_to(address, private, allowed):
    if allowed:
        check_address("some.host", address, private=private)
    else:
        with pytest.raises(ToolError) as caught:
            check_address("some.host", address, private=private)
        assert caught.value.happened == "no"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Mon, 02 Mar 2026 08:02:00 GMT", 120.0),
        ("Mon, 02 Mar 2026 07:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        (None, None),
    ],
)
def test_how_long_a_service_asks_to_wait(text, seconds):
    assert retry_after(text, NOW) == seconds


def test_header_names_are_lower_case():
    assert make_answer(200, [(b"Content-TYPE", b"a")], b"").headers == {"content-type": "a"}
