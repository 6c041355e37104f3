"""Tools of kinds that installed packages bring: what such a package gets, and what it cannot do to the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.connectors.rate import RateLimit
from avops.errors import AvopsError, ToolError
from avops.model.effect import Effect
from avops.model.tool import PluginTool
from avops.ports import HealthReport
from avops.project.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.model.tool import ToolBase
    from avops.ports import Clock, Connector, SecretSource, Tool


def open_plugin(manifest: ToolBase, connector: Connector, secrets: SecretSource, clock: Clock | None = None) -> ConnectedPlugin:
    """The package's tool behind the manifest; AvopsError for a manifest that it refuses."""
    if not isinstance(manifest, PluginTool):
        raise AvopsError(f"'{manifest.name}' is not a tool of a package's kind")
    try:
        tool = connector.open(manifest, _NamedSecrets(manifest, secrets))
    except AvopsError as error:
        raise AvopsError(f"tool '{manifest.name}': {error.message}", hint=error.hint) from None
    except Exception as error:  # the edge to code that others wrote
        message = f"the package of the kind '{manifest.kind}' cannot open the tool '{manifest.name}': {type(error).__name__}: {error}"
        raise AvopsError(message) from error
    return ConnectedPlugin(manifest, tool, clock or SystemClock())


class ConnectedPlugin:
    """A `Tool` around a package's tool: the rate limit of its manifest, and errors that say what is known."""

    def __init__(self, manifest: PluginTool, tool: Tool, clock: Clock) -> None:
        self._manifest = manifest
        self._tool = tool
        self._limit = RateLimit(manifest.rate_limit, clock) if manifest.rate_limit else None

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        """The package's answer; an error that is no ToolError leaves it open whether a write happened."""
        spec = self._manifest.actions.get(action)
        if spec is None:
            known = ", ".join(sorted(self._manifest.actions))
            raise ToolError(f"'{self._manifest.name}' has no action '{action}'; expected one of: {known}")
        if self._limit is not None:
            await self._limit.take()
        try:
            return await self._tool.call(action, arguments)
        except ToolError:
            raise
        except Exception as error:  # the edge to code that others wrote
            happened = "no" if spec.effect is Effect.READ else "unknown"
            raise ToolError(f"'{self._manifest.name}' failed: {type(error).__name__}: {error}", happened=happened) from error

    async def health(self) -> HealthReport:
        """The package's report."""
        try:
            return await self._tool.health()
        except Exception as error:  # the edge to code that others wrote
            return HealthReport(ok=False, latency_s=0.0, detail=f"{type(error).__name__}: {error}")

    async def close(self) -> None:
        """Closes the package's tool."""
        await self._tool.close()


class _NamedSecrets:
    """The secrets that the manifest names, in `options` or under `env`, and no others."""

    def __init__(self, manifest: PluginTool, secrets: SecretSource) -> None:
        self._named = {*manifest.secrets, *(f"env:{name}" for name in manifest.env)}
        self._secrets = secrets

    def resolve(self, reference: str) -> str:
        if reference not in self._named:
            raise AvopsError(f"the secret '{reference}' is not named in the tool's file", hint="write it under 'options' or 'env'")
        return self._secrets.resolve(reference)

    def remember(self, value: str) -> None:
        self._secrets.remember(value)
