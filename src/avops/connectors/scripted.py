"""A tool that answers from a script: for recipe tests, and for tests of what stands above the tools.

It keeps the contract of `ports.Tool` and remembers what it was asked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.errors import ToolError
from avops.ports import HealthReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that is none: the call fails with `message`, or never ends (`hangs`)."""

    message: str = "it failed"
    happened: str = "no"
    hangs: bool = False
    retry_after_s: float | None = None


@dataclass(slots=True)
class ScriptedTool:
    """Answers each action with its script's next answer; the last one again and again."""

    script: Mapping[str, Iterable[object]]
    calls: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    """What was asked, in order: the action and its arguments."""
    closed: bool = False
    _left: dict[str, list[object]] = field(default_factory=dict)

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        """The script's next answer for the action; a Fault is raised as ToolError."""
        self.calls.append((action, dict(arguments)))
        if action not in self.script:
            raise ToolError(f"the script has no answer for '{action}', expected one of {', '.join(sorted(self.script))}")
        left = self._left.setdefault(action, list(self.script[action]))
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Fault):
            if answer.hangs:
                await asyncio.Event().wait()
            raise ToolError(answer.message, happened=answer.happened, retry_after_s=answer.retry_after_s)
        return answer

    async def health(self) -> HealthReport:
        """Always there."""
        return HealthReport(ok=not self.closed, latency_s=0.0)

    async def close(self) -> None:
        """Marks the tool as closed."""
        self.closed = True
