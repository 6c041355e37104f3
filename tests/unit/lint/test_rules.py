"""What all rules have in common, and the page that is made of them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from avops.errors import UsageError
from avops.lint import rules as rule_package
from avops.lint.documentation import page_text, rule_list, rules_markdown
from avops.lint.levels import severities
from avops.lint.rule import Family, Rule
from avops.lint.rules import BY_NAME, RULES
from avops.model.diagnostic import Severity
from avops.model.settings import LintSettings

ROOT = Path(__file__).parents[3]
FAMILIES = list(Family)


def test_the_list_is_complete_and_in_order() -> None:
    modules = {path.stem for path in Path(rule_package.__file__).parent.glob("*.py")} - {"__init__"}
    assert {rule.name.replace("-", "_") for rule in RULES} == modules
    assert [rule.number for rule in RULES] == sorted({rule.number for rule in RULES})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_what_it_is(rule: Rule) -> None:
    assert re.fullmatch(r"AV\d{3}", rule.number)
    assert FAMILIES[int(rule.number[2])] is rule.family
    lines = rule.page.strip().splitlines()
    assert lines[0].endswith(".")
    assert any(line.startswith("Wrong") and line.endswith(":") for line in lines)
    assert any(line.startswith("Right") and line.endswith(":") for line in lines)
    assert rule.levels.strict is not None


def test_docs_are_what_the_rules_say() -> None:
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == rules_markdown(), (
        "to write it anew: python -m avops.lint.documentation docs/rules.md"
    )


def test_pages() -> None:
    assert page_text("AV101").startswith("AV101 unknown-tool (references)\nminimal: error, team: error, strict: error\n")
    assert page_text("unknown-tool") == page_text("av101")
    assert len(rule_list().splitlines()) == len(RULES)
    with pytest.raises(UsageError, match="no rule is called 'unknown-tols'"):
        page_text("unknown-tols")


@pytest.mark.parametrize(("version", "level"), [("0.7.0", "warning"), ("0.7.12", "warning"), ("0.8.0", "error"), ("1.7.0", "error")])
def test_a_new_rule_is_a_warning_for_one_minor_version(version: str, level: str) -> None:
    rule = replace(BY_NAME["unknown-tool"], since="0.7")
    assert severities([rule], LintSettings(), version) == {"unknown-tool": Severity(level)}
    chosen = LintSettings(rules={"unknown-tool": "error"})
    assert severities([rule], chosen, version) == {"unknown-tool": Severity.ERROR}
