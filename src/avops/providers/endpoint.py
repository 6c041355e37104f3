"""Where a model is asked, with which key, and over what connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from avops import __version__
from avops.errors import ModelError

if TYPE_CHECKING:
    import httpx2

CONNECT_TIMEOUT_S = 10.0
SILENCE_TIMEOUT_S = 300.0
"""A model that thinks sends nothing for minutes; whoever asks bounds the whole answer."""

SENT_HEADERS = frozenset(
    {
        "accept",
        "anthropic-version",
        "connection",
        "content-length",
        "content-type",
        "transfer-encoding",
    }
)
"""What is kept of the headers an SDK makes; the others describe this machine, or come from variables of the environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A model server. `url` has the path below which its API lies; `key` None sends none; `key_name` is how messages call it."""

    url: str
    key: str | None = field(default=None, repr=False)
    key_name: str = "the key"

    @property
    def host(self) -> str:
        """Host and port, as a person reads them."""
        return urlsplit(self.url).netloc


def open_connection(endpoint: Endpoint) -> httpx2.AsyncClient:
    """A client whose requests have the endpoint's key and nothing of the environment but a proxy.

    `HTTPS_PROXY` and `NO_PROXY` are heeded for `https` (the proxy sees the host and encrypted bytes), `SSL_CERT_FILE` for
    certificates. Redirects are not followed, so that the key goes nowhere else. Raises ModelError for a proxy that cannot be used.
    """
    import httpcore2
    import httpx2

    from avops.providers.bounded import BoundedTransport

    async def dress(request: httpx2.Request) -> None:
        for name in [name for name in request.headers if name.lower() not in SENT_HEADERS]:
            del request.headers[name]
        request.headers["Host"] = endpoint.host
        request.headers["Accept-Encoding"] = "identity"
        request.headers["User-Agent"] = f"avops/{__version__}"
        if endpoint.key:
            request.headers["Authorization"] = f"Bearer {endpoint.key}"

    secure = urlsplit(endpoint.url).scheme == "https"
    try:
        verify = httpcore2.default_ssl_context() if secure else False
        return httpx2.AsyncClient(
            transport=BoundedTransport(httpx2.AsyncHTTPTransport(verify=verify, proxy=proxy_for(endpoint.url), trust_env=False)),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(SILENCE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S, pool=CONNECT_TIMEOUT_S),
            event_hooks={"request": [dress]},
        )
    except (ImportError, ValueError):
        raise ModelError("the proxy in 'HTTPS_PROXY' cannot be used", hint="write http://HOST:PORT there, or unset it") from None


def proxy_for(url: str) -> str | None:
    """The proxy that requests to a URL go through, by `HTTPS_PROXY` and `NO_PROXY`; none for plain `http`."""
    from urllib.request import getproxies_environment, proxy_bypass

    parts = urlsplit(url)
    return getproxies_environment().get("https") if parts.scheme == "https" and not proxy_bypass(parts.netloc) else None
