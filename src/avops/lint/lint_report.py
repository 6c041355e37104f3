"""What lint tells in the end. Light to import: a report from the cache needs no rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from avops.model.diagnostic import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """What a report needs to say about a rule; `level` is its severity in this project, None where it is off."""

    number: str
    name: str
    family: str
    summary: str
    page: str
    level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """The findings in the order of files and lines, how many files were looked at, and the rules of the findings."""

    diagnostics: tuple[Diagnostic, ...]
    files: int
    silenced: int = 0
    """Findings that comments accept."""
    known: int = 0
    """Findings that the baseline holds."""
    profile: str = "team"
    rules: Mapping[str, RuleFacts] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """How many findings weigh this much."""
        return sum(1 for each in self.diagnostics if each.severity is severity)

    @property
    def has_findings(self) -> bool:
        """True when lint fails: an error, or in the strict profile a warning."""
        fails = {Severity.ERROR, Severity.WARNING} if self.profile == "strict" else {Severity.ERROR}
        return any(each.severity in fails for each in self.diagnostics)

    def as_data(self) -> dict[str, object]:
        """Plain data for the cache; the inverse of `from_data`."""
        rules = [[each.number, each.name, each.family, each.summary, each.page, each.level] for each in self.rules.values()]
        return {
            "diagnostics": [diagnostic_data(each) for each in self.diagnostics],
            "files": self.files,
            "silenced": self.silenced,
            "known": self.known,
            "profile": self.profile,
            "rules": rules,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> LintReport:
        """The report that `as_data` wrote; KeyError, TypeError or ValueError for other data."""
        names = ("number", "name", "family", "summary", "page", "level")
        rules = [RuleFacts(**dict(zip(names, each, strict=True))) for each in data["rules"]]
        return cls(
            diagnostics=tuple(diagnostic_from(each) for each in data["diagnostics"]),
            files=data["files"],
            silenced=data["silenced"],
            known=data["known"],
            profile=data["profile"],
            rules={rule.name: rule for rule in rules},
        )


def diagnostic_data(found: Diagnostic) -> list[object]:
    """A diagnostic as plain data; the inverse of `diagnostic_from`."""
    return [
        found.rule,
        found.severity.value,
        found.message,
        found.path,
        found.line,
        found.column,
        found.end_line,
        found.end_column,
        list(found.expected),
        found.hint,
        found.snippet,
    ]


def diagnostic_from(data: list[Any]) -> Diagnostic:
    """The diagnostic that `diagnostic_data` wrote."""
    rule, severity, message, path, line, column, end_line, end_column, expected, hint, snippet = data
    return Diagnostic(
        rule=rule,
        severity=Severity(severity),
        message=message,
        path=path,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        expected=tuple(expected),
        hint=hint,
        snippet=snippet,
    )
