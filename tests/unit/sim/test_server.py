"""The simulator's server, spoken to over a socket by a client that others wrote."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx2
import pytest

from avops.errors import AvopsError, UsageError
from avops.sim.server import Simulator, serve
from avops.sim.site import RoomSpec, Site

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SITE = Site(
    rooms=(
        RoomSpec(room="A", name="A", zoom_id="zr-a", display_host="display-a", calendar="a@x", site="hq"),
        RoomSpec(room="B", name="B", zoom_id="zr-b", display_host="display-b", calendar="b@x", site="lisbon"),
    ),
    warm_up_s=0,
)


def with_client(use: Callable[[httpx2.AsyncClient, Simulator], Awaitable[None]], *faults: str) -> None:
    async def main() -> None:
        simulator = await serve(site=SITE, faults=faults)
        try:
            async with httpx2.AsyncClient(base_url=simulator.url, trust_env=False) as client:
                await use(client, simulator)
        finally:
            await simulator.close()

    asyncio.run(main())


def test_rooms_by_site_and_state():
    async def use(client, simulator):
        assert (await client.get("/rooms")).json()["count"] == 2
        assert (await client.get("/rooms", params={"site": "hq"})).json()["rooms"][0]["room"] == "A"
        await client.post("/state", json={"room": "B", "status": "Offline"})
        assert (await client.get("/rooms", params={"status": "Offline"})).json()["rooms"][0]["room"] == "B"

    with_client(use)


def test_the_journal_keeps_what_changes_in_order_with_its_request_id():
    async def use(client, simulator):
        await client.get("/rooms/A")
        await client.put("/displays/display-a/power", json={"power": "on"}, headers={"X-Request-Id": "abc"})
        await client.post("/rooms/zr-b/restart")
        entries = (await client.get("/journal")).json()["entries"]
        assert [(e["seq"], e["operation"], e["room"], e["done"]) for e in entries] == [
            (1, "set_power", "A", True),
            (2, "restart_room", "B", True),
        ]
        assert entries[0]["request_id"] == "abc"
        assert entries[0]["body"] == {"power": "on"}

    with_client(use)


def test_a_request_that_was_dropped_is_in_the_journal_too():
    async def use(client, simulator):
        for done, fault in ((False, "drop_before"), (True, "drop_after")):
            await client.post("/faults", json={"kind": fault, "times": 1})
            with pytest.raises(httpx2.TransportError):
                await client.put("/displays/display-a/power", json={"power": "on"})
            assert simulator.journal[-1].done is done

    with_client(use)


def test_faults_are_switched_on_and_off_at_run_time():
    async def use(client, simulator):
        shown = await client.post("/faults", json={"kind": "error", "room": "A", "action": "get_power", "status": 502})
        assert shown.json()["faults"][0]["status"] == 502
        assert (await client.get("/displays/display-a/power")).status_code == 502
        assert (await client.get("/displays/display-b/power")).status_code == 200
        assert (await client.get("/rooms/A")).status_code == 200
        assert (await client.delete("/faults")).json() == {"faults": []}
        assert (await client.get("/displays/display-a/power")).status_code == 200

    with_client(use)


def test_a_fault_strikes_so_many_times():
    async def use(client, simulator):
        assert [(await client.get("/rooms/A")).status_code for _ in range(3)] == [500, 500, 200]

    with_client(use, "error:A:get_room,times=2")


def test_a_dark_display_over_http():
    async def use(client, simulator):
        assert (await client.put("/displays/display-a/power", json={"power": "on"})).status_code == 200
        assert (await client.get("/displays/display-a/power")).json()["power"] == "off"
        await client.put("/displays/display-b/power", json={"power": "on"})
        assert (await client.get("/displays/display-b/power")).json()["power"] == "on"

    with_client(use, "display_dark:A")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", b"", 404),
        ("GET", "/rooms/nowhere", b"", 404),
        ("DELETE", "/rooms/A", b"", 405),
        ("GET", "/displays/a%2Fb/power", b"", 404),
        ("PUT", "/displays/display-a/power", b"not json", 400),
        ("PUT", "/displays/display-a/power", b"[1]", 400),
        ("POST", "/faults", b'{"kind": "dark"}', 400),
        ("POST", "/state", b'{"room": "A", "status": "Asleep"}', 400),
        ("PUT", "/journal", b"", 405),
    ],
)
def test_what_is_rejected(method, path, body, status):
    async def use(client, simulator):
        answer = await client.request(method, path, content=body)
        assert answer.status_code == status
        assert answer.json()["error"]["message"]

    with_client(use)


def test_a_hundred_connections_at_once():
    async def use(client, simulator):
        answers = await asyncio.gather(*(client.get("/rooms/A") for _ in range(100)))
        assert {answer.status_code for answer in answers} == {200}

    with_client(use)


def test_closing_ends_open_connections_and_frees_the_port():
    async def main() -> None:
        simulator = await serve(site=SITE, faults=["slow:A,seconds=3600"])
        async with httpx2.AsyncClient(base_url=simulator.url, trust_env=False) as client:
            waiting = asyncio.create_task(client.put("/displays/display-a/power", json={"power": "on"}))
            while not simulator.journal:
                await asyncio.sleep(0)
            await simulator.close()
            await simulator.close()
            with pytest.raises(httpx2.TransportError):
                await waiting
        again = await serve(port=simulator.port, site=SITE)
        with pytest.raises(AvopsError, match="cannot listen"):
            await serve(port=again.port, site=SITE)
        await again.close()

    asyncio.run(main())


def test_a_fault_for_a_room_that_is_not_there():
    with pytest.raises(UsageError, match="there is no room 'Z'"):
        asyncio.run(serve(site=SITE, faults=["slow:Z"]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_program_says_its_port_and_ends_when_told(number):
    code = "from avops.sim.main import main; main(port=0, ready=lambda sim: print(sim.port, flush=True))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment) as program:
        assert program.stdout is not None
        port = int(program.stdout.readline())
        assert httpx2.get(f"http://127.0.0.1:{port}/health", trust_env=False).json() == {"ok": True, "rooms": 6}
        program.send_signal(number)
        assert program.wait(timeout=30) == 0
