"""Mock mode: answers from the manifest, and nothing outside is touched."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from avops.connectors.sample import sample
from avops.errors import ToolError
from avops.ports import HealthReport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.model.tool import ActionBase, ToolBase


class MockTool:
    """Answers with an action's `mock`; without one, with a value made from its `output` schema; without that, `{}`."""

    def __init__(self, manifest: ToolBase) -> None:
        self._name = manifest.name
        self._actions: Mapping[str, ActionBase] = getattr(manifest, "actions", {})

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        """The mock answer, the same for the same action; the caller may change it."""
        known = self._actions.get(action)
        if known is None:
            raise ToolError(f"'{self._name}' has no action '{action}'; expected one of: {', '.join(sorted(self._actions))}")
        if "mock" in known.model_fields_set:
            return copy.deepcopy(known.mock)
        return {} if known.output is None else sample(known.output)

    async def health(self) -> HealthReport:
        """Always well, and says that it is a mock."""
        return HealthReport(ok=True, latency_s=0.0, detail="mock: nothing outside is asked")

    async def close(self) -> None:
        """Nothing to close."""
