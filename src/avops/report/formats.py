"""How facts are written for people: durations, instants, shares, and values on one line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from avops.model.run import DecisionKind, RunStatus, Simulated, StepStatus

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from avops.model.run import Decision
    from avops.report.sheet import Glyphs

RUN_STYLES = {
    RunStatus.SUCCESS: "green",
    RunStatus.FAILED: "red",
    RunStatus.UNVERIFIED: "yellow",
    RunStatus.REFUSED: "red",
    RunStatus.CANCELLED: "red",
    RunStatus.INTERRUPTED: "yellow",
    RunStatus.RUNNING: "yellow",
    RunStatus.WAITING: "yellow",
}

STEP_STYLES = {
    StepStatus.OK: "green",
    StepStatus.FAILED: "red",
    StepStatus.DENIED: "red",
    StepStatus.CANCELLED: "red",
    StepStatus.UNKNOWN: "yellow",
    StepStatus.RUNNING: "yellow",
    StepStatus.WAITING: "yellow",
    StepStatus.SKIPPED: "dim",
    StepStatus.PENDING: "dim",
}

FILE_KEY = "avops:file"
"""The key under which a step's value names the file that holds it, where it was too large for the database."""

_PLAIN = re.compile(r"[^\s\"'={}\[\],:](?:[^\s\"'={}\[\],]*)\Z")
_OTHER = frozenset({"true", "false", "null"})
_ENOUGH = 2000
"""Characters of a value on one line: more than any terminal is wide."""


def run_mark(status: RunStatus, glyphs: Glyphs) -> str:
    """The sign of a run's status."""
    return {
        RunStatus.SUCCESS: glyphs.ok,
        RunStatus.FAILED: glyphs.failed,
        RunStatus.REFUSED: glyphs.failed,
        RunStatus.CANCELLED: glyphs.failed,
        RunStatus.UNVERIFIED: glyphs.unknown,
        RunStatus.INTERRUPTED: glyphs.unknown,
    }.get(status, glyphs.active)


def step_mark(status: StepStatus, glyphs: Glyphs) -> str:
    """The sign of a step's status."""
    return {
        StepStatus.OK: glyphs.ok,
        StepStatus.FAILED: glyphs.failed,
        StepStatus.DENIED: glyphs.failed,
        StepStatus.CANCELLED: glyphs.failed,
        StepStatus.UNKNOWN: glyphs.unknown,
        StepStatus.SKIPPED: glyphs.skipped,
        StepStatus.PENDING: glyphs.skipped,
    }.get(status, glyphs.active)


def simulated_note(simulated: Simulated) -> str:
    """`[simulated]`, `[partly simulated]`, or nothing."""
    return {Simulated.NO: "", Simulated.PARTLY: "[partly simulated]", Simulated.ALL: "[simulated]"}[simulated]


def duration(seconds: float | None) -> str:
    """`350 ms`, `4.2 s`, `1 min 12 s`, `2 h 5 min`, `3 d 4 h`; nothing for None."""
    if seconds is None:
        return ""
    if seconds < 0.9995:
        return f"{round(seconds * 1000)} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole // 60, "min", whole % 60, "s")
    minutes = round(seconds / 60)
    if minutes < 24 * 60:
        return _two(minutes // 60, "h", minutes % 60, "min")
    hours = round(seconds / 3600)
    return _two(hours // 24, "d", hours % 24, "h")


def _two(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large} {unit} {small} {small_unit}" if small else f"{large} {unit}"


def moment(instant: datetime | None, zone: tzinfo, *, seconds: bool = False) -> str:
    """`2026-03-02 07:00` in the zone; nothing for None."""
    if instant is None:
        return ""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def percent(share: float | None, none: str) -> str:
    """`98.2 %`, `100 %`; a share short of all is never rounded up to it, nor one above nothing down to it."""
    if share is None:
        return none
    tenths = min(max(round(share * 1000), 1 if share > 0 else 0), 999 if share < 1 else 1000)
    return f"{tenths // 10} %" if tenths % 10 == 0 else f"{tenths / 10:.1f} %"


def count(number: int) -> str:
    """`1,204`."""
    return f"{number:,}"


def on_one_line(value: object) -> str:
    """A value on one line: `power=on status=Free`, a list as `[a, b]`, a text as it is where it cannot be mistaken."""
    if isinstance(value, dict):
        if FILE_KEY in value:
            return f"{value.get('characters', 'many')} characters, kept in {value[FILE_KEY]}"
        return " ".join(f"{name}={_part(part)}" for name, part in value.items())[:_ENOUGH] or "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_part(part) for part in value[:_ENOUGH])[:_ENOUGH] + "]"
    if isinstance(value, str):
        return value[:_ENOUGH]
    return _json(value)


def _part(value: object) -> str:
    if isinstance(value, str) and _PLAIN.match(value) and value not in _OTHER and not _is_number(value):
        return value
    return _json(value)[:_ENOUGH]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def in_full(value: object, width: int) -> str:
    """A value with nothing left out, over several lines where one of that width is too short; a text as it is."""
    if isinstance(value, str):
        return value
    text = _json(value)
    return text if len(text) <= width else json.dumps(value, ensure_ascii=False, indent=2, default=str)


def to_decide(decision_id: int, kind: DecisionKind, run_id: int) -> str:
    """The command with which a person decides."""
    if kind in (DecisionKind.APPROVE, DecisionKind.CONFIRM):
        return f"avops approve {decision_id}"
    if kind is DecisionKind.UNKNOWN:
        return f"avops resume {run_id}"
    return f"avops answer {decision_id}" + (" VALUE" if kind is DecisionKind.ASK else "")


def decision_command(decision: Decision) -> str:
    """The command with which a person decides this."""
    return to_decide(decision.id, decision.question.kind, decision.run_id)
