"""Simulated devices that speak HTTP: requests are split off what arrives, and answered in their order."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from avops.sim.device import SimulatedDevice

if TYPE_CHECKING:
    from avops.sim.device import Conversation

_LENGTH = re.compile(rb"^content-length:\s*(\d+)\s*$", re.IGNORECASE | re.MULTILINE)
_AUTHORIZATION = re.compile(rb"^authorization:\s*(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAnswer:
    """One answer of a device."""

    status: int = 200
    body: bytes = b""
    media_type: str = "text/plain"


class SimulatedHttpDevice(SimulatedDevice):
    """A device that answers one request after the other; the journal holds `METHOD TARGET`, a line end, and the body."""

    garbage = b"\x00\xff\x13 this is no HTTP \r\n\r\n"

    def greet(self, conversation: Conversation) -> bytes:
        """Nothing is said before a request."""
        return b""

    def split(self, arrived: bytearray, conversation: Conversation) -> bytes | None:
        """A whole request, without its headers; what it says of itself under Authorization is noted."""
        head, blank, rest = bytes(arrived).partition(b"\r\n\r\n")
        if not blank:
            return None
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if len(rest) < length:
            return None
        del arrived[: len(head) + len(blank) + length]
        authorization = _AUTHORIZATION.search(head)
        conversation.notes["authorization"] = authorization[1].decode("latin-1") if authorization else ""
        words = head.partition(b"\r\n")[0].split(b" ")
        return b" ".join(words[:2]) + b"\n" + rest[:length]

    def answer(self, conversation: Conversation, command: str) -> bytes:
        """The answer to one request; 401 when a fault refuses the login."""
        line, _, body = command.partition("\n")
        method, _, target = line.partition(" ")
        if conversation.login_refused:
            conversation.ends = True  # the next connection may log in
            return encode(DeviceAnswer(status=401), close=True)
        return encode(self.handle(method, target, conversation.notes["authorization"], body))

    @abstractmethod
    def handle(self, method: str, target: str, authorization: str, body: str) -> DeviceAnswer:
        """What the device makes of a request, its effects included."""


def encode(answer: DeviceAnswer, *, close: bool = False) -> bytes:
    """The bytes of an answer (RFC 9112, 2.1); one without content has no body (RFC 9110, 15.3.5)."""
    start = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
    if answer.status == 204:
        return f"{start}\r\n".encode()
    ends = "Connection: close\r\n" if close else ""
    head = f"{start}{ends}Content-Type: {answer.media_type}\r\nContent-Length: {len(answer.body)}\r\n\r\n"
    return head.encode() + answer.body
