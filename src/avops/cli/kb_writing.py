"""`avops kb scout` and `publish`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.wiring.knowledge import ScoutReport
    from avops.wiring.knowledge_publish import PublishReport


def show_scout(
    query: str,
    allow: Sequence[str],
    *,
    agent: str | None,
    tool: str | None,
    pages: int,
    use_model: bool,
    recipe: bool,
    force: bool,
    mock: bool | list[str],
    as_json: bool,
) -> int:
    """Scouts, and prints what was written."""
    from avops import wiring
    from avops.cli.running import person
    from avops.wiring.knowledge import scout

    workspace = wiring.open_workspace()
    report = scout(
        workspace,
        query,
        allow=allow,
        agent=agent,
        tool=tool,
        use_model=use_model,
        recipe=recipe,
        force=force,
        mock=mock,
        max_pages=pages,
        person=person(workspace),
    )
    if as_json:
        print(json.dumps(report.as_data(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(scout_lines(report)))
        for url, reason in report.passed_over:
            print(f"not read: {_visible(url)}: {_visible(reason)}", file=sys.stderr)
        print(f"hint: avops kb show {report.article.removeprefix('kb/').removesuffix('.md')}", file=sys.stderr)
    return 0


def scout_lines(report: ScoutReport) -> list[str]:
    """What a scout wrote, in lines for a terminal."""
    how = "quoted from its sources" if report.made_by == "extract" else f"written by {report.made_by} from its sources"
    lines = [f"{_visible(report.title)}: {how}", f"  article   {report.article}", f"  html      {report.html}"]
    lines += [f"  recipe    {report.recipe} (draft)"] if report.recipe else []
    lines += [f"  evidence  {report.evidence}", f"  search    run {report.run_id}"]
    lines += [f"  [{source.number}] {_visible(source.title)}  {_visible(source.link)}" for source in report.sources]
    return [*lines, *(f"  note: {_visible(note)}" for note in report.notes)]


def show_publish(
    name: str,
    *,
    tool: str | None,
    agent: str | None,
    knowledge_base: str | None,
    update: bool,
    yes: bool,
    mock: bool | list[str],
    as_json: bool,
) -> int:
    """Publishes, and gives the exit code."""
    from avops import wiring
    from avops.cli.running import EXIT_NOT_SUCCESS, EXIT_WAITING, person
    from avops.cli.tool_call import SayingYes
    from avops.project.account import login_account
    from avops.wiring.knowledge_publish import publish

    workspace = wiring.open_workspace()
    somebody = SayingYes(login_account(), workspace.settings.roles) if yes else person(workspace)
    report = publish(workspace, name, tool=tool, agent=agent, knowledge_base=knowledge_base, update=update, mock=mock, person=somebody)
    if as_json:
        print(json.dumps(report.as_data(), ensure_ascii=False, indent=2))
    else:
        _tell(report)
    if report.status == "waiting":
        return EXIT_WAITING
    return 0 if report.sys_id is not None or _is_shown(report) else EXIT_NOT_SUCCESS


def _is_shown(report: PublishReport) -> bool:
    """Whether a simulated publication went as a real one should."""
    return report.simulated != "no" and report.status in ("success", "unverified")


def _tell(report: PublishReport) -> None:
    for message, hint in report.problems:
        print(f"  ✗ {_visible(message)}", file=sys.stderr)
        if hint:
            print(f"    hint: {_visible(hint)}", file=sys.stderr)
    if report.sys_id is not None:
        late = f"; run {report.run_id} had published it" if report.settled else ""
        print(f"{report.article} is {_visible(report.number or report.sys_id)} in {report.call.partition('.')[0]}{late}")
    elif _is_shown(report):
        print(f"{report.article} would be published; this was simulated, and nothing was written down")
    elif report.error and not report.problems:
        print(f"error: {_visible(report.error)}", file=sys.stderr)
    if not report.settled or report.sys_id is None:
        print(f"Run {report.run_id} {report.status}", file=sys.stderr)
    if report.status == "waiting":
        print("hint: avops inbox shows what it waits for; publish again afterwards, to write down what came of it", file=sys.stderr)


def show_publish_plan(name: str, *, tool: str | None, agent: str | None, knowledge_base: str | None, update: bool, as_json: bool) -> int:
    """Prints the request that would be sent, and what would keep it from being sent; 1 when something would."""
    import asyncio

    from avops import wiring
    from avops.connectors.preview import preview
    from avops.kb.folder import find_article
    from avops.wiring.knowledge_publish import publish_call, require_publishable
    from avops.wiring.tool_calls import call_problems

    workspace = wiring.open_workspace()
    article = find_article(workspace.root, name)
    require_publishable(article, update=update)
    call = publish_call(workspace, article, tool=tool, agent=agent, knowledge_base=knowledge_base, update=update)
    shown = asyncio.run(preview(call.manifest, call.action, call.arguments, workspace.root))
    problems = call_problems(workspace, call)
    about = {"article": article.path, "call": call.reference, "effect": call.effect.value, "agent": call.agent, **shown}
    if as_json:
        print(json.dumps({**about, "problems": [str(problem) for problem in problems]}, ensure_ascii=False, indent=2, default=str))
        return 1 if problems else 0
    for key, value in about.items():
        print(f"{key:9} {_visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))}")
    for problem in problems:
        print(f"  ✗ {_visible(str(problem))}", file=sys.stderr)
        if problem.hint:
            print(f"    hint: {_visible(problem.hint)}", file=sys.stderr)
    return 1 if problems else 0


def _visible(text: str) -> str:
    from avops.report.diagnostics import visible

    return visible(text)
