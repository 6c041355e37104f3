"""Charts as SVG for a page that stands alone: no script, no font, no address."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from avops.report.charts import STACK
from avops.report.formats import count, duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.report.charts import Day

WIDTH, HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 8, 10, 26
_KINDS = ("good", "unsure", "bad", "other")


def runs_chart(days: Sequence[Day]) -> str:
    """Bars of runs, stacked by result."""
    most = max((day.total for day in days), default=0) or 1
    step = _plot_width() / max(len(days), 1)
    parts = [_axis([(number, count(round(number))) for number in _ticks(most)], most)]
    for index, day in enumerate(days):
        left = _LEFT + index * step + step * 0.12
        top = float(HEIGHT - _BOTTOM)
        told = [f"{count(day.total)} runs"]
        bars = []
        for (word, statuses, _), kind in zip(STACK, _KINDS, strict=True):
            number = sum(day.counts.get(status, 0) for status in statuses)
            if not number:
                continue
            height = number / most * _plot_height()
            top -= height
            told.append(f"{word} {count(number)}")
            bars.append(f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{step * 0.76:.1f}" height="{height:.1f}"/>')
        words = escape(f"{_label(day)}: {', '.join(told)}")
        parts.append(f"<g><title>{words}</title>{''.join(bars)}</g>")
    parts.append(_labels(days))
    return _svg("Runs over time by result", parts)


def durations_chart(days: Sequence[Day]) -> str:
    """Two lines: the mean and the 95th percentile of durations."""
    most = max((max(day.p95_s or 0.0, day.mean_s or 0.0) for day in days), default=0.0) or 1.0
    parts = [_axis([(number, duration(number)) for number in _ticks(most)], most)]
    for kind, values in (("p95", [day.p95_s for day in days]), ("mean", [day.mean_s for day in days])):
        parts += [f'<polyline class="{kind}" points="{" ".join(line)}"/>' for line in _lines(values, most) if len(line) > 1]
        parts += [
            f'<circle class="{kind}" cx="{x}" cy="{y}" r="3"><title>{escape(f"{_label(day)}: {kind} {duration(value)}")}</title></circle>'
            for day, value, point in zip(days, values, _points(values, most), strict=True)
            if point is not None
            for x, y in [point.split(",")]
        ]
    parts.append(_labels(days))
    return _svg("Durations over time, mean and 95th percentile", parts)


def trend_chart(trend: Sequence[float | None]) -> str:
    """A small line of success rates, from 0 to 100 %."""
    width, height = 90, 18
    step = width / max(len(trend), 1)
    bars = [
        f'<rect class="{"good" if rate >= 0.95 else "unsure" if rate >= 0.8 else "bad"}" x="{index * step:.1f}" '
        f'y="{height - 2 - rate * (height - 2):.1f}" width="{max(step - 1, 1):.1f}" height="{2 + rate * (height - 2):.1f}"/>'
        for index, rate in enumerate(trend)
        if rate is not None
    ]
    return f'<svg class="trend" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">{"".join(bars)}</svg>'


def _svg(title: str, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'


def _plot_width() -> float:
    return WIDTH - _LEFT - _RIGHT


def _plot_height() -> float:
    return HEIGHT - _TOP - _BOTTOM


def _ticks(most: float) -> list[float]:
    """Round numbers from nothing to the most."""
    step = 10.0 ** (len(str(int(most))) - 1)
    while most / step > 5:
        step *= 2
    while most / step < 2 and step > 1:
        step /= 2
    return [number * step for number in range(int(most / step) + 1)]


def _axis(ticks: Sequence[tuple[float, str]], most: float) -> str:
    parts = []
    for number, label in ticks:
        y = HEIGHT - _BOTTOM - number / most * _plot_height()
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(label)}</text>')
    return "".join(parts)


def _labels(days: Sequence[Day]) -> str:
    step = _plot_width() / max(len(days), 1)
    every = -(-len(days) // 7) if days else 1
    return "".join(
        f'<text x="{_LEFT + (index + 0.5) * step:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{day.first.strftime("%d %b")}</text>'
        for index, day in enumerate(days)
        if (len(days) - 1 - index) % every == 0
    )


def _label(day: Day) -> str:
    first = day.first.strftime("%d %b")
    return first if day.first == day.last else f"{first} to {day.last.strftime('%d %b')}"


def _points(values: Sequence[float | None], most: float) -> list[str | None]:
    step = _plot_width() / max(len(values), 1)
    return [
        None if value is None else f"{_LEFT + (index + 0.5) * step:.1f},{HEIGHT - _BOTTOM - value / most * _plot_height():.1f}"
        for index, value in enumerate(values)
    ]


def _lines(values: Sequence[float | None], most: float) -> list[list[str]]:
    """The points, cut where there is nothing to draw."""
    lines: list[list[str]] = [[]]
    for point in _points(values, most):
        if point is None:
            lines.append([])
        else:
            lines[-1].append(point)
    return lines
