"""What keeps a tool from being used, before a run begins; and what all runs of a process share."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from tests.unit.engine.bench import Bench

from avops.connectors.registry import open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.model.run import RunStatus
from avops.model.tool import PluginTool, Tool
from avops.sim.server import serve
from avops.sim.site import RoomSpec, Site
from avops.wiring.tools import Toolbox, tool_problems

TOOL: TypeAdapter[Tool] = TypeAdapter(Tool)
SITE = Site(rooms=(RoomSpec(room="A", name="A", zoom_id="zr-a", display_host="display-a", calendar="a@rooms.example"),), warm_up_s=0)
SECRETS = EnvironmentSecrets({})


def http(url: str, **more: object) -> dict[str, object]:
    look = {"effect": "read", "request": {"path": "/displays/display-a"}}
    return {"name": "display", "kind": "http", "base_url": url, "private": True, "actions": {"look": look}, **more}


DENIED = [
    http("https://api.evil.example/v1"),
    http("https://evil.example"),
    http(
        "https://fine.example",
        auth={"type": "oauth_client", "token_url": "https://evil.example/t", "client_id": "env:A", "client_secret": "env:B"},
    ),
    {"name": "x", "kind": "mcp", "url": "https://mcp.evil.example/mcp"},
    {"name": "x", "kind": "mcp", "command": ["proxy", "--to", "https://EVIL.example:8443/x"]},
    {"name": "x", "kind": "command", "actions": {"go": {"argv": ["curl", "https://evil.example"]}}},
    {"name": "x", "kind": "pjlink", "host": "projector.evil.example"},
]


@pytest.mark.parametrize("data", DENIED, ids=range(len(DENIED)))
def test_a_denied_domain_keeps_a_tool_from_being_used(data, tmp_path):
    (problem,) = tool_problems(tmp_path, TOOL.validate_python(data), SECRETS, denied=["*.evil.example"])
    assert "evil.example', which avops.yaml denies" in problem.message
    assert "policy.denied_domains" in (problem.hint or "")
    for others in ([], ["vil.example"], ["evil.example.org"]):
        assert not any("denies" in each.message for each in tool_problems(tmp_path, TOOL.validate_python(data), SECRETS, denied=others))


def test_the_options_of_a_package_are_looked_at(tmp_path):
    manifest = PluginTool(name="x", kind="shades", options={"hosts": [{"main": "shades.evil.example"}]})
    (problem,) = tool_problems(tmp_path, manifest, SECRETS, denied=["evil.example"])
    assert "'shades.evil.example'" in problem.message


@pytest.mark.parametrize(
    ("data", "package", "extra"),
    [
        ({"name": "x", "kind": "mcp", "url": "https://mcp.example/mcp"}, "mcp", "avops[mcp]"),
        ({"name": "x", "kind": "snmp", "host": "10.0.0.1"}, "puresnmp", "avops[snmp]"),
    ],
)
def test_a_package_that_is_missing_is_told_before_the_run(data, package, extra, tmp_path, monkeypatch):
    manifest = TOOL.validate_python(data)
    assert list(tool_problems(tmp_path, manifest, SECRETS)) == []
    monkeypatch.setitem(sys.modules, package, None)
    (problem,) = tool_problems(tmp_path, manifest, SECRETS)
    assert f"'{package}'" in problem.message
    assert extra in (problem.hint or "")


class CountingClock:
    """A clock that moves only while somebody sleeps on it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


def limited(kind: str, folder: Path, port: int) -> dict[str, object]:
    (folder / "local.py").write_text("def look():\n    return 1\n")
    actions = {"command": {"argv": ["true"]}, "python": {"function": "local.py:look"}}
    more: dict[str, object] = {"actions": {"look": {"effect": "read", **actions[kind]}}} if kind in actions else {}
    if kind == "ping":
        return {"name": "x", "kind": kind, "host": "127.0.0.1", "port": port, "rate_limit": "2/min"}
    return {"name": "x", "kind": kind, "rate_limit": "2/min", **more} if more else http(f"http://127.0.0.1:{port}", rate_limit="2/min")


