"""`avops cancel`: runs that wait, lie interrupted, or go on in another process; and rooms that changed meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import ASKS, Site, avops
from tests.unit.engine.bench import AGENT

from avops.model.run import RunEnd, RunStatus
from avops.telemetry.process_lock import ProcessLock, ask_to_stop, process_of
from avops.telemetry.run_store import SqliteRunStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANUAL = ASKS.replace("STEP", "{name: Plug it in, manual: Plug in the cable}").replace("FOUR_EYES", "false")
ROOM = {"room": "HQ-1", "room_values": {"room": "HQ-1"}}
TOOL = """
name: room
kind: http
base_url: URL
private: true
actions:
  get: {effect: read, output: {type: object}, request: {path: /}}
  set: {effect: write, idempotent: true, input: {power: {type: string}}, request: {method: PUT, path: "/{power}"}}
  slow: {effect: write, idempotent: true, request: {method: PUT, path: /slow}}
"""
SLOW = """
name: Slow
act:
  - {tool: room.set, with: {power: "on"}, undo: {tool: room.set, with: {power: "off"}}}
  - {tool: room.slow, undo: none, why: it is slow}
verify:
  - {reading: {tool: room.get}, check: reading.power == 'on'}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(tmp_path, monkeypatch)


def store(site: Site) -> SqliteRunStore:
    return SqliteRunStore(site.folder / ".avops/avops.db")


def test_a_waiting_run_is_cancelled_with_its_decisions_closed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.run(MANUAL, mocked=True)
    assert avops("cancel", "1", "--reason", "the meeting was moved") == 0
    told = capsys.readouterr()
    assert told.out == "Run 1 cancelled\n"
    assert f"cancelled by {site.account}: the meeting was moved" in told.err
    assert avops("inbox") == 0
    assert capsys.readouterr().out == "nothing waits for a person\n"
    assert avops("runs", "show", "1") == 0
    shown = capsys.readouterr().out
    assert shown.index("✓ Cancelled") < shown.index(f"by {site.account}: the meeting was moved") < shown.index("CANCELLED")


