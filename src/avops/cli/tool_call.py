"""`avops tool call`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avops.engine.executor import RunReport
    from avops.model.run import Question
    from avops.ports import PersonAnswer


class SayingYes:
    """A person who typed `--yes`: approves the call they typed, where they hold the role that it needs."""

    def __init__(self, account: str, roles: Mapping[str, Sequence[str]]) -> None:
        self._account = account
        self._roles = roles

    async def answer(self, question: Question) -> PersonAnswer | None:
        """Yes to an approval; None, which leaves the question open, where the role is another's."""
        from avops.model.run import DecisionKind, DecisionStatus
        from avops.ports import PersonAnswer

        if question.kind is not DecisionKind.APPROVE:
            return None
        if question.role is not None and self._account not in self._roles.get(question.role, ()):
            return None
        return PersonAnswer(status=DecisionStatus.APPROVED, by=self._account, note="--yes")


def call_action(
    name: str, action: str, given: Sequence[str], *, agent: str | None, room: str | None, yes: bool, mock: bool | list[str], as_json: bool
) -> int:
    """Calls, prints the answer on standard output and the run on standard error, and gives the exit code."""
    from avops import wiring
    from avops.cli.running import EXIT_NOT_SUCCESS, EXIT_WAITING, person
    from avops.model.run import RunStatus
    from avops.project.account import login_account
    from avops.report.progress import Silent
    from avops.wiring.tool_calls import call_tool, prepare_call

    workspace = wiring.open_workspace()
    call = prepare_call(workspace, name, action, given, agent)
    somebody = SayingYes(login_account(), workspace.settings.roles) if yes else person(workspace)
    report, answered, answer = call_tool(workspace, call, Silent(), room=room, mock=mock, person=somebody)
    if as_json:
        data = {
            "run": report.run_id,
            "status": report.status.value,
            "simulated": report.simulated.value,
            "answer": answer,
            "error": report.error,
            "problems": [str(problem) for problem in report.problems],
        }
        print(json.dumps(data, ensure_ascii=False, indent=2, default=str))
    elif answered:
        print(answer_text(answer))
    if not as_json:
        _tell(report, answered=answered)
    if report.status is RunStatus.WAITING:
        return EXIT_WAITING
    return 0 if answered and report.status in (RunStatus.SUCCESS, RunStatus.UNVERIFIED) else EXIT_NOT_SUCCESS


def _tell(report: RunReport, *, answered: bool) -> None:
    from avops.model.run import RunStatus
    from avops.report.diagnostics import visible

    for problem in report.problems:
        print(f"  ✗ {visible(str(problem))}", file=sys.stderr)
        if problem.hint:
            print(f"    hint: {visible(problem.hint)}", file=sys.stderr)
    if report.error and not answered and not report.problems:
        print(f"error: {visible(report.error)}", file=sys.stderr)
    mark = {"no": "", "partly": " [partly simulated]", "all": " [simulated]"}[report.simulated.value]
    print(f"Run {report.run_id} {report.status.value}{mark}", file=sys.stderr)
    if report.status is RunStatus.WAITING:
        print("hint: avops inbox shows what it waits for", file=sys.stderr)


def answer_text(answer: object) -> str:
    """An answer for a terminal: text as it is, data as JSON; nothing that a terminal would obey."""
    from avops.report.diagnostics import visible

    text = answer["text"] if isinstance(answer, dict) and list(answer) == ["text"] else answer
    if not isinstance(text, str):
        text = json.dumps(text, ensure_ascii=False, indent=2)
    return "\n".join(visible(line) for line in text.splitlines())


def show_dry_run(name: str, action: str, given: Sequence[str], agent: str | None, *, as_json: bool) -> int:
    """Prints what would be sent, and what would keep it from being sent; 1 when something would."""
    import asyncio

    from avops import wiring
    from avops.connectors.preview import preview
    from avops.report.diagnostics import visible
    from avops.wiring.tool_calls import call_problems, prepare_call

    workspace = wiring.open_workspace()
    call = prepare_call(workspace, name, action, given, agent)
    shown = asyncio.run(preview(call.manifest, call.action, call.arguments, workspace.root))
    problems = call_problems(workspace, call)
    about = {"call": call.reference, "effect": call.effect.value, "agent": call.agent, **shown}
    if as_json:
        print(json.dumps({**about, "problems": [str(problem) for problem in problems]}, ensure_ascii=False, indent=2, default=str))
        return 1 if problems else 0
    for key, value in about.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        print(f"{key:9} {visible(text)}")
    for problem in problems:
        print(f"  ✗ {visible(str(problem))}", file=sys.stderr)
        if problem.hint:
            print(f"    hint: {visible(problem.hint)}", file=sys.stderr)
    return 1 if problems else 0
