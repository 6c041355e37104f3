"""Asking again when a server is busy or was not reached: a few times, and for a bounded time."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from avops.providers.failure import Failure

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a request is sent, and how long is waited in between.

    The server's own delay (`retry-after`) is waited for when the waits stay below `total_s` altogether; when it asks for
    more, that is said at once. Without one the first wait is about `first_s`, and each further one twice as long.
    """

    tries: int = 4
    first_s: float = 1.0
    total_s: float = 60.0


async def patiently(attempt: Callable[[], Awaitable[T]], judge: Callable[[Exception], Failure | None], patience: Patience) -> T:
    """What an attempt gives. Raises the ModelError of the last failure, and whatever `judge` knows nothing of (None)."""
    waited = 0.0
    number = 0
    while True:
        number += 1
        try:
            return await attempt()
        except Exception as error:
            failure = judge(error)
            if failure is None:
                raise
            delay = failure.retry_after_s
            if delay is None:
                delay = patience.first_s * 2 ** (number - 1) * random.uniform(0.75, 1.25)  # noqa: S311 - spreads requests, guards nothing
            waited += delay
            if not failure.is_passing or number >= patience.tries or waited > patience.total_s:
                raise failure.error(number) from None
        await asyncio.sleep(delay)
