"""What the key of a step says: which step a row belongs to, and what part of it the row is."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STEP = re.compile(r"(?:intake|plan|act|verify|rollback)\.\d+(?:\[\d+\])?\Z")
_HOLD = "/hold@"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: `owner` is the key of the step it is shown under, `part` is empty for the step's own row.

    `held` is the key of the held check that the row reads again.
    """

    owner: str
    part: str = ""
    held: str | None = None

    @property
    def depth(self) -> int:
        """0 for a step of the run's own recipe, 1 for one of a recipe that it calls, and so on."""
        return self.owner.count("/")


def place_of(key: str) -> Place:
    """The place of a step's row; see `avops.model.run` for how keys are made."""
    held, at, rest = key.partition(_HOLD)
    if at:
        owner, part = _split(rest)
        return Place(owner, part or "hold", held)
    return Place(*_split(key))


def _split(key: str) -> tuple[str, str]:
    parts = key.split("/")
    length = next((number for number, part in enumerate(parts) if not _STEP.match(part)), len(parts))
    if length == 0:
        return key, ""
    return "/".join(parts[:length]), "/".join(parts[length:])
