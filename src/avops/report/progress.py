"""Listeners that tell a person what a run is doing: plain lines, or a spinner with the running step on a terminal."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from avops.model.run import StepStatus
from avops.report.formats import STEP_STYLES, duration, on_one_line, step_mark, to_decide
from avops.report.sheet import ATTENTION, BAD, QUIET, STRONG, Page, Sheet, glyphs_for
from avops.report.silent import Silent
from avops.report.step_keys import place_of

__all__ = ["LiveProgress", "PlainProgress", "Silent"]

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console
    from rich.status import Status

    from avops.model.run import Question, RunEnd, RunStart, StepIntent, StepResult
    from avops.report.sheet import Span

_UNTOLD = ("reading", "hold", "turn")
"""Kinds of rows that belong to another step, which tells of them when it ends."""
_PLAIN_WIDTH = 400


class _Account:
    """What is said of runs: one line per ended step, a heading per phase; with several runs at once, each line names its own."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._runs: dict[int, str] = {}
        self._phases: dict[int, str] = {}
        self._simulated: set[tuple[int, str]] = set()

    def started(self, run_id: int, start: RunStart) -> Page:
        page = Page(self._sheet)
        self._runs[run_id] = start.room or f"run {run_id}"
        if len(self._runs) == 1:
            where = f" in {start.room}" if start.room else ""
            page.line((f"Run {run_id}", STRONG), f": {start.recipe}{where}, by {start.agent}")
        return page

    def ended(self, run_id: int, intent: StepIntent, result: StepResult) -> Page:
        page = Page(self._sheet)
        place = place_of(intent.key)
        if intent.simulated:
            self._simulated.add((run_id, place.owner))
        if intent.kind in _UNTOLD and (result.status is not StepStatus.CANCELLED):
            return page
        indent = self._heading(page, run_id, intent.phase) + (2 if place.part.startswith("call-") else 0)
        prefix = self._prefix(run_id, intent.phase)
        took = (result.finished_at - intent.started_at).total_seconds()
        spans: list[Span] = [prefix, (f"{step_mark(result.status, self._sheet.glyphs)} ", STEP_STYLES[result.status]), _title(intent)]
        if place.owner.endswith("]") and not place.part:
            spans.append(f" {place.owner[place.owner.rindex('[') :]}")
        if intent.attempt > 1 and intent.tool and not place.part:
            spans.append((f" (attempt {intent.attempt})", QUIET))
        if took >= _WORTH_TELLING_S and result.status is not StepStatus.SKIPPED:
            spans.append((f"  {duration(took)}", QUIET))
        if (run_id, place.owner) in self._simulated:
            spans.append(("  [simulated]", ATTENTION))
        page.line(*spans, indent=indent + 2 * place.depth)
        if result.actor:
            page.line((f"  {_said(result)}", QUIET), indent=indent + 2 * place.depth)
        if result.error and result.actor is None:
            style = BAD if result.status in (StepStatus.FAILED, StepStatus.UNKNOWN) else QUIET
            page.line((f"  {result.error}", style), indent=indent + 2 * place.depth)
        return page

    def waits(self, run_id: int, decision_id: int, question: Question) -> Page:
        page = Page(self._sheet)
        indent = self._heading(page, run_id, question.phase)
        glyphs = self._sheet.glyphs
        page.line(self._prefix(run_id, question.phase), (f"{glyphs.active} ", ATTENTION), f"waits: {question.prompt}", indent=indent)
        call = question.call
        if isinstance(call, dict):
            page.line((f"  {call.get('tool')} {on_one_line(call.get('with') or {})}", QUIET), indent=indent)
        role = f"  (role {question.role})" if question.role else ""
        page.line("  ", (to_decide(decision_id, question.kind, run_id), STRONG), role, indent=indent)
        return page

    def room_busy(self, run_id: int, room: str, holder: int) -> Page:
        page = Page(self._sheet)
        own = f"{self._runs[run_id]}: " if len(self._runs) > 1 and run_id in self._runs else ""
        indent = 2 if run_id in self._phases and not own else 0
        page.line(own, (f"{self._sheet.glyphs.active} ", ATTENTION), f"waits for room {room}, held by run {holder}", indent=indent)
        return page

    def _heading(self, page: Page, run_id: int, phase: str) -> int:
        """The indent of the lines below the phase's heading, which is put on the page when the phase is new."""
        if len(self._runs) > 1:
            return 0
        if self._phases.get(run_id) != phase:
            self._phases[run_id] = phase
            page.line((phase.capitalize(), STRONG))
        return 2

    def _prefix(self, run_id: int, phase: str) -> str:
        return f"{self._runs.get(run_id, run_id)} {phase}: " if len(self._runs) > 1 else ""

    def forget(self, run_id: int) -> None:
        """A run that waits or has ended is not among those going on, but lines keep their names once there were several."""
        self._simulated = {key for key in self._simulated if key[0] != run_id}
        if len(self._runs) == 1:
            self._runs.clear()
            self._phases.clear()


_WORTH_TELLING_S = 0.05


