"""Tools of kind `mcp`: what is called, what is refused, what results and failures become."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError as Complaint
from mcp_types import CallToolResult, ImageContent, TextContent, ToolAnnotations
from pydantic import BaseModel
from tests.unit.connectors.mcp_bench import accepted, connect, connect_accepted, in_process, in_process_accepted, plain_command

from avops.connectors import mcp as mcp_connector
from avops.connectors import mcp_program
from avops.errors import AvopsError, ToolError
from avops.model.tool import CommandTool


class Reading(BaseModel):
    power: str
    hours: int


def av_server() -> MCPServer:
    server = MCPServer("av")

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def get_display(room: str) -> Reading:
        """Read a display"""
        return Reading(power="on" if room == "A" else "off", hours=12)

    @server.tool()
    def set_power(room: str, power: str = "on") -> str:
        """Switch a display"""
        if room == "none":
            raise Complaint("there is no such room")
        return f"{room} is {power}"

    @server.tool(structured_output=False)
    def as_json() -> str:
        """Answer JSON as text"""
        return '{"lamp": 3}'

    @server.tool(structured_output=False)
    def picture() -> list[TextContent | ImageContent]:
        """Answer with a picture"""
        return [TextContent(type="text", text="the room"), ImageContent(type="image", data="aGk=", mime_type="image/png")]

    @server.tool()
    def failing() -> CallToolResult:
        """Answer with an error"""
        return CallToolResult(content=[TextContent(type="text", text="the lamp\x1b[2J is hot")], is_error=True)

    return server


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 2, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here waits")


def test_structured_content_is_the_result():
    async def main() -> None:
        tool = await in_process_accepted(av_server())
        assert await tool.call("get_display", {"room": "A"}) == {"power": "on", "hours": 12}
        await tool.close()

    asyncio.run(main())


def test_text_is_the_result_where_there_is_no_structure():
    async def main() -> None:
        tool = await in_process_accepted(av_server())
        assert await tool.call("as_json", {}) == {"lamp": 3}
        picture = await tool.call("picture", {})
        assert picture == {"text": "the room", "content": [{"type": "image", "data": "aGk=", "mimeType": "image/png"}]}
        await tool.close()

    asyncio.run(main())


def test_an_error_of_a_tool_fails_the_call_with_its_words():
    async def main() -> None:
        tool = await in_process_accepted(av_server())
        with pytest.raises(ToolError, match="there is no such room") as caught:
            await tool.call("set_power", {"room": "none"})
        assert caught.value.happened == "unknown"
        with pytest.raises(ToolError) as caught:
            await tool.call("failing", {})
        assert caught.value.message == "'server.failing' answered: the lamp [2J is hot"
        await tool.close()

    asyncio.run(main())


def test_an_answer_that_breaks_its_own_schema_fails_the_call():
    server = MCPServer("av")

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def get_display() -> Reading:
        """Read a display"""
        return CallToolResult(content=[], structured_content={"power": 7})  # type: ignore[return-value]  # what a bad server does

    async def main() -> None:
        tool = await in_process_accepted(server)
        with pytest.raises(ToolError):
            await tool.call("get_display", {})
        await tool.close()

    asyncio.run(main())


def test_an_answer_that_is_too_large_fails_the_call(monkeypatch):
    monkeypatch.setattr(mcp_connector, "MAX_RESULT", 10)

    async def main() -> None:
        tool = await in_process_accepted(av_server())
        with pytest.raises(ToolError, match="more than"):
            await tool.call("get_display", {"room": "A"})
        await tool.close()

    asyncio.run(main())


def test_an_action_that_changed_is_refused_until_it_is_accepted():
    async def main() -> None:
        server, clock = av_server(), Clock()
        tool = await in_process_accepted(server, clock)
        await tool.call("set_power", {"room": "A"})
        server.remove_tool("set_power")
        server.add_tool(lambda room: f"{room} reset", name="set_power", description="Reset everything")
        clock.at += timedelta(minutes=2)
        with pytest.raises(ToolError, match=r"'server.set_power' is not what was accepted any more") as caught:
            await tool.call("set_power", {"room": "A"})
        assert caught.value.happened == "no"
        assert caught.value.hint == "avops tool discover server"
        assert await tool.call("get_display", {"room": "A"}) == {"power": "on", "hours": 12}
        health = await tool.health()
        assert not health.ok
        assert health.detail == "not what was accepted: set_power"
        await tool.close()

        renewed = in_process(server, await accepted(in_process(server)))
        assert await renewed.call("set_power", {"room": "A"}) == {"text": "A reset"}
        await renewed.close()

    asyncio.run(main())


def test_an_action_that_is_gone_is_refused():
    async def main() -> None:
        server = av_server()
        actions = await accepted(in_process(server))
        server.remove_tool("as_json")
        tool = in_process(server, actions)
        with pytest.raises(ToolError, match="is gone: the server lists no tool 'as_json'"):
            await tool.call("as_json", {})
        await tool.close()

    asyncio.run(main())


def test_the_command_is_part_of_what_was_accepted(tmp_path):
    async def main() -> None:
        actions = await accepted(connect({"command": plain_command()}, tmp_path))
        tool = connect({"command": plain_command("chatters"), "actions": actions}, tmp_path)
        with pytest.raises(ToolError, match="not what was accepted"):
            await tool.call("read", {})
        await tool.close()

    asyncio.run(main())


def test_an_old_server_that_chatters_is_understood(tmp_path):
    async def main() -> None:
        tool = await connect_accepted({"command": plain_command("chatters")}, tmp_path)
        assert await tool.call("say", {"text": "hello"}) == {"text": "hello"}
        assert (await tool.health()).detail == "lists 7 tools"
        await tool.close()

    asyncio.run(main())


def test_a_program_sees_only_what_its_manifest_names(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_OF_ANOTHER", "x")

    async def main() -> None:
        tool = await connect_accepted({"command": plain_command(), "env": ["AV_TOKEN"]}, tmp_path, {"AV_TOKEN": "t"})
        seen = await tool.call("environment", {})
        assert "AV_TOKEN" in seen
        assert not {"SECRET_OF_ANOTHER", "USER", "SHELL", "TERM"} & set(seen)
        await tool.close()

    asyncio.run(main())


def test_a_server_that_ends_in_a_call_fails_that_call_with_its_last_words(tmp_path):
    async def main() -> None:
        tool = await connect_accepted({"command": plain_command()}, tmp_path)
        with pytest.raises(ToolError, match=r"the server of 'server' ended with 3: the licence ran out") as caught:
            await tool.call("die", {})
        assert caught.value.happened == "unknown"
        assert await tool.call("read", {}) == {"power": "on"}
        await tool.close()

    asyncio.run(main())


def test_a_server_that_is_killed_fails_the_calls_it_had_and_no_other(tmp_path):
    async def main() -> None:
        os.mkfifo(tmp_path / "began")
        manifest = {"command": plain_command("plain", tmp_path / "began")}
        tool, other = await connect_accepted(manifest, tmp_path), await connect_accepted(manifest, tmp_path)
        slow = asyncio.create_task(tool.call("slow", {}))
        await asyncio.to_thread((tmp_path / "began").read_text)
        await other.call("read", {})
        os.kill(tool._session.program._transport.get_pid(), signal.SIGKILL)
        with pytest.raises(ToolError, match="was ended by signal 9") as caught:
            await slow
        assert caught.value.happened == "unknown"
        assert await other.call("read", {}) == {"power": "on"}
        assert await tool.call("read", {}) == {"power": "on"}
        await tool.close()
        await other.close()

    asyncio.run(main())


def test_a_server_that_does_not_start_says_why(tmp_path):
    async def main() -> None:
        tool = connect({"command": plain_command("refuses")}, tmp_path)
        for _ in range(2):
            with pytest.raises(ToolError, match=r"ended with 1: no licence") as caught:
                await tool.tools()
            assert caught.value.happened == "no"
        health = await tool.health()
        assert not health.ok
        assert health.hint
        await tool.close()

    asyncio.run(main())


def test_a_message_without_end_ends_the_session(tmp_path, monkeypatch):
    monkeypatch.setattr(mcp_program, "MAX_LINE", 100_000)

    async def main() -> None:
        tool = await connect_accepted({"command": plain_command()}, tmp_path)
        with pytest.raises(ToolError, match="sent a message of more than 97 KiB"):
            await tool.call("huge", {})
        assert await tool.call("read", {}) == {"power": "on"}
        await tool.close()

    asyncio.run(main())


def test_a_program_that_lingers_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(mcp_program, "GRACE_S", 0.01)
    os.mkfifo(tmp_path / "never")

    async def main() -> None:
        tool = connect({"command": plain_command("lingers", tmp_path / "never")}, tmp_path)
        await tool.tools()
        program = tool._session.program
        await tool.close()
        await program.exited.wait()
        assert program._transport.get_returncode() in (-signal.SIGTERM, -signal.SIGKILL)

    asyncio.run(main())


def test_a_call_that_is_cancelled_while_the_server_starts_leaves_the_tool_usable(tmp_path):
    async def main() -> None:
        tool = await connect_accepted({"command": plain_command()}, tmp_path)
        first = asyncio.create_task(tool.call("read", {}))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await tool.call("read", {}) == {"power": "on"}
        await tool.close()

    asyncio.run(main())


def test_closing_while_the_server_starts(tmp_path):
    async def main() -> None:
        tool = await connect_accepted({"command": plain_command()}, tmp_path)
        first = asyncio.create_task(tool.call("read", {}))
        await asyncio.sleep(0)
        await tool.close()
        with pytest.raises(ToolError, match="the session with 'server' was closed"):
            await first

    asyncio.run(main())


def test_a_missing_secret_is_named_and_nothing_starts(tmp_path):
    async def main() -> None:
        tool = connect({"command": plain_command(), "env": ["AV_TOKEN"]}, tmp_path)
        health = await tool.health()
        assert health.detail == "the secret 'env:AV_TOKEN' is not set"

    asyncio.run(main())


def test_without_the_sdk_the_hint_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(mcp_connector, "find_spec", lambda name: None)

    async def main() -> None:
        health = await connect({"command": plain_command()}, tmp_path).health()
        assert health.detail == "'server' needs the MCP SDK, which is not installed"
        assert health.hint == "pip install 'avops[mcp]'"

    asyncio.run(main())


def test_only_tools_of_its_kind(tmp_path):
    command = CommandTool.model_validate({"name": "local", "kind": "command", "actions": {}})
    with pytest.raises(AvopsError, match="not a tool of kind 'mcp'"):
        mcp_connector.McpConnector(project_root=tmp_path).open(command, None)
