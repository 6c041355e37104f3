"""Whatever a document says, lint says something about it or nothing; it never fails, and never takes long."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avops.lint.run import Request, lint_text
from avops.project.documents import Kind
from avops.wiring.linting import lint_scheduling

SCHEMA = st.recursive(
    st.sampled_from(
        [
            {"type": "string"},
            {"type": "integer", "default": "x"},
            {"enum": ["on", "off"]},
            {"enum": []},
            {"const": [1]},
            {"type": 5},
            {"type": ["string", "null"]},
            {"$ref": "#/nowhere"},
            {},
        ]
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("object"), "properties": st.dictionaries(st.sampled_from(["a", "b"]), inner)}),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"properties": st.sampled_from([3, [], None])}),
    ),
    max_leaves=4,
)
TEXT = st.sampled_from(
    [
        "x",
        "",
        "{{ s.a }}",
        "{{ s.a.b }} and {{ item }}",
        "{{",
        "s.a == 'on'",
        "s",
        "item.result.a > 3",
        "not reading",
        "1 / 0",
        "a b",
        "s[0]['x']",
    ]
)
VALUE = st.recursive(
    st.one_of(TEXT, st.integers(-2, 2), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)),
    max_leaves=4,
)
ARGUMENTS = st.dictionaries(st.sampled_from(["a", "b", "host"]), VALUE, max_size=2)
CALL = st.fixed_dictionaries({"tool": st.sampled_from(["t.read", "t.write", "t.none", "u.x"]), "with": ARGUMENTS})
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["s", "z", "room"]),
        "when": TEXT.filter(bool),
        "for_each": st.one_of(TEXT, st.lists(VALUE, max_size=2)),
        "on_error": st.sampled_from(["stop", "continue"]),
        "timeout": st.sampled_from(["1s", "9d"]),
        "source": st.sampled_from(["a.md:1", "x"]),
    },
)
OWN = st.one_of(
    st.tuples(
        CALL, st.fixed_dictionaries({}, optional={"undo": st.one_of(st.sampled_from(["auto", "none"]), CALL), "retries": st.just(1)})
    ).map(lambda made: {**made[0], **made[1]}),
    st.fixed_dictionaries({"check": TEXT.filter(bool)}, optional={"reading": CALL, "hold": st.just(True), "within": st.just("3s")}),
    st.fixed_dictionaries({"do": TEXT}, optional={"expect": SCHEMA}),
    st.fixed_dictionaries({"ask": TEXT}, optional={"expect": SCHEMA}),
    st.fixed_dictionaries(
        {"wait": st.one_of(st.just("3s"), st.fixed_dictionaries({"until": TEXT.filter(bool)}, optional={"reading": CALL}))}
    ),
    st.fixed_dictionaries({"notify": st.fixed_dictionaries({"t": TEXT, "text": TEXT})}),
    st.fixed_dictionaries({"recipe": st.sampled_from(["A", "B"])}, optional={"with": ARGUMENTS}),
    st.fixed_dictionaries({"set": st.dictionaries(st.sampled_from(["a", "b"]), VALUE, min_size=1, max_size=2)}),
    st.fixed_dictionaries({"manual": TEXT}),
    st.fixed_dictionaries({"approve": st.just("Boss")}),
    st.fixed_dictionaries({"artifact": st.fixed_dictionaries({"kind": st.just("url"), "title": TEXT, "url": TEXT})}),
)
STEP = st.tuples(OPTIONS, OWN).map(lambda made: {**made[0], **made[1]})
RECIPE = st.fixed_dictionaries(
    {"name": st.just("A")},
    optional={
        **{phase: st.lists(STEP, max_size=3) for phase in ("intake", "plan", "act", "verify")},
        "inputs": st.dictionaries(
            st.sampled_from(["a", "b"]),
            st.fixed_dictionaries({}, optional={"default": VALUE, "pattern": st.sampled_from(["(", "a+"])}),
            max_size=2,
        ),
        "room": st.just("required"),
        "outputs": st.dictionaries(st.sampled_from(["a"]), TEXT.filter(bool)),
        "draft": st.booleans(),
    },
)
TOOL = st.fixed_dictionaries(
    {
        "name": st.just("t"),
        "kind": st.just("http"),
        "base_url": st.sampled_from(["https://x.example", "http://api.acme.com"]),
        "actions": st.fixed_dictionaries(
            {
                name: st.fixed_dictionaries(
                    {
                        "effect": st.just(name),
                        "request": st.just({"path": "/a"}),
                        "input": st.dictionaries(st.sampled_from(["a", "b", "to"]), SCHEMA),
                    },
                    optional={
                        "output": SCHEMA,
                        "notify": st.just({"to": "to", "text": "text"}),
                        "restore": st.fixed_dictionaries({"read": st.sampled_from(["read", "gone"])}),
                    },
                )
                for name in ("read", "write")
            }
        ),
    }
)
QUIET = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def judge(kind: Kind, document: object, start: Path) -> None:
    text = json.dumps(document)
    report = lint_text(text.encode(), Request(start=start, profile="strict", scheduling=lint_scheduling()), kind=kind)
    for each in report.diagnostics:
        assert each.line == 1
        assert 1 <= each.column <= len(text) + 1
        assert not each.message.endswith(".")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("tools", "recipes"):
        (tmp_path / name).mkdir()
    (tmp_path / "avops.yaml").write_text("{}")
    (tmp_path / "rooms.csv").write_text("room,name\nHQ-1,Boardroom\n")
    (tmp_path / "recipes" / "b.yaml").write_text("name: B\ninputs: {a: {type: integer}}\nact: [{recipe: A}]\noutputs: {a: inputs.a}\n")
    return tmp_path


@QUIET
@given(RECIPE, TOOL)
def test_recipes_and_tools(project: Path, recipe: dict[str, object], tool: dict[str, object]) -> None:
    (project / "tools" / "t.yaml").write_text(json.dumps(tool))
    judge("recipe", recipe, project)
    judge("tool", tool, project)


@QUIET
@given(RECIPE, st.data())
def test_recipes_with_something_out_of_place(project: Path, recipe: dict[str, object], data: st.DataObject) -> None:
    broken = copy.deepcopy(recipe)
    key = data.draw(st.sampled_from(sorted(broken)))
    broken[key] = data.draw(VALUE)
    judge("recipe", broken, project)


@QUIET
@given(
    st.fixed_dictionaries(
        {"name": st.just("W")},
        optional={
            "agent": st.sampled_from(["A", "none"]),
            "recipe": st.sampled_from(["B", "none"]),
            "trigger": st.sampled_from(
                ["manual", {"cron": "x"}, {"cron": "0 0 30 2 *"}, {"interval_minutes": 1}, {"after": "W"}, {"at": "2026-13-01T00:00Z"}]
            ),
            "stages": st.lists(st.fixed_dictionaries({"recipe": st.just("B")}, optional={"inputs": ARGUMENTS}), max_size=2),
            "inputs": ARGUMENTS,
            "for_each": st.sampled_from(["rooms", "rooms site=hq", "rooms x", "gone.csv", "../x"]),
            "room": st.sampled_from(["HQ-1", "none"]),
        },
    )
)
def test_workflows(project: Path, workflow: dict[str, object]) -> None:
    judge("workflow", workflow, project)


@QUIET
@given(st.binary(max_size=200))
def test_any_bytes(project: Path, data: bytes) -> None:
    for kind in ("agent", "recipe", "settings", "tool", "workflow"):
        lint_text(data, Request(start=project), kind=kind)
