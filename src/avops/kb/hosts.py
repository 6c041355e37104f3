"""Which addresses a scout may read: hosts that a person allowed, over HTTPS, spelled without tricks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_URL = 2000
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")
_KEPT = "/%:@!$&'()*+,;=~-._?"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedHost:
    """A host that may be read, with every host below it; `port` None stands for the usual one."""

    host: str
    port: int | None = None

    @property
    def is_loopback(self) -> bool:
        """True for this machine itself: it may speak plain HTTP, on any port where none is named."""
        return is_loopback(self.host)

    def names(self, host: str) -> bool:
        """Whether the entry names this host, or one that it lies below."""
        return host == self.host or (host.endswith(f".{self.host}") and not _is_address(self.host))

    def covers(self, host: str, port: int) -> bool:
        """Whether the entry names this host and port."""
        if not self.names(host):
            return False
        return port == self.port if self.port is not None else self.is_loopback or port == 443

    def __str__(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A checked address. `host` is lower-case and in its ASCII form; `target` is path and query, percent-encoded."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def url(self) -> str:
        """The address as one text, the same for all its spellings."""
        usual = self.port == {"https": 443, "http": 80}[self.scheme]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}{'' if usual else f':{self.port}'}{self.target}"

    @property
    def is_loopback(self) -> bool:
        """True for this machine itself."""
        return is_loopback(self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Why an address is not read."""

    reason: str


def allowed_hosts(entries: Iterable[str]) -> tuple[AllowedHost, ...]:
    """The hosts that a person named: `support.zoom.com`, `*.zoom.com`, `localhost:8080`. UsageError for what is no host."""
    found: dict[AllowedHost, None] = {}
    for entry in entries:
        for word in entry.split(","):
            if word.strip():
                found[_allowed(word.strip())] = None
    return tuple(found)


def _allowed(word: str) -> AllowedHost:
    problem = UsageError(f"'{word}' is no domain", hint="write host names with commas between them, such as support.zoom.com,logitech.com")
    if "/" in word or "@" in word:
        raise problem
    bare = word.removeprefix("*.")
    try:
        parts = urlsplit(f"//{f'[{bare}]' if bare.count(':') > 1 and '[' not in bare else bare}")
        host, port = normal_host(parts.hostname or ""), parts.port
    except ValueError:
        raise problem from None
    if host is None or ("." not in host and not is_loopback(host) and ":" not in host):
        raise problem
    return AllowedHost(host=host, port=port)


def normal_host(host: str) -> str | None:
    """The host in lower case and in its ASCII form (IDNA), without the dot at its end; None for what is no host."""
    try:
        plain = host.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    if ":" in plain:
        return plain if _is_address(plain) else None
    return plain if len(plain) <= 253 and _HOST.fullmatch(plain) else None


def is_loopback(host: str) -> bool:
    """Whether the host's name alone says that it is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def judge_url(url: str, allow: Sequence[AllowedHost], denied: Sequence[str] = ()) -> Address | Rejected:
    """The address to read, or why it is not read."""
    # What follows is decided on the very parts that the request is made of; nothing parses the text a second time.
    if len(url) > MAX_URL or not url.isprintable() or any(letter in url for letter in " \\<>\"'`{}|^"):
        return Rejected(reason="its address has characters that no address has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return Rejected(reason="it is no address")
    if parts.scheme not in ("https", "http"):
        return Rejected(reason=f"its scheme '{parts.scheme}' is not https")
    if "@" in parts.netloc:
        return Rejected(reason="its address holds a user name")
    host = normal_host(parts.hostname or "")
    if host is None:
        return Rejected(reason="its host is no host name")
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    if denied_by(host, denied):
        return Rejected(reason=f"'{host}' is denied by policy.denied_domains")
    near = [each for each in allow if each.names(host)]
    if not near:
        return Rejected(reason=f"'{host}' is not among the allowed domains")
    if parts.scheme == "http" and not is_loopback(host):
        return Rejected(reason="it is not https")
    if not any(each.covers(host, port) for each in near):
        return Rejected(reason=f"port {port} of '{host}' is not among the allowed domains")
    target = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    return Address(scheme=parts.scheme, host=host, port=port, target=target)


def denied_by(host: str, denied: Sequence[str]) -> bool:
    """Whether a policy's domains name the host, or one that it lies below."""
    domains = [normal_host(domain.strip().removeprefix("*.").lstrip(".")) or domain for domain in denied]
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def judge_link(base: Address, link: str, allow: Sequence[AllowedHost], denied: Sequence[str] = ()) -> Address | Rejected:
    """The address that a redirect leads to, or why it is not followed; from https it never leads to http."""
    try:
        there = judge_url(urljoin(base.url, link.strip()), allow, denied)
    except ValueError:
        return Rejected(reason="it leads to no address")
    if isinstance(there, Address) and base.scheme == "https" and there.scheme != "https":
        return Rejected(reason="it is not https")
    return there
