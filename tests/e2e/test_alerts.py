"""Alerts of workflows, sent by the tick through real tools against the simulator."""

from __future__ import annotations

import json
import sqlite3
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.site import Site

WORKFLOW = """name: Watch
agent: Zoom_Room_Agent
recipe: Look
trigger: manual
room: HQ-1
notify_on: [failed, recovered]
"""
RECIPE = """name: Look
room: required
verify:
  - name: The display is as it should be
    reading: {tool: display.get_power, with: {host: "{{ room.display_host }}"}}
    check: reading.power == 'WANTED'
"""


def prepare(site: Site) -> None:
    for path in (site.folder / "workflows").glob("*.yaml"):
        path.unlink()
    for path in (site.folder / "tools").glob("*.yaml"):
        # Runs that are simulated altogether alert nobody.
        path.write_text(path.read_text(encoding="utf-8").replace("simulated: true\n", ""), encoding="utf-8")
    (site.folder / "workflows/watch.yaml").write_text(WORKFLOW, encoding="utf-8")
    settings = site.folder / "avops.yaml"
    alerts = 'alerts:\n  notify: {slack: "#av-alerts"}\n  ticket: {open: tickets.create, close: tickets.resolve}\n'
    settings.write_text(settings.read_text(encoding="utf-8") + alerts, encoding="utf-8")


def look(site: Site, *, good: bool) -> int:
    """A run of the workflow whose check holds, or does not."""
    done = json.loads(site.avops("tool", "call", "display", "get_power", "host=display-hq-1.av.example", "--json").stdout)
    now = done["answer"]["power"]
    wanted = now if good else ("on" if now == "off" else "off")
    (site.folder / "recipes/look.yaml").write_text(RECIPE.replace("WANTED", wanted), encoding="utf-8")
    return site.avops("workflow", "run", "Watch").returncode


def tickets(site: Site) -> list[dict[str, object]]:
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/tickets", timeout=20) as answer:
        found: list[dict[str, object]] = json.load(answer)["tickets"]
    return found


def test_a_fault_makes_one_ticket_that_is_closed_with_evidence(site: Site) -> None:
    prepare(site)
    site.simulate()
    for _ in range(2):
        assert look(site, good=False) == 1
        site.avops("tick")
    (ticket,) = tickets(site)
    assert ticket["title"] == "failed: Watch, HQ-1"
    assert ticket["state"] == "open"
    look(site, good=True)
    site.avops("tick")
    assert tickets(site)[0]["state"] == "open"
    look(site, good=True)
    site.avops("tick")
    (ticket,) = tickets(site)
    assert ticket["state"] == "resolved"
    assert "2 runs in a row succeeded" in str(ticket["resolution"])
    assert site.avops("tick").stdout == ""


def test_what_could_not_be_sent_is_sent_when_the_service_is_back(site: Site) -> None:
    prepare(site)
    site.simulate()
    assert look(site, good=False) == 1
    site.close()
    told = site.avops("tick", merged=True).stdout
    assert "could not be sent, and is tried again" in told
    site.simulate()
    assert tickets(site) == []
    later = (datetime.now(UTC) + timedelta(minutes=3)).isoformat()
    site.avops("tick", "--at", later)
    assert len(tickets(site)) == 1
    connection = sqlite3.connect(site.folder / ".avops/avops.db")
    assert connection.execute("SELECT state, count(*) FROM alert_outbox GROUP BY state").fetchall() == [("sent", 2)]
    connection.close()
