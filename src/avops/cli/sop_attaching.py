"""A recipe that an agent gets for a run, and keeps only when the run was not refused."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from avops.errors import AvopsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def attached(file: Path, shown: str, recipe: str, tell: Callable[[str], None]) -> Iterator[Callable[[], None]]:
    """Adds the recipe to the agent's `recipes:`, with everything else as it was; `tell` hears of it.

    What it gives takes the recipe out again, as does an error: one that could not be run is not shown as the agent's. A recipe
    that was there before stays, and so does what somebody has written meanwhile.
    """
    from avops.project.attaching import attach_recipe
    from avops.project.writing import write_text

    old = file.read_bytes().decode("utf-8")
    new = attach_recipe(old, recipe, shown)

    def detach() -> None:
        if new != old and file.read_bytes().decode("utf-8") == new:
            write_text(file, old)
            tell(f"Took '{recipe}' out of {shown} again: it was not run")

    if new != old:
        write_text(file, new)
        tell(f"Attached '{recipe}' in {shown}")
    try:
        yield detach
    except AvopsError:
        detach()
        raise
