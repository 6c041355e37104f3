"""What tokens cost: the vendors' prices as they stood on a day, and those of the project."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MILLION = 1_000_000
_DATED = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars for a million tokens. `cached` is for input read from the provider's cache, `stored` for input written to it.

    None is a price that is not known. `up_to` is the longest input, in tokens, that the price holds for; `as_of` the day or
    the month in which the provider asked it.
    """

    input: Decimal
    output: Decimal
    cached: Decimal | None = None
    stored: Decimal | None = None
    up_to: int | None = None
    as_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """A vendor's prices by model, and the page they were on."""

    source: str
    models: Mapping[str, Price]


class Prices:
    """The prices that hold at one server: the project's own by the exact name, then the vendor's where it is the vendor's server."""

    def __init__(self, own: Mapping[str, Price] | None = None, *, vendor: str | None = None) -> None:
        self._own = dict(own or {})
        self._vendor = vendor

    def find(self, model: str) -> Price | None:
        """The price of a model; a dated version (`NAME-2026-04-23`) has the price of its name. None when it is not known."""
        if model in self._own:
            return self._own[model]
        listed = price_lists().get(self._vendor or "")
        if listed is None:
            return None
        return listed.models.get(model) or listed.models.get(_DATED.sub("", model))

    def cost(self, model: str, told: int, written: int, *, cached: int = 0, stored: int = 0) -> Decimal | None:
        """US dollars for tokens in and out; `cached` and `stored` are parts of `told`. None when the price is not known."""
        price = self.find(model)
        if price is None or (price.up_to is not None and told > price.up_to):
            return None
        spent = max(0, told - cached - stored) * price.input + written * price.output
        for tokens, dollars in ((cached, price.cached), (stored, price.stored)):
            if tokens and dollars is None:
                return None
            spent += tokens * (dollars or 0)
        return spent / MILLION


@functools.cache
def price_lists() -> Mapping[str, PriceList]:
    """The vendors' price lists that came with avops, by provider."""
    from importlib.resources import files

    data = json.loads(files(__package__).joinpath("prices.json").read_text(encoding="utf-8"), parse_float=Decimal)
    return {provider: _price_list(listed) for provider, listed in data.items()}


def _price_list(listed: dict[str, object]) -> PriceList:
    models = listed["models"]
    assert isinstance(models, dict)
    return PriceList(source=str(listed["source"]), models={name: _price(each) for name, each in models.items()})


def _price(each: dict[str, Decimal | int | str]) -> Price:
    def dollars(key: str) -> Decimal | None:
        return Decimal(each[key]) if key in each else None

    return Price(
        input=Decimal(each["input"]),
        output=Decimal(each["output"]),
        cached=dollars("cached"),
        stored=dollars("stored"),
        up_to=int(each["up_to"]) if "up_to" in each else None,
        as_of=str(each["as_of"]),
    )
