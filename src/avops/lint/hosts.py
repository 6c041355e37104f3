"""Hosts of URLs: which of them lie on the public internet."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.rule import Path
    from avops.model.tool import ToolBase

_PRIVATE_ENDINGS = (".example", ".home.arpa", ".internal", ".intranet", ".invalid", ".lan", ".local", ".localhost", ".test")


def urls_of(tool: ToolBase) -> Iterator[tuple[Path, str]]:
    """Every URL that a tool's manifest sends requests to, with its place."""
    for key in ("base_url", "url"):
        url = getattr(tool, key, None)
        if isinstance(url, str):
            yield (key,), url
    auth = getattr(tool, "auth", None)
    if auth is not None and "token_url" in auth.model_fields_set:
        yield ("auth", "token_url"), auth.token_url


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
