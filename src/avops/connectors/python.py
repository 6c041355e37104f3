"""Tools of kind `python`: functions of the project, each call in a process of its own.

The interpreter is that of avops, isolated (`-I`): it sees what is installed beside avops and nothing of the project but the
function's own file, so that trust in that file's bytes is trust in all that runs. The file is read once, when it is first
needed. A process sees the same variables as a program of kind `command`, and ends with its whole group.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.util import decode_source
from pathlib import Path
from typing import TYPE_CHECKING

from avops.connectors import python_runner
from avops.connectors.arguments import complete
from avops.connectors.foreign_text import one_line
from avops.connectors.process import run_process
from avops.connectors.programs import program_environment
from avops.connectors.rate import RateLimit
from avops.errors import AvopsError, ToolError
from avops.model.effect import Effect
from avops.model.tool import PythonTool
from avops.ports import HealthReport
from avops.project.clock import SystemClock
from avops.project.function_file import function_problem, read_function_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.connectors.process import Finished
    from avops.model.tool import PythonAction, ToolBase
    from avops.ports import Clock, SecretSource

RUNNER = str(Path(python_runner.__file__).resolve())


class PythonConnector:
    """Makes tools of kind `python`."""

    def __init__(self, *, project_root: Path, clock: Clock | None = None) -> None:
        self._root = project_root
        self._clock = clock or SystemClock()

    def open(self, manifest: ToolBase, secrets: SecretSource) -> ConnectedPythonTool:
        """A tool whose functions are read and started when they are called."""
        if not isinstance(manifest, PythonTool):
            raise AvopsError(f"'{manifest.name}' is not a tool of kind 'python'")
        return ConnectedPythonTool(manifest, secrets, self._root, self._clock)


class ConnectedPythonTool:
    """A `Tool` whose actions are functions."""

    def __init__(self, manifest: PythonTool, secrets: SecretSource, root: Path, clock: Clock) -> None:
        self._manifest = manifest
        self._secrets = secrets
        self._root = root
        self._limit = RateLimit(manifest.rate_limit, clock) if manifest.rate_limit else None
        self._contents: dict[str, bytes] = {}

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        """What the function gave back, as JSON can hold it.

        ToolError with "no" when the function was not entered, or raised an error whose `happened` is "no".
        """
        spec = self._manifest.actions.get(action)
        if spec is None:
            known = ", ".join(sorted(self._manifest.actions))
            raise ToolError(f"'{self._manifest.name}' has no action '{action}'; expected one of: {known}")
        request = self._request(spec, complete(spec, arguments))
        environment = program_environment(self._manifest.env, self._secrets)
        lost = "no" if spec.effect is Effect.READ else "unknown"
        if self._limit is not None:
            await self._limit.take()
        argv = [sys.executable, "-I", "-B", "-X", "utf8", RUNNER]
        finished = await run_process(argv, cwd=self._root, environment=environment, stdin=json.dumps(request).encode(), lost=lost)
        return _value(spec, finished, lost)

    async def health(self) -> HealthReport:
        """Whether its `health.action` answers; without one, whether its files have the functions. Nothing is started then."""
        started = time.perf_counter()
        ok, detail, hint = True, "its functions are there", None
        health = self._manifest.health
        try:
            if health is not None and health.action is not None:
                await self.call(health.action, {})
                detail = f"'{health.action}' answered"
            else:
                for spec in self._manifest.actions.values():
                    self._look(spec)
        except AvopsError as error:
            ok, detail, hint = False, error.message, error.hint or "avops lint"
        return HealthReport(ok=ok, latency_s=time.perf_counter() - started, detail=detail, hint=hint)

    async def close(self) -> None:
        """Nothing to close: a process ends with its call."""

    def _request(self, spec: PythonAction, arguments: Mapping[str, object]) -> dict[str, object]:
        """What the runner is told."""
        file, _, name = spec.function.partition(":")
        try:
            source = decode_source(self._content(spec.function))
        except (SyntaxError, UnicodeDecodeError):
            raise ToolError(f"'{file}' is not text in the encoding that it declares") from None
        return {"file": str(self._root / file), "source": source, "function": name, "arguments": arguments}

    def _look(self, spec: PythonAction) -> None:
        problem = function_problem(self._content(spec.function), spec.function)
        if problem is not None:
            raise ToolError(problem)

    def _content(self, function: str) -> bytes:
        """The function's file, as it was when it was first needed; ToolError when it cannot be read."""
        file = function.partition(":")[0]
        if file not in self._contents:
            try:
                self._contents[file] = read_function_file(self._root, function)
            except AvopsError as error:
                raise ToolError(error.message, hint=error.hint) from None
        return self._contents[file]


def _value(spec: PythonAction, finished: Finished, lost: str) -> object:
    try:
        told = json.loads(finished.output)
        assert isinstance(told, dict)
    except (ValueError, RecursionError, AssertionError):
        code = finished.exit_code
        ended = f"was ended by signal {-code}" if code < 0 else f"ended with {code}, and without an answer"
        reason = f": {finished.complaint}" if finished.complaint else ""
        raise ToolError(f"'{spec.function}' {ended}{reason}", happened=lost) from None
    if "error" in told:
        raise ToolError(f"'{spec.function}': {one_line(str(told['error']))}", happened=lost if told["began"] else "no")
    return told["value"]
