"""avops as an MCP server: recipes as tools, each call a recorded run with the same checks and approvals as any other."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from avops.errors import AvopsError, UsageError
from avops.report.silent import Silent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from mcp import types
    from mcp.server.context import ServerRequestContext
    from mcp.server.lowlevel import Server

    from avops.chat.lookups import Lookup
    from avops.engine.executor import RunReport
    from avops.engine.interruption import Interruption
    from avops.model.run import Question, RunEnd, RunStart, StepIntent, StepResult
    from avops.telemetry.run_store import SqliteRunStore
    from avops.wiring.chat_lookups import Records
    from avops.wiring.mcp_recipes import OfferedRecipe
    from avops.wiring.workspace import Workspace

MOST_AT_ONCE = 8
"""Runs that one server does at once; further calls wait their turn."""
READ_ONLY = ("list_runs", "show_run", "figures", "list_recipes", "list_workflows", "inbox")
INSTRUCTIONS = (
    "Recipes of an audio-visual operations team. Each tool `run_…` does something real in rooms unless its description or its result "
    "says that it is simulated. A run that waits for a person is not done: pass on its number and what the person has to do. Nothing "
    "here approves or denies; only a person does, with avops."
)


@dataclass(kw_only=True)
class Service:
    """What the server offers. `yes`: writes are made without asking a person for each."""

    workspace: Workspace
    recipes: Sequence[OfferedRecipe]
    records: Records
    mock: bool | list[str] = False
    yes: bool = False
    store: SqliteRunStore | None = None
    live: set[Interruption] = field(default_factory=set)

    def __post_init__(self) -> None:
        from avops.wiring.chat_lookups import lookups

        self._by_name = {offered.name: offered for offered in self.recipes}
        self._lookups: dict[str, Lookup] = {each.name: each for each in lookups(self.workspace, self.records) if each.name in READ_ONLY}
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)

    def tools(self) -> list[types.Tool]:
        """All tools: recipes first, then what only reads avops' own records."""
        from mcp import types

        mark = " [mock mode: answers are simulated]" if self.mock else ""
        made = [
            types.Tool(
                name=each.name,
                title=each.title,
                description=each.description + mark,
                input_schema=dict(each.schema),
                annotations=types.ToolAnnotations(
                    read_only_hint=each.only_reads, destructive_hint=each.is_destructive, idempotent_hint=False, open_world_hint=True
                ),
            )
            for each in self.recipes
        ]
        hints = types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
        for lookup in self._lookups.values():
            offer = lookup.offer
            made.append(types.Tool(name=offer.name, description=offer.description, input_schema=dict(offer.parameters), annotations=hints))
        return made

    async def call(
        self, name: str, given: Mapping[str, Any], tell: Callable[[int, str], Awaitable[None]]
    ) -> tuple[dict[str, object], bool]:
        """The result of a tool and whether it is an error. UsageError for a name or arguments that do not fit."""
        if name in self._by_name:
            return await self._run(self._by_name[name], given, tell)
        if name in self._lookups:
            from avops.chat.lookups import look_up
            from avops.model.conversation import ToolRequest

            found = await look_up(list(self._lookups.values()), ToolRequest(id="1", name=name, arguments=given), lambda data: data)
            return {"result": found.data}, found.is_error
        known = ", ".join(sorted((*self._by_name, *self._lookups)))
        raise UsageError(f"there is no tool '{name}', expected one of {known}")

    async def _run(
        self, offered: OfferedRecipe, given: Mapping[str, Any], tell: Callable[[int, str], Awaitable[None]]
    ) -> tuple[dict[str, object], bool]:
        from anyio import CancelScope

        from avops.engine.interruption import Interruption
        from avops.engine.schema_check import schema_error

        if problem := schema_error(offered.schema, dict(given)):
            raise UsageError(f"'{offered.name}': {problem}")
        async with self._turns:
            interruption = Interruption()
            self.live.add(interruption)
            work = asyncio.create_task(self._to_its_end(offered, given, interruption, tell))
            try:
                report = await asyncio.shield(work)
            except asyncio.CancelledError:
                # The client gave up, or the server ends: the run is cancelled as by Ctrl-C, with its rollback, and only then left.
                interruption.interrupt()
                with CancelScope(shield=True):
                    await asyncio.wait([work])
                raise
            finally:
                self.live.discard(interruption)
        return self._told(report)

    async def _to_its_end(
        self, offered: OfferedRecipe, given: Mapping[str, Any], interruption: Interruption, tell: Callable[[int, str], Awaitable[None]]
    ) -> RunReport:
        from avops.engine.stage_outputs import KEEP_OPTION
        from avops.model.run import Trigger
        from avops.wiring.requests import RunRequest, build_start
        from avops.wiring.running import open_executor

        assert self.store is not None
        inputs = {name: value for name, value in given.items() if name != "room"}
        request = RunRequest(
            agent=offered.agent,
            recipe=offered.recipe,
            inputs=inputs,
            typed=False,
            room=given.get("room"),
            mock=self.mock,
            trigger=Trigger.MCP,
        )
        start, secret = build_start(self.workspace, request)
        start = replace(start, options={**start.options, KEEP_OPTION: True, "ask_writes": not self.yes})
        async with Progress(tell) as listener, open_executor(
            self.workspace, self.store, listener, interruption=interruption
        ) as (executor, _):  # fmt: skip
            return await executor.start(start, secret)

    def _told(self, report: RunReport) -> tuple[dict[str, object], bool]:
        """The run as the client gets it: from the records, so without secrets."""
        from avops.model.run import DecisionStatus, RunStatus
        from avops.report.run_json import artifact_fields, run_fields

        assert self.store is not None
        run = self.store.run(report.run_id)
        told: dict[str, object] = {"summary": _summary(report), "run": run_fields(run)}
        if report.status is RunStatus.WAITING:
            asked = [each for each in self.store.decisions(report.run_id) if each.status is DecisionStatus.OPEN]
            told["waits_for"] = [
                {
                    "decision": each.id,
                    "question": each.question.prompt,
                    "role": each.question.role,
                    "how": _how(each.id, each.question.kind),
                }
                for each in asked
            ]
        outputs = next((step.value for step in self.store.steps(report.run_id) if step.intent.kind == "outputs"), None)
        if isinstance(outputs, dict):
            told["outputs"] = outputs
        if artifacts := self.store.artifacts(report.run_id):
            told["artifacts"] = [artifact_fields(each) for each in artifacts]
        if report.problems:
            told["problems"] = [str(problem) for problem in report.problems]
        return told, report.status not in (RunStatus.SUCCESS, RunStatus.WAITING)


