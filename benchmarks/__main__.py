"""Runs every benchmark, prints one table, and writes `benchmarks/results.json`.

    python -m benchmarks            all
    python -m benchmarks engine     those whose name begins so

A benchmark is a module with `measure()`, which gives figures by name; the unit stands in the name. Figures are of
this machine at this moment: read ratios, and medians.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent
LIBRARIES = {"__init__", "__main__", "million_runs", "timing"}


def main() -> int:
    """The exit code: 1 when a benchmark could not be run."""
    wanted = sys.argv[1:]
    names = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in LIBRARIES)
    chosen = [name for name in names if not wanted or any(name.startswith(word) for word in wanted)]
    results: dict[str, float] = {}
    failed = []
    for name in chosen:
        began = time.perf_counter()
        try:
            figures = import_module(f"benchmarks.{name}").measure()
        except Exception as error:  # one broken benchmark does not hide the others
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            failed.append(name)
            continue
        for what, value in figures.items():
            print(f"{what:78} {value:14,.2f}", flush=True)
        results.update(figures)
        print(f"  ({name} took {time.perf_counter() - began:.0f} s)", flush=True)
    target = FOLDER / "results.json"
    known = json.loads(target.read_text(encoding="utf-8"))["figures"] if wanted and target.exists() else {}
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    document = {"measured_at": datetime.now(UTC).isoformat(timespec="minutes"), "machine": machine, "figures": {**known, **results}}
    target.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
