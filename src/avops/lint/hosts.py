"""Hosts of URLs: which of them lie on the public internet."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

_PRIVATE_ENDINGS = (".example", ".home.arpa", ".internal", ".intranet", ".invalid", ".lan", ".local", ".localhost", ".test")


def host_of(url: str) -> str:
    """The host of a URL in lower case; empty when there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def is_public(host: str) -> bool:
    """False for private and loopback addresses, single words, and names that no public server has."""
    if not host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_PRIVATE_ENDINGS)


def is_below(host: str, domain: str) -> bool:
    """True when a host is a domain or lies below it; a leading `*.` or `.` of the domain does not count."""
    wanted = domain.lower().removeprefix("*").strip(".")
    return bool(wanted) and (host == wanted or host.endswith(f".{wanted}"))
