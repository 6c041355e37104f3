"""The rules' pages: for the terminal, and as one Markdown file (`python -m avops.lint.documentation docs/rules.md`)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avops.lint.levels import chosen
from avops.lint.rule import Family
from avops.lint.rules import BY_NAME, RULES

if TYPE_CHECKING:
    from avops.lint.rule import Rule

HEAD = """\
# The rules of `avops lint`

Each rule has a number and a name that do not change; either may be written wherever a rule is named. The first digit is
the family, so that `--select AV3` means the IPAV contract.

A rule is an error, a warning or a note (`info`), or off, by profile: `lint: {profile: minimal|team|strict}` in
`avops.yaml`, `team` by default. `lint: {rules: {NAME: off|info|warning|error}}` changes single rules. Lint fails on
errors; in the strict profile also on warnings. In recipes with `draft: true` the rules marked so are warnings. Of one
rule at most 100 findings are told for one file. A new rule is a warning at most for one minor version.

A finding that was looked at and accepted is silenced on its line, or for a whole step on the step's first line or the
line above it:

    # avops: ignore[destructive-without-hold] the room is closed on Sundays
    - tool: zoom.restart_room

`avops lint --write-baseline` keeps the findings of an old project in `lint-baseline.json`; from then on only new ones
are told. `avops lint --explain RULE` shows one of these pages.
"""


def rules_markdown() -> str:
    """The whole of `docs/rules.md`."""
    parts = [HEAD]
    for family in Family:
        rules = [rule for rule in RULES if rule.family is family]
        parts.append(f"## {family.value[:1].upper()}{family.value[1:]}\n")
        parts.append("| rule | | minimal | team | strict |\n|---|---|---|---|---|")
        parts += [_row(rule) for rule in rules]
        parts.append("")
        parts += [_section(rule) for rule in rules]
    return "\n".join(parts).rstrip() + "\n"


def _row(rule: Rule) -> str:
    levels = " | ".join(level.value if level is not None else "off" for level in rule.levels)
    return f"| [{rule.number} `{rule.name}`](#{rule.number.lower()}-{rule.name}) | {rule.summary} | {levels} |"


def _section(rule: Rule) -> str:
    return f"### {rule.number} `{rule.name}`\n\n{rule.page.strip()}\n{_notes(rule)}"


def _notes(rule: Rule) -> str:
    notes = []
    if rule.in_drafts_warns:
        notes.append("In drafts it is a warning.")
    if rule.fixable:
        notes.append("`avops lint --fix` mends it.")
    return f"\n{' '.join(notes)}\n" if notes else ""


def page_text(word: str) -> str:
    """The page of a rule for the terminal; UsageError when nothing has that name or number."""
    names = sorted(chosen(RULES, [word], ()), key=lambda name: BY_NAME[name].number)
    return "\n".join(_page(BY_NAME[name]) for name in names)


def _page(rule: Rule) -> str:
    levels = ", ".join(
        f"{profile}: {level.value if level is not None else 'off'}" for profile, level in zip(rule.levels._fields, rule.levels, strict=True)
    )
    return f"{rule.number} {rule.name} ({rule.family.value})\n{levels}\n\n{rule.page.strip()}\n{_notes(rule)}"


def rule_list() -> str:
    """A line for each rule."""
    width = max(len(rule.name) for rule in RULES)
    return "".join(f"{rule.number}  {rule.name:<{width}}  {rule.summary}\n" for rule in RULES)


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/rules.md").write_text(rules_markdown(), encoding="utf-8")
