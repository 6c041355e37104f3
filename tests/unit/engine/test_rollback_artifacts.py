"""What the rollback actions leave behind stays on record."""

from __future__ import annotations

import asyncio

RECIPE = """
name: Fix
guardrails:
  rollback_actions:
    - {tool: room.ticket, with: {text: it stays dark}}
act:
  - {tool: room.set, with: {power: "on"}, undo: none, why: harmless}
verify:
  - {reading: {tool: room.get}, check: "reading.power == 'on'"}
"""


def test_a_ticket_of_rollback_is_an_artifact_of_the_run(bench):
    b = bench(set=[{}], get=[{"power": "off"}], ticket=[{"id": "INC7"}])
    report = asyncio.run(b.run(RECIPE))
    assert [(artifact.kind, artifact.id, artifact.after_failure) for artifact in b.store.artifacts(report.run_id)] == [
        ("ticket", "INC7", True)
    ]
