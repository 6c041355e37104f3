"""What all models behind a network share: the connection, the retries, and answers that are whole or an error."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from avops.errors import ModelError
from avops.providers.endpoint import open_connection
from avops.providers.failure import Failure, broken_off, cut_short, judge, not_understood
from avops.providers.prices import Prices
from avops.providers.retry import Patience, patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    import httpx2

    from avops.model.conversation import ModelReply, ModelRequest, Usage
    from avops.providers.endpoint import Endpoint

_ODD = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading an answer of another form raises: the SDKs do not check what a server sends."""


class RemoteModel(ABC):
    """A model that an SDK speaks to. Every answer is streamed, so that no idle time cuts a long one off."""

    provider: str

    def __init__(self, model: str, endpoint: Endpoint, *, prices: Prices | None = None, patience: Patience | None = None) -> None:
        self._model = model
        self._endpoint = endpoint
        self._prices = prices or Prices()
        self._patience = patience or Patience()
        self._connection: httpx2.AsyncClient | None = None
        self._client: Any = None  # a client of an SDK, known only to the subclass
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def name(self) -> str:
        """Provider and model."""
        return f"{self.provider}:{self._model}"

    async def reply(self, request: ModelRequest, on_text: Callable[[str], None] | None = None) -> ModelReply:
        """The model's next turn; `on_text` hears the text as it comes."""
        from pydantic import ValidationError

        client = await self._connect()
        sdk = self._sdk()

        def judged(error: Exception) -> Failure | None:
            return judge(error, sdk, self._endpoint, self._model)

        stream = await patiently(lambda: self._send(client, request), judged, self._patience)
        listener = _Listener(on_text)
        try:
            answer = await self._hear(stream, request, listener)
        except ModelError:
            raise
        except (*_ODD, ValidationError) as error:
            if listener.failed is error:
                raise
            raise not_understood(self._endpoint) from None
        except Exception as error:
            if judged(error) is None or listener.failed is error:
                raise
            raise cut_short(error, sdk, self._endpoint) from None
        finally:
            await stream.close()
        if answer is None:
            raise broken_off(self._endpoint)
        return answer

    async def close(self) -> None:
        """Ends connections; a later `reply` connects anew."""
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            await connection.aclose()

    async def _connect(self) -> Any:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:  # connections of another loop cannot be used here
            self._connection = open_connection(self._endpoint)
            self._client = self._open(self._connection)
            self._loop = loop
        return self._client

    def _usage(self, told: int, written: int, *, cached: int = 0, stored: int = 0) -> Usage:
        """Tokens with their price; `cached` and `stored` are the part of `told` that was read from and written to a cache."""
        from avops.model.conversation import Usage

        cost = self._prices.cost(self._model, told, written, cached=cached, stored=stored)
        return Usage(input_tokens=told, output_tokens=written, cost_usd=cost)

    @abstractmethod
    def _sdk(self) -> ModuleType:
        """The SDK, imported now."""

    @abstractmethod
    def _open(self, connection: httpx2.AsyncClient) -> Any:
        """The SDK's client over the connection, without retries of its own and without anything of the environment."""

    @abstractmethod
    async def _send(self, client: Any, request: ModelRequest) -> Any:
        """The stream of an answer that has begun."""

    @abstractmethod
    async def _hear(self, stream: Any, request: ModelRequest, tell: Callable[[str], None]) -> ModelReply | None:
        """The whole answer; None when the stream ended before it."""


class _Listener:
    """Hands text on, and knows an exception of whoever listens from one of the answer."""

    def __init__(self, on_text: Callable[[str], None] | None) -> None:
        self._on_text = on_text
        self.failed: Exception | None = None

    def __call__(self, text: str) -> None:
        if self._on_text is None or not text:
            return
        try:
            self._on_text(text)
        except Exception as error:
            self.failed = error
            raise


def arguments_of(text: str) -> Mapping[str, object] | None:
    """The JSON object that a model wrote as arguments; None for anything else. Nothing at all is an empty object."""
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def count(value: object) -> int:
    """A count of tokens; 0 for anything that is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
