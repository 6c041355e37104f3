"""RoomOS and Companion against HTTP servers that answer as their guides say."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from pathlib import Path

import jsonschema
import pytest
from pydantic import TypeAdapter

from avops.connectors.registry import open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import ToolError
from avops.model.effect import Effect
from avops.model.tool import Tool as Manifest

MANIFEST = TypeAdapter(Manifest)
STATUS = b"""<?xml version="1.0"?>
<Status product="Cisco Codec" version="ce11" apiVersion="4">
  <Standby><State>Standby</State></Standby>
  <Audio><Volume>40</Volume><Microphones><Mute>On</Mute></Microphones></Audio>
  <Video><Input><MainVideoSource>2</MainVideoSource></Input></Video>
  <Call item="1"><Status>Connected</Status><RemoteNumber>room@example.org</RemoteNumber></Call>
  <Call item="2"><Status>Ringing</Status><RemoteNumber>1234</RemoteNumber></Call>
  <RoomAnalytics><PeopleCount><Current>-1</Current></PeopleCount></RoomAnalytics>
  <Diagnostics><Message item="1"><Level>Error</Level><Type>ECReferenceDelay</Type>
    <Description>The delay is wrong.</Description></Message></Diagnostics>
  <SystemUnit><ProductId>Cisco Room Kit</ProductId><Software><DisplayName>RoomOS 11.1</DisplayName></Software>
    <Hardware><Module><SerialNumber>FOC1</SerialNumber></Module></Hardware></SystemUnit>
