"""The language model that the project's settings name, with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import AvopsError, ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avops.connectors.secrets import EnvironmentSecrets
    from avops.model.conversation import ModelReply, ModelRequest, ToolRequest
    from avops.model.settings import Settings
    from avops.ports import Model
    from avops.providers.endpoint import Endpoint
    from avops.providers.prices import Prices
    from avops.wiring.workspace import Workspace


def find_model(workspace: Workspace, secrets: EnvironmentSecrets | None = None) -> Model | None:
    """The project's model, not connected yet; None when the settings name no provider.

    `secrets` is where the key is resolved and remembered for redaction; by default the environment and the project's `.env`.
    Raises ModelError when a provider is named and something else is missing (see `open_model`).
    """
    return None if workspace.settings.provider is None else open_model(workspace, secrets)


def open_model(workspace: Workspace, secrets: EnvironmentSecrets | None = None) -> Model:
    """The project's model, not connected yet; whoever opens it closes it.

    Raises ModelError, with the command that mends it, when no provider or model is named, when the policy denies the host,
    when nobody has trusted that the key goes there, and when the key is missing.
    """
    from avops.connectors.secrets import EnvironmentSecrets

    settings = workspace.settings
    if settings.provider is None:
        raise ModelError("no model is configured", hint="avops settings set provider openai|anthropic, then avops settings set model NAME")
    if settings.model is None:
        raise ModelError(f"no model of '{settings.provider}' is chosen", hint="avops settings set model NAME")
    secrets = secrets or EnvironmentSecrets(dotenv=workspace.root / ".env")
    return DiscreetModel(_provided(settings, settings.model, _endpoint(workspace, settings, secrets)), secrets)


def _provided(settings: Settings, name: str, endpoint: Endpoint) -> Model:
    from avops.project.trust import is_own_server

    prices = prices_here(settings)
    if settings.provider == "anthropic":
        from avops.providers.anthropic_model import AnthropicModel

        return AnthropicModel(name, endpoint, prices=prices)
    from avops.providers.openai_model import OpenAiModel

    return OpenAiModel(name, endpoint, dialect="responses" if is_own_server(settings) else "chat", prices=prices)


class DiscreetModel:
    """A model that is told no secret which avops has handed out in this process, whatever stands in the conversation."""

    def __init__(self, model: Model, secrets: EnvironmentSecrets) -> None:
        from avops.engine.redaction import Redactor

        self._model = model
        self._redactor = Redactor(lambda: secrets.handed_out)

    @property
    def name(self) -> str:
        """Provider and model."""
        return self._model.name

    async def reply(self, request: ModelRequest, on_text: Callable[[str], None] | None = None) -> ModelReply:
        """The model's next turn, to the request without its secrets: in words, in earlier calls, in the tools offered, in the schema."""
        from dataclasses import replace

        hide = self._redactor.text
        discreet = replace(
            request,
            instructions=hide(request.instructions),
            messages=tuple(
                replace(each, text=hide(each.text), requests=tuple(self._request(one) for one in each.requests))
                for each in request.messages
            ),
            tools=tuple(
                replace(each, description=hide(each.description), parameters=self._mapping(each.parameters)) for each in request.tools
            ),
            schema=None if request.schema is None else self._mapping(request.schema),
        )
        return await self._model.reply(discreet, on_text)

    def _request(self, request: ToolRequest) -> ToolRequest:
        from dataclasses import replace

        arguments = None if request.arguments is None else self._mapping(request.arguments)
        return replace(request, arguments=arguments, text=self._redactor.text(request.text))

    def _mapping(self, data: Mapping[str, object]) -> Mapping[str, object]:
        """The same mapping without secrets."""
        hidden = self._redactor.data(dict(data))
        return hidden if isinstance(hidden, dict) else {}

    async def close(self) -> None:
        """Ends connections."""
        await self._model.close()


def prices_here(settings: Settings) -> Prices:
    """The project's prices, and the provider's at the provider's own servers."""
    from decimal import Decimal

    from avops.project.trust import is_own_server
    from avops.providers.prices import Price, Prices

    def dollars(value: float) -> Decimal:
        return Decimal(str(value))

    own = {
        name: Price(
            input=dollars(each.input),
            output=dollars(each.output),
            cached=dollars(each.input if each.cached is None else each.cached),
            stored=dollars(each.input),
        )
        for name, each in settings.prices.items()
    }
    return Prices(own, vendor=settings.provider if is_own_server(settings) else None)


def model_url(settings: Settings) -> str:
    """Where the model is asked."""
    from avops.providers.anthropic_model import ANTHROPIC_URL
    from avops.providers.openai_model import OPENAI_URL

    vendor = ANTHROPIC_URL if settings.provider == "anthropic" else OPENAI_URL
    return (settings.base_url or vendor).rstrip("/")


def _endpoint(workspace: Workspace, settings: Settings, secrets: EnvironmentSecrets) -> Endpoint:
    from avops.engine.calls import denied_host
    from avops.project.trust import TrustRecord, model_claims, model_key
    from avops.providers.endpoint import Endpoint

    url = model_url(settings)
    if host := denied_host(url, settings.policy.denied_domains):
        hint = "take the domain from policy.denied_domains, or choose another model"
        raise ModelError(f"the model's host '{host}' is one that avops.yaml denies", hint=hint)
    for claim in TrustRecord().untrusted(workspace.root, model_claims(settings)):
        raise ModelError(f"nobody here has trusted that the model's server gets a secret: {claim.what}", hint="avops trust")
    reference = model_key(settings)
    if reference is None:
        return Endpoint(url=url, key=None)
    try:
        key = secrets.resolve(reference)
    except AvopsError as error:
        raise ModelError(f"the key of '{settings.provider}' is missing: {error.message}", hint=error.hint) from None
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ModelError(f"'{reference}' holds something that cannot be a key", hint="it has spaces, or characters beyond ASCII")
    return Endpoint(url=url, key=key, key_name=reference.partition(":")[2])
