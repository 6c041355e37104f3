"""`python -m tests.e2e.crash --trials 2000`: kills runs and continues them; exits 1 when a promise was broken."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time

from tests.e2e.crash.harness import Report, run_trials


def main() -> int:
    """Prints the report; the exit code."""
    parser = argparse.ArgumentParser(prog="crash", description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed; a failed one is repeated with --seed N --trials 1")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    began = time.monotonic()
    report = Report()
    seeds = range(options.seed, options.seed + options.trials)
    size = -(-len(seeds) // options.jobs)
    for data in _in_parallel([seeds[start : start + size] for start in range(0, len(seeds), size)]):
        report.add(data)
    print(f"{report.trials} trials, {report.lives} lives, {sum(report.kills.values())} killed, in {time.monotonic() - began:.0f} s")
    print("killed: " + ", ".join(f"{kind} {count}" for kind, count in sorted(report.kills.items())))
    print("said of steps that nobody saw end: " + ", ".join(f"{word} {count}" for word, count in sorted(report.words.items())))
    for problem in report.problems:
        print(problem)
    return 1 if report.problems or report.trials != options.trials else 0


def _in_parallel(parts: list[range]) -> list[dict]:
    """The reports of the parts, each from a process of its own."""
    pipes = []
    for part in parts:
        read, write = os.pipe()
        if not os.fork():
            os.close(read)
            with os.fdopen(write, "w") as out:
                json.dump(run_trials(part).as_data(), out)
            os._exit(0)
        os.close(write)
        pipes.append(read)
    reports = []
    for read in pipes:
        with os.fdopen(read) as answer:
            reports.append(json.loads(answer.read()))
        os.wait()
    return reports


if __name__ == "__main__":
    sys.exit(main())
