"""A file does not name its schema.

With the line, editors complete keys, show what they mean, and mark mistakes while one types. `avops lint --fix` adds
it.

Wrong:

    name: Display Fix

Right:

    # yaml-language-server: $schema=../schemas/recipe.schema.json
    name: Display Fix
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import HINT, Family, Finding, Rule
from avops.lint.schema_line import names_schema
from avops.project.yaml_source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import TextView


def _check(text: TextView) -> Iterator[Finding]:
    if text.valid and text.kind != "settings" and not names_schema(text.text):
        yield Finding("this file does not name its schema", hint="`avops lint --fix` adds the line", span=Span(1, 1, 1, 2))


RULE = Rule(number="AV904", name="missing-schema-line", family=Family.STYLE, levels=HINT, page=__doc__, text=_check, fixable=True)
