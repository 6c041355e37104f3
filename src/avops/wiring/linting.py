"""What the linter takes from other features."""

from __future__ import annotations

from typing import Any


class _CronScheduling:
    """What lint asks about triggers, answered by the schedule."""

    def problem(self, trigger: Any, timezone: str) -> tuple[str, str | None] | None:
        from avops.errors import AvopsError
        from avops.schedule.triggers import read_trigger

        try:
            read_trigger(trigger, timezone)
        except AvopsError as error:
            return error.message, error.hint
        return None

    def never_fires(self, trigger: Any, timezone: str) -> bool:
        from avops.schedule.triggers import never_fires, read_trigger

        return never_fires(read_trigger(trigger, timezone))

    def fires_within(self, trigger: Any, timezone: str, seconds: float) -> bool:
        from avops.schedule.triggers import fires_within, read_trigger

        return fires_within(read_trigger(trigger, timezone), seconds)


def lint_scheduling() -> _CronScheduling:
    """The arithmetic of triggers, for lint."""
    return _CronScheduling()
