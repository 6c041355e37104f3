"""What the tools of all device kinds share: which device a call is for, and what may reach it.

The address of a device comes from its manifest, or from the argument `host`, which recipes fill from the room list. What a
tool answered never names one: the argument is marked in the action's schema for lint and engine, the manifest's `hosts`
bound it here, and a secret is not sent without such a bound.
"""

from __future__ import annotations

import asyncio
import fnmatch
import ipaddress
import re
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from avops.connectors.arguments import complete
from avops.connectors.rate import RateLimit
from avops.errors import AvopsError, ToolError
from avops.model.effect import Effect
from avops.model.tool import HOST, DeviceTool
from avops.ports import HealthReport
from avops.project.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avops.model.tool import ActionBase, ToolBase
    from avops.ports import Clock, SecretSource

HEALTH_TIMEOUT_S = 10.0
_HOST = re.compile(HOST)
# C0, DEL and C1 controls, and what Unicode counts as the end of a line.
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")

M = TypeVar("M", bound=DeviceTool)


@dataclass(frozen=True, slots=True)
class Device:
    """Where a device is."""

    host: str
    port: int

    def __str__(self) -> str:
        return self.host


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One call, as it goes to a device."""

    action: str
    spec: ActionBase
    device: Device
    arguments: Mapping[str, object]

    @property
    def reads(self) -> bool:
        """True when the action only looks, so that it may be asked again."""
        return self.spec.effect is Effect.READ

    @property
    def lost(self) -> str:
        """What is known of the action when its answer is lost: `ToolError.happened`."""
        return "no" if self.reads else "unknown"


class ConnectedDevices(ABC, Generic[M]):
    """A `Tool` for the devices of one manifest."""

    health_action: ClassVar[str] = ""
    """The read that shows whether a device is there."""

    def __init__(self, manifest: M, secrets: SecretSource, clock: Clock) -> None:
        self.manifest = manifest
        self.clock = clock
        self._secrets = secrets
        self._limit = RateLimit(manifest.rate_limit, clock) if manifest.rate_limit else None

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        """The result of one action; see `Tool.call`."""
        spec = self.manifest.actions.get(action)
        if spec is None:
            known = ", ".join(sorted(self.manifest.actions))
            raise ToolError(f"'{self.manifest.name}' has no action '{action}'; expected one of: {known}")
        given = complete(spec, arguments)
        refuse_control_characters(given)
        device = find_device(self.manifest, given.pop("host", None) if self.manifest.host is None else self.manifest.host)
        if self._limit is not None:
            await self._limit.take()
        return await self.perform(Order(action=action, spec=spec, device=device, arguments=given))

    async def health(self) -> HealthReport:
        """Whether the device answers. A manifest without a host has no device to ask, and its report says so."""
        started = time.perf_counter()
        health = self.manifest.health
        action = (health.action if health is not None else None) or self.health_action
        if self.manifest.host is None:
            return HealthReport(ok=True, latency_s=0.0, detail="no device was asked: its file names no host, its calls do")
        ok, detail, hint = True, f"'{action}' answered", None
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT_S):
                await self.call(action, {})
        except AvopsError as error:
            ok, detail, hint = False, error.message, error.hint or "is the device switched on and on this network?"
        except TimeoutError:
            ok, detail = False, f"'{self.manifest.host}' did not answer within {HEALTH_TIMEOUT_S:.0f} s"
            hint = "is the device switched on and on this network?"
        return HealthReport(ok=ok, latency_s=time.perf_counter() - started, detail=detail, hint=hint)

    async def close(self) -> None:
        """Ends what is open."""

    @abstractmethod
    async def perform(self, order: Order) -> object:
        """The result of one order; the arguments are complete and hold no control characters."""

    def secret(self, reference: str | None) -> str | None:
        """The secret behind a reference of the manifest, None without one; ToolError when it cannot be had or sent."""
        if reference is None:
            return None
        try:
            value = self._secrets.resolve(reference)
        except AvopsError as error:
            raise ToolError(error.message, hint=error.hint) from None
        if _CONTROL.search(value):
            raise ToolError(f"the secret '{reference}' holds control characters", hint="set it again, without the end of a line")
        return value


class DeviceConnector(Generic[M]):
    """Makes tools of one device kind; a subclass says of which manifest and as what."""

    manifest_type: type[M]
    tool_type: type[ConnectedDevices[M]]

    def __init__(self, *, project_root: Path | None = None, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def open(self, manifest: ToolBase, secrets: SecretSource) -> ConnectedDevices[M]:
        """A tool that connects when it is first called."""
        if not isinstance(manifest, self.manifest_type):
            raise AvopsError(f"'{manifest.name}' is not a tool of this kind")
        return self.tool_type(manifest, secrets, self._clock)


def find_device(manifest: DeviceTool, host: object) -> Device:
    """The device that a call is for; ToolError for a host that is none or that the manifest does not allow."""
    text = str(host or "")
    if not _HOST.fullmatch(text):
        raise ToolError(f"'{text[:60]}' is not a host", hint="the room list or the tool's file names the devices")
    name, port = text, getattr(manifest, "port", 0)
    if text.startswith("["):
        name, _, rest = text[1:].partition("]")
        port = int(rest[1:]) if rest else port
    elif ":" in text:
        name, _, number = text.partition(":")
        port = int(number)
    if not 0 < port < 65536:
        raise ToolError(f"'{port}' is not a port, from 1 to 65535")
    if manifest.host is None and manifest.hosts and not any(_is_within(name, each) for each in manifest.hosts):
        allowed = ", ".join(sorted(manifest.hosts))
        raise ToolError(f"'{manifest.name}' may not reach '{name}'; expected one of: {allowed}", hint="add it under 'hosts' of the tool")
    return Device(name, port)


def _is_within(name: str, allowed: str) -> bool:
    """True for the host itself, one below the domain of `*.…`, and an address in a network."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return fnmatch.fnmatchcase(name.casefold().rstrip("."), allowed.casefold())
    try:
        return address in ipaddress.ip_network(allowed, strict=False)
    except (ValueError, TypeError):
        return False


def refuse_control_characters(value: object, name: str = "") -> None:
    """ToolError when a text anywhere in the arguments could end or begin a command of its own."""
    if isinstance(value, str):
        if _CONTROL.search(value):
            raise ToolError(f"the value of '{name}' holds control characters, which no device line may carry")
    elif isinstance(value, dict):
        for key, each in value.items():
            refuse_control_characters(key, name or str(key))
            refuse_control_characters(each, name or str(key))
    elif isinstance(value, list):
        for each in value:
            refuse_control_characters(each, name)


def hint_of(error: ToolError) -> ToolError:
    """The error of a connection that was not made, with a hint for devices in place of that for web services."""
    return ToolError(error.message, hint="is the device switched on and on this network, and are 'host' and 'port' right?")
