"""Tools of kind `command`: programs on this machine, started from an argument list, never through a shell.

A program sees `PATH`, `HOME`, `LANG`, `LC_ALL`, `TZ` and the variables its manifest names, works in the project's
folder, and is the head of a process group of its own, so that nothing it started outlives a call that was cancelled.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avops.connectors.arguments import complete
from avops.connectors.process import Finished, run_process
from avops.connectors.programs import find_program, program_environment
from avops.connectors.rate import RateLimit
from avops.connectors.rendering import ABSENT, prepare
from avops.errors import AvopsError, ToolError
from avops.expression import ExpressionError
from avops.model.effect import Effect
from avops.model.tool import CommandTool
from avops.ports import HealthReport
from avops.project.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.connectors.rendering import Rendering
    from avops.model.tool import CommandAction, ToolBase
    from avops.ports import Clock, SecretSource

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class CommandConnector:
    """Makes tools of kind `command`."""

    def __init__(self, *, project_root: Path, clock: Clock | None = None) -> None:
        self._root = project_root
        self._clock = clock or SystemClock()

    def open(self, manifest: ToolBase, secrets: SecretSource) -> ConnectedCommandTool:
        """A tool whose programs are started when it is called; AvopsError for an argument list that cannot be used."""
        if not isinstance(manifest, CommandTool):
            raise AvopsError(f"'{manifest.name}' is not a tool of kind 'command'")
        try:
            return ConnectedCommandTool(manifest, secrets, self._root, self._clock)
        except AvopsError as error:
            raise AvopsError(f"tool '{manifest.name}': {error.message}", hint=error.hint) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlannedAction:
    manifest: CommandAction
    arguments: tuple[tuple[str, Rendering], ...]
    """Each entry of `argv` after the program: as written, and its rendering."""
    stdin: Rendering | None
    lost: str


class ConnectedCommandTool:
    """A `Tool` whose actions start programs."""

    def __init__(self, manifest: CommandTool, secrets: SecretSource, root: Path, clock: Clock) -> None:
        self._manifest = manifest
        self._secrets = secrets
        self._root = root
        self._limit = RateLimit(manifest.rate_limit, clock) if manifest.rate_limit else None
        self._actions = {name: _plan(name, action) for name, action in manifest.actions.items()}

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        """What the program printed: JSON as data, else `{"text": …}` or `{"lines": […]}`, with its `exit_code`."""
        planned = self._planned(action)
        argv, stdin = self._render(planned, complete(planned.manifest, arguments))
        environment = program_environment(self._manifest.env, self._secrets)
        if self._limit is not None:
            await self._limit.take()
        finished = await run_process(argv, cwd=self._root, environment=environment, stdin=stdin, lost=planned.lost)
        return _result(argv[0], planned, finished)

    def argument_list(self, action: str, arguments: Mapping[str, object]) -> list[str]:
        """The program and its arguments as a call would start it; ToolError where a call would raise it before the start."""
        planned = self._planned(action)
        return self._render(planned, complete(planned.manifest, arguments))[0]

    def _planned(self, action: str) -> _PlannedAction:
        planned = self._actions.get(action)
        if planned is None:
            known = ", ".join(sorted(self._actions))
            raise ToolError(f"'{self._manifest.name}' has no action '{action}'; expected one of: {known}")
        return planned

    async def health(self) -> HealthReport:
        """Whether its `health.action` answers; without one, whether its programs are there."""
        started = time.perf_counter()
        ok, detail, hint = True, "its programs are there", None
        health = self._manifest.health
        try:
            if health is not None and health.action is not None:
                await self.call(health.action, {})
                detail = f"'{health.action}' answered"
            else:
                for action in self._manifest.actions.values():
                    find_program(action.argv[0], self._root)
        except AvopsError as error:
            ok, detail, hint = False, error.message, error.hint
        return HealthReport(ok=ok, latency_s=time.perf_counter() - started, detail=detail, hint=hint)

    async def close(self) -> None:
        """Nothing to close: a program ends with its call."""

    def _render(self, planned: _PlannedAction, arguments: Mapping[str, object]) -> tuple[list[str], bytes | None]:
        argv = [find_program(planned.manifest.argv[0], self._root)]
        try:
            for written, rendering in planned.arguments:
                value = rendering.render(arguments)
                if value is not ABSENT:
                    argv.append(_argument(written, value))
            stdin = planned.stdin.render(arguments) if planned.stdin else ABSENT
        except ExpressionError as error:
            raise ToolError(f"the arguments cannot be made: {error.message}", hint=error.hint) from None
        if stdin is ABSENT:
            return argv, None
        return argv, (stdin if isinstance(stdin, str) else json.dumps(stdin, ensure_ascii=False)).encode()


def _plan(name: str, action: CommandAction) -> _PlannedAction:
    where = f"action '{name}'"
    if "{{" in action.argv[0] or not action.argv[0]:
        raise AvopsError(f"{where}: the program '{action.argv[0]}' is not fixed", hint="arguments may be templates, the program may not")
    return _PlannedAction(
        manifest=action,
        arguments=tuple((text, prepare(text, action.input, f"{where}: argv[{index}]")) for index, text in enumerate(action.argv) if index),
        stdin=None if action.stdin is None else prepare(action.stdin, action.input, f"{where}: stdin"),
        lost="no" if action.effect is Effect.READ else "unknown",
    )


def _argument(written: str, value: object) -> str:
    """One argument; ToolError for a value that would be read as an option, or could end the argument early."""
    if value is None or isinstance(value, list | dict):
        raise ToolError(f"'{written}' gives no text to pass to a program")
    text = value if isinstance(value, str) else json.dumps(value)
    if written.startswith("{{") and text.startswith("-"):
        raise ToolError(f"'{text[:60]}' starts with '-' and would be read as an option")
    if text != written and _CONTROL.search(text):
        raise ToolError(f"the value of '{written}' holds control characters")
    return text


def _result(program: str, planned: _PlannedAction, finished: Finished) -> object:
    name = Path(program).name
    if finished.exit_code not in planned.manifest.ok_exit:
        ended = f"was ended by signal {-finished.exit_code}" if finished.exit_code < 0 else f"ended with {finished.exit_code}"
        reason = f": {finished.complaint}" if finished.complaint else ""
        raise ToolError(f"'{name}' {ended}{reason}", happened=planned.lost)
    text = finished.output.decode("utf-8", "replace")
    match planned.manifest.parse:
        case "json":
            try:
                return json.loads(text)
            except (ValueError, RecursionError):
                raise ToolError(f"'{name}' printed something that is not JSON", happened=planned.lost) from None
        case "lines":
            return {"lines": text.splitlines(), "exit_code": finished.exit_code}
        case _:
            return {"text": text.rstrip("\n"), "exit_code": finished.exit_code}
