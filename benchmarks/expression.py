"""How long a typical expression takes to read, to evaluate and to type."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

COMPARISON = "state.status != 'InMeeting'"
CONDITION = "state.level > 2 and state.status in ['Idle', 'Available'] and skipped is null"
TEMPLATE = "Display fix in {{ room.name }} of {{ room.site | default('?') }}: {{ state.status }}"
SCOPE: dict[str, object] = {"state": {"status": "Idle", "level": 3}, "room": {"name": "Lab", "site": "hq"}, "skipped": None}
TYPES = {
    ("state",): {
        "type": "object",
        "properties": {"status": {"enum": ["Idle", "Available", "InMeeting"]}, "level": {"type": "integer"}},
        "additionalProperties": False,
    }
}


def measure() -> dict[str, float]:
    """Medians in microseconds, by what was measured."""
    from avops.expression import parse_expression, parse_template
    from avops.expression.inference import infer

    comparison, condition, template = parse_expression(COMPARISON), parse_expression(CONDITION), parse_template(TEMPLATE)
    return {
        "parse_comparison_us": _median_us(lambda: parse_expression(COMPARISON)),
        "parse_condition_us": _median_us(lambda: parse_expression(CONDITION)),
        "parse_template_us": _median_us(lambda: parse_template(TEMPLATE)),
        "evaluate_comparison_us": _median_us(lambda: comparison.evaluate(SCOPE)),
        "evaluate_condition_us": _median_us(lambda: condition.evaluate(SCOPE)),
        "render_template_us": _median_us(lambda: template.render(SCOPE)),
        "infer_condition_us": _median_us(lambda: infer(condition, TYPES.get, check=True)),
    }


def _median_us(call: Callable[[], object], *, repeats: int = 31, calls: int = 500) -> float:
    """The median over `repeats` of the mean time of `calls` calls; the first round is for warming up."""
    times: list[float] = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        for _ in range(calls):
            call()
        times.append((time.perf_counter() - started) / calls * 1e6)
    return round(statistics.median(times[1:]), 3)


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:26} {value:9.3f}")
