"""What a run keeps for whoever asked for it, the stages after it or a client: its outputs, as a row of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from avops.engine.keeping import OVERFLOW
from avops.model.run import StepIntent, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from avops.engine.artifacts import ArtifactFiles
    from avops.model.run import RunStart

OUTPUTS_KEY = "verify.outputs"
"""The key of the row; it is durable before the run's end is."""
STAGE_OPTION = "stage"
KEEP_OPTION = "keep_outputs"
"""The option of a run that keeps its outputs though it is no stage."""


def is_stage(start: RunStart) -> bool:
    """True for the start of a run that is one stage of another."""
    return STAGE_OPTION in start.options


def keeps_outputs(start: RunStart) -> bool:
    """True for the start of a run whose outputs are kept."""
    return is_stage(start) or bool(start.options.get(KEEP_OPTION))


def outputs_row(outputs: Mapping[str, object], now: datetime) -> tuple[StepIntent, StepResult]:
    """The row that keeps the outputs."""
    intent = StepIntent(key=OUTPUTS_KEY, phase="verify", kind="outputs", name="Outputs", started_at=now)
    return intent, StepResult(key=OUTPUTS_KEY, status=StepStatus.OK, value=dict(outputs), finished_at=now)


def outputs_in(value: object, files: ArtifactFiles) -> dict[str, object]:
    """The outputs in the value of a row, also where they were too large for it."""
    if isinstance(value, dict) and OVERFLOW in value:
        value = json.loads(files.read(str(value[OVERFLOW])))
    return value if isinstance(value, dict) else {}
