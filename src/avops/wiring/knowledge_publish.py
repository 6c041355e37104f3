"""Publishing an article with the project's tool: a recorded run under an agent that asks first, and no second article.

The number of the run is written into the article before the tool is called. Whatever happens after that (the run waits for an
approval, the process dies, the answer is lost), the next `publish` looks at that run instead of making another article.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.errors import FindingsError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.engine.executor import RunReport
    from avops.kb.article import Article
    from avops.model.run import RunStart
    from avops.ports import Listener, Person
    from avops.telemetry.run_store import SqliteRunStore
    from avops.wiring.running import Running
    from avops.wiring.tool_calls import ToolCall
    from avops.wiring.workspace import Workspace

TOOL = "servicenow"
CREATE, UPDATE = "create_article", "update_article"
KEYS = frozenset({"verify.0", "act.0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReport:
    """What became of a publication. `sys_id` and `number` are None where nothing was published, or only for show."""

    article: str
    call: str
    run_id: int
    status: str
    simulated: str = "no"
    sys_id: str | None = None
    number: str | None = None
    settled: bool = False
    """It was published by an earlier run, and only written down now."""
    error: str | None = None
    problems: tuple[tuple[str, str | None], ...] = ()

    def as_data(self) -> dict[str, object]:
        """The report as JSON holds it."""
        return {
            "article": self.article,
            "call": self.call,
            "run": self.run_id,
            "status": self.status,
            "simulated": self.simulated,
            "sys_id": self.sys_id,
            "number": self.number,
            "settled": self.settled,
            "error": self.error,
            "problems": [message for message, _ in self.problems],
        }


def publish_call(
    workspace: Workspace,
    article: Article,
    *,
    tool: str | None = None,
    agent: str | None = None,
    knowledge_base: str | None = None,
    update: bool,
) -> ToolCall:
    """The call that publishes: `create_article`, or `update_article` with the article's `sys_id`. UsageError for what is missing."""
    from avops.kb.writing import article_html
    from avops.wiring.tool_calls import prepare_call

    name = tool or article.front.tool or workspace.settings.kb.publish_tool or TOOL
    try:
        takes = workspace.tool(name).required().actions
    except NotFoundError as error:
        raise NotFoundError(error.message, hint=f"avops tool add {TOOL}" if name == TOOL else error.hint) from None
    action = UPDATE if update else CREATE
    if action not in takes:
        raise NotFoundError(f"the tool '{name}' has no action '{action}'", hint=f"avops tool show {name}")
    arguments: dict[str, object] = {"title": article.title, "text": article_html(article.body)}
    if update:
        arguments["sys_id"] = article.front.sys_id
    elif "knowledge_base" in takes[action].input:
        base = knowledge_base or workspace.settings.kb.knowledge_base
        if base is None:
            hint = "add --knowledge-base SYS_ID, or 'kb: {knowledge_base: SYS_ID}' to 'avops.yaml'"
            raise UsageError("no knowledge base is named that the article belongs into", hint=hint)
        arguments["knowledge_base"] = base
    return prepare_call(workspace, name, action, [json.dumps(arguments)], agent)


def publish(
    workspace: Workspace,
    name: str,
    *,
    tool: str | None = None,
    agent: str | None = None,
    knowledge_base: str | None = None,
    update: bool = False,
    mock: bool | list[str] = False,
    listener: Listener | None = None,
    person: Person | None = None,
) -> PublishReport:
    """Publishes an article once. The run asks a person first; without one it waits, and a later `publish` writes down what came of it.

    Raises FindingsError when the article is published already (and not `update`), or when nobody knows whether it is.
    """
    from avops.kb.folder import find_article

    article = find_article(workspace.root, name)
    if article.front.publish_run is not None and (earlier := _earlier(workspace, article, article.front.publish_run)) is not None:
        return earlier
    require_publishable(article, update=update)
    call = publish_call(workspace, article, tool=tool, agent=agent, knowledge_base=knowledge_base, update=update)
    report, value = _call(workspace, article, call, mock=mock, listener=listener, person=person)
    made = PublishReport(
        article=article.path,
        call=call.reference,
        run_id=report.run_id,
        status=report.status.value,
        simulated=report.simulated.value,
        error=report.error,
        problems=tuple((str(problem), problem.hint) for problem in report.problems),
    )
    if value is None or made.simulated != "no":
        return made
    return _written(workspace, article.path, made, value)


def require_publishable(article: Article, *, update: bool) -> None:
    """FindingsError when the article is published already, or is not and should be updated."""
    front = article.front
    if front.sys_id is not None and not update:
        known = f" as {front.number}" if front.number else ""
        raise FindingsError(
            f"'{article.path}' is published already{known}", hint=f"avops kb publish {article.slug} --update writes it anew there"
        )
    if front.sys_id is None and update:
        raise FindingsError(f"'{article.path}' is not published yet: it has no 'sys_id'", hint=f"avops kb publish {article.slug}")


