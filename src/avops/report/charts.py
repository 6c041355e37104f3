"""Days as bars: runs stacked by result, and how long they took."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from avops.model.run import RunStatus
from avops.report.formats import count, duration
from avops.report.sheet import ATTENTION, BAD, GOOD, QUIET, STRONG, columns_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from avops.report.sheet import Page

_MOST_ROWS = 14
_MEAN_BAR = 12
_WIDEST = 64
_MEASURED = (RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.UNVERIFIED)
STACK = (
    ("succeeded", (RunStatus.SUCCESS,), GOOD),
    ("unverified", (RunStatus.UNVERIFIED,), ATTENTION),
    ("failed", (RunStatus.FAILED,), BAD),
    ("refused or cancelled", (RunStatus.REFUSED, RunStatus.CANCELLED), QUIET),
)


class DayFigures(Protocol):
    """One day's ended runs."""

    @property
    def day(self) -> date:
        """The day, in the project's zone."""
        ...

    @property
    def counts(self) -> Mapping[RunStatus, int]:
        """Runs by status."""
        ...

    @property
    def mean_s(self) -> float | None:
        """Their mean duration."""
        ...

    @property
    def buckets(self) -> Mapping[int, int]:
        """Their durations by bucket."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A bar: one day, or several that follow each other."""

    first: date
    last: date
    counts: Mapping[RunStatus, int]
    mean_s: float | None
    p95_s: float | None = None

    @property
    def total(self) -> int:
        """All ended runs."""
        return sum(self.counts.values())


def bars_of(
    series: Sequence[DayFigures], p95: Callable[[Mapping[int, int]], float | None] = lambda buckets: None, *, most: int = _MOST_ROWS
) -> list[Day]:
    """At most so many bars: days as they are, or as many days to a bar as it takes, the newest bar full.

    `p95` reads the 95th percentile from counts by bucket.
    """
    size = -(-len(series) // most) if series else 1
    bars = []
    short = len(series) % size
    groups = [series[:short]] if short else []
    groups += [series[start : start + size] for start in range(short, len(series), size)]
    for group in groups:
        counts = {status: number for status in RunStatus if (number := sum(day.counts.get(status, 0) for day in group))}
        buckets: Counter[int] = Counter()
        for day in group:
            buckets.update(day.buckets)
        bars.append(Day(first=group[0].day, last=group[-1].day, counts=counts, mean_s=_mean(group), p95_s=p95(buckets)))
    return bars


def _mean(days: Sequence[DayFigures]) -> float | None:
    """The mean over several days, each weighed by the runs it was taken from."""
    weights = [(sum(day.counts.get(status, 0) for status in _MEASURED), day.mean_s) for day in days]
    known = [(weight, mean) for weight, mean in weights if mean is not None and weight]
    total = sum(weight for weight, _ in known)
    return sum(weight * mean for weight, mean in known) / total if total else None


def write_days(page: Page, days: Sequence[Day]) -> None:
    """A row per bar: the day, how many runs, the runs stacked by result, mean and 95th percentile of their durations with a bar."""
    glyphs = page.sheet.glyphs
    labels = [_label(day) for day in days]
    totals = [count(day.total) if day.total else glyphs.none for day in days]
    means = [duration(day.mean_s) or glyphs.none for day in days]
    p95s = [duration(day.p95_s) or glyphs.none for day in days]
    label_width = max(map(len, labels))
    total_width = max(*map(len, totals), 4)
    mean_width, p95_width = max(*map(columns_of, means), 4), max(*map(columns_of, p95s), 7)
    with_p95 = page.sheet.width >= 60
    with_bar = page.sheet.width >= 72
    right = mean_width + 2 + (p95_width + 2 if with_p95 else 0) + (_MEAN_BAR + 1 if with_bar else 0)
    room = min(max(page.sheet.width - label_width - total_width - right - 4, 8), _WIDEST)
    most = max(max((day.total for day in days), default=0), 1)
    slowest = max((max(day.p95_s or 0.0, day.mean_s or 0.0) for day in days), default=0.0)
    title = f"{'RUNS PER DAY' if all(day.first == day.last for day in days) else 'RUNS':<{label_width + total_width + 2 + room + 2}}"
    page.line((title, STRONG), (f"  {'MEAN':>{mean_width}}", STRONG), (f"  {'95 % IN':>{p95_width}}" if with_p95 else "", STRONG))
    for day, label, total, mean, p95 in zip(days, labels, totals, means, p95s, strict=True):
        stack = _stacked(page, day, max(round(day.total / most * room), 1 if day.total else 0))
        used = sum(columns_of(text) for text, _ in stack)
        page.line(
            (f"{label:<{label_width}}  ", QUIET),
            f"{total:>{total_width}}  ",
            *stack,
            " " * (room - used),
            f"  {' ' * (mean_width - columns_of(mean))}{mean}",
            f"  {' ' * (p95_width - columns_of(p95))}{p95}" if with_p95 else "",
            (f" {_bar(page, (day.p95_s or 0.0) / slowest if slowest else 0.0)}" if with_bar else "", QUIET),
        )
    _legend(page, days)


def _label(day: Day) -> str:
    if day.first == day.last:
        return day.first.strftime("%a %d %b")
    return f"{day.first.strftime('%d %b')}-{day.last.strftime('%d %b')}"


def _stacked(page: Page, day: Day, width: int) -> list[tuple[str, str]]:
    """The bar in parts: every result that there is gets a cell at least, if there are cells enough."""
    parts = [(sum(day.counts.get(status, 0) for status in statuses), style) for _, statuses, style in STACK]
    cells = _shares([number for number, _ in parts], width)
    return [(page.sheet.glyphs.shades[index] * cells[index], style) for index, (_, style) in enumerate(parts) if cells[index]]


def _shares(numbers: Sequence[int], width: int) -> list[int]:
    """Whole cells for each number, in proportion, `width` in all; a small number is not rounded away while others can give."""
    total = sum(numbers)
    if not total or not width:
        return [0] * len(numbers)
    exact = [number / total * width for number in numbers]
    cells = [max(int(share), 1 if number else 0) for share, number in zip(exact, numbers, strict=True)]
    while sum(cells) > width:
        cells[max(range(len(cells)), key=lambda index: cells[index] - exact[index] if cells[index] > 1 else -float("inf"))] -= 1
        if max(cells) <= 1 and sum(cells) > width:
            keep = sorted(range(len(cells)), key=lambda index: -numbers[index])[:width]
            return [1 if index in keep and numbers[index] else 0 for index in range(len(cells))]
    while sum(cells) < width:
        cells[max(range(len(cells)), key=lambda index: exact[index] - cells[index])] += 1
    return cells


def _bar(page: Page, share: float) -> str:
    """A bar of up to twelve cells, to an eighth of a cell where the terminal has such signs."""
    glyphs = page.sheet.glyphs
    if glyphs.bar.isascii():
        return glyphs.bar * round(share * _MEAN_BAR)
    eighths = round(share * _MEAN_BAR * 8)
    rest = " ▏▎▍▌▋▊▉"[eighths % 8].strip()
    return glyphs.bar * (eighths // 8) + (rest or ("▏" if share > 0 and eighths < 8 and not rest else ""))


def _legend(page: Page, days: Sequence[Day]) -> None:
    spans: list[tuple[str, str]] = []
    for index, (word, statuses, style) in enumerate(STACK):
        number = sum(day.counts.get(status, 0) for day in days for status in statuses)
        if number:
            spans += [(page.sheet.glyphs.shades[index], style), (f" {word} {count(number)}   ", QUIET)]
    page.line(*spans)