</Status>"""

CONFIGURATION = b"<Configuration><Audio><DefaultVolume>?</DefaultVolume></Audio></Configuration>"


class Server:
    """Answers requests from a table of targets; what came is in `requests`."""

    def __init__(self, answers: dict[str, tuple[int, bytes]]) -> None:
        self.answers = answers
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.fault: str | None = None
        self.arrived = asyncio.Event()
        self.port = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, target, _ = first.split(" ")
                self.requests.append((method, target, headers, body))
                self.arrived.set()
                fault, self.fault = self.fault, None
                if fault == "drop":
                    return
                if fault == "silent":
                    continue
                if fault == "garbage":
                    writer.write(b"\x00\xff nothing of HTTP\r\n\r\n")
                    return
                status, content = (500, b"") if fault == "error" else self.answers.get(f"{method} {target}", (404, b""))
                content = b"x" * 5_000_000 if fault == "huge" else content
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def served(kind: str, answers: dict[str, tuple[int, bytes]], **more: object):
    server = Server(answers)
    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    data = {"name": "device", "kind": kind, "host": "127.0.0.1", "port": server.port, **more}
    tool = open_tool(MANIFEST.validate_python(data), EnvironmentSecrets({"SECRET": "pw"}), Path())
    try:
        yield tool, server
    finally:
        await tool.close()
        listener.close()
        await listener.wait_closed()


def roomos(**answers: bytes):
    table = {f"{'POST' if '/put' in target else 'GET'} {target}": (200, body) for target, body in answers.items()}
    return served("roomos", table, tls=False, user="av", credential="env:SECRET")


def companion(answers: dict[str, tuple[int, bytes]]):
    return served("companion", answers)


async def failure(call) -> ToolError:
    with pytest.raises(ToolError) as caught:
        await call
    return caught.value


READS = {
    "get_power": ("Standby/State", {"power": "standby", "target": "off"}),
    "get_volume": ("Audio/Volume", {"volume": 40}),
    "get_mute": ("Audio/Microphones/Mute", {"mute": True}),
    "get_input": ("Video/Input/MainVideoSource", {"input": 2}),
    "get_calls": (
        "Call",
        {
            "in_call": True,
            "calls": [{"status": "Connected", "remote": "room@example.org"}, {"status": "Ringing", "remote": "1234"}],
        },
    ),
    "get_people": ("RoomAnalytics/PeopleCount/Current", {"people": None}),
    "get_diagnostics": (
        "Diagnostics/Message",
        {"messages": [{"level": "Error", "type": "ECReferenceDelay", "description": "The delay is wrong."}]},
    ),
}


@pytest.mark.parametrize("action", sorted(READS))
def test_roomos_reads_its_status(action):
    path, expected = READS[action]

    async def main() -> None:
        async with roomos(**{f"/getxml?location=/Status/{path}": STATUS}) as (tool, server):
            result = await tool.call(action, {})
            assert result == expected
            jsonschema.validate(result, tool.manifest.actions[action].output)
            _, _, headers, _ = server.requests[0]
            assert headers["authorization"] == "Basic " + base64.b64encode(b"av:pw").decode()

    asyncio.run(main())


def test_roomos_info_and_any_status():
    async def main() -> None:
        paths = ("ProductId", "Software/DisplayName", "Hardware/Module/SerialNumber")
        answers = {f"/getxml?location=/Status/SystemUnit/{path}": STATUS for path in paths} | {
            "/getxml?location=/Status/Audio": STATUS,
            "/getxml?location=/Status/Cameras": b"<EmptyResult/>",
            "/getxml?location=/Configuration/Audio/DefaultVolume": CONFIGURATION.replace(b"?", b"50"),
        }
        async with roomos(**answers) as (tool, _):
            assert await tool.call("get_info", {}) == {"product": "Cisco Room Kit", "software": "RoomOS 11.1", "serial": "FOC1"}
            assert await tool.call("get_status", {"path": "Audio"}) == {"value": {"Volume": "40", "Microphones": {"Mute": "On"}}}
            assert await tool.call("get_status", {"path": "Cameras"}) == {"value": None}
            assert await tool.call("get_configuration", {"path": "Audio DefaultVolume"}) == {"value": "50"}
            assert (await tool.health()).ok

    asyncio.run(main())


WRITES = {
    "set_power": ({"power": "off"}, b"<Command><Standby><Activate /></Standby></Command>"),
    "set_volume": ({"volume": 30}, b"<Command><Audio><Volume><Set><Level>30</Level></Set></Volume></Audio></Command>"),
    "set_mute": ({"mute": False}, b"<Command><Audio><Microphones><Unmute /></Microphones></Audio></Command>"),
    "set_input": (
        {"input": 3},
        b"<Command><Video><Input><SetMainVideoSource><SourceId>3</SourceId></SetMainVideoSource></Input></Video></Command>",
    ),
    "dial": ({"number": "a@b.example"}, b"<Command><Dial><Number>a@b.example</Number></Dial></Command>"),
    "hang_up": ({}, b"<Command><Call><Disconnect /></Call></Command>"),
    "reboot": ({}, b"<Command><SystemUnit><Boot><Action>Restart</Action></Boot></SystemUnit></Command>"),
}
DONE = b'<?xml version="1.0"?>\n<Command>\n  <Result status="OK"><CallId>7</CallId></Result>\n</Command>'


@pytest.mark.parametrize("action", sorted(WRITES))
def test_roomos_commands(action):
    arguments, sent = WRITES[action]

    async def main() -> None:
        async with roomos(**{"/putxml": DONE}) as (tool, server):
            result = await tool.call(action, arguments)
            jsonschema.validate(result, tool.manifest.actions[action].output)
            assert server.requests[0][3] == sent
            assert server.requests[0][2]["content-type"] == "text/xml"

    asyncio.run(main())


def test_roomos_says_what_the_device_refuses():
    async def main() -> None:
        refused = b'<Command><AudioVolumeSetResult status="ParameterError"><Level>OutOfRange</Level></AudioVolumeSetResult></Command>'
        async with roomos(**{"/putxml": refused}) as (tool, _):
            error = await failure(tool.call("set_volume", {"volume": 100}))
            assert error.happened == "no"
            assert "OutOfRange" in error.message

    asyncio.run(main())


def test_roomos_configuration():
    async def main() -> None:
        async with roomos(**{"/putxml": b"<Configuration><Success/></Configuration>"}) as (tool, server):
            await tool.call("set_configuration", {"path": "Audio/DefaultVolume", "value": "<60>"})
            assert server.requests[0][3] == CONFIGURATION.replace(b"?", b"&lt;60&gt;")
            server.answers["POST /putxml"] = (200, b'<Configuration><Error item="1"><Cause>Invalid</Cause></Error></Configuration>')
            error = await failure(tool.call("set_configuration", {"path": "Audio/DefaultVolume", "value": "x"}))
            assert error.happened == "no"
            assert "Invalid" in error.message

    asyncio.run(main())


@pytest.mark.parametrize(
    ("answer", "happened"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Command>&a;</Command>', "unknown"),
        (b"<Command>", "unknown"),
        (b"<Command/>", "unknown"),
        (b"", "unknown"),
    ],
)
def test_roomos_with_an_answer_that_cannot_be_read(answer, happened):
    async def main() -> None:
        async with roomos(**{"/putxml": answer, "/getxml?location=/Status/Audio/Volume": answer}) as (tool, _):
            assert (await failure(tool.call("set_volume", {"volume": 1}))).happened == happened
            assert (await failure(tool.call("get_volume", {}))).happened == "no"

    asyncio.run(main())


def test_companion():
    answers = {
        "POST /api/location/1/0/2/press": (200, b"ok"),
        "POST /api/location/1/3/7/press": (204, b""),
        "GET /api/custom-variable/cue/value": (200, b"intro"),
        "GET /api/variable/internal/time_hms/value": (200, b"12:34:56"),
        "POST /api/custom-variable/cue/value": (200, b"ok"),
    }

    async def main() -> None:
        async with companion(answers) as (tool, server):
            assert await tool.call("press_button", {"page": 1, "row": 0, "column": 2}) == {"done": True}
            error = await failure(tool.call("press_button", {"page": 1, "row": 3, "column": 7}))
            assert error.happened == "no"
            assert "no button" in error.message
            assert await tool.call("get_variable", {"variable": "cue"}) == {"value": "intro"}
            assert await tool.call("get_variable", {"variable": "time_hms", "connection": "internal"}) == {"value": "12:34:56"}
            assert await tool.call("set_variable", {"variable": "cue", "value": "outro"}) == {"done": True}
            assert server.requests[-1][3] == b"outro"
            assert (await failure(tool.call("get_variable", {"variable": "other"}))).happened == "no"
            assert (await tool.health()).ok

    asyncio.run(main())


PRESS = {"page": 1, "row": 0, "column": 0}
KINDS = {
    "companion": (lambda: companion({"POST /api/location/1/0/0/press": (200, b"ok")}), ("press_button", PRESS)),
    "roomos": (lambda: roomos(**{"/putxml": DONE}), ("set_volume", {"volume": 10})),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("fault", ["drop", "garbage", "huge", "error"])
def test_a_write_without_a_readable_answer_is_unknown(kind, fault):
    make, call = KINDS[kind]

    async def main() -> None:
        async with make() as (tool, server):
            server.fault = fault
            error = await failure(tool.call(*call))
            assert error.happened == "unknown"
            assert "127.0.0.1" in error.message
            await tool.call(*call)

    asyncio.run(main())


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("status", [401, 403, 404, 503])
def test_a_refused_write_did_not_happen(kind, status):
    make, call = KINDS[kind]

    async def main() -> None:
        async with make() as (tool, server):
            server.answers = dict.fromkeys(server.answers, (status, b""))
            error = await failure(tool.call(*call))
            assert error.happened == "no"
            assert "pw" not in str(error)

    asyncio.run(main())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_call_that_was_cancelled_leaves_the_tool_usable(kind):
    make, call = KINDS[kind]

    async def main() -> None:
        async with make() as (tool, server):
            server.fault = "silent"
            waiting = asyncio.create_task(tool.call(*call))
            await server.arrived.wait()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await tool.call(*call)

    asyncio.run(main())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nobody_listens(kind):
    make, call = KINDS[kind]

    async def main() -> None:
        async with make() as (tool, server):
            other = tool.manifest.model_copy(update={"port": free_port()})
            absent = open_tool(other, EnvironmentSecrets({"SECRET": "pw"}), Path())
            error = await failure(absent.call(*call))
            assert error.happened == "no"
            assert "base_url" not in (error.hint or "")
            assert not (await absent.health()).ok
            await absent.close()
            assert not server.requests

    asyncio.run(main())


def test_an_encrypted_connection_to_a_plain_port_did_nothing():
    async def main() -> None:
        async with served("roomos", {}, user="av", credential="env:SECRET") as (tool, server):
            error = await failure(tool.call("set_volume", {"volume": 10}))
            assert error.happened == "no"
            assert not server.requests

    asyncio.run(main())


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("kind", ["companion", "ping", "roomos", "snmp", "wol"])
def test_the_catalogue_is_sound(kind):
    more = {"user": "av", "credential": "env:SECRET", "hosts": ["*.av.example"]} if kind == "roomos" else {}
    manifest = MANIFEST.validate_python({"name": "device", "kind": kind, **more})
    for action in manifest.actions.values():
        assert action.description
        assert ("host" in action.input) == (kind != "wol")
        jsonschema.Draft202012Validator.check_schema(action.output)
        if action.output["properties"] and action.effect is not None:
            jsonschema.validate(action.mock, action.output)
        if action.restore is not None:
            back = manifest.actions[action.restore.read]
            assert back.effect is Effect.READ
            assert {name for name, schema in back.input.items() if schema.get("required") is not False} <= set(action.input)
            assert set(action.restore.with_) <= set(action.input)
