"""Documents: values, one diagnostic per mistake, and what never happens."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from benchmarks.documents import recipe_text
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from avops.errors import DocumentError
from avops.model.diagnostic import Severity
from avops.model.recipe import Recipe
from avops.model.step import CheckStep, ToolStep
from avops.project.document_wording import PATTERNS
from avops.project.documents import KINDS, Kind, document_type, load_document
from avops.report.diagnostics import render_diagnostics

STEP = "name: R\nact:\n  - {step}\n"


def test_a_recipe_is_read() -> None:
    loaded = load_document("recipe", recipe_text(), "recipes/a.yaml")
    recipe = loaded.required()
    assert isinstance(recipe, Recipe)
    assert loaded.diagnostics == ()
    assert isinstance(recipe.act[0], ToolStep)
    assert isinstance(recipe.plan[0], CheckStep)
    assert recipe_text().count("\n") == 108


def test_warnings_leave_the_value() -> None:
    loaded = load_document("recipe", "name: R\nowner: 0815\n", "a.yaml")
    assert loaded.required().owner == "0815"
    assert [each.severity for each in loaded.diagnostics] == [Severity.WARNING]


def test_a_broken_document_has_no_value() -> None:
    loaded = load_document("recipe", "name: R\nnmae: S\n", "a.yaml")
    assert loaded.value is None
    assert loaded.data == {"name": "R", "nmae": "S"}
    with pytest.raises(DocumentError, match=r"a\.yaml:2:1: unknown key 'nmae'"):
        loaded.required()


def test_empty_settings_are_the_defaults() -> None:
    assert load_document("settings", "# all defaults\n", "avops.yaml").required().timezone is None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "settings"])
def test_other_empty_documents_are_refused(kind: Kind) -> None:
    (found,) = load_document(kind, "", "a.yaml").diagnostics
    assert found.message == "the file is empty"


ONE_MISTAKE = [
    "chekc: state.ok",
    "{tool: a.b, check: x}",
    "{name: only}",
    "Turn it on",
    "{gather: the number}",
    "{step: do it}",
    "{action: do it}",
    "[1]",
    "5",
    "~",
    "{tool: a.b, wiht: {}}",
    "{tool: a.b, with: [1]}",
    "{tool: a.b, undo: {tol: c.d}}",
    "{tool: a.b, undo: {}}",
    "{tool: a.b, undo: sometimes}",
    "{tool: a.b, retries: many}",
    "{wait: 5}",
    "{wait: [5]}",
    "{wait: {till: x}}",
    "{notify: x}",
    "{notify: {slack: x}}",
    "{set: {}}",
    "{set: {Bad Name: 1}}",
    "{artifact: {kind: tickets, title: x}}",
    "{artifact: ticket}",
    "{check: true}",
    "{tool: a}",
    "{tool: a.b, for_each: 5}",
    "{tool: a.b, for_each: {a: 1}}",
    "{tool: a.b, within: 5s}",
    "{check: x, reading: a.b}",
    "{check: x, reading: {tool: a.b, whit: {}}}",
    "{tool: a.b, id: Read It}",
    "{tool: a.b, parallel: 0}",
    "{tool: a.b, on_error: ignore}",
    "{tool: a.b, undo: 5}",
    "{approve: }",
    "{ask: [a]}",
]


@pytest.mark.parametrize("step", ONE_MISTAKE)
def test_one_mistake_in_a_step_gives_one_error_on_its_line(step: str) -> None:
    (found,) = load_document("recipe", STEP.format(step=step), "a.yaml").diagnostics
    assert (found.severity, found.line) == (Severity.ERROR, 3)
    assert found.column >= 4


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("workflow", "name: W\ntrigger: {crom: x}"),
        ("workflow", "name: W\ntrigger: {cron: 5}"),
        ("workflow", "name: W\ntrigger: {interval_minutes: 5.5}"),
        ("workflow", "name: W\ntrigger: {after: A, on: faild}"),
        ("workflow", "name: W\nmax_failures: []"),
        ("workflow", "name: W\nstages: [{recip: A}]"),
        ("agent", "name: A\ntools: {zoom: 5}"),
        ("agent", "name: A\ntools: {zoom: [5]}"),
        ("agent", "name: A\nrecipes: A"),
        ("settings", "mock: {a: 1}"),
        ("settings", "lint: {profile: x}"),
        ("tool", "name: t\nkind: http\nbase_url: https://a\nactions: {a: {request: {path: /, methd: GET}}}"),
        ("tool", "name: t\nkind: http\nbase_url: https://a\nactions: {}\nauth: {type: bearer, tokn: env:A}"),
        ("tool", "name: t\nkind: http\nbase_url: https://a\nactions: {}\nauth: {token: env:A}"),
        ("tool", "name: t\nkind: http\nbase_url: https://a\nactions: {}\nauth: x"),
        ("tool", "name: t\nactions: {}\nkind: 5"),
    ],
)
def test_one_mistake_elsewhere_gives_one_error(kind: Kind, text: str) -> None:
    (found,) = load_document(kind, text, "a.yaml").diagnostics
    assert found.line == len(text.splitlines())


def test_the_keys_that_may_stand_there_are_listed_sorted() -> None:
    (found,) = load_document("recipe", "name: R\nverson: 2\n", "a.yaml").diagnostics
    assert found.expected == tuple(sorted(found.expected))
    assert {"act", "version", "inputs"} <= set(found.expected)
    assert found.hint == "did you mean 'version'?"


def test_aliased_keys_are_listed_as_they_are_written() -> None:
    (found,) = load_document("recipe", STEP.format(step="{tool: a.b, witth: {}}"), "a.yaml").diagnostics
    assert "with" in found.expected
    assert "with_" not in found.expected


@pytest.mark.parametrize("secret", ["hunter2", "8675309", "[hunter2]", "{a: hunter2}", "'env: hunter2'", "1.5e7"])
def test_a_secret_is_never_shown(secret: str) -> None:
    text = f"name: t\nkind: http\nbase_url: https://a\nauth: {{type: bearer, token: {secret}}}\nactions: {{}}\n"
    loaded = load_document("tool", text, "a.yaml")
    assert loaded.value is None
    shown = render_diagnostics(loaded.diagnostics)
    for word in ("hunter2", "8675309", "1.5e7", "15000000"):
        assert word not in shown


def test_a_secret_is_not_shown_with_another_mistake_or_a_misspelt_key() -> None:
    for auth in ("{type: bearer, token: hunter2, x: 1}", "{type: bearer, tokn: hunter2}", "{type: basic, passwort: hunter2, user: [a]}"):
        text = f"name: t\nkind: http\nbase_url: https://a\nactions: {{}}\nauth: {auth}\n"
        assert "hunter2" not in render_diagnostics(load_document("tool", text, "a.yaml").diagnostics)


def patterns(schema: object) -> set[str]:
    if isinstance(schema, dict):
        own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
        return own.union(
            *(patterns(value) for value in schema.values()), *([set(schema["patternProperties"])] if "patternProperties" in schema else [])
        )
    return set[str]().union(*(patterns(value) for value in schema)) if isinstance(schema, list) else set()


def test_every_pattern_has_words() -> None:
    used = set[str]()
    for kind in KINDS:
        used |= patterns(TypeAdapter[Any](document_type(kind)).json_schema())
    assert used - set(PATTERNS) == set()


def test_an_empty_entry_of_a_list_beside_an_unknown_key() -> None:
    loaded = load_document("workflow", '{"name": null, "act": null, "stages": [null]}', "a.yaml")
    assert sorted(each.message for each in loaded.diagnostics) == [
        "'name' has no value; it must be text",
        "entry 1 of 'stages' has no value; it must be a mapping (lines of 'key: value')",
        "unknown key 'act'",
    ]


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 500), st.floats(allow_nan=False), st.text(max_size=12), st.sampled_from(["5s", "a.b", "x"])
)
WORDS = """
name act plan verify intake tool with undo check reading wait until notify text recipe set artifact kind title id guardrails
inputs default trigger cron agent agents stages actions request path auth type token base_url for_each tools limits mock
roles env http bearer
"""
KEYS = st.sampled_from(WORDS.split())
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5), max_leaves=25
)


@given(st.sampled_from(KINDS), st.dictionaries(KEYS, DATA, max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_data_gives_a_value_or_errors_that_can_be_shown(kind: Kind, data: dict[str, object]) -> None:
    text = json.dumps(data, ensure_ascii=True)
    loaded = load_document(kind, text, "a.yaml")
    errors = [each for each in loaded.diagnostics if each.severity is Severity.ERROR]
    assert (loaded.value is None) == bool(errors)
    places = [(each.line, each.column, each.end_column, each.message) for each in errors]
    assert len(places) == len(set(places))
    render_diagnostics(loaded.diagnostics)
    if errors and errors[0].rule.startswith("yaml"):
        return
    assert all(each.line == 1 and 1 <= each.column <= len(text) + 1 for each in errors)


LARGE = {
    "unknown keys": "name: R\n" + "".join(f"key_{number}: 1\n" for number in range(20_000)),
    "unknown steps": "name: R\nact:\n" + "- {chekc: a}\n" * 12_000,
    "missing keys": "name: R\ninputs:\n" + "".join(f"  i{number}: {{typ: a, b: c}}\n" for number in range(6_000)),
    "warnings": "name: R\nact:\n- tool: a.b\n  with:\n" + "".join(f"    a{each}: 0{each}\n    b{each}: #x\n" for each in range(10_000)),
    "aliases": "name: R\nact:\n- &a {chekc: " + "x" * 1000 + "}\n" + "- *a\n" * 10_000,
    "one line": "{name: R, act: [" + "{chekc: a}, " * 12_000 + "]}",
    "long keys": "name: R\n" + "".join(f"{'k' * 500}{number}: 1\n" for number in range(1_500)),
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_a_large_broken_document_is_told_in_bounds(text: str) -> None:
    loaded = load_document("recipe", text, "a.yaml")
    assert 1 <= len(loaded.diagnostics) <= 151
    render_diagnostics(loaded.diagnostics)


def test_mistakes_beyond_a_hundred_are_counted() -> None:
    last = load_document("recipe", LARGE["unknown keys"], "a.yaml").diagnostics[-1]
    assert last.message == "19,900 more mistakes are not shown"


def test_every_kind_has_a_type() -> None:
    assert set(get_args(Kind)) == set(KINDS)
