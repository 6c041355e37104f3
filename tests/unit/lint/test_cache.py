"""What is remembered, and when it does not count any more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.lint.conftest import ZOOM, Checks

from avops.lint import parallel, project_check
from avops.lint.run import Request, lint
from avops.lint.sources import Source

CALLING = (
    "name: {name}\nintake:\n  - {{id: state, tool: zoom.get_room, with: {{room_id: zr-1}}}}\nplan:\n  - check: state.status == '{status}'\n"
)
OTHER = "name: {name}\nverify:\n  - confirm: It is on\n"


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The recipes that were judged anew."""
    seen: list[str] = []
    own = parallel.judge_all

    def judge_all(sources: list[Source], *arguments: object) -> object:
        seen.extend(source.path for source in sources)
        return own(sources, *arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(project_check, "judge_all", judge_all)
    return seen


def test_only_what_changed_is_judged_again(check: Checks, tmp_path: Path, judged: list[str]) -> None:
    files = {"recipes/a.yaml": CALLING.format(name="A", status="Free"), "recipes/b.yaml": OTHER.format(name="B")}
    options = {"cache": True, "cache_folder": tmp_path / "cache"}
    first = check(files, **options)
    assert sorted(judged) == ["recipes/a.yaml", "recipes/b.yaml"]
    judged.clear()
    assert check(files, **options) == first
    assert judged == []
    check({**files, "recipes/b.yaml": OTHER.format(name="B2")}, **options)
    assert judged == ["recipes/b.yaml"]
    judged.clear()
    changed = check({**files, "tools/zoom.yaml": ZOOM.replace("InMeeting", "Free")}, **options)
    assert judged == ["recipes/a.yaml", "recipes/b.yaml"][: len(judged)]
    assert "recipes/a.yaml" in judged
    assert [each.rule for each in first.diagnostics if each.path == "recipes/a.yaml" and each.severity == "error"]
    assert "impossible-comparison" not in {each.rule for each in changed.diagnostics}


def test_a_changed_tool_judges_only_those_who_use_it(check: Checks, tmp_path: Path, judged: list[str]) -> None:
    files = {"recipes/a.yaml": CALLING.format(name="A", status="Available"), "recipes/b.yaml": OTHER.format(name="B")}
    options = {"cache": True, "cache_folder": tmp_path / "cache"}
    check(files, **options)
    judged.clear()
    check({**files, "tools/zoom.yaml": ZOOM + "# changed\n"}, **options)
    assert judged == ["recipes/a.yaml"]


def test_a_new_recipe_of_the_same_name_is_told_in_both(check: Checks, tmp_path: Path) -> None:
    options = {"cache": True, "cache_folder": tmp_path / "cache", "select": ["ambiguous-name"]}
    files = {"recipes/a.yaml": OTHER.format(name="A")}
    assert check(files, **options).diagnostics == ()
    found = check({**files, "recipes/b.yaml": OTHER.format(name='"a"')}, **options).diagnostics
    assert [each.path for each in found] == ["recipes/a.yaml", "recipes/b.yaml"]


def test_a_changed_child_judges_its_caller_again(check: Checks, tmp_path: Path) -> None:
    options = {"cache": True, "cache_folder": tmp_path / "cache", "select": ["missing-input"]}
    caller = {"recipes/a.yaml": "name: A\nact:\n  - recipe: B\n"}
    assert check({**caller, "recipes/b.yaml": OTHER.format(name="B")}, **options).diagnostics == ()
    needs = OTHER.format(name="B") + "inputs: {channel: {}}\n"
    assert [each.path for each in check({**caller, "recipes/b.yaml": needs}, **options).diagnostics] == ["recipes/a.yaml"]
    assert check({**caller, "recipes/b.yaml": OTHER.format(name="B")}, **options).diagnostics == ()


def test_a_changed_sop_is_seen(check: Checks, tmp_path: Path) -> None:
    options = {"cache": True, "cache_folder": tmp_path / "cache", "select": ["sop-changed"]}
    sha = "6c5e2a0c1ee5a3a1d9f4b3d0d5b6d7c1a8f3e2b1c0d9e8f7a6b5c4d3e2f1a0b9"
    files = {"recipes/a.yaml": OTHER.format(name="A") + f"sop: {{file: sops/a.md, sha256: {sha}}}\n", "sops/a.md": "one\n"}
    assert len(check(files, **options).diagnostics) == 1
    (tmp_path / "project" / "sops" / "a.md").unlink()
    assert lint(Request(start=tmp_path / "project", cache=True, cache_folder=tmp_path / "cache", select=["sop-changed"])).diagnostics == ()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"code": "x", "entries": {}}', '{"code": 1, "entries": []}'])
def test_a_broken_cache_is_no_cache(check: Checks, tmp_path: Path, text: str) -> None:
    options = {"cache": True, "cache_folder": tmp_path / "cache"}
    files = {"recipes/a.yaml": CALLING.format(name="A", status="Free")}
    first = check(files, **options)
    for file in (tmp_path / "cache").iterdir():
        file.write_text(text)
    assert check(files, **options) == first


def test_entries_of_another_form_are_no_entries(check: Checks, tmp_path: Path) -> None:
    options = {"cache": True, "cache_folder": tmp_path / "cache"}
    files = {"recipes/a.yaml": CALLING.format(name="A", status="Free")}
    first = check(files, **options)
    for file in (tmp_path / "cache").iterdir():
        data = json.loads(file.read_text())
        data["entries"] = {key: [value[0] if isinstance(value, list) else value, 1, 2] for key, value in data["entries"].items()}
        file.write_text(json.dumps(data))
    assert check(files, **options) == first


def test_several_processes_find_the_same(check: Checks) -> None:
    files = {f"recipes/r{n}.yaml": CALLING.format(name=f"R{n}", status="Free" if n % 7 == 0 else "Available") for n in range(320)}
    alone = check(files)
    assert len([each for each in alone.diagnostics if each.rule == "impossible-comparison"]) == 46
    assert check(files, jobs=2) == alone
