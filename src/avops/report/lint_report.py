"""What the lint formats need: the findings, the counts, and what is known of each rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avops.model.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCard:
    """A rule as the formats show it: `level` is its severity here, None where it is off."""

    number: str
    name: str
    family: str
    summary: str
    page: str
    level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LintData:
    """A lint run as data. `rules` by name holds at least the rules of the findings."""

    diagnostics: Sequence[Diagnostic]
    files: int
    silenced: int
    known: int
    version: str
    rules: Mapping[str, RuleCard]

    def label(self, rule: str) -> str:
        """The rule as people read it: `AV101 unknown-tool`."""
        card = self.rules.get(rule)
        return f"{card.number} {rule}" if card else rule

    def number(self, rule: str) -> str:
        """The rule's number, or its name where it has none."""
        card = self.rules.get(rule)
        return card.number if card else rule
