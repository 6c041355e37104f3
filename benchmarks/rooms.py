"""One recipe over 1,000 rooms, 100 at once, ten calls each, every answer after 50 ms: beside the ideal time."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from avops import wiring
from avops.model.run import RunStatus, Trigger
from avops.project.project import find_project
from avops.report.silent import Silent
from avops.wiring.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOMS, PARALLEL, CALLS, DELAY_S = 1000, 100, 10, 0.05
SERVER = """
import asyncio
from avops.sim.server import serve
from avops.sim.site import numbered_site
async def main():
    simulator = await serve("127.0.0.1", 0, numbered_site(%d, delay_s=%r))
    print(simulator.port, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
TOOL = """name: zoom
kind: http
base_url: http://127.0.0.1:%d
private: true
actions:
  get_room: {effect: read, input: {room_id: {type: string}}, output: {type: object}, request: {path: "/rooms/{room_id}"}}
"""
STEP = '  - {id: r%d, tool: zoom.get_room, with: {room_id: "{{ room.zoom_id }}"}}\n'


def _project(folder: Path, port: int) -> Workspace:
    for name in ("agents", "recipes", "tools"):
        (folder / name).mkdir()
    (folder / "avops.yaml").write_text("name: Many rooms\n", encoding="utf-8")
    (folder / "tools/zoom.yaml").write_text(TOOL % port, encoding="utf-8")
    (folder / "agents/bot.yaml").write_text("name: Bot\ntools: {zoom: [get_room]}\n", encoding="utf-8")
    steps = "".join(STEP % index for index in range(CALLS))
    recipe = f"name: Look\nroom: required\nverify:\n{steps}  - {{check: r0.status is defined}}\n"
    (folder / "recipes/look.yaml").write_text(recipe, encoding="utf-8")
    from avops.sim.site import numbered_site

    rows = "".join(f"{spec.room},{spec.zoom_id}\n" for spec in numbered_site(ROOMS).rooms)
    (folder / "rooms.csv").write_text(f"room,zoom_id\n{rows}", encoding="utf-8")
    return Workspace(find_project(folder))


def measure() -> Mapping[str, float]:
    """Seconds, and the ratio to the ideal."""
    server = subprocess.Popen([sys.executable, "-c", SERVER % (ROOMS, DELAY_S)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with tempfile.TemporaryDirectory() as name:
            workspace = _project(Path(name), port)
            fleet = wiring.fleet_of(workspace, "rooms", parallel=PARALLEL)
            request = wiring.RunRequest(agent="Bot", recipe="Look", inputs={}, trigger=Trigger.MANUAL, fleet=fleet)
            began = time.perf_counter()
            report = wiring.run_once(workspace, request, Silent())
            took = time.perf_counter() - began
            assert report.status is RunStatus.SUCCESS, report
    finally:
        server.kill()
        server.wait()
    ideal = ROOMS * CALLS * DELAY_S / PARALLEL
    return {"1,000 rooms x 10 calls x 50 ms, 100 at once, s": took, "1,000 rooms, times the ideal": took / ideal}


if __name__ == "__main__":
    print(measure())
