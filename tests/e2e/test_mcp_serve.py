"""`avops mcp serve` as other assistants use it: the official client, over a real process and over HTTP."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import mcp
import pytest
from mcp.client.streamable_http import streamable_http_client
from tests.e2e.site import AVOPS, Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@asynccontextmanager
async def client(site: Site, *arguments: str) -> AsyncIterator[mcp.Client]:
    program, *rest = [*AVOPS, "mcp", "serve", *arguments]
    log = (site.folder.parent / "server.log").open("a+", encoding="utf-8")
    with log:
        parameters = mcp.StdioServerParameters(command=program, args=rest, cwd=str(site.folder), env=site.environment)
        async with mcp.Client(mcp.stdio_client(parameters, errlog=log)) as talking:
            yield talking


async def tools(site: Site, *arguments: str) -> dict[str, Any]:
    async with client(site, *arguments) as talking:
        return {tool.name: tool for tool in (await talking.list_tools()).tools}


async def called(site: Site, name: str, given: dict[str, object], *arguments: str) -> Any:
    async with client(site, *arguments) as talking:
        return await talking.call_tool(name, given)


def text(result: Any) -> str:
    return "\n".join(each.text for each in result.content)


def test_recipes_are_tools_with_their_inputs(site: Site) -> None:
    offered = asyncio.run(tools(site))
    fix = offered["run_display_fix"]
    assert fix.title == "Display Fix"
    assert fix.input_schema["required"] == ["room"]
    assert "HQ-1" in fix.input_schema["properties"]["room"]["enum"]
    assert fix.input_schema["properties"]["channel"]["default"] == "#av-support"
    assert fix.input_schema["additionalProperties"] is False
    assert fix.annotations.read_only_hint is False
    assert "by the agent 'Zoom_Room_Agent'" in fix.description
    assert offered["run_zoom_room_reset"].annotations.destructive_hint is True
    assert offered["list_runs"].annotations.read_only_hint is True
    assert not [name for name in offered if "approve" in name or "answer" in name]


def test_one_recipe_under_one_agent(site: Site) -> None:
    offered = asyncio.run(tools(site, "--recipe", "display-fix", "--agent", "operator"))
    assert [name for name in offered if name.startswith("run_")] == ["run_display_fix"]
    assert "by the agent 'operator'" in offered["run_display_fix"].description


def test_a_run_is_recorded_and_its_progress_told(site: Site) -> None:
    site.simulate()

    async def main() -> tuple[Any, list[tuple[float, str | None]]]:
        heard: list[tuple[float, str | None]] = []

        async def hear(done: float, total: float | None, message: str | None) -> None:
            heard.append((done, message))

        async with client(site, "--yes") as talking:
            return await talking.call_tool("run_display_fix", {"room": "HQ-1"}, progress_callback=hear), heard

    result, heard = asyncio.run(main())
    assert result.is_error is False
    assert text(result).startswith("Run 1 success [simulated]")
    assert result.structured_content["run"]["trigger"] == "mcp"
    assert result.structured_content["run"]["agent"] == "Zoom_Room_Agent"
    assert heard[0] == (0.0, "run 1 of 'Display Fix' begins")
    assert heard[-1][1] == "run 1 success"
    assert [done for done, _ in heard] == sorted({done for done, _ in heard})
    assert "Run 1" in site.avops("runs", "show", "1").stdout


def test_a_write_waits_for_a_person_who_is_told_how(site: Site) -> None:
    site.simulate()
    result = asyncio.run(called(site, "run_display_fix", {"room": "HQ-2"}))
    assert result.is_error is False
    assert text(result).startswith("Run 1 waiting")
    (asked,) = result.structured_content["waits_for"]
    assert asked["how"] == f"a person says: avops approve {asked['decision']}, or avops deny {asked['decision']}"
    assert f"{asked['decision']}" in site.avops("inbox").stdout
    again = asyncio.run(called(site, "show_run", {"run": 1}))
    assert again.structured_content["result"]["status"] == "waiting"


def test_a_run_that_fails_is_an_error(site: Site) -> None:
    site.simulate("error:HQ-1:get_power")
    result = asyncio.run(called(site, "run_display_fix", {"room": "HQ-1"}, "--yes"))
    assert result.is_error is True
    assert text(result).startswith("Run 1 failed")


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("run_display_fix", {}, "room"),
        ("run_display_fix", {"room": "HQ-99"}, "room"),
        ("run_display_fix", {"room": "HQ-1", "chanel": "#x"}, "chanel"),
        ("run_display_fix", {"room": "HQ-1", "channel": 7}, "channel"),
        ("run_nothing", {}, "there is no tool 'run_nothing'"),
        ("approve", {"decision": 1}, "there is no tool 'approve'"),
        ("show_run", {"run": 99}, "99"),
        ("list_runs", {"limt": 1}, "limt"),
    ],
)
def test_what_does_not_fit_is_told_and_runs_nothing(site: Site, name: str, given: dict[str, object], said: str) -> None:
    result = asyncio.run(called(site, name, given))
    assert result.is_error is True
    assert said in text(result)
    assert "[]" in site.avops("runs", "list", "--json").stdout


def test_drafts_and_recipes_that_need_a_secret_are_not_offered(site: Site) -> None:
    recipes = site.folder / "recipes"
    fix = (recipes / "display-fix.yaml").read_text()
    (recipes / "draft.yaml").write_text(fix.replace("name: Display Fix", "name: Drafted").replace("version: 1", "draft: true"))
    (recipes / "secret.yaml").write_text(
        fix.replace("name: Display Fix", "name: Needs Key").replace("inputs:", "inputs:\n  key: {secret: true}")
    )
    (recipes / "broken.yaml").write_text("name: [\n")
    offered = asyncio.run(tools(site))
    assert "run_display_fix" in offered
    assert not {"run_drafted", "run_needs_key"} & set(offered)
    log = (site.folder.parent / "server.log").read_text()
    assert "not offered: Drafted: it is a draft" in log
    assert "not offered: Needs Key: its input 'key' is secret" in log
    assert "not offered: recipes/broken.yaml" in log


def test_a_client_that_gives_up_has_its_run_cancelled(site: Site) -> None:
    site.simulate("slow:HQ-2:set_input,seconds=30,times=1")

    async def main() -> None:
        async with client(site, "--yes") as talking:
            begun = asyncio.Event()

            async def hear(done: float, total: float | None, message: str | None) -> None:
                if message and "Power the display on" in message:
                    begun.set()

            work = asyncio.create_task(talking.call_tool("run_display_fix", {"room": "HQ-2"}, progress_callback=hear))
            await asyncio.wait_for(begun.wait(), 60)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    asyncio.run(main())
    with sqlite3.connect(site.folder / ".avops/avops.db") as database:
        assert database.execute("SELECT status FROM runs").fetchall() == [("cancelled",)]
        assert database.execute("SELECT status FROM steps WHERE key = 'act.0/undo'").fetchall() == [("ok",)]


@asynccontextmanager
async def served(site: Site, *arguments: str) -> AsyncIterator[tuple[str, str]]:
    """The address and the token of a server over HTTP."""
    process = await asyncio.create_subprocess_exec(
        *AVOPS, "mcp", "serve", "--http", "0", *arguments, cwd=site.folder, env=site.environment, stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    said = ""
    while "listening at" not in said:
        line = (await process.stderr.readline()).decode()
        assert line, said
        said += line
    token = re.search(r"token: (\S+)", said)
    address = re.search(r"listening at (\S+)", said)
    assert address is not None
    try:
        yield address[1], token[1] if token else ""
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate()


def test_over_http_only_whoever_brings_the_token_is_heard(site: Site) -> None:
    async def main() -> None:
        async with served(site) as (address, token):
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {token}"}):
                async with httpx2.AsyncClient() as plain:
                    answer = await plain.post(address, json={}, headers=headers)
                    assert answer.status_code == 401
                    assert token not in answer.text
            async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as allowed:
                evil = await allowed.post(address, json={}, headers={"Host": "evil.example", "Content-Type": "application/json"})
                assert evil.status_code in (403, 421)
                async with mcp.Client(streamable_http_client(address, http_client=allowed)) as talking:
                    names = [tool.name for tool in (await talking.list_tools()).tools]
                    assert "run_display_fix" in names
                    found = await talking.call_tool("list_runs", {})
                    assert found.structured_content["result"] == {"runs": [], "there_are_more": False}

    asyncio.run(main())


def test_the_token_may_come_from_the_environment(site: Site) -> None:
    site.environment["AVOPS_TOKEN"] = "a-token-of-many-characters"

    async def main() -> None:
        async with served(site, "--token", "env:AVOPS_TOKEN") as (address, shown):
            assert shown == ""
            headers = {"Authorization": "Bearer a-token-of-many-characters"}
            async with (
                httpx2.AsyncClient(headers=headers) as allowed,
                mcp.Client(streamable_http_client(address, http_client=allowed)) as talking,
            ):
                assert (await talking.list_tools()).tools

    asyncio.run(main())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--http", "0.0.0.0:8766"), 2, "not on this machine"),
        (("--http", "here"), 2, "is no address"),
        (("--http", "0", "--token", "secret-in-clear"), 2, "does not stand on a command line"),
        (("--http", "0", "--token", "env:NO_SUCH_TOKEN"), 3, "NO_SUCH_TOKEN"),
        (("--token", "env:X"), 2, "--token is for --http"),
        (("--recipe", "Nothing"), 2, "no recipe is called 'Nothing'"),
        (("--agent", "Nobody"), 2, "no agent is called 'Nobody'"),
    ],
)
def test_wrong_usage_is_said(site: Site, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = site.avops("mcp", "serve", *arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert done.stdout == ""


def test_a_short_token_is_refused(site: Site) -> None:
    site.environment["AVOPS_TOKEN"] = "short"
    done = site.avops("mcp", "serve", "--http", "0", "--token", "env:AVOPS_TOKEN")
    assert done.returncode == 2
    assert "has fewer than 16 characters" in done.stderr
    assert "short'" not in done.stderr


def test_standard_output_is_the_protocols_alone(site: Site, tmp_path: Path) -> None:
    done = subprocess.run(
        [*AVOPS, "mcp", "serve"], cwd=site.folder, env={**os.environ, **site.environment}, input="", capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout == ""
    assert "recipes are offered; each write waits for a person" in done.stderr
