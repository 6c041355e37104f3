"""Writes into a booked room: refused, put off, or made with a reason."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests.unit.engine.bench import START

from avops.engine.executor import LocalExecutor
from avops.model.run import RunStatus

WRITE = """
name: Write
room: required
guardrails: {timeout_minutes: 120, bookings: RULE}
act:
  - {tool: room.set, with: {power: "on"}, undo: none, why: harmless}
verify:
  - {reading: {tool: room.get}, check: "reading.power == 'on'"}
"""


def run(b, rule, **more):
    def booked(room, values, at, timezone):
        assert (room, timezone) == ("HQ-1", "Europe/Berlin")
        return START + timedelta(hours=1) if at < START + timedelta(hours=1) else None

    executor: LocalExecutor = b.executor()
    executor._booked = booked
    values = {"room": "HQ-1", "timezone": "Europe/Berlin"}
    return asyncio.run(executor.start(b.start_of(WRITE.replace("RULE", rule), room="HQ-1", room_values=values, **more)))


def test_a_write_into_a_booked_room_is_refused(bench):
    b = bench(set=[{}], get=[{"power": "on"}])
    report = run(b, "refuse")
    assert report.status is RunStatus.FAILED
    assert "refused by booking: the room is booked until 08:00 UTC" in (report.error or "")
    assert b.tool.calls == []


def test_a_write_is_put_off_until_the_booking_ends(bench):
    b = bench(set=[{}], get=[{"power": "on"}])
    report = run(b, "defer")
    assert report.status is RunStatus.SUCCESS
    assert START + timedelta(hours=1) <= b.rows(report.run_id)["act.0"].intent.started_at
    assert b.statuses(report.run_id)["act.0/booking.0"] == "ok"


@pytest.mark.parametrize(("caller", "called"), [("refuse", "ignore"), ("ignore", "refuse")])
def test_the_stricter_rule_of_a_recipe_and_its_caller_holds(bench, caller, called, monkeypatch):
    b = bench(many=[{}])
    b.more_texts["recipes/c.yaml"] = f"name: C\nguardrails: {{bookings: {called}}}\nact:\n  - {{tool: room.many, undo: none, why: w}}\n"
    monkeypatch.setattr(
        "tests.unit.engine.test_bookings.WRITE", "name: X\nroom: required\nguardrails: {bookings: RULE}\nact:\n  - {recipe: C}\n"
    )
    assert "refused by booking: the room is booked until 08:00 UTC" in (run(b, caller).error or "")
    assert b.tool.calls == []


def test_a_person_who_says_why_may_write(bench):
    b = bench(set=[{}], get=[{"power": "on"}])
    report = run(b, "refuse", options={"override": "the CEO asked"})
    assert report.status is RunStatus.SUCCESS
    assert b.store.start(report.run_id).options["override"] == "the CEO asked"


def test_a_booking_longer_than_the_run_may_take_is_refused(bench, monkeypatch):
    b = bench(set=[{}], get=[{"power": "on"}])
    monkeypatch.setattr("tests.unit.engine.test_bookings.WRITE", WRITE.replace("120", "5"))
    assert "longer than the run may take" in (run(b, "defer").error or "")
