"""What `run`, `resume`, `approve` and `workflow run` have in common: progress, the person, the last line, the exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from avops.engine.executor import RunReport
    from avops.engine.fleet import FleetProgress
    from avops.ports import Listener, Person
    from avops.wiring import Workspace

ANYWAY = "Go on although another run has written to the room meanwhile."
EXIT_NOT_SUCCESS = 1
EXIT_WAITING = 4
EXIT_INTERRUPTED = 130


def listener(*, quiet: bool = False) -> Listener:
    """Live progress on a terminal, plain lines elsewhere, nothing with `--json`; always on standard error."""
    from avops.report.progress import LiveProgress, PlainProgress, Silent

    if quiet:
        return Silent()
    if sys.stderr.isatty():
        from rich.console import Console

        return LiveProgress(Console(stderr=True, highlight=False))
    return PlainProgress(sys.stderr)


def reason_for(anyway: str | None) -> str | None:
    """What was said with `--anyway`; UsageError when it is no reason."""
    if anyway is not None and not anyway.strip():
        raise UsageError("--anyway needs a reason", hint="say what you have looked at: --anyway 'the room is empty'")
    return None if anyway is None else anyway.strip()


def fleet_listener(*, quiet: bool = False) -> Listener:
    """Beside `fleet_progress`: only what keeps a room waiting, on standard error."""
    from avops.report.silent import OnlyRooms, Silent

    if quiet:
        return Silent()
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""
    return OnlyRooms(lambda line: print(f"{clear}{line}", file=sys.stderr, flush=True))


def fleet_progress(*, quiet: bool = False) -> Callable[[FleetProgress], None]:
    """Rooms done, failed, left, and the estimated end: one line that is redrawn on a terminal, a line per tenth elsewhere."""
    from avops.model.duration import duration_text

    terminal = sys.stderr.isatty()
    told = 0

    def tell(progress: FleetProgress) -> None:
        nonlocal told
        tenth = progress.done * 10 // progress.total
        if quiet or (not terminal and tenth == told):
            return
        told = tenth
        left = progress.left_s
        estimate = f", about {duration_text(left)} left" if left else ""
        waiting = f", {progress.waiting} waiting" if progress.waiting else ""
        line = f"{progress.done} of {progress.total} done, {progress.failed} failed{waiting}{estimate}"
        print(f"\r\x1b[K{line}" if terminal else line, end="\n" if not terminal or not left else "", file=sys.stderr, flush=True)

    return tell


def person(workspace: Workspace) -> Person | None:
    """The person at the terminal, if both their keyboard and their screen are here."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    from avops.cli.terminal import TerminalPerson
    from avops.project.account import login_account

    return TerminalPerson(login_account(), workspace.settings.roles)


def finish(workspace: Workspace, report: RunReport, *, as_json: bool = False) -> int:
    """Prints `Run 42 success`, and gives the exit code."""
    from avops.model.run import RunStatus

    if as_json:
        print_json(workspace, report.run_id)
    else:
        for problem in report.problems:
            print(f"  ✗ {problem}", file=sys.stderr)
            if problem.hint:
                print(f"    hint: {problem.hint}", file=sys.stderr)
        mark = {"no": "", "partly": " [partly simulated]", "all": " [simulated]"}[report.simulated.value]
        print(f"Run {report.run_id} {report.status.value}{mark}")
        if report.error and not report.problems and report.status is not RunStatus.SUCCESS:
            print(f"  {report.error}", file=sys.stderr)
        if report.status is not RunStatus.SUCCESS:
            print(f"hint: avops runs show {report.run_id}", file=sys.stderr)
    if report.status is RunStatus.WAITING:
        return EXIT_WAITING
    if report.status is RunStatus.CANCELLED and (report.error or "").startswith("interrupted by a person"):
        return EXIT_INTERRUPTED
    return 0 if report.status is RunStatus.SUCCESS else EXIT_NOT_SUCCESS


def print_json(workspace: Workspace, run_id: int) -> None:
    """The run with its steps, artifacts and decisions, as `avops runs show --json` prints it."""
    from avops import wiring
    from avops.report.run_json import run_document

    with wiring.open_store(workspace) as store:
        print(run_document(store.run(run_id), store.steps(run_id), store.artifacts(run_id), store.decisions(run_id)))
