"""Which files are looked at, and what severities come out."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.lint.conftest import Checks

from avops.errors import AvopsError, UsageError
from avops.lint.run import Request, lint, lint_text

UNKNOWN = "name: {name}\nact:\n  - tool: zom.x\n"


def test_the_whole_project_from_any_folder(check: Checks, tmp_path: Path) -> None:
    check({"recipes/deep/a.yaml": UNKNOWN.format(name="A")})
    report = lint(Request(start=tmp_path / "project" / "recipes" / "deep", select=["unknown-tool"]))
    assert [each.path for each in report.diagnostics] == ["recipes/deep/a.yaml"]
    assert report.files == 3


def test_named_files_and_folders_only(check: Checks, tmp_path: Path) -> None:
    files = {f"recipes/{name}.yaml": UNKNOWN.format(name=name) for name in "abc"}
    root = tmp_path / "project"
    report = check(files, paths=[Path("recipes/b.yaml")], select=["AV1"])
    assert [each.path for each in report.diagnostics] == ["recipes/b.yaml"]
    assert report.files == 1
    report = lint(Request(start=root / "tools", paths=[Path("../recipes")], select=["AV1"]))
    assert len(report.diagnostics) == report.files == 3


def test_a_path_that_is_not_there(check: Checks) -> None:
    with pytest.raises(UsageError, match="there is no file or folder 'nowhere'"):
        check({}, paths=[Path("nowhere")])


def test_nothing_to_check_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    with pytest.raises(AvopsError, match="there is nothing to check here"):
        lint(Request(start=tmp_path))


def test_no_project_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AvopsError, match="there is no avops project here"):
        lint(Request(start=tmp_path))


def test_a_folder_without_settings_is_a_project_when_it_has_recipes(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "a.yaml").write_text(UNKNOWN.format(name="A"))
    assert [each.rule for each in lint(Request(start=tmp_path, select=["AV1"])).diagnostics] == ["unknown-tool"]


def test_a_file_beside_the_folders_is_judged_by_its_keys(check: Checks, tmp_path: Path) -> None:
    root = tmp_path / "project"
    check({"draft.yaml": "name: W\nagent: nobody\nrecipe: none\n", "recipes/a.yaml": "name: A\n"})
    report = lint(Request(start=root, paths=[Path("draft.yaml")], select=["AV1"]))
    assert [each.rule for each in report.diagnostics] == ["unknown-agent", "unknown-recipe"]


def test_standard_input_stands_for_the_file_of_its_name(check: Checks, tmp_path: Path) -> None:
    check({"recipes/a.yaml": "name: A\n"})
    report = lint_text(UNKNOWN.format(name="a").encode(), Request(start=tmp_path / "project", select=["AV1"]))
    assert [(each.path, each.rule) for each in report.diagnostics] == [("<stdin>", "unknown-tool")]


def test_standard_input_without_a_project_is_judged_by_itself(tmp_path: Path) -> None:
    report = lint_text(b"name: A\nact:\n  - tool: zoom.x\n    approvel: B\n", Request(start=tmp_path))
    assert [each.rule for each in report.diagnostics] == ["unknown-key"]
    fine = lint_text(b"name: A\nact:\n  - {tool: zoom.x, approval: B}\n", Request(start=tmp_path, select=["AV1"]))
    assert fine.diagnostics == ()


@pytest.mark.parametrize(("profile", "severity"), [("minimal", None), ("team", "warning"), ("strict", "warning")])
def test_profiles(check: Checks, profile: str, severity: str | None) -> None:
    files = {"avops.yaml": f"lint: {{profile: {profile}}}\n", "recipes/a.yaml": "name: A\nverify: [{confirm: It is on}]\n"}
    found = [each.severity.value for each in check(files).diagnostics if each.rule == "no-timeout"]
    assert found == ([severity] if severity else [])


def test_single_rules_by_settings(check: Checks) -> None:
    settings = "lint: {rules: {no-timeout: error, AV906: 'off', missing-schema-line: info}}\n"
    report = check({"avops.yaml": settings, "recipes/a.yaml": "name: A\nverify: [{confirm: It is on}]\n"})
    levels = {each.rule: each.severity.value for each in report.diagnostics if each.path == "recipes/a.yaml"}
    assert levels == {"no-timeout": "error", "missing-schema-line": "info"}


def test_what_is_selected_is_told_whatever_the_profile_says(check: Checks) -> None:
    files = {"avops.yaml": "lint: {profile: minimal}\n", "recipes/a.yaml": "name: A\nverify: [{confirm: It is on}]\n"}
    assert [each.severity.value for each in check(files, select=["unowned"]).diagnostics] == ["warning"]


def test_a_rule_that_does_not_exist_cannot_be_selected(check: Checks) -> None:
    with pytest.raises(UsageError, match="no rule is called 'unknown-tol'") as caught:
        check({}, select=["unknown-tol"])
    assert caught.value.hint == "did you mean 'unknown-tool'?"


def test_contract_findings_are_warnings_in_drafts(check: Checks) -> None:
    report = check({"recipes/a.yaml": "name: A\ndraft: true\n"}, select=["no-steps"])
    assert [each.severity.value for each in report.diagnostics] == ["warning"]
    assert not report.has_findings


def test_only_errors_fail_but_in_the_strict_profile_warnings_too(check: Checks) -> None:
    files = {"recipes/a.yaml": "name: A\ndescription: d\nverify: [{confirm: It is on}]\n"}
    assert not check(files).has_findings
    assert check(files, profile="strict").has_findings


def test_a_baseline_hides_what_it_holds_as_often_as_it_holds_it(check: Checks) -> None:
    from avops.lint.baseline import baseline_text, read_baseline

    files = {"recipes/a.yaml": "name: A\nact:\n  - tool: zom.x\n"}
    known = read_baseline(baseline_text(check(files, select=["AV1"]).diagnostics), "b.json")
    moved = {"recipes/a.yaml": "name: A\n\nact:\n  - name: Look\n    tool: zom.x\n"}
    report = check(moved, select=["AV1"], baseline=known)
    assert (report.diagnostics, report.known) == ((), 1)
    twice = {"recipes/a.yaml": "name: A\nact:\n  - tool: zom.x\n  - tool: zom.x\n"}
    assert len(check(twice, select=["AV1"], baseline=known).diagnostics) == 1


def test_a_baseline_that_is_none() -> None:
    from avops.lint.baseline import read_baseline

    for text in ("", "[]", '{"version": 2, "findings": []}', '{"version": 1}'):
        with pytest.raises(UsageError, match=r"'b\.json' is no lint baseline"):
            read_baseline(text, "b.json")


def test_secrets_are_starred_out_of_all_lines_shown(check: Checks) -> None:
    text = "name: A\ninputs: {pin: {secret: true, default: '4711', pattern: '['}, password: {secret: true, default: hunter2}}\n"
    report = check({"recipes/a.yaml": text})
    assert any(each.rule == "bad-pattern" for each in report.diagnostics)
    for each in report.diagnostics:
        assert "4711" not in (each.snippet or "") + each.message
        assert "hunter2" not in (each.snippet or "") + each.message
