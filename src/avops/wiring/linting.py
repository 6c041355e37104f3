"""What the linter takes from other features, and gives to the formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from avops.lint.finish import LintReport
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


def lint_data(report: LintReport) -> LintData:
    """A lint report as the formats take it: with what is known of each rule."""
    from avops import __version__
    from avops.lint.rules import RULES
    from avops.report.lint_report import LintData, RuleCard

    cards = {
        rule.name: RuleCard(
            number=rule.number,
            name=rule.name,
            family=rule.family.value,
            summary=rule.summary,
            page=rule.page,
            level=level.value if (level := getattr(rule.levels, report.profile)) is not None else None,
        )
        for rule in RULES
    }
    return LintData(
        diagnostics=report.diagnostics,
        files=report.files,
        silenced=report.silenced,
        known=report.known,
        version=__version__,
        rules=cards,
    )
