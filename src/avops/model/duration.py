"""Durations as people write them (`90s`, `10m`) and as clocks count them (seconds)."""

from __future__ import annotations

from functools import lru_cache

UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@lru_cache(maxsize=1024)
def duration_s(text: str) -> float:
    """The seconds in a duration such as `90s`; ValueError for any other text."""
    unit = "ms" if text.endswith("ms") else text[-1:]
    if unit not in UNIT_S:
        raise ValueError(f"'{text}' is not a duration such as 90s, 10m or 2h")
    return float(text[: -len(unit)]) * UNIT_S[unit]


def duration_text(seconds: float) -> str:
    """A duration for people: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"
