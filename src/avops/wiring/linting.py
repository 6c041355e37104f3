"""What the linter takes from other features, and gives to the formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avops.lint.lint_report import LintReport
    from avops.report.lint_report import LintData


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


def lint_data(report: LintReport, *, prefix: str = "") -> LintData:
    """A lint report as the formats take it: with what is known of each rule; `prefix` goes before the path of each file."""
    from dataclasses import fields, replace

    from avops import __version__
    from avops.report.lint_report import LintData, RuleCard

    cards = {name: RuleCard(**{each.name: getattr(rule, each.name) for each in fields(rule)}) for name, rule in report.rules.items()}
    return LintData(
        diagnostics=[replace(each, path=prefix + each.path) for each in report.diagnostics] if prefix else report.diagnostics,
        files=report.files,
        silenced=report.silenced,
        known=report.known,
        version=__version__,
        rules=cards,
    )


def earlier_texts(root: Path, base: str | None) -> Mapping[str, bytes]:
    """The recipes that have changed since the merge base, as they were; UsageError for a base that is none."""
    from avops.lint.merge_base import earlier_texts as ask_git

    return ask_git(root, base)
