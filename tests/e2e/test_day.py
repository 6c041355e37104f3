"""A day with avops, on real parts: the command as a subprocess, the simulator on a socket, the database in a file."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from tests.e2e.site import Site


def shown(site: Site, run: int) -> dict:
    return json.loads(site.avops("runs", "show", str(run), "--json").stdout)


def quick(site: Site) -> None:
    """The display fix waits five seconds for a picture instead of ninety."""
    fix = site.folder / "recipes" / "display-fix.yaml"
    fix.write_text(fix.read_text(encoding="utf-8").replace("within: 90s", "within: 5s"), encoding="utf-8")


def reviewed(text: str) -> str:
    """What a reviewer makes of the converted draft: the room list gives the hosts, and Verify judges what it reads."""
    recipe = yaml.safe_load(text)
    del recipe["draft"]
    recipe["room"] = "required"
    recipe["inputs"] = {}
    known = {"room_id": "{{ room.zoom_id }}", "host": "{{ room.display_host }}", "input": "{{ room.display_input }}"}
    for phase in ("intake", "plan", "act", "verify"):
        steps = [step for step in recipe[phase] if "tool" in step or "reading" in step]
        for step in steps:
            call = step if "tool" in step else step["reading"]
            call["with"] = {name: known.get(name, value) for name, value in call.get("with", {}).items()}
            if call["tool"] == "display.set_power":
                step.pop("why", None)
                step["undo"] = "auto"
        recipe[phase] = steps
    recipe["plan"] = [{"check": "zoom_room.status != 'InMeeting'", "hold": True}]
    recipe["verify"][0] = {
        "name": "The display is on",
        "reading": recipe["verify"][0]["reading"],
        "check": "reading.power == 'on'",
        "within": "20s",
        "every": "1s",
    }
    recipe["verify"] = recipe["verify"][:1]
    return yaml.safe_dump(recipe, sort_keys=False)


def test_an_sop_is_converted_reviewed_linted_and_run(site):
    site.simulate()
    target = site.folder / "recipes" / "fixing.yaml"
    done = site.avops("sop", "convert", "sops/display-fix.md", "--output", str(target), "--name", "Fixing")
    assert done.returncode == 0, done.stderr
    draft = yaml.safe_load(target.read_text(encoding="utf-8"))
    assert draft["draft"] is True
    assert all(step["source"].startswith("sops/display-fix.md:") for phase in ("intake", "plan", "act", "verify") for step in draft[phase])
    target.write_text(reviewed(target.read_text(encoding="utf-8")), encoding="utf-8")
    lint = site.avops("lint", str(target))
    assert lint.returncode == 0, lint.stdout + lint.stderr
    run = site.avops("run", "Zoom_Room_Agent", "Fixing", "--room", "HQ-2")
    assert run.stdout == "Run 1 success [simulated]\n", run.stderr
    steps = {step["key"]: step for step in shown(site, 1)["steps"]}
    assert steps["act.0"]["tool"] == "display"
    assert steps["act.0"]["arguments"] == {"host": "display-hq-2.av.example", "power": "on"}
    assert steps["act.0"]["value"]["power"] == "on"
    assert steps["verify.0/reading"]["value"]["power"] == "on"
    assert steps["verify.0"]["status"] == "ok"


def test_a_display_that_stays_dark_fails_and_is_taken_back(site):
    quick(site)
    site.simulate("display_dark:HQ-1")
    run = site.avops("run", "Zoom_Room_Agent", "Display Fix", "--room", "HQ-1")
    assert run.returncode == 1
    assert run.stdout.startswith("Run 1 failed")
    document = shown(site, 1)
    assert document["status"] == "failed"
    assert "reading.power == 'on'" in document["error"]
    assert {artifact["kind"] for artifact in document["artifacts"]} >= {"ticket", "message"}


def test_a_slow_a_broken_and_a_dropped_answer_fail_the_run_with_their_reason(site):
    quick(site)
    for fault, reason in (("error:HQ-1:get_power", "500"), ("drop_before:HQ-1", "answer"), ("garbage:HQ-1", "HTTP")):
        site.simulate(fault)
        run = site.avops("run", "Zoom_Room_Agent", "Display Fix", "--room", "HQ-1")
        assert run.returncode == 1, (fault, run.stdout)
        assert reason in run.stderr, (fault, run.stderr)


def test_kill_9_leaves_every_finished_step_and_the_run_can_go_on(site):
    site.simulate("slow:HQ-2:set_power,seconds=30")
    process = site.start("run", "Zoom_Room_Agent", "Display Fix", "--room", "HQ-2")
    database = site.folder / ".avops" / "avops.db"

    def in_flight() -> bool:
        if not database.exists():
            return False
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            try:
                return connection.execute("SELECT 1 FROM steps WHERE key = 'act.0' AND status = 'running'").fetchone() is not None
            except sqlite3.OperationalError:
                return False

    deadline = time.monotonic() + 30
    while not in_flight():
        assert time.monotonic() < deadline, "the step never began"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    document = shown(site, 1)
    assert document["status"] == "interrupted"
    steps = {step["key"]: step["status"] for step in document["steps"]}
    assert steps["intake.0"] == steps["intake.1"] == steps["plan.0"] == "ok"
    assert steps["act.0"] == "unknown"
    site.simulate()
    resumed = site.avops("resume", "1")
    assert resumed.returncode == 0, resumed.stderr
    assert shown(site, 1)["status"] == "success"


def test_ctrl_c_takes_back_what_was_done(site):
    site.simulate("slow:HQ-2:set_input,seconds=30,times=1")
    process = site.start("run", "Zoom_Room_Agent", "Display Fix", "--room", "HQ-2")
    assert process.stderr is not None
    for line in process.stderr:
        if "Power the display on" in line:
            break
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out.startswith("Run 1 cancelled")
    undone = [step for step in shown(site, 1)["steps"] if step["key"] == "act.0/undo"]
    assert [step["status"] for step in undone] == ["ok"]


def test_a_tick_runs_what_is_due_once_and_says_nothing_when_nothing_is(site):
    site.simulate()
    first = site.avops("tick")
    assert first.stdout.startswith("Ticked. Ran "), first.stderr
    second = site.avops("tick")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    dash = json.loads(site.avops("dash", "--json", "--include-simulated").stdout)
    assert dash


def test_mock_mode_needs_no_simulator_and_is_marked(site):
    run = site.avops("run", "SupportBot", "Daily AV Systems Check", "--mock")
    assert run.stdout == "Run 1 success [simulated]\n", run.stderr
    assert shown(site, 1)["simulated"] == "all"


def test_a_document_without_a_procedure_is_refused(site):
    (site.folder / "note.md").write_text("# Moved\n\nThis page has moved to the wiki.\n", encoding="utf-8")
    done = site.avops("sop", "convert", "note.md")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert not (site.folder / "recipes" / "moved.yaml").exists()
