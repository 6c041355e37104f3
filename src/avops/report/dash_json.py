"""The dashboard as JSON, under the keys that docs/json.md promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.report.run_json import instant, run_fields, to_json

if TYPE_CHECKING:
    from avops.report.charts import Day
    from avops.report.dash import Dashboard
    from avops.report.dash_facts import Failing, Figures, Schedule, Spending, Target, WorkflowState


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
            "failing_steps": [_failing(failing) for failing in dash.failing_steps],
            "failing_tools": [_failing(failing) for failing in dash.failing_tools],
            "success_metrics": [_target(target) for target in dash.targets],
            "model_cost": {"current": _spending(dash.spending), "before": _spending(dash.spending_before)},
            "schedule": _schedule(dash.schedule),
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
        "p95_s": day.p95_s,
    }


def _workflow(state: WorkflowState) -> dict[str, object]:
    return {
        "name": state.name,
        "enabled": state.enabled,
        "colour": state.colour,
        "last": None if state.last is None else run_fields(state.last),
        "next_at": instant(state.next_at),
        "success_rate": None if state.figures is None else state.figures.success_rate,
        "p95_s": None if state.figures is None else state.figures.p95_s,
        "trend": [] if state.figures is None else list(state.figures.trend),
    }


def _failing(failing: Failing) -> dict[str, object]:
    return {
        "what": failing.what,
        "recipe": failing.recipe,
        "runs": failing.runs,
        "attempts": failing.attempts,
        "last_run": failing.last_run,
    }


def _target(target: Target) -> dict[str, object]:
    return {
        "recipe": target.recipe,
        "metric": target.metric,
        "target": target.target,
        "value": target.value,
        "is_met": target.is_met,
        "runs": target.runs,
    }


def _spending(spending: Spending | None) -> dict[str, object] | None:
    if spending is None:
        return None
    return {
        "steps": spending.steps,
        "tokens": spending.tokens,
        "cost_usd": spending.cost_usd,
        "unpriced_tokens": spending.unpriced_tokens,
    }


def _schedule(schedule: Schedule | None) -> dict[str, object] | None:
    if schedule is None:
        return None
    return {
        "last_tick_at": instant(schedule.last_tick_at),
        "scheduled": schedule.scheduled,
        "is_paused": schedule.is_paused,
        "missed": schedule.missed,
        "failed": schedule.failed,
        "largest_late_s": schedule.largest_late_s,
        "broken": schedule.broken,
    }
