"""`avops sop convert --llm`: the conversion by a model, and on standard error what it cost and how it differs from the offline one."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.cli.sop_source import Sop
    from avops.sop.by_model import ModelConversion
    from avops.sop.catalog import ToolCatalogEntry
    from avops.sop.convert import Conversion
    from avops.wiring import Workspace


def converted_by_model(workspace: Workspace, source: Sop, tools: Sequence[ToolCatalogEntry], *, name: str | None) -> Conversion:
    """The conversion to use. ModelError when no model is configured; when one fails, the offline conversion, and a warning."""
    from avops.wiring.models import open_model

    model = open_model(workspace)

    async def ask() -> ModelConversion:
        from avops.sop.by_model import convert_by_model

        try:
            return await convert_by_model(
                source.text, file=source.shown, model=model, tools=tools, name=name, sha256=source.sha256
            )  # fmt: skip
        finally:
            await model.close()

    made = asyncio.run(ask())
    _tell(made, model.name)
    return made.conversion


def _tell(made: ModelConversion, model: str) -> None:
    from avops.cli.sop_writing import difference
    from avops.report.diagnostics import visible

    tokens = sum(usage.tokens for usage in made.usage)
    costs = [usage.cost_usd for usage in made.usage if usage.cost_usd is not None]
    cost = f", {sum(costs):.4f} USD" if costs and len(costs) == len(made.usage) else ""
    answers = "2 answers" if made.repaired and len(made.usage) > 1 else "1 answer" if made.usage else "no answer"
    print(f"{model}: {answers}, {tokens} tokens{cost}", file=sys.stderr)
    for problem in made.dropped:
        print(f"not taken: {visible(problem)}", file=sys.stderr)
    if made.fallback is not None:
        print(f"warning: {visible(made.fallback)}; this is the offline conversion", file=sys.stderr)
        return
    if made.offline is None:
        print("offline conversion finds no procedure in this SOP: there is nothing to compare with", file=sys.stderr)
        return
    shown = difference(made.offline.recipe_text, made.conversion.recipe_text, "offline", "with the model")
    print(shown or "the offline conversion is the same", end="" if shown else "\n", file=sys.stderr)
