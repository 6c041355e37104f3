"""What came of a command typed in chat: text for people, plain data for programs, and an exit code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.engine.executor import RunReport
    from avops.model.run import Artifact, Decision, Run, StepRecord
    from avops.report.sheet import Page
    from avops.wiring import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a command reports. `page` is the same as `text`, laid out for a terminal; `forgets` says that `/clear` was meant."""

    text: str
    code: int = 0
    data: object = None
    page: Page | None = None
    hints: tuple[str, ...] = field(default=())
    forgets: bool = False


def run_data(run: Run, steps: Sequence[StepRecord], artifacts: Sequence[Artifact], decisions: Sequence[Decision]) -> dict[str, object]:
    """A run with its steps, artifacts and decisions, as `avops runs show --json` prints it."""
    from avops.report.run_json import artifact_fields, decision_fields, run_fields, step_fields

    return {
        **run_fields(run),
        "steps": [step_fields(each) for each in steps],
        "artifacts": [artifact_fields(each) for each in artifacts],
        "decisions": [decision_fields(each) for each in decisions],
    }


def run_report(workspace: Workspace, report: RunReport, *, before: str = "", answer: object = None, answered: bool = False) -> Report:
    """How a run ended: `Run 42 success`, then why it did not, and what shows more."""
    from avops import wiring
    from avops.cli.running import EXIT_INTERRUPTED, EXIT_NOT_SUCCESS, EXIT_WAITING
    from avops.model.run import RunStatus

    mark = {"no": "", "partly": " [partly simulated]", "all": " [simulated]"}[report.simulated.value]
    lines = [before] if before else []
    lines.append(f"Run {report.run_id} {report.status.value}{mark}")
    lines += [f"  ✗ {problem}" for problem in report.problems]
    hints = [problem.hint for problem in report.problems if problem.hint]
    is_well = report.status is RunStatus.SUCCESS or (answered and report.status is RunStatus.UNVERIFIED)
    if report.error and not report.problems and not is_well:
        lines.append(f"  {report.error}")
    if report.status is RunStatus.WAITING:
        hints.append("avops inbox shows what it waits for")
    elif not is_well:
        hints.append(f"/runs {report.run_id}")
    code = 0 if is_well else EXIT_NOT_SUCCESS
    if report.status is RunStatus.WAITING:
        code = EXIT_WAITING
    if report.status is RunStatus.CANCELLED and (report.error or "").startswith("interrupted by a person"):
        code = EXIT_INTERRUPTED
    with wiring.open_store(workspace) as store:
        run = report.run_id
        data = run_data(store.run(run), store.steps(run), store.artifacts(run), store.decisions(run))
    if answered:
        data["answer"] = answer
    return Report(text="\n".join(lines), code=code, data=data, hints=tuple(dict.fromkeys(hints)))
