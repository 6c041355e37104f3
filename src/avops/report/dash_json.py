"""The dashboard as JSON, under the keys that docs/json.md promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.report.run_json import instant, run_fields, to_json

if TYPE_CHECKING:
    from avops.report.charts import Day
    from avops.report.dash import Dashboard, Figures, WorkflowState


def dash_document(dash: Dashboard) -> str:
    """The dashboard as JSON text."""
    return to_json(
        {
            "since": instant(dash.since),
            "until": instant(dash.until),
            "filters": dict(dash.filters),
            "current": _figures(dash.current),
            "before": None if dash.before is None else _figures(dash.before),
            "active_workflows": {"current": dash.active_workflows, "before": dash.active_before},
            "waiting": {"current": dash.waiting, "before": dash.waiting_before},
            "days": [_day(day) for day in dash.days],
            "workflows": [_workflow(state) for state in dash.workflows],
            "recent": [run_fields(run) for run in dash.recent],
            "hidden_simulated": dash.current.hidden_simulated,
        }
    )


def _figures(figures: Figures) -> dict[str, object]:
    return {
        "runs": figures.total,
        "by_status": {status.value: number for status, number in figures.counts.items()},
        "success_rate": figures.success_rate,
        "p95_s": figures.p95_s,
        "mean_s": figures.mean_s,
        "partly_simulated": figures.partly_simulated,
        "last_error": None if figures.last_error is None else run_fields(figures.last_error),
    }


def _day(day: Day) -> dict[str, object]:
    return {
        "first": day.first.isoformat(),
        "last": day.last.isoformat(),
        "runs": day.total,
        "by_status": {status.value: number for status, number in day.counts.items()},
        "mean_s": day.mean_s,
    }


def _workflow(state: WorkflowState) -> dict[str, object]:
    return {
        "name": state.name,
        "enabled": state.enabled,
        "colour": state.colour,
        "last": None if state.last is None else run_fields(state.last),
        "next_at": instant(state.next_at),
    }
