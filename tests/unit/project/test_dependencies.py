"""`docs/dependencies.md` gives a reason for every dependency."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TEXT = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?:`\w+` \| )?([\w.,() -]+?) \|", TEXT, re.MULTILINE)
IN_TABLES = {name.split(" ")[0] for row in ROWS for name in row.split(", ")}
EXTRAS = PROJECT["project"]["optional-dependencies"]


def names(requirements: list[str]) -> list[str]:
    return [re.split(r"[\[<>=~! ]", each)[0] for each in requirements]


@pytest.mark.parametrize("name", names(PROJECT["project"]["dependencies"]) + [name for extra in EXTRAS.values() for name in names(extra)])
def test_every_dependency_has_its_row(name):
    assert name in IN_TABLES


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_every_extra_is_named(extra):
    assert f"| `{extra}` |" in TEXT


@pytest.mark.parametrize("name", names(PROJECT["dependency-groups"]["dev"]))
def test_what_development_needs_is_listed(name):
    assert re.search(rf"\b{re.escape(name)}\b", TEXT)
