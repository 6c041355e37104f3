"""The formats of lint, each held against what its readers take."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema

from avops.model.diagnostic import Diagnostic, Severity
from avops.report.lint_ci import lint_github, lint_gitlab
from avops.report.lint_json import lint_json
from avops.report.lint_junit import lint_junit
from avops.report.lint_report import LintData, RuleCard
from avops.report.lint_sarif import lint_sarif
from avops.report.lint_text import lint_concise, lint_text, summary

CARD = RuleCard(
    number="AV101", name="unknown-tool", family="references", summary="A tool is unknown", page="A tool is unknown.", level="error"
)
ODD = Diagnostic(
    rule="unknown-tool",
    severity=Severity.ERROR,
    message="no tool is called 'a,b: 100%\x1b[2J'",
    path="recipes/a b,c:ä.yaml",
    line=3,
    column=5,
    end_line=3,
    end_column=9,
    expected=("display", "zoom"),
    hint="did you mean 'zoom'?",
    snippet="  - tool: <x>",
)
NOTE = Diagnostic(rule="odd-rule", severity=Severity.INFO, message="a note & more", path="recipes/b.yaml")


def data(*found: Diagnostic, files: int = 3, **more: int) -> LintData:
    counts = {"silenced": 0, "known": 0, **more}
    return LintData(diagnostics=found, files=files, version="1.2.3", rules={"unknown-tool": CARD}, **counts)


def test_text_ends_with_the_counts() -> None:
    said = lint_text(data(ODD, NOTE))
    assert "[AV101 unknown-tool]" in said
    assert said.endswith("\n\n1 error, 1 info in 2 of 3 files\n")
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("found", "more", "expected"),
    [
        ((), {}, "3 files checked, nothing found"),
        ((), {"files": 1}, "1 file checked, nothing found"),
        ((ODD, ODD), {"silenced": 2}, "2 errors in 1 of 3 files (2 accepted by comments)"),
        ((NOTE,), {"known": 1, "silenced": 1}, "1 info in 1 of 3 files (1 accepted by comments, 1 in the baseline)"),
    ],
)
def test_summary(found: tuple[Diagnostic, ...], more: dict[str, int], expected: str) -> None:
    assert summary(data(*found, **more)) == expected


def test_concise_has_a_line_for_each() -> None:
    lines = lint_concise(data(ODD, NOTE)).splitlines()
    assert lines[0].startswith("recipes/a b,c:ä.yaml:3:5: error: no tool is called")
    assert lines[1] == "recipes/b.yaml:1:1: info: a note & more [odd-rule]"
    assert len(lines) == 3


def test_json_is_complete() -> None:
    document = json.loads(lint_json(data(ODD, NOTE)))
    assert document["counts"] == {"error": 1, "warning": 0, "info": 1}
    assert document["findings"][0] == {
        "path": ODD.path,
        "line": 3,
        "column": 5,
        "end_line": 3,
        "end_column": 9,
        "severity": "error",
        "rule": "unknown-tool",
        "number": "AV101",
        "message": ODD.message,
        "expected": ["display", "zoom"],
        "hint": "did you mean 'zoom'?",
    }
    assert document["findings"][1]["end_column"] == 2


def test_github_commands_are_escaped() -> None:
    first, second, _ = lint_github(data(ODD, NOTE)).splitlines()
    assert first == (
        "::error file=recipes/a b%2Cc%3Aä.yaml,line=3,col=5,endLine=3,endColumn=8,title=AV101 unknown-tool"
        "::no tool is called 'a,b: 100%25\x1b[2J'%0Aexpected one of: display, zoom%0Ahint: did you mean 'zoom'?"
    )
    assert second.startswith("::notice file=recipes/b.yaml,line=1,col=1,title=odd-rule::")


def test_gitlab_fingerprints_tell_equal_findings_apart_and_do_not_depend_on_lines() -> None:
    issues = json.loads(lint_gitlab(data(ODD, ODD, NOTE)))
    marks = [issue["fingerprint"] for issue in issues]
    assert len(set(marks)) == 3
    moved = Diagnostic(rule=ODD.rule, severity=ODD.severity, message=ODD.message, path=ODD.path, line=9)
    assert json.loads(lint_gitlab(data(moved)))[0]["fingerprint"] == marks[0]
    assert issues[0]["severity"] == "major"
    assert issues[0]["location"] == {"path": ODD.path, "lines": {"begin": 3, "end": 3}}
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}


def test_junit_is_xml_whatever_the_messages_say() -> None:
    root = ElementTree.fromstring(lint_junit(data(ODD, NOTE, files=4)))
    suite = root[0]
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    failure = suite[0][0]
    assert failure.tag == "failure"
    assert "no tool is called" in (failure.get("message") or "")
    assert suite[1][0].tag == "system-out"
    assert suite[2].get("name") == "2 files without findings"


def closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


TEXT = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = closed({"text": TEXT, "markdown": TEXT}, "text")
# The parts of SARIF 2.1.0 that are written here, after the standard's sections 3.13 (log), 3.14 (run), 3.19 (tool
# component), 3.27 (result), 3.28 to 3.30 (locations and regions), 3.49 and 3.50 (rules).
RULE = closed(
    {
        "id": TEXT,
        "name": TEXT,
        "shortDescription": MESSAGE,
        "help": MESSAGE,
        "defaultConfiguration": closed({"enabled": {"type": "boolean"}, "level": LEVEL}),
        "properties": {"type": "object", "properties": {"tags": {"type": "array", "items": TEXT, "uniqueItems": True}}},
    },
    "id",
)
REGION = closed({"startLine": COUNT, "startColumn": COUNT, "endLine": COUNT, "endColumn": COUNT})
ARTIFACT = closed({"uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~/%!$&'()*+,;=@-]+$"}, "uriBaseId": TEXT})
RESULT = closed(
    {
        "ruleId": TEXT,
        "ruleIndex": {"type": "integer", "minimum": -1},
        "level": LEVEL,
        "message": MESSAGE,
        "locations": {
            "type": "array",
            "items": closed({"physicalLocation": closed({"artifactLocation": ARTIFACT, "region": REGION}, "artifactLocation")}),
        },
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "message",
)
DRIVER = closed(
    {"name": TEXT, "version": TEXT, "semanticVersion": TEXT, "rules": {"type": "array", "items": RULE, "uniqueItems": True}}, "name"
)
RUN = closed(
    {
        "tool": closed({"driver": DRIVER}, "driver"),
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "originalUriBaseIds": {"type": "object", "additionalProperties": closed({"uri": TEXT, "description": MESSAGE})},
        "results": {"type": "array", "items": RESULT},
    },
    "tool",
)
LOG = closed({"$schema": TEXT, "version": {"const": "2.1.0"}, "runs": {"type": "array", "items": RUN}}, "version", "runs")


@pytest.mark.parametrize("found", [(), (ODD,), (ODD, NOTE, ODD)], ids=["none", "one", "several"])
def test_sarif_is_as_the_standard_has_it(found: tuple[Diagnostic, ...]) -> None:
    document = json.loads(lint_sarif(data(*found)))
    jsonschema.validate(document, LOG)
    StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate(document)  # the published schema of 2.1.0
    run = document["runs"][0]
    assert len(run["results"]) == len(found)
    for result in run["results"]:
        if "ruleIndex" in result:
            assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.parametrize(
    "broken", [{"version": "2.0.0"}, {"runs": [{}]}, {"runs": [{"tool": {"driver": {"name": "avops"}}, "results": [{"rank": "high"}]}]}]
)
def test_the_published_schema_refuses_what_is_not_sarif(broken: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate({**json.loads(lint_sarif(data(ODD))), **broken})


def test_sarif_percent_encodes_paths() -> None:
    document = json.loads(lint_sarif(data(ODD)))
    location = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "recipes/a%20b%2Cc%3A%C3%A4.yaml", "uriBaseId": "%SRCROOT%"}
