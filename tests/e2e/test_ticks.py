"""Ticks as processes: overlapping, killed, stopped, and what the next one makes of it."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.e2e.site import Site

TICKS = 20
LOOK = """name: Look
description: Looks at the rooms.
intake:
  - {id: rooms, name: List the rooms, tool: zoom.list_rooms}
verify:
  - {name: There are rooms, reading: {tool: zoom.list_rooms}, check: reading.count > 0}
"""
ASK = """name: Ask
description: Changes a display, then asks.
act:
  - name: Power the display on
    tool: display.set_power
    with: {host: display-hq-2.av.example, power: "on"}
    undo: {tool: display.set_power, with: {host: display-hq-2.av.example, power: "off"}}
  - {name: Somebody agrees, approve: Support_L2}
verify:
  - {name: It is on, reading: {tool: display.get_power, with: {host: display-hq-2.av.example}}, check: reading.power == 'on'}
"""


def only(site: Site, **workflows: str) -> None:
    """The project with these workflows and no others, each in the words of its file after the name."""
    for path in (site.folder / "workflows").iterdir():
        path.unlink()
    for name, text in workflows.items():
        (site.folder / "workflows" / f"{name}.yaml").write_text(f"name: {name}\n{text}\n", encoding="utf-8")


def rows(site: Site, sql: str) -> list[tuple[object, ...]]:
    """What the database says; nothing before there is one."""
    database = site.folder / ".avops" / "avops.db"
    if not database.exists():
        return []
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        try:
            return connection.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []


def until(process: subprocess.Popen[str], happened: Callable[[], bool]) -> None:
    """Returns as soon as it has happened; the process must still be there."""
    deadline = time.monotonic() + 60
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it did not happen"


def slow_fix(site: Site, trigger: str = "{interval_minutes: 1440}") -> None:
    """A due workflow whose second write takes half a minute."""
    site.simulate("slow:HQ-2:set_input,seconds=30,times=1")
    only(site, Fix=f"agent: Zoom_Room_Agent\nrecipe: Display Fix\nroom: HQ-2\ntrigger: {trigger}\noverlap: skip")


def in_flight(site: Site) -> bool:
    return bool(rows(site, "SELECT 1 FROM steps WHERE key = 'act.1' AND status = 'running'"))


def test_twenty_overlapping_ticks_run_each_due_slot_once(site):
    (site.folder / "recipes" / "look.yaml").write_text(LOOK, encoding="utf-8")
    only(site, **{f"Look{number}": "agent: SupportBot\nrecipe: Look\ntrigger: {interval_minutes: 1440}" for number in range(TICKS)})
    ticks = [site.start("tick", "--mock", "--json") for _ in range(TICKS)]
    reports = []
    for tick in ticks:
        out, error = tick.communicate(timeout=110)
        assert tick.returncode == 0, error
        reports.append(json.loads(out))
    ran = [slot["workflow"] for report in reports for slot in report["ran"]]
    assert sorted(ran) == sorted(f"Look{number}" for number in range(TICKS))
    found = rows(site, "SELECT workflow, slot, status, simulated FROM runs")
    assert len(found) == len({slot for _, slot, _, _ in found}) == TICKS
    assert {(status, simulated) for _, _, status, simulated in found} == {("success", "all")}
    assert site.avops("tick", "--mock").stdout == ""


def test_sigterm_ends_a_service_after_its_run_was_taken_back(site):
    slow_fix(site)
    service = site.start("tick", "--forever")
    until(service, lambda: in_flight(site))
    service.send_signal(signal.SIGTERM)
    out, error = service.communicate(timeout=60)
    assert service.returncode == 0, error
    assert "Ticked. Ran 1 workflow." in out
    assert "run 1 cancelled" in out
    assert rows(site, "SELECT status FROM runs") == [("cancelled",)]
    assert rows(site, "SELECT status FROM steps WHERE key = 'act.0/undo'") == [("ok",)]
    assert rows(site, "SELECT state FROM schedule_slots") == [("ran",)]


def test_an_idle_service_says_nothing_and_stops_at_once(site):
    only(site)
    service = site.start("tick", "--forever", "--json")
    until(service, lambda: bool(rows(site, "SELECT 1 FROM schedule_facts WHERE name = 'last_tick_at'")))
    service.send_signal(signal.SIGTERM)
    out, error = service.communicate(timeout=60)
    assert (service.returncode, out, error) == (0, "", "")


def test_the_tick_after_a_killed_one_tells_the_truth(site):
    slow_fix(site, "{interval_minutes: 10}")
    killed = site.start("tick")
    until(killed, lambda: in_flight(site))
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    later = (datetime.now(UTC) + timedelta(minutes=11)).isoformat()
    after = json.loads(site.avops("tick", "--json", "--at", later).stdout)
    assert after["ran"] == []
    assert [(left["workflow"], left["reason"]) for left in after["skipped"]] == [("Fix", "run 1 is interrupted")]
    assert rows(site, "SELECT status FROM runs") == [("interrupted",)]
    assert rows(site, "SELECT state, run_id FROM schedule_slots ORDER BY planned_at")[0] == ("ran", 1)
    assert rows(site, "SELECT status FROM steps WHERE key = 'act.1'") == [("unknown",)]


def test_a_decision_that_nobody_made_ends_its_run_with_rollback(site):
    site.simulate()
    (site.folder / "recipes" / "ask.yaml").write_text(ASK, encoding="utf-8")
    only(site, Ask="agent: Zoom_Room_Agent\nrecipe: Ask\ntrigger: {interval_minutes: 100000}")
    first = site.avops("tick")
    assert first.returncode == 4, first.stderr
    assert "run 1 waiting" in first.stdout
    early = site.avops("tick", "--at", (datetime.now(UTC) + timedelta(hours=23)).isoformat())
    assert (early.returncode, early.stdout) == (0, "")
    late = site.avops("tick", "--at", (datetime.now(UTC) + timedelta(hours=25)).isoformat())
    assert "run 1: nobody answered in time, it ended as cancelled" in late.stdout, late.stderr
    assert rows(site, "SELECT status FROM runs") == [("cancelled",)]
    assert rows(site, "SELECT status FROM decisions") == [("expired",)]
    assert rows(site, "SELECT status FROM steps WHERE key = 'act.0/undo'") == [("ok",)]


def test_the_orchestrator_waits_for_its_approval_and_then_tells_all_of_it(site):
    site.simulate()
    first = site.avops("workflow", "run", "Generic AV Operations")
    assert first.returncode == 4, first.stderr
    assert first.stdout == "Run 1 waiting [simulated]\n"
    approved = site.avops("approve", "1", "--note", "the room is free")
    assert approved.returncode == 0, approved.stderr
    runs = rows(site, "SELECT parent_id, recipe, status FROM runs ORDER BY id")
    assert runs == [
        (None, "Generic AV Operations", "success"),
        (1, "Baseline Check", "success"),
        (1, "Room Recovery", "success"),
        (1, "Learn and Publish", "success"),
    ]
    shown = json.loads(site.avops("runs", "show", "4", "--json").stdout)
    article = next(artifact for artifact in shown["artifacts"] if artifact["kind"] == "kb")
    text = (site.folder / article["path"]).read_text(encoding="utf-8")
    assert text.startswith("---\ntitle: Operation in Boardroom\n")
    assert "\nBefore: Zoom Room Available" in text
    assert "The operation ended as success." in text


def test_the_orchestrator_learns_from_what_was_denied(site):
    site.simulate()
    assert site.avops("workflow", "run", "generic-av-operations").returncode == 4
    assert site.avops("deny", "1").returncode == 1
    runs = rows(site, "SELECT recipe, status FROM runs ORDER BY id")
    assert runs == [
        ("Generic AV Operations", "cancelled"),
        ("Baseline Check", "success"),
        ("Room Recovery", "cancelled"),
        ("Learn and Publish", "success"),
    ]
    assert rows(site, "SELECT 1 FROM steps WHERE run_id = 4 AND tool = 'tickets' AND action = 'create' AND status = 'ok'")
