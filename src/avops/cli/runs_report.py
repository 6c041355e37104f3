"""`avops runs report`, `avops runs prune`, and opening what runs leave behind."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avops.errors import AvopsError, UsageError

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from avops.model.run import Artifact


def write_report(run: int, files: dict[str, Path | None]) -> int:
    """Writes a run's report to each file that was named, by kind (`pdf`, `html`, `md`); without any, Markdown to standard output."""
    from avops import wiring
    from avops.cli.screen import open_records, write_file, zone_of
    from avops.project.clock import SystemClock
    from avops.report import run_report
    from avops.telemetry import queries

    workspace = wiring.open_workspace()
    zone, now = zone_of(workspace.timezone), SystemClock().now()
    with open_records(workspace.database) as reader:
        report = run_report.report_of(
            queries.run(reader, run),
            queries.steps(reader, run),
            queries.artifacts(reader, run),
            queries.decisions(reader, run),
            zone=zone,
            now=now,
        )
    named = {kind: path for kind, path in files.items() if path is not None}
    for kind, path in named.items():
        if kind == "pdf":
            from avops.report.run_pdf import pdf

            write_file(path, pdf(report, now))
        else:
            write_file(path, run_report.html(report) if kind == "html" else run_report.markdown(report))
        print(path, file=sys.stderr)
    if not named:
        sys.stdout.write(run_report.markdown(report))
    return 0


def prune_runs(older_than: str, keep: int, *, dry_run: bool) -> int:
    """Deletes old ended runs and old slots of the schedule, and says how many."""
    from avops import wiring
    from avops.project.clock import SystemClock
    from avops.telemetry import upkeep
    from avops.telemetry.schedule_store import SqliteScheduleStore

    before = SystemClock().now() - age_of(older_than)
    database = wiring.open_workspace().database
    if dry_run:
        number = upkeep.prunable(database, older_than=before, keep=keep)
        print(f"would delete {number} run{'' if number == 1 else 's'}")
        return 0
    number = upkeep.prune(database, older_than=before, keep=keep)
    with SqliteScheduleStore(database) as store:
        slots = store.forget_slots(before)
    print(f"deleted {number} run{'' if number == 1 else 's'} and {slots} slot{'' if slots == 1 else 's'} of the schedule")
    if number:
        print("hint: avops db vacuum gives their space back to the disk", file=sys.stderr)
    return 0


def age_of(text: str) -> timedelta:
    """The age that a person typed: `90d`, `12w`, `48h`."""
    import re
    from datetime import timedelta

    found = re.fullmatch(r"(\d{1,5})\s*([hdw])", text.strip().lower())
    if found is None or not int(found[1]):
        raise UsageError(f"'{text}' is no age", hint="expected a number with h, d or w, such as 90d")
    return int(found[1]) * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[found[2]]


def open_artifacts(run: int, found: list[Artifact], root: Path) -> int:
    """Opens each artifact that has an address or a file, in what this machine opens such things with."""
    import webbrowser

    targets = [target for artifact in found if (target := _target(artifact, root)) is not None]
    if not targets:
        raise AvopsError(f"run {run} left nothing behind that can be opened", hint=f"avops runs artifacts {run}")
    for target in targets:
        print(target)
        if not webbrowser.open(target):
            raise AvopsError(f"this machine has nothing to open '{target}' with", hint="copy the address to another machine")
    return 0


def _target(artifact: Artifact, root: Path) -> str | None:
    """The address of an artifact: a web address as it was kept, or a file of the project."""
    if artifact.url and artifact.url.startswith(("https://", "http://")):
        return artifact.url
    if artifact.path:
        file = (root / artifact.path).resolve()
        if file.is_relative_to(root.resolve()) and file.is_file():
            return file.as_uri()
    return None
