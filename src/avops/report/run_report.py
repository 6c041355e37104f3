"""One run for people outside: what was done, in which order, with what result. As Markdown, as HTML, or laid out as PDF."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from avops.model.run import DecisionStatus, RunStatus, StepStatus, Trigger
from avops.report.diagnostics import visible
from avops.report.formats import duration, moment, on_one_line
from avops.report.run_steps import PHASES, StepView, gather

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from avops.model.run import Artifact, Decision, Run, StepRecord

PHASE_WORDS = {
    "intake": "Intake: what was found",
    "plan": "Plan: what had to hold",
    "act": "Act: what was done",
    "verify": "Verify: what was checked afterwards",
    "rollback": "Rollback: what was taken back",
}
RESULTS = {
    RunStatus.SUCCESS: "Succeeded. What was changed was checked afterwards, and the checks passed.",
    RunStatus.FAILED: "Failed.",
    RunStatus.UNVERIFIED: "Done, but not verified: nothing that was read afterwards was checked.",
    RunStatus.REFUSED: "Refused. Nothing was called.",
    RunStatus.CANCELLED: "Cancelled.",
    RunStatus.INTERRUPTED: "Interrupted. It has not been continued yet.",
    RunStatus.RUNNING: "Still running.",
    RunStatus.WAITING: "Waits for a person.",
}
STEP_WORDS = {
    StepStatus.OK: "done",
    StepStatus.FAILED: "failed",
    StepStatus.SKIPPED: "left out",
    StepStatus.DENIED: "denied",
    StepStatus.CANCELLED: "cancelled",
    StepStatus.UNKNOWN: "not known whether it happened",
    StepStatus.RUNNING: "under way",
    StepStatus.WAITING: "waits for a person",
    StepStatus.PENDING: "not begun",
}
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStep:
    """One step in words."""

    name: str
    result: str
    """`done`, `failed`, …, with how long it took."""
    notes: tuple[str, ...]
    is_bad: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """A run in words; every text is plain, and shows control characters instead of holding them."""

    title: str
    result: str
    status: RunStatus
    facts: tuple[tuple[str, str], ...]
    phases: tuple[tuple[str, tuple[ReportStep, ...]], ...]
    artifacts: tuple[str, ...]
    causes: tuple[str, ...]
    """Why it did not succeed."""
    made: str


def report_of(
    run: Run, steps: Sequence[StepRecord], artifacts: Sequence[Artifact], decisions: Sequence[Decision], *, zone: tzinfo, now: datetime
) -> RunReport:
    """The run in words, as it stands now."""
    zone_name = getattr(zone, "key", None) or "UTC"
    views = gather(steps, decisions, artifacts)
    simulated = {"no": "", "partly": "some tools were simulated", "all": "all tools were simulated: nothing was touched"}[
        run.simulated.value
    ]
    facts = [
        ("Procedure", run.recipe),
        ("Room", run.room or ""),
        ("Carried out by", _who(run)),
        ("Started", f"{moment(run.started_at, zone, seconds=True)} ({zone_name})" + (f" by {run.started_by}" if run.started_by else "")),
        ("Ended", moment(run.finished_at, zone, seconds=True) if run.status.is_final else ""),
        ("Took", duration(run.duration_s)),
        ("Waited for people", duration(run.paused_s) if run.paused_s >= 1 else ""),
        ("Simulated", simulated),
    ]
    by_phase = {phase: [view for view in views if view.phase == phase] for phase in PHASES}
    return RunReport(
        title=visible(f"Run {run.id}: {run.recipe}" + (f", {run.room}" if run.room else "")),
        result=RESULTS[run.status],
        status=run.status,
        facts=tuple((label, visible(value)) for label, value in facts if value),
        phases=tuple((PHASE_WORDS[phase], tuple(_step(view, zone) for view in found)) for phase, found in by_phase.items() if found),
        artifacts=tuple(visible(_artifact(artifact)) for artifact in artifacts),
        causes=tuple(visible(cause) for cause in (run.error or "").split("; ") if cause and run.status is not RunStatus.SUCCESS),
        made=f"Made on {moment(now, zone)} ({zone_name}) with avops from its record of run {run.id}.",
    )


def _who(run: Run) -> str:
    if run.trigger is Trigger.CARD:
        return "a person with a card, entered by hand; avops called nothing"
    return f"agent {run.agent}" + (f", workflow {run.workflow}" if run.workflow else "")


def _step(view: StepView, zone: tzinfo) -> ReportStep:
    took = duration(view.took_s) if view.took_s and view.status is not StepStatus.SKIPPED else ""
    words = STEP_WORDS[view.status] + (f", {took}" if took else "") + (", simulated" if view.is_simulated else "")
    notes = []
    last = view.own[-1] if view.own else view.last
    if last.intent.tool and view.status is not StepStatus.SKIPPED:
        given = f" with {_short(last.intent.arguments)}" if last.intent.arguments else ""
        notes.append(f"{last.intent.tool}.{last.intent.action}{given}")
    reading = next((rows[-1] for part, rows in view.parts.items() if part == "reading" and rows), None)
    if reading is not None and reading.value is not None:
        notes.append(f"read: {_short(reading.value)}")
    elif last.value not in (None, True, False, {}) and view.status is StepStatus.OK:
        notes.append(f"answer: {_short(last.value)}")
    if last.error:
        notes.append(last.error)
    notes += [_decided(decision, zone) for decision in view.decisions if decision.status is not DecisionStatus.OPEN]
    if view.undo_status is not None:
        notes.append("taken back" if view.undo_status == "ok" else "could not be taken back")
    bad = view.status in (StepStatus.FAILED, StepStatus.DENIED, StepStatus.UNKNOWN) or view.undo_status == "failed"
    return ReportStep(name=visible(view.name + view.entry), result=words, notes=tuple(visible(note) for note in notes), is_bad=bad)


def _short(value: object) -> str:
    text = on_one_line(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST].rstrip() + " …"


def _decided(decision: Decision, zone: tzinfo) -> str:
    note = f': "{decision.note}"' if decision.note else ""
    return f"{decision.status.value} by {decision.decided_by or 'avops'}, {moment(decision.decided_at, zone)}{note}"


def _artifact(artifact: Artifact) -> str:
    known = f" {artifact.id}" if artifact.id and artifact.id not in artifact.title else ""
    where = artifact.url or artifact.path
    late = ", made by a run that failed" if artifact.after_failure else ""
    return f"{artifact.kind}: {artifact.title}{known}" + (f" ({where})" if where else "") + late


_MARKED = re.compile(r"([\\`*_{}\[\]<>#+!|~])")


def _plain(text: str) -> str:
    """Text that Markdown takes as it is."""
    return _MARKED.sub(r"\\\1", text)


def markdown(report: RunReport) -> str:
    """The report as Markdown."""
    lines = [f"# {_plain(report.title)}", "", f"**{report.result}**", ""]
    lines += [f"- {label}: {_plain(value)}" for label, value in report.facts]
    for cause in report.causes:
        lines += ["", f"> {_plain(cause)}"]
    for phase, steps in report.phases:
        lines += ["", f"## {phase}", ""]
        for number, step in enumerate(steps, 1):
            lines.append(f"{number}. {_plain(step.name)}: {'**' + step.result + '**' if step.is_bad else step.result}")
            lines += [f"   - {_plain(note)}" for note in step.notes]
    if report.artifacts:
        lines += ["", "## What it left behind", "", *(f"- {_plain(artifact)}" for artifact in report.artifacts)]
    return "\n".join([*lines, "", report.made, ""])


STYLE = """
body { font: 11pt/1.45 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; background: #fff; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; border-bottom: 1px solid #dfe3e8; padding-bottom: .2rem; margin-top: 1.6rem; }
.result { font-weight: 600; } .good { color: #1d6b41; } .bad { color: #b02a2a; } .unsure { color: #8a5f00; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; } dt { color: #66707d; } dd { margin: 0; }
ul { color: #4c5561; margin: .1rem 0 .5rem; } footer { margin-top: 2rem; color: #66707d; font-size: .85rem; }
@media print { body { margin: 0; } li { break-inside: avoid; } }
"""


def html(report: RunReport) -> str:
    """The report as one HTML page that needs nothing else."""
    kind = {RunStatus.SUCCESS: "good", RunStatus.FAILED: "bad", RunStatus.REFUSED: "bad"}.get(report.status, "unsure")
    parts = [f"<h1>{escape(report.title)}</h1>", f'<p class="result {kind}">{report.result}</p>']
    parts += [f'<p class="bad">{escape(cause)}</p>' for cause in report.causes]
    parts.append("<dl>" + "".join(f"<dt>{label}</dt><dd>{escape(value)}</dd>" for label, value in report.facts) + "</dl>")
    for phase, steps in report.phases:
        parts.append(f"<h2>{phase}</h2><ol>{''.join(_html_step(step) for step in steps)}</ol>")
    if report.artifacts:
        items = "".join(f"<li>{escape(artifact)}</li>" for artifact in report.artifacts)
        parts.append(f"<h2>What it left behind</h2><ul>{items}</ul>")
    parts.append(f"<footer>{escape(report.made)}</footer>")
    head = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{head}<title>{escape(report.title)}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _html_step(step: ReportStep) -> str:
    notes = f"<ul>{''.join(f'<li>{escape(note)}</li>' for note in step.notes)}</ul>" if step.notes else ""
    result = f'<span class="bad">{step.result}</span>' if step.is_bad else step.result
    return f"<li>{escape(step.name)}: {result}{notes}</li>"