def _earlier(workspace: Workspace, article: Article, run_id: int) -> PublishReport | None:
    """What an earlier run made of the article; None when it certainly published nothing."""
    from avops.model.run import RunStatus, StepStatus
    from avops.wiring.workspace import open_store

    hint = f"look whether it is there; then give the article its 'sys_id', or take 'publish_run: {run_id}' out of it"
    with open_store(workspace) as store:
        try:
            run = store.run(run_id)
        except NotFoundError:
            raise FindingsError(f"run {run_id} was publishing '{article.path}', and is not in this database", hint=hint) from None
        steps = [step for step in store.steps(run_id) if step.intent.key in KEYS and step.intent.tool is not None]
    last = steps[-1] if steps else None
    reference = f"{last.intent.tool}.{last.intent.action}" if last else ""
    report = PublishReport(
        article=article.path,
        call=reference,
        run_id=run_id,
        status=run.status.value,
        simulated=run.simulated.value,
        error=run.error,
        settled=True,
    )
    if run.status is RunStatus.WAITING:
        return report
    if last is not None and last.status is StepStatus.OK and run.simulated.value == "no" and isinstance(last.value, dict):
        return _written(workspace, article.path, report, last.value)
    if last is not None and last.intent.action == UPDATE and run.status.is_final:
        return None  # doing it again does no harm
    if not run.status.is_final or any(step.status is StepStatus.UNKNOWN for step in steps):
        raise FindingsError(f"nobody knows whether run {run_id} has published '{article.path}'", hint=hint)
    return None


def _call(
    workspace: Workspace, article: Article, call: ToolCall, *, mock: bool | list[str], listener: Listener | None, person: Person | None
) -> tuple[RunReport, Mapping[str, object] | None]:
    """The run, and what the tool answered."""
    from avops.model.run import StepStatus
    from avops.report.progress import Silent
    from avops.wiring.running import with_executor
    from avops.wiring.tool_calls import start_of_call

    start, secret = start_of_call(workspace, call, None, mock=mock)
    start = replace(start, options={**start.options, "ask_records": True})

    async def work(running: Running) -> tuple[RunReport, Mapping[str, object] | None]:
        report = await running.executor.start(start, secret)
        return report, _answer(running.store, report.run_id)

    def _answer(store: SqliteRunStore, run_id: int) -> Mapping[str, object] | None:
        done = [step for step in store.steps(run_id) if step.intent.key in KEYS and step.status is StepStatus.OK]
        return done[-1].value if done and isinstance(done[-1].value, dict) else None

    marking = _Marking(workspace, article.path, listener or Silent())
    result = with_executor(workspace, marking, person, work)
    marking.require_marked()
    return result


class _Marking:
    """`ports.Listener` that writes the run's number into the article as soon as the run has one, and passes on what it hears."""

    def __init__(self, workspace: Workspace, path: str, inner: Listener) -> None:
        self._workspace = workspace
        self._path = path
        self._inner = inner
        self._failed: Exception | None = None
        self.step_began = inner.step_began
        self.step_ended = inner.step_ended
        self.waiting = inner.waiting
        self.room_busy = inner.room_busy
        self.run_ended = inner.run_ended

    def run_started(self, run_id: int, start: RunStart) -> None:
        try:
            write_values(self._workspace, self._path, {"publish_run": run_id})
        except Exception as error:  # a listener must not raise; told when the run has ended
            self._failed = error
        self._inner.run_started(run_id, start)

    def require_marked(self) -> None:
        """Raises what kept the run's number from being written down."""
        if self._failed is not None:
            raise self._failed


def _written(workspace: Workspace, path: str, report: PublishReport, value: Mapping[str, object]) -> PublishReport:
    """The report with what the tool calls the article, written down in its front matter."""
    sys_id, number = value.get("sys_id"), value.get("number")
    if not isinstance(sys_id, str) or not sys_id:
        raise FindingsError(f"'{report.call}' did not say what it calls the article", hint=f"avops runs show {report.run_id}")
    shown = number if isinstance(number, str) and number else None
    tool = report.call.partition(".")[0]
    write_values(workspace, path, {"status": "published", "tool": tool, "sys_id": sys_id, "number": shown, "publish_run": None})
    return replace(report, sys_id=sys_id, number=shown)


def write_values(workspace: Workspace, path: str, values: Mapping[str, object]) -> None:
    """Gives values of an article's front matter anew; None takes one away. Everything else in the file stays as it is."""
    from avops.errors import StorageError
    from avops.kb.article import with_values
    from avops.project.writing import write_text

    file = workspace.root / path
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            text = stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"'{path}' cannot be read: {error}") from error
    write_text(file, with_values(text, path, values))
