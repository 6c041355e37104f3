"""How the tools of a project are: all asked at once, within a bounded time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from typing import Any

    from avops.ports import SecretSource
    from avops.project.documents import Loaded
    from avops.wiring.workspace import Workspace

LONGEST_S = 20.0
HealthStatus = Literal["broken", "failing", "mock", "ok", "unasked", "untrusted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolHealth:
    """One row: `latency_s` is None for a tool that was not asked."""

    name: str
    kind: str | None
    status: HealthStatus
    latency_s: float | None = None
    detail: str = ""
    hint: str | None = None
    simulated: bool = False

    @property
    def is_well(self) -> bool:
        """True when nothing is known that needs to be mended."""
        return self.status in ("mock", "ok", "unasked")


def tools_health(workspace: Workspace, name: str | None = None, *, longest_s: float = LONGEST_S) -> list[ToolHealth]:
    """The health of one tool, or of all in the order of their files. What nobody trusts is neither started nor contacted."""
    import asyncio

    return asyncio.run(ask_tools(workspace, name, longest_s=longest_s))


async def ask_tools(workspace: Workspace, name: str | None = None, *, longest_s: float = LONGEST_S) -> list[ToolHealth]:
    """As `tools_health`, for callers that have a loop already. No row holds a secret, although services quote what they refuse."""
    import asyncio
    from dataclasses import replace

    from avops.connectors.secrets import EnvironmentSecrets
    from avops.engine.redaction import Redactor

    documents = [workspace.tool(name)] if name is not None else list(workspace.project.tools)
    secrets = EnvironmentSecrets(dotenv=workspace.root / ".env")
    rows = await asyncio.gather(*(_health(workspace, loaded, secrets, longest_s) for loaded in documents))
    hide = Redactor(lambda: secrets.handed_out).text
    return [replace(row, detail=hide(row.detail), hint=row.hint and hide(row.hint)) for row in rows]


async def _health(workspace: Workspace, loaded: Loaded[Any], secrets: SecretSource, longest_s: float) -> ToolHealth:
    import asyncio

    from avops.connectors.registry import open_tool
    from avops.errors import AvopsError
    from avops.model.tool import DeviceTool
    from avops.wiring.tools import tool_problems

    manifest = loaded.value
    if manifest is None:
        first = loaded.diagnostics[0]
        return ToolHealth(name=loaded.path, kind=None, status="broken", detail=first.message, hint="avops lint")

    def row(status: HealthStatus, latency_s: float | None, detail: str, hint: str | None = None) -> ToolHealth:
        return ToolHealth(
            name=manifest.name,
            kind=manifest.kind,
            status=status,
            latency_s=latency_s,
            detail=detail,
            hint=hint,
            simulated=manifest.simulated,
        )

    mock = workspace.settings.mock
    if mock is True or (isinstance(mock, list) and manifest.name in mock):
        return row("mock", None, "answers from its file: mock mode is on in 'avops.yaml'")
    for problem in tool_problems(workspace.root, manifest, secrets, denied=workspace.settings.policy.denied_domains):
        return row("untrusted" if problem.hint == "avops trust" else "failing", None, problem.message, problem.hint)
    if isinstance(manifest, DeviceTool) and manifest.host is None:
        return row("unasked", None, "its file names no host; its calls do")
    try:
        tool = open_tool(manifest, secrets, workspace.root)
    except AvopsError as error:
        return row("broken", None, error.message, error.hint)
    try:
        async with asyncio.timeout(longest_s):
            report = await tool.health()
        return row("ok" if report.ok else "failing", report.latency_s, report.detail, report.hint)
    except TimeoutError:
        return row("failing", longest_s, f"did not answer within {longest_s:g} s", "is it switched on and on this network?")
    finally:
        await tool.close()
