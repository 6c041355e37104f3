"""Every rule has a folder in `lint/`: `err.yaml` is a project in which it finds something, `ok.yaml` the same mended.

Both hold the text of each file by its path, `earlier:PATH` that at the merge base; what is not there comes from
`lint/base.yaml`. `expected.txt` is what the
rule says of `err.yaml`. `AVOPS_REGENERATE=1 python -m pytest tests/golden/test_lint.py` writes it anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from avops.lint.rules import RULES
from avops.lint.run import Request, lint
from avops.report.lint_text import lint_text
from avops.wiring.linting import lint_data, lint_scheduling

FOLDER = Path(__file__).parent / "lint"
BASE: dict[str, str] = yaml.safe_load((FOLDER / "base.yaml").read_text(encoding="utf-8"))


def check(case: Path, name: str, rule: str, root: Path) -> tuple[str, Any]:
    files: dict[str, str | bytes] = {**BASE, **yaml.safe_load((case / name).read_text(encoding="utf-8"))}
    earlier = {path.removeprefix("earlier:"): str(files.pop(path)).encode() for path in list(files) if path.startswith("earlier:")}
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
    report = lint(Request(start=root, select=[rule], scheduling=lint_scheduling(), earlier=earlier))
    return lint_text(lint_data(report)), report


@pytest.mark.parametrize("rule", [rule.name for rule in RULES if rule.name != "unreadable"])
def test_rule(rule: str, tmp_path: Path) -> None:
    case = FOLDER / rule
    said, report = check(case, "err.yaml", rule, tmp_path / "err")
    expected = case / "expected.txt"
    if os.environ.get("AVOPS_REGENERATE") == "1":
        expected.write_text(said, encoding="utf-8")
    assert report.diagnostics, "the rule finds nothing in err.yaml"
    assert said == expected.read_text(encoding="utf-8"), "to accept: AVOPS_REGENERATE=1 python -m pytest tests/golden/test_lint.py"
    fine, _ = check(case, "ok.yaml", rule, tmp_path / "ok")
    assert "nothing found" in fine, fine


def test_no_folder_is_left_of_a_rule_that_is_gone() -> None:
    assert sorted(path.name for path in FOLDER.iterdir() if path.is_dir()) == sorted(
        rule.name for rule in RULES if rule.name != "unreadable"
    )


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "avops.yaml").write_text("{}")
    (tmp_path / "recipes" / "gone.yaml").symlink_to(tmp_path / "recipes" / "gone.yaml")
    (tmp_path / "recipes" / "a.yaml").mkdir()
    (tmp_path / "recipes" / "b.yaml").write_text("name: B\nverify: [{confirm: It is on}]\n")
    report = lint(Request(start=tmp_path))
    assert [each.path for each in report.diagnostics if each.rule == "unreadable"] == []
    assert report.files == 2


def test_a_pipe_is_told_and_nobody_waits_for_it(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "avops.yaml").write_text("{}")
    os.mkfifo(tmp_path / "recipes" / "pipe.yaml")
    os.mkfifo(tmp_path / "sop.md")
    (tmp_path / "recipes" / "b.yaml").write_text(f"name: B\nsop: {{file: sop.md, sha256: {'a' * 64}}}\nverify: [{{confirm: It is on}}]\n")
    for paths in ([], [Path("recipes/pipe.yaml")]):
        found = lint(Request(start=tmp_path, paths=paths, select=["unreadable"])).diagnostics
        assert [(each.path, each.message) for each in found] == [
            ("recipes/pipe.yaml", "'recipes/pipe.yaml' cannot be read: it is no ordinary file")
        ]
