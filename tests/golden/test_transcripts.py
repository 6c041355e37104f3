"""What connector and simulator say on the wire, held to transcripts made from the vendors' documents.

A simulator shares its author's misreadings; the transcripts come from elsewhere. Each file names its source. `wire` is what
passes in order, `calls` what the connector is asked meanwhile and gives, `device` the simulator's state before.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from tests.contract.device_benches import MANIFEST

from avops.connectors.registry import open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import ToolError
from avops.sim.devices import make_device

FOLDER = Path(__file__).parent / "transcripts"
FILES = sorted(FOLDER.glob("*.yaml"))


@dataclass(frozen=True)
class Said:
    """One message on the wire: bytes, or JSON that a NUL ends."""

    by_device: bool
    content: str | dict

    @property
    def data(self) -> bytes:
        if isinstance(self.content, str):
            return self.content.encode("latin-1")
        return json.dumps(self.content).encode() + b"\0"

    async def read(self, reader: asyncio.StreamReader) -> object:
        """As much as this message is long; JSON up to its NUL."""
        if isinstance(self.content, str):
            return (await reader.readexactly(len(self.data))).decode("latin-1")
        return json.loads((await reader.readuntil(b"\0"))[:-1])


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def transcript(request: pytest.FixtureRequest) -> dict:
    return yaml.safe_load(request.param.read_text(encoding="utf-8"))


def wire(transcript: dict) -> list[Said]:
    return [Said("device" in entry, entry.get("device", entry.get("avops"))) for entry in transcript["wire"]]


def test_the_connector_says_what_the_document_says(transcript):
    async def main() -> None:
        heard: list[object] = []

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                for said in wire(transcript):
                    if said.by_device:
                        writer.write(said.data)
                    else:
                        heard.append(await said.read(reader))
                await reader.read()
            finally:
                writer.close()

        server = await asyncio.start_server(play, "127.0.0.1", 0)
        tool = open_tool(manifest(transcript, server.sockets[0].getsockname()[1]), secrets(transcript), Path())
        try:
            for call in transcript["calls"]:
                await check(tool, call)
        finally:
            await tool.close()
            server.close()
            await server.wait_closed()
        assert heard == [said.content for said in wire(transcript) if not said.by_device]

    asyncio.run(main())


async def check(tool, call: dict) -> None:
    if "error" not in call:
        assert await tool.call(call["action"], call.get("with", {})) == call["result"]
        return
    with pytest.raises(ToolError, match=call["error"]) as caught:
        await tool.call(call["action"], call.get("with", {}))
    assert caught.value.happened == call["happened"]


def test_the_simulator_says_what_the_document_says(transcript):
    async def main() -> None:
        device = make_device(transcript["kind"], transcript["device"], now=lambda: datetime(2014, 7, 21, 11, 40, 32, tzinfo=UTC))
        await device.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", device.port)
        try:
            for said in wire(transcript):
                if not said.by_device:
                    writer.write(said.data)
                elif isinstance(said.content, str):
                    assert await said.read(reader) == said.content
                else:
                    assert_within(said.content, await said.read(reader))
        finally:
            writer.close()
            await writer.wait_closed()
            await device.close()

    asyncio.run(main())


def assert_within(documented: object, said: object) -> None:
    """The simulator may say more than the document shows, and nothing else."""
    if isinstance(documented, dict):
        assert isinstance(said, dict)
        for key, value in documented.items():
            assert_within(value, said[key])
    elif isinstance(documented, list):
        assert isinstance(said, list)
        assert len(documented) == len(said)
        for expected, found in zip(documented, said, strict=True):
            assert_within(expected, found)
    else:
        assert said == documented


def manifest(transcript: dict, port: int):
    data = {"name": "device", "kind": transcript["kind"], "host": "127.0.0.1", "port": port, **transcript.get("manifest", {})}
    return MANIFEST.validate_python(data)


def secrets(transcript: dict) -> EnvironmentSecrets:
    return EnvironmentSecrets({"SECRET": transcript.get("secret", "")})


def test_every_transcript_names_its_source():
    assert FILES
    for path in FILES:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert data["source"]
        assert path.stem.startswith(f"{data['kind']}-")
