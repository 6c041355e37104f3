"""The published schemas: equal to the types, and of one mind with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import jsonschema
import pytest
from benchmarks.documents import recipe_text

from avops.model.diagnostic import Severity
from avops.project.documents import KINDS, Kind, load_document
from avops.project.schema import document_schema, schema_text, write_schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
CASES = sorted((ROOT / "tests" / "golden" / "documents").iterdir())

VALID: list[tuple[Kind, str]] = [
    ("recipe", recipe_text()),
    (
        "recipe",
        """
name: All steps
inputs: {channel: {default: "#a", enum: ["#a", 5, true]}}
guardrails: {rollback_on: [act, verify], rollback_actions: [{tool: a.b}, {notify: {slack: x, text: y}}]}
intake:
  - {ask: Which one?, id: which}
  - {tool: a.b, undo: auto, for_each: [1, 2], parallel: 2}
  - {do: Look at it, expect: {type: object}, undo: none}
  - {manual: Turn it on, source: "a.md:4"}
  - {check: which == 'x', for: 10s, within: 1m, hold: true}
  - {confirm: The picture is sharp, reading: {tool: a.b}}
  - {approve: Support_L2, expires: 24h}
  - {wait: 90s}
  - {wait: {until: a.b == 1, reading: {tool: a.b, with: {c: 1}}}}
  - {notify: {slack: "#a", text: Done}}
  - {recipe: Another, with: {a: 1}}
  - {set: {total: which}}
  - {artifact: {kind: ticket, title: T, id: "5"}}
""",
    ),
    ("agent", "name: A\ntools: {zoom: [get_room], display: '*'}\napprovals: {destructive: L2}\n"),
    ("workflow", "name: W\ntrigger: manual\n"),
    ("workflow", "name: W\ntrigger: {cron: '0 6 * * *', timezone: Europe/Berlin}\nmax_failures: 10%\nfor_each: rooms site=hq\n"),
    ("workflow", "name: W\ntrigger: {after: V, on: failed}\nstages: [{recipe: A}, {recipe: B, agent: C}]\nmax_failures: 3\n"),
    (
        "tool",
        "name: t\nkind: http\nbase_url: https://a.b/c\nauth: {type: bearer, token: env:T}\nactions: {a: {request: {path: /, json: [1]}}}\n",
    ),
    ("tool", "name: t\nkind: command\nactions: {a: {argv: [ls], effect: read}}\n"),
    ("settings", "mock: [zoom]\nroles: {L2: [alice]}\nlint: {rules: {x: 'off'}}\n"),
    ("settings", "mock: true\n"),
    ("test", "tests: [{name: One, expect: {status: success}}]\n"),
    (
        "test",
        """
recipe: Fix
room: {room: A, host: a.example}
tools: {a.b: [{power: "off"}, {fault: timeout}, {answer: {fault: 1}}, [1]], a.c: {power: "on"}, a.d: 5, a.e: {answer: [1]}}
people: {act.0: approve, Which one?: {answer: 5, by: kim}}
tests:
  - {name: One, now: "2026-03-02T10:00:00Z", expect: {status: failed, calls: [a.b, {tool: a.c, with: {x: 1}}], steps: {act.0: ok}}}
""",
    ),
]


def errors(kind: Kind, data: object) -> Iterator[jsonschema.ValidationError]:
    return cast(
        "Iterator[jsonschema.ValidationError]", jsonschema.Draft202012Validator(document_schema(kind)).iter_errors(cast("Any", data))
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_schema_is_that_of_the_types(kind: Kind) -> None:
    published = (ROOT / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8")
    assert published == schema_text(kind), "regenerate with: python -m avops.project.schema"
    jsonschema.Draft202012Validator.check_schema(document_schema(kind))


@pytest.mark.parametrize(("kind", "text"), VALID)
def test_valid_documents_pass_both(kind: Kind, text: str) -> None:
    loaded = load_document(kind, text, "a.yaml")
    assert loaded.diagnostics == ()
    assert [error.message for error in errors(kind, loaded.data)] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_broken_documents_fail_both(case: Path) -> None:
    kind = cast("Kind", case.name.partition("-")[0])
    loaded = load_document(kind, (case / "input.yaml").read_bytes(), "a.yaml")
    is_structural = any(each.severity is Severity.ERROR and not each.rule.startswith("yaml-") for each in loaded.diagnostics)
    assert any(errors(kind, loaded.data)) == is_structural or loaded.data is None


def test_the_pitfall_of_a_step_without_a_key_is_not_in_the_schema() -> None:
    assert any(errors("recipe", {"name": "R", "act": [{"name": "nothing to do"}]}))
    assert any(errors("recipe", {"name": "R", "act": [{"check": "x", "tool": "a.b"}]}))


def test_editors_have_something_to_show() -> None:
    definitions = document_schema("recipe")["$defs"]
    assert definitions["CheckStep"]["properties"]["check"]["description"].startswith("An expression that must be true.")
    assert "examples" in definitions["ToolStep"]["properties"]["tool"]


def test_the_schemas_are_written(tmp_path: Path) -> None:
    assert [path.name for path in write_schemas(tmp_path / "new")] == [f"{kind}.schema.json" for kind in KINDS]


@pytest.mark.parametrize("kind", KINDS)
def test_an_editor_has_words_to_show_over_every_key(kind: Kind) -> None:
    schema = document_schema(kind)
    definitions = schema.get("$defs", {})

    def words(entry: dict[str, Any]) -> object:
        return entry.get("description") or definitions.get(entry.get("$ref", "").rpartition("/")[2], {}).get("description")

    silent = [
        f"{name}.{key}"
        for name, definition in {"": schema, **definitions}.items()
        for key, entry in definition.get("properties", {}).items()
        if not words(entry)
    ]
    assert silent == []
