"""The simulated devices by kind: what each can be told in a site file, and how it is made."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from avops.sim.device import SimulatedDevice

KINDS = {
    "pjlink": "avops.sim.pjlink:SimulatedProjector",
    "qrc": "avops.sim.qrc:SimulatedCore",
    "shure": "avops.sim.shure:SimulatedShure",
    "sis": "avops.sim.sis:SimulatedSwitcher",
    "tesira": "avops.sim.tesira:SimulatedTesira",
}


def make_device(kind: str, state: Mapping[str, object], now: Callable[[], datetime] | None = None) -> SimulatedDevice:
    """A device that does not listen yet, with its state at the start; UsageError for a kind or a state that there is not."""
    if kind not in KINDS:
        raise UsageError(f"'{kind}' is no kind of simulated device; expected one of: {', '.join(sorted(KINDS))}")
    module, _, name = KINDS[kind].partition(":")
    factory: Callable[..., SimulatedDevice] = getattr(import_module(module), name)
    known = set(inspect.signature(factory).parameters) - {"now"}
    if unknown := sorted(set(state) - known):
        raise UsageError(f"'{unknown[0]}' is no property of a simulated {kind}; expected one of: {', '.join(sorted(known))}")
    try:
        return factory(**state, now=now)
    except (TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"a simulated {kind} cannot be made from its description: {error}") from None
