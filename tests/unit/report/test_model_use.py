"""What a model did and took, in `runs show`, as JSON and while the run goes on."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import UTC
from decimal import Decimal

import pytest
from tests.unit.engine.bench import Bench

from avops.model.conversation import Usage
from avops.providers.scripted import ScriptedModel, asks, says
from avops.report.model_use import cost_words
from avops.report.progress import PlainProgress
from avops.report.run_json import run_document
from avops.report.run_view import run_page
from avops.report.sheet import Sheet

PRICED = Usage(input_tokens=1000, output_tokens=200, cost_usd=Decimal("0.0125"))
FREE = Usage(input_tokens=10, output_tokens=5)
RECIPE = """
name: X
act:
  - {name: Bring it back, do: Turn the display on}
verify:
  - {name: It is on, reading: {tool: room.get}, check: reading.power == 'never'}
"""


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path, {"get": [{"power": "off"}], "set": [{}]})
    made.model = ScriptedModel(
        [
            asks(("room__set", {"power": "on"}), ("room__restart", {}), usage=PRICED),
            says("It is on.", usage=FREE),
        ]
    )
    yield made
    made.close()


def page(bench, run_id, **more):
    store = bench.store
    return run_page(
        Sheet(zone=UTC), store.run(run_id), store.steps(run_id), store.artifacts(run_id), store.decisions(run_id), **more
    ).text()


def test_the_calls_stand_below_the_step_with_what_was_refused_and_what_was_taken_back(bench):
    report = asyncio.run(bench.run(RECIPE))
    lines = page(bench, report.run_id).splitlines()
    step = next(number for number, line in enumerate(lines) if "Bring it back" in line)
    below = [line.strip() for line in lines[step + 1 :]]
    assert "model    script, 2 turns, 1,215 tokens, $0.0125 and 15 tokens without a known price" in below
    assert any(line.startswith("call-1") and "room.set" in line for line in below)
    assert any("taken back" in line for line in below)
    assert any(line.startswith("call-2") and "room.restart" in line for line in below)
    assert any("refused by phase-contract" in line for line in below)
    assert any("It is on." in line for line in below)
    assert "taken back: room.set" in "\n".join(lines)
    assert not any("turn-1" in line for line in lines)
    assert any("turn-1" in line for line in page(bench, report.run_id, full=True).splitlines())
    assert "model     script, 2 turns" in "\n".join(lines[:12])


def test_json_has_the_sums_and_each_turn(bench):
    report = asyncio.run(bench.run(RECIPE))
    store = bench.store
    found = json.loads(run_document(store.run(report.run_id), store.steps(report.run_id), (), ()))
    assert found["model_use"] == {"turns": 2, "tokens": 1215, "cost_usd": 0.0125, "unpriced_tokens": 15, "models": ["script"]}
    turns = [step for step in found["steps"] if step["kind"] == "turn"]
    assert [(turn["key"], turn["tokens"]) for turn in turns] == [("act.0/turn-1", 1200), ("act.0/turn-2", 15)]


def test_while_it_goes_on_each_call_has_a_line_and_a_turn_has_none(bench):
    stream = io.StringIO()
    bench.heard = PlainProgress(stream)
    asyncio.run(bench.run(RECIPE))
    lines = stream.getvalue().splitlines()
    assert any(line.startswith("    ✓ room.set") for line in lines)
    assert any(line.startswith("    ") and "room.restart" in line for line in lines)
    assert "turn" not in stream.getvalue()


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0.0, 0, 0), ""),
        ((0.0, 10, 10), "price not known"),
        ((1.5, 10, 0), "$1.50"),
        ((0.004, 1010, 10), "$0.0040 and 10 tokens without a known price"),
    ],
)
def test_what_has_no_known_price_is_not_called_free(numbers, words):
    assert cost_words(*numbers) == words
