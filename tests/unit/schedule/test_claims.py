"""Overlapping ticks in real processes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.unit.schedule.claim_storm import storm

if TYPE_CHECKING:
    from pathlib import Path


def test_overlapping_processes_of_which_some_are_killed_run_each_slot_once(tmp_path: Path) -> None:
    runs, killed, expected = storm(tmp_path, processes=4, workflows=10, minutes=5)
    assert runs == Counter(expected)
    assert killed == 2
