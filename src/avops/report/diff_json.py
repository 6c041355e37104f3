"""What a change means, as JSON with stable keys."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avops.model.change import BlastRadius

FORMAT = "avops-diff/1"


def diff_json(radius: BlastRadius) -> str:
    """One object: `format`, `base`, `figures`, and a list for each kind of document."""
    data = asdict(radius)
    document = {"format": FORMAT, "base": data.pop("base"), "figures": radius.figures, **data}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
