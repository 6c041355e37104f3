"""`avops sop convert --llm` against servers that speak the wire formats of both providers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from llmock.scenarios import Fail, Reply
from llmock.testing import LLMockServer

from avops.cli.main import run as avops

SOP = "# Wake the display\n\n1. Walk to the lectern and press the power button.\n2. Check that the picture is there.\n"


def step(lines: list[int], phase: str, kind: str, text: str) -> dict[str, object]:
    return {"lines": lines, "phase": phase, "kind": kind, "text": text, "when": None, "tool": None, "arguments": []}


GOOD = [
    step([3], "act", "manual", "Walk to the lectern"),
    step([3], "act", "manual", "Press the power button"),
    step([4], "verify", "confirm", "Check that the picture is there"),
]
BAD = step([3], "act", "do", "Order a new projector")


def reply(*steps: dict[str, object]) -> Reply:
    return Reply(
        text=json.dumps({"name": "Wake the display", "inputs": [], "steps": list(steps), "guardrails": [], "rollback": [], "left_out": []})
    )


@pytest.fixture(scope="module")
def server() -> Iterator[LLMockServer]:
    with LLMockServer() as started:
        yield started


@pytest.fixture(params=["openai", "anthropic"])
def project(request: pytest.FixtureRequest, server: LLMockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    server.state.scenarios.clear()
    server.state.journal.clear()
    url = server.base_url(request.param)
    (tmp_path / "avops.yaml").write_text(f"provider: {request.param}\nmodel: m-1\nbase_url: {url}\n")
    (tmp_path / "sops").mkdir()
    (tmp_path / "sops/wake.md").write_text(SOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def test_the_models_reading_becomes_the_draft_and_is_compared(
    project: Path, server: LLMockServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.state.scenarios.add(reply(*GOOD, BAD))
    server.state.scenarios.add(reply(*GOOD))
    assert avops(["sop", "convert", "--llm", "sops/wake.md"]) == 0
    said = capsys.readouterr()
    made = yaml.safe_load((project / "recipes/wake-the-display.yaml").read_text())
    assert [each["manual"] for each in made["act"]] == ["Walk to the lectern", "Press the power button"]
    assert made["draft"] is True
    assert "Wrote recipes/wake-the-display.yaml: 3 steps" in said.out
    assert "2 answers" in said.err
    assert "--- offline\n+++ with the model" in said.err
    assert "+  - manual: Walk to the lectern" in said.err
    assert "sops/wake.md:3  step" in said.err


def test_what_the_model_makes_up_is_told_and_not_written(project: Path, server: LLMockServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.state.scenarios.add(reply(*GOOD, BAD))
    server.state.scenarios.add(reply(*GOOD, BAD))
    assert avops(["sop", "convert", "--llm", "-q", "sops/wake.md"]) == 0
    assert "not taken: step 4 ('Order a new projector') says what lines 3 do not say" in capsys.readouterr().err
    assert "projector" not in (project / "recipes/wake-the-display.yaml").read_text()


def test_a_server_that_refuses_leaves_the_offline_conversion(
    project: Path, server: LLMockServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.state.scenarios.add(Fail(400))
    assert avops(["sop", "convert", "--llm", "-q", "sops/wake.md"]) == 0
    assert "this is the offline conversion" in capsys.readouterr().err
    assert (project / "recipes/wake-the-display.yaml").exists()


def test_without_a_model_it_is_said_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.md").write_text(SOP)
    monkeypatch.chdir(tmp_path)
    assert avops(["sop", "convert", "--llm", "-o", "-", "a.md"]) == 2
    (tmp_path / "avops.yaml").write_text("{}\n")
    assert avops(["sop", "convert", "--llm", "a.md"]) == 3
    assert "hint: avops settings set provider" in capsys.readouterr().err
    assert not (tmp_path / "recipes").exists()
