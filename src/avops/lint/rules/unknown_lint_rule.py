"""The lint settings name a rule that does not exist.

Wrong:

    lint:
      rules: {unknown-tol: off}

Right:

    lint:
      rules: {unnamed-step: off}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import meant
from avops.lint.levels import names_of
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import SettingsView


def _check(settings: SettingsView) -> Iterator[Finding]:
    from avops.lint.rules import RULES

    words = names_of(RULES)
    for word in settings.doc.lint.rules:
        if word.casefold() not in words:
            yield Finding(
                f"no rule is called '{word}'",
                ("lint", "rules", word),
                meant(word, words) or "`avops lint --explain all` lists the rules",
                at_key=True,
            )


RULE = Rule(number="AV911", name="unknown-lint-rule", family=Family.STYLE, levels=ALWAYS, page=__doc__, settings=_check)
