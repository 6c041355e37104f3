"""Every folder of `documents/` is a document with one mistake, or a few, and what is said about it.

A folder's name begins with the kind of document. `AVOPS_REGENERATE=1 python -m pytest tests/golden/test_documents.py`
writes the expected texts anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import pytest

from avops.project.documents import KINDS, Kind, load_document
from avops.report.diagnostics import render_diagnostics

CASES = sorted(path for path in (Path(__file__).parent / "documents").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_document(case: Path) -> None:
    kind = case.name.partition("-")[0]
    assert kind in KINDS
    path = f"{case.name}.yaml"
    said = render_diagnostics(load_document(cast("Kind", kind), (case / "input.yaml").read_bytes(), path).diagnostics) + "\n"
    expected = case / "expected.txt"
    if os.environ.get("AVOPS_REGENERATE") == "1":
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8"), "to accept: AVOPS_REGENERATE=1 python -m pytest tests/golden/test_documents.py"


def test_no_case_is_without_a_mistake() -> None:
    assert CASES
    assert [case.name for case in CASES if (case / "expected.txt").read_text(encoding="utf-8") == "\n"] == []
