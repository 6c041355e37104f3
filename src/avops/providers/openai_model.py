"""OpenAI's models by its Responses API, and any server that speaks its Chat Completions API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from avops.providers import openai_chat, openai_responses
from avops.providers.remote import RemoteModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    import httpx2

    from avops.model.conversation import ModelReply, ModelRequest
    from avops.providers.endpoint import Endpoint
    from avops.providers.prices import Prices
    from avops.providers.retry import Patience

OPENAI_URL = "https://api.openai.com/v1"

Dialect = Literal["responses", "chat"]


class OpenAiModel(RemoteModel):
    """A model of OpenAI (`responses`), or of a server that other people wrote after it (`chat`).

    OpenAI is told to keep nothing (`store: false`). Manual: developers.openai.com/api/docs, Responses and Chat Completions.
    """

    provider = "openai"

    def __init__(
        self,
        model: str,
        endpoint: Endpoint,
        *,
        dialect: Dialect = "responses",
        prices: Prices | None = None,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(model, endpoint, prices=prices, patience=patience)
        self._dialect = openai_responses if dialect == "responses" else openai_chat

    def _sdk(self) -> ModuleType:
        import openai

        return openai

    def _open(self, connection: httpx2.AsyncClient) -> Any:
        from openai import AsyncOpenAI

        # The connection sends the key, or none; an empty text keeps the SDK from looking for one in the environment.
        return AsyncOpenAI(
            api_key="unused",
            admin_api_key="",
            organization="",
            project="",
            webhook_secret="",
            base_url=self._endpoint.url,
            timeout=connection.timeout,
            max_retries=0,
            http_client=connection,
        )

    async def _send(self, client: Any, request: ModelRequest) -> Any:
        return await self._dialect.send(client, self._model, request)

    async def _hear(self, stream: Any, request: ModelRequest, tell: Callable[[str], None]) -> ModelReply | None:
        reply: ModelReply | None = await self._dialect.hear(stream, tell, endpoint=self._endpoint, usage=self._usage)
        return reply
