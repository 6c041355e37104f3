"""What `artifact` steps make of a run: its report as a page or PDF, and drafts of articles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from avops.errors import AvopsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avops.model.run import Run, Simulated, StepRecord
    from avops.ports import Clock
    from avops.report.run_report import RunReport
    from avops.telemetry.run_store import SqliteRunStore

SO_FAR = "Still running when this was made: it covers what was recorded before the step that made it."


class RunDocuments:
    """`ArtifactMaker` over a project's folder and its database; times are shown in `timezone`."""

    def __init__(self, root: Path, store: SqliteRunStore, timezone: str, clock: Clock | None = None) -> None:
        from avops.project.clock import SystemClock

        self._root = root
        self._store = store
        self._timezone = timezone
        self._clock = clock or SystemClock()

    def report(self, run_id: int, kind: str) -> bytes:
        """A report of what is recorded of the run so far, which says so: a page that needs nothing else, or A4 pages."""
        from avops.report.run_pdf import pdf
        from avops.report.run_report import html

        report = self._report(run_id)
        return pdf(report, self._clock.now()) if kind == "pdf" else html(report).encode()

    def text_pdf(self, title: str, text: str) -> bytes:
        """A text on A4 pages."""
        from avops.report.text_pdf import text_pdf

        return text_pdf(title, text, self._clock.now())

    def article(self, run_id: int, title: str, text: str | None) -> str:
        """The path of a draft below `kb/`. One that is there and says something else is left alone: the run's number joins the name."""
        from avops.kb.article import front_text, parse_article
        from avops.kb.folder import write_new
        from avops.kb.writing import plain
        from avops.project.names import slug
        from avops.report.run_report import markdown

        run = self._store.run(run_id)
        how = simulated_so_far(run, self._store.steps(run_id)).value
        from avops.kb.reading import tidy

        shown = tidy(title)[:200] or "Untitled"
        front = {
            "title": shown,
            "tags": ["run"],
            "status": "draft",
            "created": f"{run.started_at:%Y-%m-%dT%H:%M:%SZ}",
            "made_by": "run",
            "run": run_id,
            "simulated": None if how == "no" else how,
        }
        body = markdown(self._report(run_id)) if text is None else f"# {plain(shown)}\n\n{text.strip()}\n"
        whole = f"{front_text(front)}\n{body}"
        name = slug(shown)[:80].strip("-") or "untitled"
        for path in (f"kb/{name}.md", f"kb/{name}-run-{run_id}.md"):
            file = self._root / path
            if not file.exists() and not file.is_symlink():
                parse_article(whole, path)
                write_new(self._root, path, whole)
                return path
            if self._is_own(path, run_id) if text is None else file.is_file() and file.read_bytes() == whole.encode():
                return path  # the step is done again, after a crash
        raise AvopsError(f"'kb/{name}-run-{run_id}.md' is there already, and says something else", hint="rename it")

    def _is_own(self, path: str, run_id: int) -> bool:
        """Whether the file is a draft that this run made."""
        from avops.kb.folder import read_article

        try:
            front = read_article(self._root, path).front
        except AvopsError:
            return False
        return front.run == run_id and front.made_by == "run" and front.status == "draft"

    def _report(self, run_id: int) -> RunReport:
        from zoneinfo import ZoneInfo

        from avops.report.run_report import report_of

        store = self._store
        run, steps = store.run(run_id), store.steps(run_id)
        told = replace(run, simulated=simulated_so_far(run, steps))
        zone = ZoneInfo(self._timezone)
        report = report_of(told, steps, store.artifacts(run_id), store.decisions(run_id), zone=zone, now=self._clock.now())
        return report if run.status.is_final else replace(report, result=SO_FAR)


def simulated_so_far(run: Run, steps: Sequence[StepRecord]) -> Simulated:
    """How much of a run was simulated by now: the run itself says so when it has ended."""
    from avops.model.run import Simulated, StepStatus

    if run.status.is_final:
        return run.simulated
    called = [step.intent.simulated for step in steps if step.intent.tool is not None and step.status is not StepStatus.SKIPPED]
    if not any(called):
        return Simulated.NO
    return Simulated.ALL if all(called) else Simulated.PARTLY
