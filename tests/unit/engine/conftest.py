from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.engine.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(**script: list[object]) -> Bench:
        made.append(Bench(tmp_path, script))
        return made[-1]

    yield make
    for one in made:
        one.close()
