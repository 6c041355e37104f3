"""Wake-on-LAN, ping and SNMP against sockets of this machine."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from avops.connectors.registry import open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.connectors.snmp import SnmpDevices
from avops.connectors.wol import magic_packet
from avops.errors import ToolError
from avops.model.tool import Tool as Manifest

MANIFEST = TypeAdapter(Manifest)


def tool(kind: str, **more: object):
    return open_tool(MANIFEST.validate_python({"name": "device", "kind": kind, **more}), EnvironmentSecrets({"SECRET": "hidden"}), Path())


@pytest.mark.parametrize("mac", ["00:1b:44:11:3a:b7", "00-1B-44-11-3A-B7", "001b44113ab7"])
def test_the_magic_packet_arrives(mac):
    async def main() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sleeper:
            sleeper.bind(("127.0.0.1", 0))
            sleeper.setblocking(False)
            waker = tool("wol", host="127.0.0.1", port=sleeper.getsockname()[1])
            assert await waker.call("wake", {"mac": mac}) == {"sent": True}
            packet = await asyncio.get_running_loop().sock_recv(sleeper, 1000)
            assert packet == bytes.fromhex("ff" * 6 + "001b44113ab7" * 16) == magic_packet(mac)
            assert "no device answers" in (await waker.health()).detail
            await waker.close()

    asyncio.run(main())


def test_a_packet_that_cannot_be_sent_was_not_sent():
    async def main() -> None:
        waker = tool("wol", host="no-such-host.invalid")
        with pytest.raises(ToolError) as caught:
            await waker.call("wake", {"mac": "001b44113ab7"})
        assert caught.value.happened == "no"

    asyncio.run(main())


@pytest.fixture
def no_ping_program(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


async def listener() -> asyncio.Server:
    return await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)


def test_a_host_that_takes_a_connection_answers(no_ping_program):
    async def main() -> None:
        server = await listener()
        pinger = tool("ping", host="127.0.0.1", port=server.sockets[0].getsockname()[1])
        found = await pinger.call("ping", {})
        assert found["reachable"] is True
        assert found["method"] == "tcp"
        assert found["latency_ms"] >= 0
        assert (await pinger.health()).ok
        server.close()
        await server.wait_closed()
        refused = await pinger.call("ping", {})
        assert refused["reachable"] is True, "something on the host refused the connection"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "echo '64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.045 ms'",
            {"reachable": True, "latency_ms": 0.045, "method": "icmp"},
        ),
        ("echo '1 packets transmitted, 0 received'; exit 1", {"reachable": False, "latency_ms": None, "method": "icmp"}),
    ],
)
def test_the_ping_program(monkeypatch, tmp_path, script, expected):
    program = tmp_path / "ping"
    program.write_text(f'#!/bin/sh\n[ "$*" = "-n -c 1 -W 2 127.0.0.1" ] || exit 9\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    async def main() -> None:
        pinger = tool("ping", host="127.0.0.1")
        assert await pinger.call("ping", {}) == expected
        assert (await pinger.health()).ok is expected["reachable"]

    asyncio.run(main())


def test_a_host_without_an_address():
    async def main() -> None:
        with pytest.raises(ToolError, match="not known") as caught:
            await tool("ping", host="no-such-host.invalid").call("ping", {})
        assert caught.value.happened == "no"

    asyncio.run(main())


# BER by hand (X.690, RFC 3416 3): what the agent below reads and says owes nothing to the library under test.


def ber(tag: int, content: bytes) -> bytes:
    length = len(content)
    size = bytes([length]) if length < 128 else bytes([0x82]) + length.to_bytes(2, "big")
    return bytes([tag]) + size + content


def parts(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    while data:
        length, start = data[1], 2
        if length & 0x80:
            start = 2 + (length & 0x7F)
            length = int.from_bytes(data[2:start], "big")
        found.append((data[0], data[start : start + length]))
        data = data[start + length :]
    return found


SYSTEM = bytes.fromhex("2b060102010101")  # 1.3.6.1.2.1.1.1, without its last 0
OBJECTS = {
    bytes.fromhex("2b06010201010100"): ber(4, b"AV switch"),
    bytes.fromhex("2b06010201010300"): ber(0x43, (12345).to_bytes(2, "big")),
    bytes.fromhex("2b06010201010500"): ber(4, b"rack-1"),
    bytes.fromhex("2b06010201010600"): ber(4, b"\x00\x01\xff"),
    bytes.fromhex("2b0601020102010801"): ber(2, b"\x01"),
    bytes.fromhex("2b0601020102010802"): ber(2, b"\x02"),
}
GET, GET_NEXT, RESPONSE, SET = 0xA0, 0xA1, 0xA2, 0xA3


class Agent(asyncio.DatagramProtocol):
    """An SNMP agent; it answers nobody but the community `hidden`."""

    def __init__(self) -> None:
        self.objects = dict(OBJECTS)
        self.heard: list[int] = []
        self.deaf = 0
        self.garbage = False
        self.error = 0

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr) -> None:
        (_, message), *_ = parts(data)
        (_, version), (_, community), (kind, body) = parts(message)
        self.heard.append(kind)
        if self.deaf:
            self.deaf -= 1
            return
        if community != b"hidden":
            return
        (_, request), _, _, (_, binds) = parts(body)
        (_, bind), *_ = parts(binds)
        (_, oid), (tag, value) = parts(bind)
        error = self.error
        if kind == SET and oid == bytes.fromhex("2b06010201010500") and not self.error:
            self.objects[oid] = ber(tag, value)
        if kind == GET_NEXT:
            oid = min((each for each in self.objects if each > oid), default=oid)
            found = self.objects[oid] if oid > bytes(parts(bind)[0][1]) else ber(0x82, b"")  # endOfMibView
            if version == b"\x00" and found[0] == 0x82:
                error = 2  # version 1 ends a walk with noSuchName
        else:
            found = self.objects.get(oid, ber(0x81, b""))  # noSuchInstance
        answer = ber(2, request) + ber(2, bytes([error])) + ber(2, b"\x00") + ber(0x30, ber(0x30, ber(6, oid) + found))
        reply = ber(0x30, ber(2, version) + ber(4, community) + ber(RESPONSE, answer))
        self.transport.sendto(b"\x30\xff\xff nonsense" if self.garbage else reply, addr)


def with_agent(test, **more: object) -> None:
    async def main() -> None:
        transport, agent = await asyncio.get_running_loop().create_datagram_endpoint(Agent, local_addr=("127.0.0.1", 0))
        manager = tool("snmp", **{"host": "127.0.0.1", "port": transport.get_extra_info("sockname")[1], "credential": "env:SECRET", **more})
        try:
            await test(manager, agent)
        finally:
            await manager.close()
            transport.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("oid", "expected"),
    [
        ("1.3.6.1.2.1.1.1.0", {"type": "text", "value": "AV switch"}),
        (".1.3.6.1.2.1.1.3.0", {"type": "ticks", "value": 12345}),
        ("1.3.6.1.2.1.1.6.0", {"type": "bytes", "value": "0x0001ff"}),
        ("1.3.6.1.2.1.2.1.8.1", {"type": "integer", "value": 1}),
    ],
)
def test_snmp_get(oid, expected):
    async def test(manager, agent) -> None:
        assert await manager.call("get", {"oid": oid}) == {"oid": oid.lstrip("."), **expected}
        assert agent.heard == [GET]

    with_agent(test)


@pytest.mark.parametrize("version", ["1", "2c"])
def test_snmp_walk_set_and_health(version):
    async def test(manager, agent) -> None:
        rows = [{"oid": f"1.3.6.1.2.1.2.1.8.{number}", "type": "integer", "value": number} for number in (1, 2)]
        assert await manager.call("walk", {"oid": "1.3.6.1.2.1.2.1.8"}) == {"rows": rows, "complete": True}
        assert await manager.call("walk", {"oid": "1.3.6.1.2.1.2.1.8", "most": 1}) == {"rows": rows[:1], "complete": False}
        assert await manager.call("set", {"oid": "1.3.6.1.2.1.1.5.0", "type": "text", "value": "rack-2"}) == {"done": True}
        assert (await manager.call("get", {"oid": "1.3.6.1.2.1.1.5.0"}))["value"] == "rack-2"
        assert (await manager.health()).ok

    with_agent(test, version=version)


def test_snmp_says_what_the_agent_refuses():
    async def test(manager, agent) -> None:
        for number, word in ((2, "no such object"), (7, "type"), (17, "be written")):
            agent.error = number
            with pytest.raises(ToolError, match=word) as caught:
                await manager.call("set", {"oid": "1.3.6.1.2.1.1.5.0", "type": "text", "value": "x"})
            assert caught.value.happened == "no"
        agent.error = 5  # genErr: it may have happened
        with pytest.raises(ToolError) as caught:
            await manager.call("set", {"oid": "1.3.6.1.2.1.1.5.0", "type": "text", "value": "x"})
        assert caught.value.happened == "unknown"
        agent.error = 0
        with pytest.raises(ToolError, match="no such object"):
            await manager.call("get", {"oid": "1.3.6.1.2.1.99.0"})

    with_agent(test)


def test_snmp_asks_a_read_again_and_sends_a_write_once(monkeypatch):
    monkeypatch.setattr(SnmpDevices, "answer_s", 0.02)

    async def test(manager, agent) -> None:
        agent.deaf = 1
        assert (await manager.call("get", {"oid": "1.3.6.1.2.1.1.1.0"}))["value"] == "AV switch"
        assert agent.heard == [GET, GET]
        agent.deaf = 1
        with pytest.raises(ToolError, match="did not answer") as caught:
            await manager.call("set", {"oid": "1.3.6.1.2.1.1.5.0", "type": "text", "value": "x"})
        assert caught.value.happened == "unknown"
        assert agent.heard == [GET, GET, SET]

    with_agent(test)


def test_snmp_with_a_wrong_community_says_what_to_look_at(monkeypatch):
    monkeypatch.setattr(SnmpDevices, "answer_s", 0.01)

    async def test(manager, agent) -> None:
        with pytest.raises(ToolError) as caught:
            await manager.call("get", {"oid": "1.3.6.1.2.1.1.1.0"})
        assert caught.value.happened == "no"
        assert "community" in (caught.value.hint or "")
        assert len(agent.heard) == SnmpDevices.tries

    with_agent(test, credential=None)


def test_snmp_with_nonsense():
    async def test(manager, agent) -> None:
        agent.garbage = True
        with pytest.raises(ToolError, match="not SNMP") as caught:
            await manager.call("set", {"oid": "1.3.6.1.2.1.1.5.0", "type": "text", "value": "x"})
        assert caught.value.happened == "unknown"

    with_agent(test)


def test_snmp_without_an_agent():
    async def test(manager, agent) -> None:
        agent.transport.abort()
        await asyncio.sleep(0)
        with pytest.raises(ToolError, match="no SNMP agent") as caught:
            await manager.call("set", {"oid": "1.3.6.1.2.1.1.5.0", "type": "text", "value": "x"})
        assert caught.value.happened == "no"

    with_agent(test)


def test_snmp_refuses_a_value_of_another_type():
    async def test(manager, agent) -> None:
        for kind, value in (("integer", "many"), ("ip", "300.1.1.1"), ("bytes", "0xzz")):
            with pytest.raises(ToolError, match="no value of type"):
                await manager.call("set", {"oid": "1.3.6.1.2.1.1.5.0", "type": kind, "value": value})
        assert agent.heard == []

    with_agent(test)


def test_snmp_that_was_cancelled_leaves_nothing_behind():
    async def test(manager, agent) -> None:
        agent.deaf = 1
        call = asyncio.create_task(manager.call("get", {"oid": "1.3.6.1.2.1.1.1.0"}))
        while not agent.heard:
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await manager.call("get", {"oid": "1.3.6.1.2.1.1.1.0"}))["value"] == "AV switch"

    with_agent(test)
