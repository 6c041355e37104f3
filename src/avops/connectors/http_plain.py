"""The plainest form of an HTTP/1.1 message, written and read without h11, which takes six times as long.

Nearly all that APIs say has this form: a head of well-formed lines, one `Content-Length`, a connection that stays open.
Whatever differs in anything gives None here, and h11 judges it; a test holds that h11 reads the same in all that is
taken here. RFC 9112, sections 3 to 6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TEXT = rb"[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?"
_REQUEST = re.compile(rb"%b [\x21-\x7e]+ HTTP/1\.1\r\n(?:%b: (?:%b)?\r\n)+\r\n" % (_TOKEN, _TOKEN, _TEXT))
_ANSWER = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9]) (?:[\t\x20-\x7e\x80-\xff]*)\r\n((?:%b:[\t ]*(?:%b)?[\t ]*\r\n)*)\r\n" % (_TOKEN, _TEXT))
_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(rb"[0-9]{1,15}")
# A 204 and a 304 have no body whatever they say of its length.
_WITHOUT_BODY = frozenset({204, 304})
_OTHERWISE = frozenset({"CONNECT", "HEAD"})
"""Methods whose answers are framed in another way."""
_OTHERWISE_FRAMED = frozenset({b"transfer-encoding", b"upgrade"})


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before an answer's body: header names are lower-case, `length` is the body's in bytes."""

    status_code: int
    headers: list[tuple[bytes, bytes]]
    length: int


def write_head(method: str, target: str, headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
    """The head of a request; None for one that is not of the plainest form, or that HTTP cannot carry."""
    if method in _OTHERWISE or not target.isascii():
        return None
    lines = [b"%b: %b\r\n" % line for line in headers]
    head = f"{method} {target} HTTP/1.1\r\n".encode() + b"".join(lines) + b"\r\n"
    # A line break in a value would make another line, so that lines are counted.
    if head.count(b"\n") != len(lines) + 2 or _REQUEST.fullmatch(head) is None:
        return None
    return head


def end_of_head(data: bytes | bytearray) -> int | None:
    """Where the body begins; None while the head is not complete.

    Simple devices end their lines with a bare line feed, and what begins with a control character is no HTTP at all: both
    are h11's to judge, and must not be waited on for an end that does not come. RFC 9112, section 2.2.
    """
    if (end := data.find(b"\r\n\r\n") + 4) >= 4:
        return end
    if data and data[0] < 0x20:
        return 0
    found = _END.search(data)
    return None if found is None else found.end()


def read_head(head: bytes | bytearray) -> Head | None:
    """What an answer's head says, up to and with its empty line; None for one that is not of the plainest form."""
    found = _ANSWER.fullmatch(head)
    if found is None or (status := int(found[1])) in _WITHOUT_BODY:
        return None
    headers: list[tuple[bytes, bytes]] = []
    length: bytes | None = None
    for line in found[2].split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if name == b"content-length":
            if length is not None or _LENGTH.fullmatch(value) is None:
                return None
            length = value
        elif name in _OTHERWISE_FRAMED or (name == b"connection" and value.lower() != b"keep-alive"):
            return None
        headers.append((name, value))
    return None if length is None else Head(status, headers, int(length))
