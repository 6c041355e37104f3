"""What the engine refuses before a run, lint has called an error: over every project among lint's goldens.

The agent is one that may do everything, so that what is left are mistakes of the recipe.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from avops.engine.preflight import prepare
from avops.engine.request import Bundle
from avops.lint.run import Request, lint
from avops.model.agent import Agent
from avops.model.diagnostic import Severity
from avops.model.effect import Phase
from avops.project.documents import load_document

GOLDEN = Path(__file__).parents[1] / "golden" / "lint"
BASE: dict[str, str] = yaml.safe_load((GOLDEN / "base.yaml").read_text(encoding="utf-8"))
CASES = sorted(f"{path.parent.name}/{path.name}" for path in GOLDEN.glob("*/*.yaml"))


def loaded(files: dict[str, Any], kind: Any) -> dict[str, Any]:
    found = {path: load_document(kind, text, path).value for path, text in files.items() if path.startswith(f"{kind}s/")}
    return {path: value for path, value in found.items() if value is not None}


@pytest.mark.parametrize("case", CASES)
def test_lint_says_what_the_engine_refuses(case: str, tmp_path: Path) -> None:
    files: dict[str, Any] = {**BASE, **yaml.safe_load((GOLDEN / case).read_text(encoding="utf-8"))}
    for path, text in files.items():
        if not path.startswith("earlier:"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    settings = load_document("settings", files["avops.yaml"], "avops.yaml").value
    if settings is None:
        pytest.fail("the settings of this case cannot be read")
    recipes = loaded(files, "recipe")
    tools = {tool.name: tool for tool in loaded(files, "tool").values()}
    agent = Agent(name="operator", tools=dict.fromkeys(tools, "*"))
    report = lint(Request(start=tmp_path, profile="strict"))
    wrong = {each.path for each in report.diagnostics if each.severity is Severity.ERROR}
    for path, recipe in recipes.items():
        bundle = Bundle(
            recipe=recipe,
            agents=dict.fromkeys(Phase, agent),
            tools=tools,
            recipes={each.name.casefold(): each for each in recipes.values()},
            settings=settings,
        )
        told = [str(each) for each in prepare(bundle).problems]
        if told and not recipe.draft:
            broken = any(each.path.startswith("recipes/") and each.severity is Severity.ERROR for each in report.diagnostics)
            assert path in wrong or (broken and len(recipes) > 1), told