def _title(intent: StepIntent) -> str:
    if intent.kind == "turn":
        return f"{intent.name} (the model)"
    call = f"{intent.tool}.{intent.action}" if intent.tool else intent.kind
    name = intent.name or call
    if intent.kind == "undo":
        return f"taken back: {name}"
    if intent.key.endswith("/approval"):
        return f"approval of {name}"
    return name


def _said(result: StepResult) -> str:
    word = {StepStatus.OK: "by", StepStatus.DENIED: "denied by"}.get(result.status, "by")
    note = f": {result.note}" if result.note else ""
    return f"{word} {result.actor}{note}"


def _whatever_the_screen_does() -> suppress:
    """A closed pipe, a lost terminal or a full disk does not end a run that is in the middle of a room.

    Rich answers a closed pipe by leaving the program (SystemExit).
    """
    return suppress(OSError, ValueError, SystemExit)


class PlainProgress:
    """One line per ended step on a stream, without colours: for logs, cron and pipes."""

    def __init__(self, stream: TextIO) -> None:
        from datetime import UTC

        self._stream = stream
        self._account = _Account(Sheet(zone=UTC, width=_PLAIN_WIDTH, glyphs=glyphs_for(getattr(stream, "encoding", None) or "utf-8")))

    def run_started(self, run_id: int, start: RunStart) -> None:
        """Names the run."""
        self._write(self._account.started(run_id, start))

    def step_began(self, run_id: int, intent: StepIntent) -> None:
        """Nothing: a line is printed when the step has ended."""

    def step_ended(self, run_id: int, intent: StepIntent, result: StepResult) -> None:
        """A line with the step's status, name, duration and error."""
        self._write(self._account.ended(run_id, intent, result))

    def waiting(self, run_id: int, decision_id: int, question: Question) -> None:
        """What is waited for, and the command that decides it."""
        self._write(self._account.waits(run_id, decision_id, question))

    def room_busy(self, run_id: int, room: str, holder: int) -> None:
        """Which run has the room that is waited for."""
        self._write(self._account.room_busy(run_id, room, holder))

    def run_ended(self, run_id: int, end: RunEnd) -> None:
        """Nothing: the command prints how the run ended."""
        self._account.forget(run_id)

    def _write(self, page: Page) -> None:
        if page.lines:
            with _whatever_the_screen_does():
                self._stream.write(page.text() + "\n")
                self._stream.flush()


class LiveProgress:
    """The same lines on a terminal, and below them a spinner with the steps that are being done."""

    def __init__(self, console: Console) -> None:
        from datetime import UTC

        self._console = console
        self._sheet = Sheet(zone=UTC, width=max(console.width, 40), glyphs=glyphs_for(console.encoding))
        self._account = _Account(self._sheet)
        self._going: dict[tuple[int, str], StepIntent] = {}
        self._status: Status | None = None

    def run_started(self, run_id: int, start: RunStart) -> None:
        """Names the run."""
        self._print(self._account.started(run_id, start))

    def step_began(self, run_id: int, intent: StepIntent) -> None:
        """Shows the step beside the spinner until it has ended."""
        self._going[run_id, intent.key] = intent
        with _whatever_the_screen_does():
            self._spin()

    def step_ended(self, run_id: int, intent: StepIntent, result: StepResult) -> None:
        """A line with the step's status, name, duration and error."""
        self._going.pop((run_id, intent.key), None)
        with _whatever_the_screen_does():
            self._spin()
        self._print(self._account.ended(run_id, intent, result))

    def waiting(self, run_id: int, decision_id: int, question: Question) -> None:
        """What is waited for, and the command that decides it."""
        self._print(self._account.waits(run_id, decision_id, question))

    def room_busy(self, run_id: int, room: str, holder: int) -> None:
        """Which run has the room that is waited for."""
        self._print(self._account.room_busy(run_id, room, holder))

    def run_ended(self, run_id: int, end: RunEnd) -> None:
        """Takes the spinner away when nothing is going on any more; the command prints how the run ended."""
        for key in [key for key in self._going if key[0] == run_id]:
            del self._going[key]
        with _whatever_the_screen_does():
            self._spin()
        self._account.forget(run_id)

    def _spin(self) -> None:
        from rich.text import Text

        if not self._going:
            if self._status is not None:
                self._status.stop()
                self._status = None
            return
        names = [_title(intent) + _deadline(intent) for intent in self._going.values()]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        shown = Text(self._sheet.fit(", ".join(names[:3]) + more, self._sheet.width - 6), style=QUIET)
        if self._status is None:
            spinner = "dots" if self._sheet.glyphs.ok == "✓" else "line"
            self._status = self._console.status(shown, spinner=spinner, spinner_style=ATTENTION)
            self._status.start()
        else:
            self._status.update(shown)

    def _print(self, page: Page) -> None:
        if page.lines:
            with _whatever_the_screen_does():
                self._console.print(page.rich(), soft_wrap=True, end="\n")


def _deadline(intent: StepIntent) -> str:
    if intent.kind != "wait" or intent.deadline_at is None:
        return ""
    return f" ({duration((intent.deadline_at - intent.started_at).total_seconds())})"
