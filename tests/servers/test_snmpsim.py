"""SNMP tools against the agent simulator `snmpsim`, which others wrote."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from avops.connectors.registry import open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import ToolError
from avops.model.tool import Tool as Manifest

RECORD = """\
1.3.6.1.2.1.1.1.0|4|AV switch
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9999.1
1.3.6.1.2.1.1.3.0|67|12345
1.3.6.1.2.1.1.5.0|4:writecache|value=rack-1
1.3.6.1.2.1.1.6.0|4x|0001ff
1.3.6.1.2.1.2.2.1.8.1|2|1
1.3.6.1.2.1.2.2.1.8.2|2|2
1.3.6.1.2.1.2.2.1.8.3|2|1
1.3.6.1.2.1.4.20.1.1.1|64|10.20.0.1
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    folder = tmp_path_factory.mktemp("snmpsim")
    (folder / "data").mkdir()
    (folder / "data" / "hidden.snmprec").write_text(RECORD)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    account = ["--process-user=root", "--process-group=root"] if os.geteuid() == 0 else []
    program = Path(sys.executable).parent / "snmpsim-command-responder"
    assert program.exists(), f"{program} is missing: run `make test-servers`"
    command = [program, f"--data-dir={folder / 'data'}", f"--cache-dir={folder / 'cache'}", f"--agent-udpv4-endpoint=127.0.0.1:{number}"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, *account], stdout=log, stderr=log)
        try:
            yield number
        finally:
            process.terminate()
            process.wait()


def ask(port: int, *calls: tuple[str, dict[str, object]], version: str = "2c") -> list[object]:
    async def main() -> list[object]:
        data = {"name": "agent", "kind": "snmp", "host": "127.0.0.1", "port": port, "version": version, "credential": "env:SECRET"}
        tool = open_tool(TypeAdapter(Manifest).validate_python(data), EnvironmentSecrets({"SECRET": "hidden"}), Path())
        for _ in range(200):  # it takes a while to start, and says so only in its log
            report = await tool.health()
            if report.ok:
                break
            await asyncio.sleep(0.1)
        assert report.ok, report.detail
        try:
            return [await tool.call(*call) for call in calls]
        finally:
            await tool.close()

    return asyncio.run(main())


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize(
    ("oid", "kind", "value"),
    [
        ("1.3.6.1.2.1.1.1.0", "text", "AV switch"),
        ("1.3.6.1.2.1.1.2.0", "oid", "1.3.6.1.4.1.9999.1"),
        ("1.3.6.1.2.1.1.3.0", "ticks", 12345),
        ("1.3.6.1.2.1.1.6.0", "bytes", "0x0001ff"),
        ("1.3.6.1.2.1.2.2.1.8.2", "integer", 2),
        ("1.3.6.1.2.1.4.20.1.1.1", "ip", "10.20.0.1"),
    ],
)
def test_get(port, version, oid, kind, value):
    assert ask(port, ("get", {"oid": oid}), version=version) == [{"oid": oid, "type": kind, "value": value}]


def test_get_a_64_bit_counter(port):
    (found,) = ask(port, ("get", {"oid": "1.3.6.1.2.1.31.1.1.1.6.1"}))
    assert found["value"] == 2**64 - 1


@pytest.mark.parametrize("version", ["1", "2c"])
def test_walk(port, version):
    rows = [{"oid": f"1.3.6.1.2.1.2.2.1.8.{number}", "type": "integer", "value": value} for number, value in ((1, 1), (2, 2), (3, 1))]
    whole, part = ask(port, ("walk", {"oid": "1.3.6.1.2.1.2.2.1.8"}), ("walk", {"oid": "1.3.6.1.2.1.2.2.1.8", "most": 2}), version=version)
    assert whole == {"rows": rows, "complete": True}
    assert part == {"rows": rows[:2], "complete": False}


def test_walk_to_the_end_of_everything(port):
    (found,) = ask(port, ("walk", {"oid": "1.3.6.1.2.1.31"}))
    assert found["complete"]
    assert len(found["rows"]) == 1


def test_set(port):
    oid = "1.3.6.1.2.1.1.5.0"
    _, found = ask(port, ("set", {"oid": oid, "type": "text", "value": "rack-2"}), ("get", {"oid": oid}))
    assert found["value"] == "rack-2"


@pytest.mark.parametrize("version", ["1", "2c"])
def test_what_is_not_there(port, version):
    with pytest.raises(ToolError, match="no such object") as caught:
        ask(port, ("get", {"oid": "1.3.6.1.2.1.99.0"}), version=version)
    assert caught.value.happened == "no"


def test_what_cannot_be_written(port):
    with pytest.raises(ToolError) as caught:
        ask(port, ("set", {"oid": "1.3.6.1.2.1.1.1.0", "type": "text", "value": "x"}))
    assert caught.value.happened == "no"
