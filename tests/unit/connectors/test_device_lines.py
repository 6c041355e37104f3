"""The pieces under the device tools: framing, Telnet, answers that need reading, hosts and trust."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from avops.connectors.device import Device, find_device, refuse_control_characters
from avops.connectors.line import BrokenLineError, Framing, Line, TelnetNegotiation
from avops.connectors.network import Wire, connect
from avops.connectors.tesira import parse_fields, quoted
from avops.errors import ToolError
from avops.model.tool import Tool as Manifest
from avops.project.trust import claims

MANIFEST = TypeAdapter(Manifest)


def manifest(kind: str = "pjlink", **more: object):
    return MANIFEST.validate_python({"name": "device", "kind": kind, **more})


def conversation(test, *, framing: Framing, says: bytes) -> None:
    """Runs `test` on a line to a server that says so and then waits."""

    async def main() -> None:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(says)
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()
            left.set()

        left = asyncio.Event()
        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        wire: Wire = await connect("127.0.0.1", server.sockets[0].getsockname()[1], private=True)
        line = Line(wire, framing)
        try:
            await test(line)
        finally:
            line.abort()
            await left.wait()
            server.close()
            await server.wait_closed()

    asyncio.run(main())


def test_any_of_the_ends_ends_a_message_and_blank_ones_are_skipped():
    async def test(line: Line) -> None:
        assert [await line.receive() for _ in range(3)] == [b"one", b"two", b"three "]

    conversation(test, framing=Framing(ends=b"\r\n"), says=b"\r\none\r\n\n  \ntwo\rthree \n")


def test_a_message_without_an_end_is_bounded():
    async def test(line: Line) -> None:
        with pytest.raises(BrokenLineError, match="more than 1,000 bytes"):
            await line.receive()

    conversation(test, framing=Framing(ends=b"\r", max_bytes=1000), says=b"x" * 100_000)


def test_a_message_that_is_too_long_is_refused_although_it_ends():
    async def test(line: Line) -> None:
        with pytest.raises(BrokenLineError, match="more than 10 bytes"):
            await line.receive()

    conversation(test, framing=Framing(ends=b"\r", max_bytes=10), says=b"x" * 11 + b"\r")


def test_a_prompt_has_no_end():
    async def test(line: Line) -> None:
        assert await line.receive_until(b"Password:", b"\n") == b"hello\n"
        assert await line.receive_until(b"Password:", b"\n") == b"Password:"

    conversation(test, framing=Framing(ends=b"\r\n"), says=b"hello\nPassword:")


def test_telnet_commands_are_refused_and_taken_out():
    telnet = TelnetNegotiation()
    assert telnet.take(b"a\xff\xfd\x18b\xff\xfb\x01c") == (b"abc", b"\xff\xfc\x18\xff\xfe\x01")
    assert telnet.take(b"\xff\xfc\x01\xff\xfe\x01\xff\xff\xff\xf1d") == (b"\xffd", b"")
    assert telnet.take(b"x\xff\xfa\x18\x01anything\xff\xf0y") == (b"xy", b"")


@given(st.lists(st.sampled_from([b"text", b"\xff\xfd\x18", b"\xff\xfb\x03", b"\xff\xfa\x18\x00\xff\xf0", b"\xff\xff"])), st.data())
def test_telnet_does_not_mind_where_the_network_cuts(pieces, data):
    whole = b"".join(pieces)
    expected = TelnetNegotiation().take(whole)
    telnet, text, answers = TelnetNegotiation(), b"", b""
    at = 0
    while at < len(whole):
        size = data.draw(st.integers(1, len(whole) - at))
        found, answer = telnet.take(whole[at : at + size])
        text, answers, at = text + found, answers + answer, at + size
    assert (text, answers) == expected


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", {}),
        (' "value":-10.000000', {"value": -10.0}),
        (' "value":true', {"value": True}),
        (' "value":"12:00"', {"value": "12:00"}),
        (' "list":["Level1" "my level 2" "DEVICE"]', {"list": ["Level1", "my level 2", "DEVICE"]}),
        (' "value":[[1 2] [3.5 false]]', {"value": [[1, 2], [3.5, False]]}),
        (
            ' "value":[{"id":INDICATOR_NONE "name":"No fault" "faults":[]}]',
            {"value": [{"id": "INDICATOR_NONE", "name": "No fault", "faults": []}]},
        ),
        (r' "value":"a \"b\""', {"value": 'a "b"'}),
    ],
)
def test_tesira_answers(text, fields):
    assert parse_fields(text) == fields


@pytest.mark.parametrize("text", ['"value"', '"value":', '"value":[1 2', '"value":{"a" 1}', '"value":]', '"a', '"value":' + "[" * 50])
def test_tesira_answers_that_cannot_be_read(text):
    with pytest.raises(BrokenLineError):
        parse_fields(text)


@given(
    st.recursive(
        st.booleans() | st.integers() | st.text("abc ]{:", max_size=5),
        lambda of: st.lists(of) | st.dictionaries(st.text("ab"), of),
        max_leaves=20,
    )
)
def test_tesira_answers_are_read_whatever_they_nest(value):
    """What Python writes as JSON is an answer too, once the commas between the entries are spaces."""
    text = json.dumps(value, separators=(" ", ":"))
    assert parse_fields(f'"value":{text}') == {"value": value}


def test_tesira_tags():
    assert quoted("Level1") == "Level1"
    assert quoted("my level 2") == '"my level 2"'
    with pytest.raises(ToolError, match="quote"):
        quoted('a" set mute 1 true "')


@given(st.text(max_size=20))
def test_control_characters_are_refused_and_nothing_else(text):
    bad = any(ord(each) < 32 or 127 <= ord(each) < 160 or each in "\u2028\u2029" for each in text)
    for value in (text, [text], {"a": {"b": text}}):
        if bad:
            with pytest.raises(ToolError, match="control characters"):
                refuse_control_characters(value)
        else:
            refuse_control_characters(value)


@pytest.mark.parametrize(
    ("host", "device"),
    [
        ("projector-1.av.example", Device("projector-1.av.example", 4352)),
        ("10.1.2.3:5000", Device("10.1.2.3", 5000)),
        ("[fe80::1]:7", Device("fe80::1", 7)),
        ("[::1]", Device("::1", 4352)),
    ],
)
def test_hosts(host, device):
    assert find_device(manifest(), host) == device


@pytest.mark.parametrize(
    "host", ["", None, "a b", "-n", "a/b", "user@host", "host:", "host:0", "host:70000", "http://host", "a\n", "::1", "_x"]
)
def test_hosts_that_are_none(host):
    with pytest.raises(ToolError) as caught:
        find_device(manifest(), host)
    assert caught.value.happened == "no"


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("p1.av.example", True),
        ("P1.AV.EXAMPLE", True),
        ("av.example", False),
        ("p1.av.example.evil.example", False),
        ("10.20.3.4", True),
        ("10.21.3.4", False),
        ("::1", False),
        ("switch", True),
        ("switches", False),
    ],
)
def test_a_manifest_bounds_its_hosts(host, allowed):
    bounded = manifest(hosts=["*.av.example", "10.20.0.0/16", "switch"])
    given_host = f"[{host}]" if ":" in host else host
    if allowed:
        assert find_device(bounded, given_host).host == host
    else:
        with pytest.raises(ToolError, match="may not reach"):
            find_device(bounded, given_host)


def test_a_secret_needs_an_address():
    with pytest.raises(ValidationError, match="where it may be sent"):
        manifest(credential="env:PJLINK_PASSWORD")
    assert [claim.what for claim in claims(manifest(credential="env:PW", host="10.0.0.5"))] == ["env:PW to pjlink://10.0.0.5 port 4352"]
    ranged = manifest(credential="env:PW", hosts=["*.b.example", "*.a.example"])
    assert [claim.what for claim in claims(ranged)] == ["env:PW to pjlink://*.a.example, *.b.example port 4352"]
    assert list(claims(manifest(host="10.0.0.5"))) == []


def test_a_fixed_host_is_no_argument():
    assert "host" in manifest().actions["get_power"].input
    assert "host" not in manifest(host="10.0.0.5").actions["get_power"].input
    assert manifest().actions["get_power"] is manifest().actions["get_power"]
