"""How much each rule weighs here: the profile, then what the settings say of single rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops import __version__
from avops.errors import UsageError
from avops.lint.rule import FIRST
from avops.model.diagnostic import Severity
from avops.project.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from avops.lint.rule import Rule
    from avops.model.settings import LintSettings


def severities(rules: Sequence[Rule], settings: LintSettings, version: str = __version__) -> dict[str, Severity | None]:
    """The severity of each rule by name; None is off. A rule of the settings that does not exist is left out.

    A rule that is new in this minor version is a warning at most, unless the settings say otherwise.
    """
    found: dict[str, Severity | None] = {}
    for rule in rules:
        level: Severity | None = getattr(rule.levels, settings.profile)
        is_new = rule.since != FIRST and version.split(".")[:2] == rule.since.split(".")[:2]
        found[rule.name] = Severity.WARNING if is_new and level is Severity.ERROR else level
    by_any_name = names_of(rules)
    for word, wanted in settings.rules.items():
        for name in by_any_name.get(word.casefold(), ()):
            found[name] = None if wanted == "off" else Severity(wanted)
    return found


def names_of(rules: Sequence[Rule]) -> Mapping[str, tuple[str, ...]]:
    """Rule names by all that people may write for them: the name, the number, a leading part of the number."""
    words: dict[str, list[str]] = {}
    for rule in rules:
        for word in {rule.name, rule.number.casefold(), *(rule.number[:length].casefold() for length in (2, 3, 4))}:
            words.setdefault(word, []).append(rule.name)
    return {word: tuple(names) for word, names in words.items()}


def chosen(rules: Sequence[Rule], select: Iterable[str], ignore: Iterable[str]) -> frozenset[str]:
    """The names of the rules that `--select` and `--ignore` leave; UsageError for a word that names none."""
    words = names_of(rules)
    wanted = _expanded(select, words) if (select := list(select)) else {rule.name for rule in rules}
    return frozenset(wanted - _expanded(ignore, words))


def _expanded(given: Iterable[str], words: Mapping[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    for word in given:
        names = words.get(word.strip().casefold())
        if names is None:
            near = did_you_mean(word, words)
            raise UsageError(f"no rule is called '{word}'", hint=near or "`avops lint --explain all` lists the rules")
        found.update(names)
    return found