@pytest.mark.parametrize(("kind", "action"), [("command", "look"), ("http", "look"), ("ping", "check"), ("python", "look")])
def test_every_kind_keeps_to_its_rate_limit(kind, action, tmp_path):
    async def main() -> None:
        simulator = await serve(site=SITE)
        clock = CountingClock()
        manifest = TOOL.validate_python(limited(kind, tmp_path, simulator.port))
        tool = open_tool(manifest, SECRETS, tmp_path, clock=clock)
        name = action if action in manifest.actions else next(iter(manifest.actions))
        for _ in range(5):
            await tool.call(name, {})
        assert clock.slept == [60.0, 60.0]
        await tool.close()
        await simulator.close()

    asyncio.run(main())


def test_runs_with_the_same_file_share_one_tool_and_with_it_its_limit(tmp_path):
    toolbox = Toolbox(tmp_path, SECRETS)
    first, again = (TOOL.validate_python(http("http://127.0.0.1:1", rate_limit="2/min")) for _ in range(2))
    assert toolbox.tool(first, False) is toolbox.tool(again, False)
    assert toolbox.tool(first, False) is not toolbox.tool(first.model_copy(update={"rate_limit": "3/min"}), False)
    asyncio.run(toolbox.close())


async def with_real_tool(bench: Bench, recipe: str, count: int, *, faults: tuple[str, ...] = (), **more: object):
    """Runs that go on at the same time, over one HTTP tool and a clock that moves only while somebody waits."""
    simulator = await serve(site=SITE, faults=faults)
    manifest = TOOL.validate_python(http(simulator.url, **more))
    tool = open_tool(manifest, SECRETS, bench.folder, clock=bench.clock)
    bench.more_texts = {"tools/display.yaml": manifest.model_dump_json(by_alias=True, exclude_unset=True)}
    bench.agent_text = "name: Bot\ntools: {display: '*'}\n"
    executor = bench.executor()
    executor._tool = lambda manifest, mocked: tool
    before = bench.clock.now()
    reports = await asyncio.gather(*(executor.start(bench.start_of(recipe)) for _ in range(count)))
    await tool.close()
    await simulator.close()
    return reports, simulator.requests, (bench.clock.now() - before).total_seconds()


LOOK = """name: X
guardrails: {retries: RETRIES}
verify:
  - {id: a, tool: display.look}
  - {id: b, tool: display.look}
  - {check: b is defined}
"""


def test_a_limit_holds_over_runs_at_the_same_time(tmp_path):
    bench = Bench(tmp_path)
    reports, requests, waited = asyncio.run(with_real_tool(bench, LOOK.replace("RETRIES", "0"), 4, rate_limit="2/min"))
    assert [report.status for report in reports] == [RunStatus.SUCCESS] * 4
    assert requests == 8
    assert waited >= 3 * 60
    bench.close()


def test_a_retry_waits_as_long_as_the_service_says(tmp_path):
    bench = Bench(tmp_path)
    busy = "busy:A,times=2,seconds=17"
    reports, requests, waited = asyncio.run(with_real_tool(bench, LOOK.replace("RETRIES", "2"), 1, faults=(busy,)))
    assert reports[0].status is RunStatus.SUCCESS
    assert requests == 4
    assert waited >= 2 * 17
    bench.close()


def test_a_service_that_asks_for_too_long_is_not_asked_again(tmp_path):
    bench = Bench(tmp_path)
    reports, requests, _ = asyncio.run(with_real_tool(bench, LOOK.replace("RETRIES", "2"), 1, faults=("busy:A,seconds=3600",)))
    assert reports[0].status is RunStatus.FAILED
    assert requests == 2
    bench.close()
