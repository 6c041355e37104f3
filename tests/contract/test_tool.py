"""What every `Tool` promises, over HTTP (against the simulator), programs, functions and mock mode."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from tests.unit.connectors.recording_server import Reply, recording

from avops.connectors.registry import open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import ToolError
from avops.model.tool import CommandTool, HttpTool, PythonTool
from avops.sim.server import serve
from avops.sim.site import RoomSpec, Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from avops.ports import Tool

SITE = Site(rooms=(RoomSpec(room="A", name="A", zoom_id="zr-a", display_host="display-a", calendar="a@rooms.example"),), warm_up_s=0)


@dataclass
class Bench:
    """A tool with the actions `read` and `broken`, and `slow`, which does not end by itself."""

    tool: Tool
    absent: Tool
    """The same tool with nothing behind it."""
    slow_began: Callable[[], Awaitable[None]]
    expected: object = field(default_factory=dict)


@asynccontextmanager
async def http_bench(folder: Path, auth: dict[str, str] | None = None) -> AsyncIterator[Bench]:
    simulator = await serve(site=SITE, faults=["slow:A:set_volume,seconds=3600", "error:A:list_devices"])
    one = {"host": {"type": "string", "default": "display-a"}}
    manifest = {
        "name": "display",
        "kind": "http",
        "base_url": simulator.url,
        "private": True,
        "auth": auth,
        "health": {"get": "/health"},
        "actions": {
            "read": {"effect": "read", "input": one, "request": {"path": "/displays/{host}"}},
            "slow": {"input": one, "request": {"method": "PUT", "path": "/rooms/{host}/volume", "json": {"volume": 10}}},
            "broken": {"effect": "read", "request": {"path": "/rooms/A/devices"}},
        },
    }
    secrets = EnvironmentSecrets({"ID": "id", "SECRET": "secret"})
    tool = open_tool(HttpTool.model_validate(manifest), secrets, folder)
    gone = await serve(site=SITE)
    await gone.close()
    absent = open_tool(HttpTool.model_validate(manifest | {"base_url": gone.url}), secrets, folder)

    async def slow_began() -> None:
        while not simulator.journal:
            await asyncio.sleep(0)

    try:
        yield Bench(tool, absent, slow_began, {"host": "display-a", "room": "A", "power": "off", "target": "off", "input": "hdmi1"})
    finally:
        await simulator.close()


@asynccontextmanager
async def token_bench(folder: Path) -> AsyncIterator[Bench]:
    async with recording(lambda request: Reply(data={"access_token": "token", "expires_in": 3600})) as endpoint:
        auth = {"type": "oauth_client", "token_url": endpoint.url, "client_id": "env:ID", "client_secret": "env:SECRET"}
        async with http_bench(folder, auth) as bench:
            yield bench


@asynccontextmanager
async def command_bench(folder: Path) -> AsyncIterator[Bench]:
    began = folder / "began"
    os.mkfifo(began)  # reading it waits for the program to open it
    wait = f"import signal; open({str(began)!r}, 'w').close(); signal.pause()"
    manifest = {
        "name": "local",
        "kind": "command",
        "actions": {
            "read": {"effect": "read", "argv": [sys.executable, "-c", 'print(\'{"power": "on"}\')'], "parse": "json"},
            "slow": {"argv": [sys.executable, "-c", wait]},
            "broken": {"effect": "read", "argv": [sys.executable, "-c", "raise SystemExit('no display')"]},
        },
    }
    nowhere = {"name": "local", "kind": "command", "actions": {"read": {"argv": ["no-such-program-here"]}}}
    tool = open_tool(CommandTool.model_validate(manifest), EnvironmentSecrets({}), folder)
    absent = open_tool(CommandTool.model_validate(nowhere), EnvironmentSecrets({}), folder)

    async def slow_began() -> None:
        await asyncio.to_thread(began.read_text)

    yield Bench(tool, absent, slow_began, {"power": "on"})


@asynccontextmanager
async def python_bench(folder: Path) -> AsyncIterator[Bench]:
    began = folder / "began"
    os.mkfifo(began)  # reading it waits for the function to open it
    (folder / "local.py").write_text(
        "def read():\n    print('on its way')\n    return {'power': 'on'}\n\n\n"
        "def broken():\n    raise OSError('no display')\n\n\n"
        f"def slow():\n    import signal\n    open({str(began)!r}, 'w').close()\n    signal.pause()\n"
    )
    actions: dict[str, object] = {
        "read": {"effect": "read", "function": "local.py:read"},
        "slow": {"function": "local.py:slow"},
        "broken": {"effect": "read", "function": "local.py:broken"},
    }
    manifest = {"name": "local", "kind": "python", "actions": actions}
    nowhere = {"name": "local", "kind": "python", "actions": {"read": {"function": "gone.py:read"}}}
    tool = open_tool(PythonTool.model_validate(manifest), EnvironmentSecrets({}), folder)
    absent = open_tool(PythonTool.model_validate(nowhere), EnvironmentSecrets({}), folder)

    async def slow_began() -> None:
        await asyncio.to_thread(began.read_text)

    yield Bench(tool, absent, slow_began, {"power": "on"})


BENCHES = {"http": http_bench, "http with a token": token_bench, "command": command_bench, "python": python_bench}


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest) -> Callable[[Path], object]:
    return BENCHES[request.param]


def test_a_call_gives_plain_data(bench, tmp_path):
    async def main() -> None:
        async with bench(tmp_path) as on:
            result = await on.tool.call("read", {})
            assert result == on.expected
            assert json.loads(json.dumps(result)) == result
            await on.tool.close()

    asyncio.run(main())


def test_an_action_that_is_not_there_did_not_happen(bench, tmp_path):
    async def main() -> None:
        async with bench(tmp_path) as on:
            with pytest.raises(ToolError, match=r"'dance'.*expected one of: broken, read, slow") as caught:
                await on.tool.call("dance", {})
            assert caught.value.happened == "no"
            await on.tool.close()

    asyncio.run(main())


def test_a_tool_works_after_a_call_that_failed(bench, tmp_path):
    async def main() -> None:
        async with bench(tmp_path) as on:
            with pytest.raises(ToolError) as caught:
                await on.tool.call("broken", {})
            assert caught.value.happened == "no"
            assert await on.tool.call("read", {}) == on.expected
            await on.tool.close()

    asyncio.run(main())


def test_a_tool_works_after_a_call_that_was_cancelled(bench, tmp_path):
    async def main() -> None:
        async with bench(tmp_path) as on:
            call = asyncio.create_task(on.tool.call("slow", {}))
            await on.slow_began()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await on.tool.call("read", {}) == on.expected
            await on.tool.close()

    asyncio.run(main())


def test_many_calls_at_once(bench, tmp_path):
    async def main() -> None:
        async with bench(tmp_path) as on:
            results = await asyncio.gather(*(on.tool.call("read", {}) for _ in range(8)))
            assert results == [on.expected] * 8
            await on.tool.close()

    asyncio.run(main())


def test_health_says_whether_the_tool_is_there(bench, tmp_path):
    async def main() -> None:
        async with bench(tmp_path) as on:
            well, ill = await on.tool.health(), await on.absent.health()
            assert well.ok
            assert not ill.ok
            assert ill.detail
            assert ill.hint
            await on.tool.close()
            await on.absent.close()

    asyncio.run(main())


def test_a_tool_that_is_not_there_did_nothing(bench, tmp_path):
    async def main() -> None:
        async with bench(tmp_path) as on:
            with pytest.raises(ToolError) as caught:
                await on.absent.call("read", {})
            assert caught.value.happened == "no"

    asyncio.run(main())


def test_closing_twice_is_fine(bench, tmp_path):
    async def main() -> None:
        async with bench(tmp_path) as on:
            await on.tool.call("read", {})
            await on.tool.close()
            await on.tool.close()

    asyncio.run(main())


def test_the_mock_of_every_kind_answers_as_a_tool(bench, tmp_path):
    """The same manifests in mock mode: nothing is started or connected."""

    async def main() -> None:
        async with bench(tmp_path) as on:
            manifest = on.absent._manifest
            mock = open_tool(manifest, EnvironmentSecrets({}), tmp_path, mock=True)
            assert await mock.call("read", {}) == {}
            assert (await mock.health()).ok
            with pytest.raises(ToolError, match="dance"):
                await mock.call("dance", {})
            await mock.close()
            await mock.close()

    asyncio.run(main())
