"""What importing the language brings in."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"pydantic", "jinja2", "json", "decimal", "difflib", "asyncio", "avops.expression.inference", "avops.model"}


def test_reading_expressions_imports_nothing_heavy() -> None:
    program = "import sys, avops.expression as e; e.parse_template('a {{ b }}').render({'b': 1}); print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert HEAVY.isdisjoint(answer.stdout.split())