def _summary(report: RunReport) -> str:
    mark = {"no": "", "partly": " [partly simulated]", "all": " [simulated]"}[report.simulated.value]
    error = f": {report.error}" if report.error else ""
    return f"Run {report.run_id} {report.status.value}{mark}{error}"


def _how(decision: int, kind: object) -> str:
    """What a person does to decide."""
    from avops.model.run import DecisionKind

    if kind in (DecisionKind.APPROVE, DecisionKind.CONFIRM):
        return f"a person says: avops approve {decision}, or avops deny {decision}"
    return f"a person says: avops answer {decision}"


class Progress(Silent):
    """Tells the client how many steps have ended, in the order in which they do, and never holds a run up."""

    def __init__(self, tell: Callable[[int, str], Awaitable[None]]) -> None:
        self._tell = tell
        self._ended = 0
        self._queue: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()
        self._sender: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Progress:
        self._sender = asyncio.create_task(self._send())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._sender is not None
        self._queue.put_nowait(None)
        await self._sender

    async def _send(self) -> None:
        while (each := await self._queue.get()) is not None:
            try:
                await self._tell(*each)
            except Exception as error:  # a client that is gone is no reason to stop a run
                print(f"progress was not told: {type(error).__name__}", file=sys.stderr)

    def run_started(self, run_id: int, start: RunStart) -> None:
        """The first word: the run's number."""
        self._queue.put_nowait((0, f"run {run_id} of '{start.recipe}' begins"))

    def step_ended(self, run_id: int, intent: StepIntent, result: StepResult) -> None:
        """One more step; readings that belong to a step are not told."""
        if intent.kind in ("reading", "hold", "turn"):
            return
        self._ended += 1
        self._queue.put_nowait((self._ended, f"{intent.name or intent.key}: {result.status.value}"))

    def waiting(self, run_id: int, decision_id: int, question: Question) -> None:
        """A person is asked."""
        self._ended += 1
        self._queue.put_nowait((self._ended, f"waits for a person: decision {decision_id}"))

    def run_ended(self, run_id: int, end: RunEnd) -> None:
        """The last word."""
        self._ended += 1
        self._queue.put_nowait((self._ended, f"run {run_id} {end.status.value}"))


def build_server(service: Service) -> Server[Any]:
    """The MCP server of a service, for any transport."""
    from mcp import types
    from mcp.server.lowlevel import Server

    from avops import __version__

    async def list_tools(context: ServerRequestContext[Any], params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=service.tools())

    async def call_tool(context: ServerRequestContext[Any], params: types.CallToolRequestParams) -> types.CallToolResult:
        async def tell(done: int, message: str) -> None:
            token = (context.meta or {}).get("progress_token")
            if token is not None:
                await context.session.send_progress_notification(
                    token, float(done), message=message, related_request_id=str(context.request_id)
                )

        try:
            data, is_error = await service.call(params.name, params.arguments or {}, tell)
        except AvopsError as error:
            hint = f" (hint: {error.hint})" if error.hint else ""
            return types.CallToolResult(content=[types.TextContent(text=f"error: {error}{hint}")], is_error=True)
        return types.CallToolResult(content=[types.TextContent(text=_as_text(data))], structured_content=data, is_error=is_error)

    return Server("avops", version=__version__, title="avops", instructions=INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool)


def _as_text(data: Mapping[str, object]) -> str:
    from avops.chat.lookups import as_text

    head = data.get("summary")
    return f"{head}\n{as_text(data)}" if head else as_text(data)


@asynccontextmanager
async def opened(service: Service) -> AsyncIterator[Server[Any]]:
    """The server over an open database, for as long as the block lasts."""
    from avops.telemetry.run_store import SqliteRunStore

    with SqliteRunStore(service.workspace.database) as store:
        await store.recover()
        service.store = store
        yield build_server(service)


async def serve_stdio(service: Service) -> None:
    """Serves the client at the other end of standard input and output, until it closes them."""
    from mcp.server.stdio import stdio_server

    async with opened(service) as server, stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


async def serve_http(service: Service, *, host: str, port: int, token: str, ready: Callable[[str], None]) -> None:
    """Serves streamable HTTP at `/mcp` to clients that bring the token, until SIGINT or SIGTERM; `ready` gets the address."""
    import socket

    import uvicorn

    from avops.wiring.mcp_token import TokenGate

    async with opened(service) as server:
        app = TokenGate(server.streamable_http_app(host=host), token)
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listening.bind((host, port))
                listening.listen()
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise AvopsError(
                    f"'{host}:{port}' cannot be listened at: {reason}", hint="--http 127.0.0.1:0 takes any free port"
                ) from None
            shown = f"[{host}]" if ":" in host else host
            ready(f"http://{shown}:{listening.getsockname()[1]}/mcp")
            config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=30, lifespan="on")
            await uvicorn.Server(config).serve(sockets=[listening])
