"""What tokens cost, and what is not known."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from avops.providers import Price, Prices
from avops.providers.prices import price_lists


def test_every_price_has_a_day_and_every_list_its_page():
    for listed in price_lists().values():
        assert listed.source.startswith("https://")
        for name, price in listed.models.items():
            assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", price.as_of), name
            assert 0 < price.input < price.output, name
            assert price.cached is None or price.cached < price.input, name


def test_tokens_have_their_price_in_dollars():
    assert Prices(vendor="openai").cost("gpt-5.4", 1_000_000 // 4, 1000) == Decimal("0.64")
    assert Prices(vendor="anthropic").cost("claude-haiku-4-5", 1000, 100) == Decimal("0.0015")


def test_a_dated_version_has_the_price_of_its_name():
    prices = Prices(vendor="openai")
    assert prices.find("gpt-5.4-mini-2026-03-17") == prices.find("gpt-5.4-mini") is not None
    assert Prices(vendor="anthropic").find("claude-haiku-4-5-20251001") is not None


@pytest.mark.parametrize("model", ["gpt-5.4-miniature", "gpt-5", "gpt-5.4-mini-preview", "llama3", ""])
def test_a_model_without_a_price_costs_nobody_knows_what(model):
    assert Prices(vendor="openai").cost(model, 10, 10) is None


def test_the_vendors_prices_hold_at_the_vendor_alone():
    assert Prices().find("gpt-5.4") is None


def test_the_projects_price_goes_first():
    own = Price(input=Decimal(1), output=Decimal(2))
    assert Prices({"gpt-5.4": own}, vendor="openai").find("gpt-5.4") is own


def test_what_no_price_is_known_for_makes_the_sum_unknown():
    prices = Prices({"m": Price(input=Decimal(1), output=Decimal(2), up_to=100)})
    assert prices.cost("m", 100, 1) is not None
    assert prices.cost("m", 101, 1) is None
    assert prices.cost("m", 100, 1, cached=1) is None
    assert prices.cost("m", 100, 1, stored=1) is None
