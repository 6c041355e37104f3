"""The simulated devices by kind: what each can be told in a site file, and how it is made."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from avops.errors import UsageError
from avops.sim.device import device_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from avops.sim.device import DeviceFault, SimulatedDevice

KINDS = {
    "companion": "avops.sim.companion:SimulatedCompanion",
    "pjlink": "avops.sim.pjlink:SimulatedProjector",
    "qrc": "avops.sim.qrc:SimulatedCore",
    "roomos": "avops.sim.roomos:SimulatedCodec",
    "shure": "avops.sim.shure:SimulatedShure",
    "sis": "avops.sim.sis:SimulatedSwitcher",
    "tesira": "avops.sim.tesira:SimulatedTesira",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSpec:
    """One simulated device of a site: its kind, where it listens on the loopback interface, its state and its faults."""

    kind: str
    name: str
    port: int = 0
    state: Mapping[str, object] = field(default_factory=dict)
    faults: tuple[DeviceFault, ...] = ()


def device_spec(data: object) -> DeviceSpec:
    """A device of a site file: `kind`, and perhaps `name`, `port`, `faults`, and whatever that kind of device has as state.

    Raises UsageError for what makes no device.
    """
    if not isinstance(data, dict) or not isinstance(data.get("kind"), str):
        raise UsageError(f"every device of a site needs its 'kind'; expected one of: {', '.join(sorted(KINDS))}")
    kind, port, faults = str(data["kind"]), data.get("port", 0), data.get("faults") or []
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65535:
        raise UsageError(f"'{port}' is not a port, from 0 to 65535")
    if not isinstance(faults, list):
        raise UsageError(f"'faults' of the device '{kind}' is a list")
    state = {str(key): value for key, value in data.items() if key not in ("faults", "kind", "name", "port")}
    make_device(kind, state)  # said now, not when the simulator is running
    return DeviceSpec(
        kind=kind, name=str(data.get("name") or kind), port=port, state=state, faults=tuple(device_fault(fault) for fault in faults)
    )


def device_specs(data: object) -> tuple[DeviceSpec, ...]:
    """The devices of a site file, whose names differ; a device without a name has that of its kind."""
    if not isinstance(data, list):
        raise UsageError("'devices' is a list of mappings, each with a 'kind'")
    specs: dict[str, DeviceSpec] = {}
    for each in data:
        spec = device_spec(each)
        if spec.name in specs:
            raise UsageError(f"the device '{spec.name}' is there twice", hint="give each a 'name'")
        specs[spec.name] = spec
    return tuple(specs.values())


async def start_device(spec: DeviceSpec, host: str, now: Callable[[], datetime] | None = None) -> SimulatedDevice:
    """The device, listening."""
    device = make_device(spec.kind, spec.state, now)
    device.faults += [device_fault({"kind": fault.kind, "command": fault.command, "times": fault.times}) for fault in spec.faults]
    await device.start(host, spec.port)
    return device


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
