"""HTTP tools against the simulator: each failure is a real one, and says what is known of the action."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from avops.connectors.http import HttpConnector
from avops.connectors.http_connection import tls_context
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import AvopsError, ToolError
from avops.model.tool import HttpTool
from avops.sim.server import Simulator, serve
from avops.sim.site import RoomSpec, Site

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from avops.connectors.http import ConnectedHttpTool

ROOM = RoomSpec(room="A", name="Boardroom", zoom_id="zr-a", display_host="display-a", calendar="a@rooms.example")
SITE = Site(rooms=(ROOM,), warm_up_s=0)
HOST = {"host": {"type": "string"}}
ACTIONS: dict[str, Any] = {
    "get_power": {"effect": "read", "input": HOST, "request": {"path": "/displays/{host}/power"}, "result": "{{ body.power }}"},
    "set_power": {
        "effect": "write",
        "input": HOST | {"power": {"enum": ["on", "off"]}},
        "request": {"method": "PUT", "path": "/displays/{host}/power", "json": {"power": "{{ power }}"}},
    },
    "post": {
        "effect": "record",
        "input": {"channel": {"type": "string"}, "text": {"type": "string"}},
        "request": {"method": "POST", "path": "/slack/chat.postMessage", "json": {"channel": "{{ channel }}", "text": "{{ text }}"}},
        "ok": "body.ok",
        "error": "Slack says {{ body.error }}",
    },
    "create_ticket": {
        "effect": "record",
        "input": {"title": {"type": "string"}, "room": {"type": "string", "required": False}, "severity": {"default": "moderate"}},
        "request": {
            "method": "POST",
            "path": "/tickets",
            "json": {"title": "{{ title }}", "room": "{{ room }}", "severity": "{{ severity }}"},
        },
    },
    "list_tickets": {
        "effect": "read",
        "input": {"room": {"required": False}},
        "request": {"path": "/tickets", "query": {"room": "{{ room }}"}},
        "result": "{{ body.count }}",
    },
    "tagged": {
        "effect": "read",
        "input": {"tag": {"type": "string"}},
        "request": {"path": "/health", "headers": {"X-Tag": "{{ tag }}"}},
    },
}


def manifest(url: str, **values: Any) -> HttpTool:
    return HttpTool.model_validate({"name": "av", "kind": "http", "base_url": url, "private": True, "actions": ACTIONS} | values)


def with_tool(use: Callable[[ConnectedHttpTool, Simulator], Awaitable[None]], *faults: str, **values: Any) -> None:
    async def main() -> None:
        simulator = await serve(site=SITE, faults=faults)
        tool = HttpConnector().open(manifest(simulator.url, **values), EnvironmentSecrets({"TOKEN": "s3cret"}))
        try:
            await use(tool, simulator)
        finally:
            await tool.close()
            await simulator.close()

    asyncio.run(main())


async def failure(tool: ConnectedHttpTool, action: str, **arguments: object) -> ToolError:
    with pytest.raises(ToolError) as caught:
        await tool.call(action, arguments)
    return caught.value


READ = ("get_power", {"host": "display-a"})
WRITE = ("set_power", {"host": "display-a", "power": "on"})


def test_a_write_then_a_read():
    async def use(tool, simulator):
        assert await tool.call(*WRITE) == {"host": "display-a", "power": "on", "accepted": True}
        assert await tool.call(*READ) == "on"
        assert [entry.operation for entry in simulator.journal] == ["set_power"]

    with_tool(use)


@pytest.mark.parametrize(
    ("fault", "happened", "done", "words"),
    [
        ("error", "unknown", False, "answered 500: simulated fault: error"),
        ("error:A:set_power,status=503", "unknown", False, "answered 503"),
        ("error:A:set_power,status=403", "no", False, "answered 403"),
        ("busy:A,seconds=7", "no", False, "answered 429"),
        ("drop_before", "unknown", False, "dropped the connection"),
        ("drop_after", "unknown", True, "dropped the connection"),
        ("cut", "unknown", True, "dropped the connection before its answer was complete"),
        ("garbage", "unknown", True, "not HTTP"),
        ("broken_json", "unknown", True, "cannot be read"),
        ("huge", "unknown", True, "more than 4 MiB"),
        ("redirect", "unknown", False, "points to 'http://elsewhere.example/'"),
    ],
)
def test_what_is_known_of_a_write_after_a_failure(fault, happened, done, words):
    async def use(tool, simulator):
        error = await failure(tool, WRITE[0], **WRITE[1])
        assert words in error.message
        assert error.happened == happened
        assert [entry.done for entry in simulator.journal] == [done]

    with_tool(use, fault)


@pytest.mark.parametrize("fault", ["error", "drop_before", "drop_after", "cut", "garbage", "broken_json", "redirect", "flapping"])
def test_a_failed_read_changed_nothing_and_the_tool_works_on(fault):
    async def use(tool, simulator):
        assert (await failure(tool, READ[0], **READ[1])).happened == "no"
        simulator.faults.clear()
        assert await tool.call(*READ) == "off"

    with_tool(use, fault)


def test_retry_after_is_handed_on():
    async def use(tool, simulator):
        assert (await failure(tool, WRITE[0], **WRITE[1])).retry_after_s == 7

    with_tool(use, "busy,seconds=7")


def test_a_connection_that_is_refused_did_nothing():
    async def main() -> None:
        gone = await serve(site=SITE)
        await gone.close()
        tool = HttpConnector().open(manifest(gone.url), EnvironmentSecrets({}))
        error = await failure(tool, WRITE[0], **WRITE[1])
        assert error.happened == "no"
        assert "accepts no connection on port" in error.message

    asyncio.run(main())


def test_a_service_that_speaks_no_tls_did_nothing():
    async def use(tool, simulator):
        secure = HttpConnector().open(manifest(simulator.url.replace("http:", "https:")), EnvironmentSecrets({}))
        error = await failure(secure, WRITE[0], **WRITE[1])
        assert error.happened == "no"
        assert "makes no secure connection" in error.message

    with_tool(use)


def certificate(folder: Path, host: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate for a host that nobody has signed but itself, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}.pem"
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(plain + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context


@pytest.mark.parametrize(
    ("host", "trusted", "words"),
    [("localhost", True, None), ("localhost", False, "self-signed certificate"), ("other.example", True, "Hostname mismatch")],
)
def test_a_certificate_is_checked(tmp_path, monkeypatch, host, trusted, words):
    file, context = certificate(tmp_path, host)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    tls_context.cache_clear()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        tool = HttpConnector().open(manifest(f"https://localhost:{server.sockets[0].getsockname()[1]}"), EnvironmentSecrets({}))
        if words is None:
            assert await tool.call("tagged", {"tag": "x"}) == {}
            assert await tool.call("tagged", {"tag": "x"}) == {}
        else:
            error = await failure(tool, "tagged", tag="x")
            assert words in error.message
            assert error.happened == "no"
        await tool.close()
        server.close()
        await server.wait_closed()

    asyncio.run(main())
    tls_context.cache_clear()


def test_an_unknown_device_is_rejected_in_the_services_words():
    async def use(tool, simulator):
        error = await failure(tool, "get_power", host="nowhere")
        assert error.message == "'av' answered 404: there is no room or device 'nowhere'"
        assert error.happened == "no"

    with_tool(use)


def test_an_error_inside_a_200():
    async def use(tool, simulator):
        error = await failure(tool, "post", channel="nobody", text="hello")
        assert error.message == "'av' answered with an error: Slack says channel_not_found"
        assert error.happened == "no"
        assert (await tool.call("post", {"channel": "#av", "text": "hello"}))["channel"] == "#av"

    with_tool(use)


def test_an_optional_argument_that_is_absent_is_left_out_and_a_default_is_sent():
    async def use(tool, simulator):
        await tool.call("create_ticket", {"title": "Dark"})
        await tool.call("create_ticket", {"title": "Dark", "room": "A", "severity": "high"})
        assert [entry.body for entry in simulator.journal] == [
            {"title": "Dark", "severity": "moderate"},
            {"title": "Dark", "room": "A", "severity": "high"},
        ]
        assert await tool.call("list_tickets", {}) == 2
        assert await tool.call("list_tickets", {"room": "A"}) == 1

    with_tool(use)


@pytest.mark.parametrize("value", ["", " ", ".", "..", "a\nb", "a\x00", None, ["a"]])
def test_a_value_that_would_change_the_path_is_refused(value):
    async def use(tool, simulator):
        assert (await failure(tool, "get_power", host=value)).happened == "no"
        assert simulator.requests == 0

    with_tool(use)


@pytest.mark.parametrize("value", ["../rooms/A", "a/b", "a?x=1", "a#b", "%2e%2e", "ä b"])
def test_a_value_in_a_path_stays_in_its_segment(value):
    async def use(tool, simulator):
        error = await failure(tool, "get_power", host=value)
        assert f"there is no room or device '{value}'" in error.message

    with_tool(use)


@pytest.mark.parametrize("value", ["a\r\nX-Other: 1", "a\nb", "a\x00b", "日本"])
def test_a_header_takes_no_second_line(value):
    async def use(tool, simulator):
        assert (await failure(tool, "tagged", tag=value)).happened == "no"
        assert simulator.requests == 0

    with_tool(use)


def test_a_private_address_needs_to_be_meant():
    async def use(tool, simulator):
        error = await failure(tool, *READ[:1], **READ[1])
        assert error.message == "'127.0.0.1' is a private address"
        assert "private: true" in error.hint
        assert simulator.requests == 0
        assert not (await tool.health()).ok

    with_tool(use, private=False)


def test_a_name_that_leads_to_a_private_address_is_refused():
    async def main() -> None:
        simulator = await serve(site=SITE)
        tool = HttpConnector().open(manifest(f"http://localhost:{simulator.port}", private=False), EnvironmentSecrets({}))
        error = await failure(tool, *READ[:1], **READ[1])
        assert "'localhost' (" in error.message
        assert simulator.requests == 0
        await simulator.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ({"type": "bearer", "token": "env:TOKEN"}, b"authorization: Bearer s3cret"),
        ({"type": "basic", "user": "me", "password": "env:TOKEN"}, b"authorization: Basic bWU6czNjcmV0"),
        ({"type": "header", "name": "X-Api-Key", "value": "env:TOKEN"}, b"x-api-key: s3cret"),
    ],
)
def test_a_secret_reaches_the_service(auth, header):
    async def main() -> None:
        seen = bytearray()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.extend(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        secrets = EnvironmentSecrets({"TOKEN": "s3cret"})
        tool = HttpConnector().open(manifest(f"http://127.0.0.1:{port}", auth=auth), secrets)
        assert await tool.call("tagged", {"tag": "x"}) == {}
        assert header.lower() in bytes(seen).lower()
        assert secrets.handed_out == ("s3cret",)
        await tool.close()
        server.close()

    asyncio.run(main())


def test_a_secret_that_is_missing_is_named_before_anything_is_sent():
    async def use(tool, simulator):
        error = await failure(tool, *READ[:1], **READ[1])
        assert "env:NOT_SET" in error.message
        assert simulator.requests == 0

    with_tool(use, auth={"type": "bearer", "token": "env:NOT_SET"})


def test_a_redirect_on_the_same_host_is_followed_for_a_get_only():
    async def main() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            if b"/new" in head.split(b"\r\n")[0]:
                body = json.dumps({"power": "on"}).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
                    + body
                )
            else:
                writer.write(b"HTTP/1.1 307 Moved\r\nLocation: /new\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        tool = HttpConnector().open(manifest(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), EnvironmentSecrets({}))
        assert await tool.call(*READ) == "on"
        error = await failure(tool, WRITE[0], **WRITE[1])
        assert error.happened == "no"
        assert "307" in error.message
        await tool.close()
        server.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"request": {"path": "/displays/{hots}"}}, "'hots' is no argument of the action; expected one of: host"),
        ({"request": {"path": "/displays/{{ host }}"}}, "holds '{{'"),
        ({"request": {"path": "displays"}}, "is not a path"),
        ({"request": {"path": "/x", "query": {"a": "{{ hots }}"}}}, "request.query.a: 'hots' is not defined there"),
        ({"request": {"path": "/x", "json": {"a": ["{{ host"]}}}, "request.json.a[0]: '{{' is never closed"),
        ({"request": {"path": "/x", "headers": {"Host": "evil"}}}, "'Host' cannot be set"),
        ({"request": {"path": "/x"}, "ok": "host == 1"}, "ok: 'host' is not defined there; expected one of: body, headers, status"),
    ],
)
def test_a_manifest_that_cannot_be_served_is_refused_at_once(change, words):
    tool = manifest("http://127.0.0.1:1", actions={"bad": {"input": HOST} | change})
    with pytest.raises(AvopsError) as caught:
        HttpConnector().open(tool, EnvironmentSecrets({}))
    assert caught.value.message.startswith("tool 'av': action 'bad'")
    assert words in caught.value.message


def test_health_looks_at_a_path_an_action_or_the_service():
    async def use(tool, simulator):
        for health in ({"get": "/health"}, {"action": "list_tickets"}, None):
            other = HttpConnector().open(manifest(simulator.url, health=health), EnvironmentSecrets({}))
            report = await other.health()
            assert report.ok
            assert report.latency_s > 0
            await other.close()
        ill = HttpConnector().open(manifest(simulator.url, health={"get": "/nothing"}), EnvironmentSecrets({}))
        report = await ill.health()
        assert not report.ok
        assert "404" in report.detail
        await ill.close()

    with_tool(use)


def test_connections_are_reused():
    async def use(tool, simulator):
        for _ in range(5):
            await tool.call(*READ)
        assert len(simulator._connections) == 1
        await asyncio.gather(*(tool.call(*READ) for _ in range(20)))
        assert len(simulator._connections) <= 20

    with_tool(use)
