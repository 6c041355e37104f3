"""How often a request is repeated, and how long a server's own delay is waited for."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from time import time

import pytest

from avops.errors import ModelError
from avops.providers.failure import Failure, retry_after
from avops.providers.retry import Patience, patiently


def attempts(failure: Failure | None, patience: Patience) -> tuple[int, Exception]:
    """How many attempts were made, all of which failed, and the error in the end."""
    made = 0

    async def attempt() -> str:
        nonlocal made
        made += 1
        raise OSError("no")

    with pytest.raises((ModelError, OSError)) as caught:
        asyncio.run(patiently(attempt, lambda error: failure, patience))
    return made, caught.value


def passing(**facts: float) -> Failure:
    return Failure(message="it is busy", hint="wait", is_passing=True, **facts)


def test_the_tries_are_counted():
    made, error = attempts(passing(), Patience(tries=3, first_s=0))
    assert made == 3
    assert str(error) == "it is busy, after 3 tries"


def test_what_does_not_pass_is_not_repeated():
    made, error = attempts(Failure(message="no such model"), Patience(tries=3, first_s=0))
    assert (made, str(error)) == (1, "no such model")


def test_a_delay_beyond_the_whole_patience_is_not_waited_for():
    made, error = attempts(passing(retry_after_s=61), Patience(total_s=60))
    assert made == 1
    assert isinstance(error, ModelError)


def test_the_waits_together_are_bounded():
    made, _ = attempts(passing(retry_after_s=0.01), Patience(tries=99, total_s=0.025))
    assert made == 3


def test_another_error_is_raised_as_it_is():
    made, error = attempts(None, Patience())
    assert made == 1
    assert isinstance(error, OSError)


def test_a_later_try_may_succeed():
    async def main() -> None:
        left = [OSError("no"), OSError("no")]

        async def attempt() -> str:
            if left:
                raise left.pop()
            return "well"

        assert await patiently(attempt, lambda error: passing(), Patience(first_s=0)) == "well"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "Mon, 01 Jan 2001 00:00:00 GMT"}, 0),
    ],
)
def test_the_servers_delay_is_read(headers, seconds):
    assert retry_after(headers) == seconds


def test_the_servers_delay_may_be_a_date():
    delay = retry_after({"retry-after": formatdate(time() + 3600, usegmt=True)})
    assert delay is not None
    assert 3000 < delay <= 3600
