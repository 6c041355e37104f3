"""Runs for people: called recipes, lists, unknown steps, simulated ones, comparisons."""

from __future__ import annotations

import asyncio
from datetime import UTC

import pytest
from tests.unit.engine.bench import Bench

from avops.connectors.scripted import Fault
from avops.report.compare import Side, compare_page, differences
from avops.report.run_steps import gather
from avops.report.run_view import run_page
from avops.report.sheet import Sheet

SHEET = Sheet(zone=UTC)
CHILD = """
name: Child
act:
  - {name: Set it, tool: room.set, with: {power: "on"}, undo: {tool: room.set, with: {power: "off"}}}
verify:
  - {name: Child looks, reading: {tool: room.get}, check: reading.power == 'on'}
"""
VERIFY = "verify:\n  - {name: It is on, reading: {tool: room.get}, check: reading.power == 'on'}\n"


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path, {"get": [{"power": "on"}], "set": [{}], "once": [Fault(hangs=True)]})
    made.more_texts = {"recipes/child.yaml": CHILD}
    yield made
    made.close()


def page(bench, run_id, **more):
    store = bench.store
    return run_page(SHEET, store.run(run_id), store.steps(run_id), store.artifacts(run_id), store.decisions(run_id), **more).text()


def test_the_steps_of_a_called_recipe_stand_below_its_step(bench):
    report = asyncio.run(bench.run(f"name: X\nact:\n  - {{name: Call it, recipe: Child}}\n{VERIFY}"))
    lines = page(bench, report.run_id).splitlines()
    caller = next(number for number, line in enumerate(lines) if "Call it" in line)
    assert lines[caller].startswith("  ✓ Call it")
    below = [line for line in lines[caller + 1 :] if line.startswith("    ✓ ")]
    assert [line.split("✓ ")[1].split("  ")[0] for line in below] == ["Set it", "Child looks"]
    assert lines.index("ACT") < caller
    assert lines.index("VERIFY") > caller


def test_every_entry_of_a_list_has_its_line(bench):
    recipe = "name: X\nverify:\n  - {name: Look, for_each: ['a', 'b'], tool: room.get, with: {id: '{{ item }}'}}\n"
    report = asyncio.run(bench.run(recipe))
    text = page(bench, report.run_id)
    assert "✓ Look[0]" in text
    assert "✓ Look[1]" in text


def test_nobody_knows_whether_an_unknown_step_happened(bench):
    recipe = "name: X\nact:\n  - {name: Do it, tool: room.once, timeout: 10ms, undo: none, why: w}\n"
    report = asyncio.run(bench.run(recipe))
    assert "? Do it  unknown" in page(bench, report.run_id)


def test_simulated_steps_and_runs_are_marked(bench):
    recipe = f"name: X\n{VERIFY}"
    report = asyncio.run(bench.run(recipe, options={"mock": True}))
    text = page(bench, report.run_id)
    assert text.splitlines()[0] == "Run 1  X  ✓ success  [simulated]"
    assert "✓ It is on  [simulated]" in text


def test_only_the_asked_step_and_what_it_calls(bench):
    report = asyncio.run(bench.run(f"name: X\nact:\n  - {{name: Call it, recipe: Child}}\n{VERIFY}"))
    text = page(bench, report.run_id, only="act.0")
    assert "Set it" in text
    assert "It is on" not in text


def test_a_step_that_is_going_on_is_shown_before_its_row_is_there(bench):
    report = asyncio.run(bench.run(f"name: X\n{VERIFY}"))
    readings = [row for row in bench.store.steps(report.run_id) if row.intent.kind == "reading"]
    (view,) = gather(readings)
    assert (view.status, view.name, view.took_s) == ("running", "It is on", None)


def side(bench, run_id):
    return Side(run=bench.store.run(run_id), start=bench.store.start(run_id), steps=bench.store.steps(run_id))


def test_inputs_and_documents_that_differ_are_named(bench):
    recipe = "name: X\ninputs: {power: {default: 'on'}}\n" + VERIFY
    first = asyncio.run(bench.run(recipe))
    second = asyncio.run(bench.run(f"{recipe}# changed\n", inputs={"power": "off"}))
    left, right = side(bench, first.run_id), side(bench, second.run_id)
    text = compare_page(SHEET, left, right).text()
    assert "input power: null / off" in text
    assert "document: recipes/r.yaml, changed" in text
    assert "Every step went the same way, with the same values." in text
    assert differences(left, right) == []
