"""What holds for all tests: no socket leaves this machine, and property tests are the same at every run in CI."""

from __future__ import annotations

import os
import socket
import sys
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")

_connect = socket.socket.connect


def _is_near(address: Any) -> bool:
    if isinstance(address, str | bytes):
        return True
    host = str(address[0])
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True, scope="session")
def _nothing_leaves_this_machine() -> Iterator[None]:
    """Connections to anything but loopback and local sockets are refused."""

    def connect(self: socket.socket, address: Any) -> None:
        if not _is_near(address):
            raise OSError(f"a test tried to reach {address}")
        _connect(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign]  # for the length of the session
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]  # as it was


@pytest.fixture(autouse=True)
def _no_secret_of_another_test() -> Iterator[None]:
    """What one test was given as a secret may be an ordinary word in the next."""
    yield
    known = sys.modules.get("avops.connectors.secrets")
    if known is not None:
        known._handed_out_here.clear()