def test_a_run_that_has_ended_is_refused(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.run(MANUAL, mocked=True)
    assert avops("cancel", "1") == 0
    assert avops("cancel", "1") == 2
    assert "run 1 is cancelled: it has ended already" in capsys.readouterr().err
    assert avops("cancel", "7") == 2


def test_no_rollback_takes_nothing_back_and_says_what_is_left(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = MANUAL.replace("act:\n", 'act:\n  - {name: Power on, tool: room.set, with: {power: "on"}, undo: none, why: w}\n')
    site.run(recipe, set=[{}])
    assert avops("cancel", "1", "--no-rollback", "--json") == 1
    run = json.loads(capsys.readouterr().out)
    assert run["status"] == "cancelled"
    assert run["error"] == f"cancelled by {site.account}; act.0 'Power on' (room.set) was left as it is"


def test_a_parent_is_cancelled_with_the_runs_below_it(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    from avops.engine.fleet import Fleet, FleetItem, FleetOptions, with_fleet

    bench = site.bench()
    (site.folder / "agents").mkdir()
    (site.folder / "agents/bot.yaml").write_text(bench.agent_text)
    items = [FleetItem(label=key, room=key, room_values={"room": key}) for key in ("A", "B")]
    fleet = Fleet(bench.executor(), bench.store, bench.clock)
    asyncio.run(fleet.start(with_fleet(bench.start_of(MANUAL), items, FleetOptions()), bench.lock.name))
    bench.close()
    assert avops("cancel", "1", "--reason", "no") == 0
    assert f"cancelled by {site.account}: no; ended with it: runs 2, 3" in capsys.readouterr().err
    with store(site) as rows:
        assert [rows.run(number).status.value for number in (1, 2, 3)] == ["cancelled"] * 3


def test_one_of_several_is_cancelled_and_the_parent_still_waits_for_the_others(site: Site) -> None:
    from avops.engine.fleet import Fleet, FleetItem, FleetOptions, with_fleet

    bench = site.bench()
    (site.folder / "agents").mkdir()
    (site.folder / "agents/bot.yaml").write_text(bench.agent_text)
    items = [FleetItem(label=key, room=key, room_values={"room": key}) for key in ("A", "B")]
    fleet = Fleet(bench.executor(), bench.store, bench.clock)
    asyncio.run(fleet.start(with_fleet(bench.start_of(MANUAL), items, FleetOptions()), bench.lock.name))
    bench.close()
    assert avops("cancel", "2") == 0
    with store(site) as rows:
        assert [rows.run(number).status.value for number in (1, 2, 3)] == ["waiting", "cancelled", "waiting"]


def test_abort_is_said_of_a_run_and_not_of_a_parent(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    bench = site.bench()
    start = bench.start_of(MANUAL, options={"fleet": {"items": [], "parallel": 1, "canary": 0, "max_failures": None}})

    async def parent() -> None:
        run_id = await bench.store.create_run(start)
        await bench.store.end_run(run_id, RunEnd(status=RunStatus.INTERRUPTED, finished_at=bench.clock.now()))

    asyncio.run(parent())
    bench.close()
    assert avops("resume", "1", "--abort") == 2
    assert "run 1 is made of other runs: --abort is said of the one that was interrupted" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["answer", "1"], ["deny", "1"], ["resume", "1"], ["cancel", "1"]])
def test_a_room_that_another_run_has_changed_is_left_alone(site: Site, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    on = 'act:\n  - {name: Power on, tool: room.set, with: {power: "on"}, undo: none, why: w}\n'
    (site.folder / "agents").mkdir()
    (site.folder / "agents/bot.yaml").write_text(AGENT)
    for _ in range(2):
        bench = site.bench(set=[{}])
        bench.clock.at = datetime.now(UTC)
        asyncio.run(bench.run(MANUAL.replace("act:\n", on), **ROOM))
        bench.close()
    assert avops(*command) == 3
    told = capsys.readouterr().err
    assert "run 2 wrote to room 'HQ-1' after run 1 began to wait" in told
    assert "--anyway 'REASON'" in told
    with store(site) as rows:
        assert rows.run(1).status is RunStatus.WAITING
        assert [one.status.value for one in rows.decisions(1)] == ["open"]


class Device(BaseHTTPRequestHandler):
    """Answers everything, and `/slow` only when it is let go."""

    log: list[str]
    arrived: threading.Event
    let_go: threading.Event

    def do_PUT(self) -> None:
        self.log.append(self.path)
        if self.path == "/slow":
            self.arrived.set()
            self.let_go.wait()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def device() -> Iterator[type[Device]]:
    handler = type("OneDevice", (Device,), {"log": [], "arrived": threading.Event(), "let_go": threading.Event()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]  # for the manifest
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield handler
    handler.let_go.set()
    server.shutdown()
    thread.join()
    server.server_close()


def begun(site: Site, device: type[Device]) -> subprocess.Popen[str]:
    """A run in a process of its own, in the middle of its slow step."""
    for folder, name, text in (
        ("agents", "bot", "name: Bot\ntools: {room: '*'}\n"),
        ("recipes", "slow", SLOW),
        ("tools", "room", TOOL.replace("URL", device.url)),  # type: ignore[attr-defined]  # set by the fixture
    ):
        (site.folder / folder).mkdir()
        (site.folder / folder / f"{name}.yaml").write_text(text)
    command = [sys.executable, "-m", "avops", "run", "Bot", "Slow"]
    process = subprocess.Popen(command, cwd=site.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert device.arrived.wait(60)
    return process


def test_a_run_in_another_process_is_asked_to_end_and_takes_back_what_it_did(
    site: Site, device: type[Device], capsys: pytest.CaptureFixture[str]
) -> None:
    process = begun(site, device)
    code = avops("cancel", "1", "--reason", "a meeting begins")
    told, _ = process.communicate(timeout=60)
    assert "Run 1 cancelled" in told
    assert device.log == ["/on", "/slow", "/off"]
    assert code == 1  # nobody knows whether the slow step happened, and it has no undo
    assert f"cancelled by {site.account}: a meeting begins; act.1 'room.slow' cannot be taken back" in capsys.readouterr().err
    with store(site) as rows:
        row = next(row for row in rows.steps(1) if row.intent.kind == "cancel")
        assert (row.intent.name, row.actor, row.note) == ("Asked to cancel", site.account, "a meeting begins")


def test_a_cancellation_that_cannot_be_said_leaves_nothing_behind(
    site: Site, device: type[Device], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError

    process = begun(site, device)
    with monkeypatch.context() as patched:
        patched.setattr(signal, "pidfd_send_signal", forbidden)
        assert avops("cancel", "1", "--reason", "a meeting begins") == 3
    assert "which belongs to another account" in capsys.readouterr().err
    with store(site) as rows:
        assert [row.intent.kind for row in rows.steps(1)] == ["tool", "tool"]
    device.let_go.set()
    told, _ = process.communicate(timeout=60)
    assert "Run 1 cancelled" not in told


def test_a_process_that_carries_other_runs_too_is_not_stopped(site: Site, device: type[Device], capsys: pytest.CaptureFixture[str]) -> None:
    process = begun(site, device)
    with store(site) as rows:
        start, name = rows.start(1), rows.run(1).process
        bench = site.bench()
        from dataclasses import replace

        asyncio.run(_create(rows, replace(start, process=name)))
        bench.close()
    assert avops("cancel", "1") == 3
    told = capsys.readouterr().err
    assert f"run 1 goes on in process {process.pid}, which also carries run 2" in told
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)


async def _create(rows: SqliteRunStore, start: object) -> None:
    await rows.create_run(start)  # type: ignore[arg-type]  # a RunStart


def test_a_process_is_told_by_the_kernel_and_not_by_the_name_of_a_file(tmp_path: Path) -> None:
    with ProcessLock.acquire(tmp_path) as lock:
        assert process_of(tmp_path, lock.name) == os.getpid()
        stranger = tmp_path / "1-0123456789ab"
        stranger.touch()
        assert process_of(tmp_path, stranger.name) is None
        assert ask_to_stop(tmp_path, stranger.name) is None
    assert process_of(tmp_path, lock.name) is None


@pytest.mark.parametrize("command", [["answer", "1"], ["deny", "1"], ["resume", "1"], ["cancel", "1"]])
def test_anyway_needs_a_reason(site: Site, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    site.run(MANUAL, mocked=True)
    assert avops(*command, "--anyway", " ") == 2
    assert "--anyway needs a reason" in capsys.readouterr().err
    with store(site) as rows:
        assert [one.status.value for one in rows.decisions(1)] == ["open"]
