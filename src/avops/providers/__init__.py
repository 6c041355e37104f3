"""Language models of several providers behind `ports.Model`."""

from avops.providers.anthropic_model import AnthropicModel
from avops.providers.endpoint import Endpoint
from avops.providers.openai_model import OpenAiModel
from avops.providers.prices import Price, Prices
from avops.providers.retry import Patience
from avops.providers.scripted import ScriptedModel

__all__ = ["AnthropicModel", "Endpoint", "OpenAiModel", "Patience", "Price", "Prices", "ScriptedModel"]
