"""`avops sim`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from avops.sim.server import Simulator

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Simulate a site of rooms on this machine."


@app.command(help=f"{HELP}\n\nExample: avops sim --fault display_dark:HQ-1")
def sim(
    port: Annotated[int, typer.Option("--port", help="The port on 127.0.0.1; 0 takes a free one. The starter's tools expect 8765.")] = 8765,
    site: Annotated[
        Path | None,
        typer.Option("--site", metavar="FILE", help="A YAML file that describes the site, or a room list; default: the project's."),
    ] = None,
    fault: Annotated[
        list[str] | None, typer.Option("--fault", metavar="FAULT", help="A fault that is on from the start, such as display_dark:HQ-1.")
    ] = None,
) -> int:
    """Serves until Ctrl-C; the first line on standard output is the address."""
    from avops import wiring
    from avops.sim.main import main

    def ready(simulator: Simulator) -> None:
        print(f"http://127.0.0.1:{simulator.port}", flush=True)
        for name, device in simulator.devices.items():
            print(f"{name} listens on 127.0.0.1:{device.port}", file=sys.stderr)
        print("a simulated site; Ctrl-C ends it", file=sys.stderr)

    if site is None and (workspace := wiring.find_workspace()) is not None:
        own = workspace.root / workspace.settings.rooms
        site = own if own.is_file() else None
    main(port=port, site=site, faults=fault or [], ready=ready)
    return 0
