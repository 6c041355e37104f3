"""What is told in the end: severities, what people have accepted, the rules and files that were asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from avops.lint.levels import chosen, names_of, severities
from avops.lint.lint_report import LintReport, RuleFacts
from avops.lint.rule import Family
from avops.lint.rules import BY_NAME, RULES
from avops.lint.suppressions import apply
from avops.model.diagnostic import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from avops.lint.linter import Judged
    from avops.model.settings import LintSettings

_FIRST = (Family.SYNTAX, Family.REFERENCES)
_WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asked for."""

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    settings: LintSettings
    paths: frozenset[str] | None = None
    """Only findings in these files; None means all."""
    baseline: Mapping[tuple[str, str, str], int] = field(default_factory=dict)


def report(judged: Iterable[tuple[Judged, str]], wanted: Wanted, *, files: int) -> LintReport:
    """The report on files and their texts; a text is looked at only where something was found or a comment may stand."""
    levels = severities(RULES, wanted.settings)
    left = chosen(RULES, wanted.select, wanted.ignore)
    if wanted.select:
        named = chosen(RULES, wanted.select, ())
        levels = {name: level or (Severity.WARNING if name in named else None) for name, level in levels.items()}
    names = names_of(RULES)
    told: list[Diagnostic] = []
    silenced = 0
    judged = list(judged)
    # What a rule needs to know may stand in a file that cannot be read; then finding nothing means nothing.
    is_sound = not any(_hides(found, levels) for each, _ in judged for found in each.diagnostics)
    blind = frozenset() if is_sound else frozenset(rule.name for rule in RULES if rule.family not in _FIRST)
    for each, text in judged:
        if wanted.paths is not None and each.path not in wanted.paths:
            continue
        open_, quiet = apply(text, each.path, each.diagnostics, names, blind)
        told += (weighed for found in open_ if (weighed := _weighed(found, levels, left, draft=each.draft)) is not None)
        silenced += sum(1 for found in quiet if _weighed(found, levels, left, draft=each.draft) is not None)
    told.sort(key=_order)
    fresh, known = _without(told, wanted.baseline)
    return LintReport(
        diagnostics=tuple(fresh),
        files=files,
        silenced=silenced,
        known=known,
        profile=wanted.settings.profile,
        rules={each.rule: rule_facts(each.rule, levels) for each in fresh if each.rule in BY_NAME},
    )


def rule_facts(name: str, levels: Mapping[str, Severity | None]) -> RuleFacts:
    """What a report needs to say about a rule."""
    rule, level = BY_NAME[name], levels[name]
    return RuleFacts(
        number=rule.number,
        name=name,
        family=rule.family.value,
        summary=rule.summary,
        page=rule.page,
        level=level.value if level is not None else None,
    )


def _weighed(found: Diagnostic, levels: Mapping[str, Severity | None], left: frozenset[str], *, draft: bool) -> Diagnostic | None:
    rule = BY_NAME.get(found.rule)
    if rule is None:
        return found
    level = levels[rule.name]
    if level is None or rule.name not in left:
        return None
    if draft and rule.in_drafts_warns and level is Severity.ERROR:
        level = Severity.WARNING
    return found if found.severity is level else replace(found, severity=level)


def _hides(found: Diagnostic, levels: Mapping[str, Severity | None]) -> bool:
    """True for a finding that keeps other rules from looking: a document or a name that means nothing."""
    rule = BY_NAME.get(found.rule)
    return rule is not None and rule.family in _FIRST and levels[rule.name] is Severity.ERROR


def _order(found: Diagnostic) -> tuple[str, int, int, int, str]:
    return found.path, found.line, found.column, _WEIGHT[found.severity], found.message


def _without(found: list[Diagnostic], baseline: Mapping[tuple[str, str, str], int]) -> tuple[list[Diagnostic], int]:
    if not baseline:
        return found, 0
    from avops.lint.baseline import key_of

    left = dict(baseline)
    fresh = []
    for each in found:
        key = key_of(each)
        if left.get(key, 0):
            left[key] -= 1
        else:
            fresh.append(each)
    return fresh, len(found) - len(fresh)
