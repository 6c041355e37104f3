"""The simulator as a program: it runs until it is interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

from avops.sim.server import serve
from avops.sim.site import load_site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from avops.sim.server import Simulator

DEFAULT_PORT = 8765
"""The port that the starter's tools point to."""


def main(
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    site: Path | None = None,
    faults: Sequence[str] = (),
    ready: Callable[[Simulator], None] = lambda simulator: None,
) -> None:
    """Serves a site until SIGINT or SIGTERM; `ready` is told once it listens.

    Raises AvopsError for a site that cannot be read, a fault that is none and a port that is taken.
    """
    asyncio.run(_run(host, port, site, faults, ready))


async def _run(host: str, port: int, site: Path | None, faults: Sequence[str], ready: Callable[[Simulator], None]) -> None:
    simulator = await serve(host, port, load_site(site), faults)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows; there Ctrl-C ends asyncio.run itself
            loop.add_signal_handler(number, stop.set)
    try:
        ready(simulator)
        await stop.wait()
    finally:
        await simulator.close()
