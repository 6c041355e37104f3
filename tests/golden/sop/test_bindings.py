"""What each step of our own SOPs must call, with its arguments: written down from the SOP, not from the converter.

`bindings/NAME.yaml` lists the calls in the order of the SOP: `phase tool.action argument=value …`, several phases where the
SOP leaves it open, and `when=` for a condition. Whatever is bound and not listed is an error, too.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from avops.sop.convert import convert
from avops.sop.steps import DraftStep

from .catalog import TOOLS

FOLDER = Path(__file__).parent / "bindings"
SOPS = sorted(path for path in FOLDER.iterdir() if path.suffix != ".yaml")


def calls(path: Path) -> list[tuple[str, str]]:
    """(phase, call) of each bound step, in the order of the SOP's lines."""
    made = convert(path.read_text(encoding="utf-8"), file=path.name, tools=TOOLS)
    rows = [(step.phase, call(step)) for step in sorted(made.steps, key=lambda step: step.line)]
    return [row for row in rows if row[1]]


def call(step: DraftStep) -> str:
    if step.key == "notify" and isinstance(step.value, dict):
        tool = next(iter(step.value))
        return f"{tool} channel={step.value[tool]}" + (f" when={step.when}" if step.when else "")
    where = step.reading if step.reading else {"tool": step.value, "with": step.with_} if step.key == "tool" else {}
    if not where:
        return ""
    given = where.get("with") or {}
    assert isinstance(given, dict)
    return " ".join([str(where["tool"]), *(f"{key}={value}" for key, value in given.items())]) + (f" when={step.when}" if step.when else "")


@pytest.mark.parametrize("path", SOPS, ids=lambda path: path.stem)
def test_steps_call_what_the_sop_says(path: Path) -> None:
    wanted = [str(row).partition(" ") for row in yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))]
    made = calls(path)
    assert [row[1] for row in made] == [row[2] for row in wanted]
    assert all(phase in row[0].split("/") for (phase, _), row in zip(made, wanted, strict=True))
