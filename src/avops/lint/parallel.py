"""Many recipes at once, in as many processes as there are cores, where that pays."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avops.lint.linter import Judged, judge
from avops.project.documents import load_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import Checked
    from avops.lint.sources import Source

WORTH = 150
"""Recipes per process below which a further process costs more than it saves."""

_PORTION = 50
# What a forked process finds when it begins: nothing is copied to it.
_JOB: list[tuple[list[Source], Checked]] = []


def judge_one(source: Source, project: Checked) -> Judged:
    """One recipe against all rules."""
    return judge("recipe", load_document("recipe", source.data, source.path), project)


def judge_all(sources: list[Source], project: Checked, jobs: int) -> Iterator[Judged]:
    """What is found in each recipe, in any order. Where processes cannot be forked there is one."""
    count = min(jobs, len(sources) // WORTH)
    if count < 2 or not sys.platform.startswith("linux"):
        yield from (judge_one(source, project) for source in sources)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    portions = [range(begin, min(begin + _PORTION, len(sources))) for begin in range(0, len(sources), _PORTION)]
    _JOB.append((sources, project))
    done: set[int] = set()
    try:
        with ProcessPoolExecutor(count, mp_context=get_context("fork")) as pool:
            for portion, found in zip(portions, pool.map(_judge_portion, portions), strict=True):
                done.update(portion)
                yield from found
    except BrokenProcessPool:
        # A process was killed, perhaps for want of memory: the rest is done here.
        yield from (judge_one(source, project) for index, source in enumerate(sources) if index not in done)
    finally:
        _JOB.clear()


def _judge_portion(portion: range) -> list[Judged]:
    sources, project = _JOB[-1]
    return [judge_one(sources[index], project) for index in portion]
