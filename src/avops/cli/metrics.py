"""Success metrics of recipes: what they are called, and whether a target is met."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from avops.project.folder import Entry
    from avops.report.dash_facts import Target
    from avops.telemetry.by_name import NameFigures

DURATION = "duration_seconds"
"""Judged by the 95th percentile."""
SUCCESS = "success_rate"
"""In percent."""
_TARGET = re.compile(r"(<=|>=|<|>|==) *(-?\d+(?:\.\d+)?)\Z")
_SIGNS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "==": operator.eq}


def written_metrics(entry: Entry) -> list[tuple[str, str]]:
    """Metric and target of each success metric that a recipe's file writes; nothing of a file that cannot be read."""
    from avops.errors import AvopsError
    from avops.project.yaml_text import read_yaml

    try:
        data = read_yaml(entry.read(), path=entry.relative)
    except AvopsError:
        return []
    metrics = data.get("success_metrics") if isinstance(data, dict) else None
    found = [metric for metric in metrics if isinstance(metric, dict)] if isinstance(metrics, list) else []
    return [(str(metric.get("metric")), str(metric.get("target"))) for metric in found if _TARGET.match(str(metric.get("target")))]


def targets_of(recipe: str, written: Sequence[tuple[str, str]], figures: NameFigures) -> Iterator[Target]:
    """Each metric with what the runs reached; one that avops does not measure is neither met nor missed."""
    from avops.report.dash_facts import Target

    rate = figures.success_rate
    values: Mapping[str, float | None] = {DURATION: figures.p95_s, SUCCESS: None if rate is None else rate * 100}
    for metric, target in written:
        value = values.get(metric)
        met = None if value is None else is_met(value, target)
        yield Target(recipe=recipe, metric=metric, target=target, value=value, is_met=met, runs=figures.runs)


def is_met(value: float, target: str) -> bool:
    """Whether a figure keeps to a target such as `<= 300`."""
    found = _TARGET.match(target)
    return found is not None and bool(_SIGNS[found[1]](value, float(found[2])))
