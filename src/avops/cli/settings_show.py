"""What `avops settings` prints."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from avops.errors import AvopsError, ModelError

if TYPE_CHECKING:
    from decimal import Decimal

    from avops.model.conversation import ModelReply
    from avops.model.settings import Settings
    from avops.providers.prices import Price
    from avops.wiring import Workspace
    from avops.wiring.settings_file import KeyState

TRIAL_TIMEOUT_S = 120.0
TRIAL_TOKENS = 1024
"""Enough for a model that thinks before it answers."""


def print_settings(workspace: Workspace, *, as_json: bool) -> int:
    """Prints the settings, the keys and the model."""
    from avops.connectors.secrets import EnvironmentSecrets
    from avops.wiring.settings_file import key_states, setting_rows

    rows = setting_rows(workspace)
    keys = key_states(workspace, EnvironmentSecrets(dotenv=workspace.root / ".env"))
    problem = _problem(workspace)
    if as_json:
        told = {
            "settings": {row.key: {"value": row.value, "source": row.source} for row in rows},
            "keys": [_key_json(key) for key in keys],
            "model": _model_json(workspace.settings, problem),
        }
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    from avops.report.diagnostics import visible

    width = max(len(row.key) for row in rows)
    values = [_shown(row.value) for row in rows]
    wide = min(40, max(len(value) for value in values))
    for row, value in zip(rows, values, strict=True):
        print(visible(f"{row.key:{width}}  {value:{wide}}  {row.source}"))
    print()
    for key in keys:
        print(visible(_key_line(key)))
    print()
    print(visible(_model_line(workspace.settings)))
    if problem is not None:
        print(f"warning: {visible(problem.message)}", file=sys.stderr)
        if problem.hint:
            print(f"hint: {visible(problem.hint)}", file=sys.stderr)
    return 0


def _problem(workspace: Workspace) -> AvopsError | None:
    from avops.wiring.models import find_model

    try:
        find_model(workspace)
    except AvopsError as error:
        return error
    return None


def _shown(value: object) -> str:
    from avops.project.editing import render

    return "-" if value in (None, [], {}) else render(value)


def _key_line(key: KeyState) -> str:
    kind, _, name = key.reference.partition(":")
    state = "missing"
    if key.source is not None:
        place = {"environment": "from the environment", "keyring": "from the keyring"}.get(key.source, f"from {key.source}")
        state = f"loaded {place}" + (f", …{key.ending}" if key.ending else "")
    users = f" (for {', '.join(key.used_by)})" if key.used_by else ""
    return f"{name if kind == 'env' else key.reference}: {state}{users}"


def _key_json(key: KeyState) -> dict[str, object]:
    return {
        "reference": key.reference,
        "loaded": key.source is not None,
        "from": key.source,
        "ends_with": key.ending,
        "used_by": list(key.used_by),
    }


def _model_line(settings: Settings) -> str:
    if settings.provider is None or settings.model is None:
        return "model: none; people do what a model would do"
    from avops.providers.endpoint import Endpoint
    from avops.wiring.models import model_url

    return f"model: {settings.provider}:{settings.model} at {Endpoint(url=model_url(settings)).host}, {_price_words(settings)}"


def _price(settings: Settings) -> Price | None:
    from avops.wiring.models import prices_here

    return None if settings.model is None else prices_here(settings).find(settings.model)


def _price_words(settings: Settings) -> str:
    price = _price(settings)
    if price is None:
        return f"price not known (avops settings set prices.{settings.model} '{{input: DOLLARS, output: DOLLARS}}')"
    day = f", as of {price.as_of}" if price.as_of else ""
    return f"{dollars(price.input)} in and {dollars(price.output)} out for a million tokens{day}"


def _model_json(settings: Settings, problem: AvopsError | None) -> dict[str, object] | None:
    if settings.provider is None:
        return None
    from avops.wiring.models import model_url

    price = _price(settings)
    told = {"input": float(price.input), "output": float(price.output), "as_of": price.as_of or None} if price is not None else None
    found = None if problem is None else {"message": problem.message, "hint": problem.hint}
    return {"provider": settings.provider, "model": settings.model, "url": model_url(settings), "price": told, "problem": found}


def dollars(amount: Decimal) -> str:
    """US dollars with as many places as an amount below a cent needs: `$2.50`, `$0.00034`."""
    if amount == 0 or amount >= 1:
        return f"${amount:.2f}"
    places = max(2, 1 - amount.adjusted())
    return f"${amount:.{places}f}"


def print_trial(workspace: Workspace, *, as_json: bool) -> int:
    """Asks the model for one word and prints what came; ModelError when nothing did."""
    import asyncio

    reply, seconds, name = asyncio.run(_ask(workspace))
    cost = reply.usage.cost_usd
    if as_json:
        told = {
            "model": name,
            "answered_as": reply.model,
            "answer": reply.text,
            "stop": reply.stop.value,
            "latency_s": round(seconds, 3),
            "input_tokens": reply.usage.input_tokens,
            "output_tokens": reply.usage.output_tokens,
            "cost_usd": None if cost is None else float(cost),
        }
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    from avops.report.diagnostics import visible

    told_as = f" (as {reply.model})" if reply.model and not name.endswith(f":{reply.model}") else ""
    words = " ".join(reply.text.split())
    print(visible(f"{name}{told_as} answered in {seconds:.1f} s: {words[:80]}{'…' if len(words) > 80 else ''}"))
    price = "price not known" if cost is None else dollars(cost)
    print(f"{reply.usage.input_tokens} tokens in, {reply.usage.output_tokens} out, {price}")
    return 0


async def _ask(workspace: Workspace) -> tuple[ModelReply, float, str]:
    import asyncio
    import time

    from avops.model.conversation import Message, ModelRequest, Role
    from avops.wiring.models import open_model

    model = open_model(workspace)
    request = ModelRequest(
        instructions="You are asked by a connection test. Answer with one word.",
        messages=(Message(role=Role.USER, text="Say: ready"),),
        max_tokens=TRIAL_TOKENS,
    )
    started = time.monotonic()
    try:
        async with asyncio.timeout(TRIAL_TIMEOUT_S):
            reply = await model.reply(request)
    except TimeoutError:
        raise ModelError(f"'{model.name}' did not answer within {TRIAL_TIMEOUT_S:.0f} s", hint="try again, or another model") from None
    finally:
        await model.close()
    return reply, time.monotonic() - started, model.name
