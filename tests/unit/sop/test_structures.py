"""Forms that texts take besides Markdown's lists, and texts made to keep a reader busy."""

from __future__ import annotations

import pytest

from avops.sop.convert import convert
from avops.sop.errors import NoProcedure


@pytest.mark.parametrize(
    "text",
    [
        " " * 200_000 + "x\n\n1. Open the rack.\n",
        ".. note::\n\n" + " " * 200_000 + "x\n\nOpen the rack.\n",
        "1. Open the rack" + "." * 200_000 + "x\n",
        "1. Open the rack" + "。" * 200_000 + "x\n",
        "1. Open the rack" + "[" * 200_000 + "x\n",
        "1. https://" + "/" * 200_000 + "x y\n",
        "1. Open the rack " + "`" * 200_000 + "x\n",
        "".join(f"- The lamp {n} is red and the fan is loud.\n" for n in range(5_000)) + "\n1. Open the rack.\n",
    ],
    ids=["spaces", "spaces in reStructuredText", "full stops", "full stops of other scripts", "brackets", "slashes", "backticks", "items"],
)
def test_long_runs_of_one_mark_are_read_in_a_moment(text: str) -> None:
    try:
        done = bool(convert(text, file="x.md").steps)
    except NoProcedure as refusal:
        done = "no procedure" in refusal.message
    assert done
