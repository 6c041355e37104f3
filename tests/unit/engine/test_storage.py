"""A full disk, a locked and a damaged database: the run stops with a clear error before the next outside call."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys

import pytest
from tests.unit.engine.bench import Answering

from avops.engine.fleet import Fleet, FleetItem, FleetOptions, with_fleet
from avops.errors import StorageError
from avops.model.run import RunStatus
from avops.telemetry.run_store import SqliteRunStore

STEPS = "".join(f"  - {{tool: room.many, with: {{n: {n}}}, undo: {{tool: room.many, with: {{n: -{n}}}}}}}\n" for n in range(1, 9))
RECIPE = f"name: X\nact:\n{STEPS}"


def numbers(b):
    return [a["n"] for a in b.sent("many")]


async def fill(b):
    """From here on the database cannot grow: what is written until its pages are used up is still kept."""
    pages = await b.store.submit(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    await b.store.submit(lambda connection: connection.execute(f"PRAGMA max_page_count={pages}").fetchone())


async def make_room(b):
    await b.store.submit(lambda connection: connection.execute("PRAGMA max_page_count=1000000").fetchone())


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_full_disk_stops_the_run_before_the_next_call(bench, parallel):
    b = bench()

    async def answer(arguments):
        if arguments["n"] == 3:
            await fill(b)
        return {"log": "x" * 40_000}

    b.tool.script = {"many": [Answering(answer)]}
    each = (
        f"  - {{for_each: {list(range(1, 9))}, parallel: {parallel}, tool: room.many, with: {{n: '{{{{ item }}}}'}}, undo: none, why: w}}\n"
    )
    recipe = f"name: X\nact:\n{each}"

    async def story():
        with pytest.raises(StorageError, match=r"the disk is full: 'avops\.db' could not be written"):
            await b.run(recipe)
        made = numbers(b)
        await make_room(b)
        b.answer(many=[{}])
        await b.die()
        return made, await b.resume(1)

    made, report = asyncio.run(story())
    assert 3 <= len(made) <= 3 + 2 * (parallel - 1) + (parallel > 1)
    assert report.status is RunStatus.UNVERIFIED
    assert set(numbers(b)) == set(range(1, 9))


def test_a_full_disk_at_the_start_calls_nothing(bench):
    b = bench(many=[{}])

    async def story():
        await fill(b)
        with pytest.raises(StorageError, match="the disk is full"):
            await b.run(RECIPE + "# " + "x" * 100_000)

    asyncio.run(story())
    assert b.tool.calls == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MiB, where this account may mount one; elsewhere a folder under a limit of the same size."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False).returncode == 0
    yield folder, mounted
    if mounted:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_file_system_stops_the_run_and_keeps_the_database_whole(small_disk, tmp_path):
    from tests.unit.engine.bench import Bench

    folder, mounted = small_disk
    b = Bench(folder, {})

    async def answer(arguments):
        if arguments["n"] == 3 and mounted:
            free = os.statvfs(folder)
            (folder / "ballast").write_bytes(b"x" * (free.f_bavail * free.f_bsize))
        elif arguments["n"] == 3:
            await fill(b)
        return {"log": "x" * 30_000}

    b.tool.script = {"many": [Answering(answer)]}
    with pytest.raises(StorageError):
        asyncio.run(b.run(RECIPE))
    assert numbers(b) == [1, 2, 3]
    if mounted:
        (folder / "ballast").unlink()
    else:
        asyncio.run(make_room(b))
    b.answer(many=[{}])

    async def story():
        await b.die()
        return await b.resume(1)

    assert asyncio.run(story()).status is RunStatus.UNVERIFIED
    assert numbers(b) == [1, 2, 3, 3, 4, 5, 6, 7, 8]
    b.close()


def test_a_full_disk_for_a_large_answer_stops_the_run_too(bench, monkeypatch):
    b = bench(many=[{"log": "x" * 100_000}])
    (b.folder / ".avops").mkdir()
    (b.folder / ".avops" / "artifacts").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        asyncio.run(b.run(RECIPE))
    assert numbers(b) == [1]


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_database_that_another_program_keeps_locked_stops_the_run_and_it_goes_on_later(bench):
    b = bench()
    b.store.close()
    b.store = SqliteRunStore(b.folder / "avops.db", locks=b.locks, lock_wait_s=0.05)
    holding = []

    def answer(arguments):
        if arguments["n"] == 2 and not holding:
            process = subprocess.Popen(
                [sys.executable, "-c", HOLD, b.folder / "avops.db"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert process.stdout.readline() == "held\n"
            holding.append(process)
        return {}

    b.tool.script = {"many": [Answering(answer)]}
    with pytest.raises(StorageError, match=r"another program keeps 'avops\.db' locked"):
        asyncio.run(b.run(RECIPE))
    assert numbers(b) == [1, 2]
    holding[0].communicate("")

    async def story():
        await b.die()
        return await b.resume(1)

    report = asyncio.run(story())
    assert report.status is RunStatus.UNVERIFIED
    assert numbers(b) == [1, 2, 2, 3, 4, 5, 6, 7, 8]


def test_a_damaged_database_stops_the_run_with_what_to_do(bench):
    b = bench()

    def answer(arguments):
        if arguments["n"] == 2:
            # Another connection's checkpoint leaves the log empty, so that the damage below is what the next write reads.
            with sqlite3.connect(b.folder / "avops.db") as other:
                other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            size = (b.folder / "avops.db").stat().st_size
            with (b.folder / "avops.db").open("r+b") as file:
                file.write(b"\0" * size)
        return {}

    b.tool.script = {"many": [Answering(answer)]}
    with pytest.raises(StorageError) as failed:
        asyncio.run(b.run(RECIPE))
    assert numbers(b) == [1, 2]
    assert failed.value.hint


def test_a_fleet_on_a_full_disk_starts_nothing_new(bench):
    b = bench()

    async def answer(arguments):
        if arguments["id"] == "C":
            await fill(b)
        return {"power": "on", "log": "x" * 40_000}

    b.tool.script = {"get": [Answering(answer)]}
    check = "name: Look\nverify:\n  - {reading: {tool: room.get, with: {id: '{{ room.room }}'}}, check: reading.power == 'on'}\n"
    items = [FleetItem(label=key, room=key, room_values={"room": key, "name": key}) for key in "ABCDEFGH"]
    start = with_fleet(b.start_of(check), items, FleetOptions())
    with pytest.raises(StorageError, match="the disk is full"):
        asyncio.run(Fleet(b.executor(), b.store, b.clock).start(start, b.lock.name))
    assert b.sent("get") == [{"id": "A"}, {"id": "B"}, {"id": "C"}]


def failing_once(b, name):
    """The store's method, which fails once as a locked database does."""
    real, left = getattr(b.store, name), [1]

    async def method(*args, **more):
        if left:
            left.pop()
            raise StorageError("the database is locked")
        return await real(*args, **more)

    setattr(b.store, name, method)


def test_a_run_whose_end_could_not_be_kept_is_not_running_for_ever(bench):
    b = bench(many=[{}])

    async def story():
        failing_once(b, "end_run")
        with pytest.raises(StorageError):
            await b.run(RECIPE)
        assert b.store.run(1).status is RunStatus.INTERRUPTED
        return await b.resume(1)

    assert asyncio.run(story()).status is RunStatus.UNVERIFIED
    assert numbers(b) == list(range(1, 9))


def test_nor_is_one_that_could_not_be_gone_on_with(bench):
    b = bench(many=[{}])

    async def story():
        waiting = await b.run("name: X\nact:\n  - {manual: Look}\n")
        failing_once(b, "record_step")
        with pytest.raises(StorageError):
            await b.resume(waiting.run_id, cancel="no")
        assert b.store.run(1).status is RunStatus.INTERRUPTED
        return await b.resume(1, cancel="no")

    assert asyncio.run(story()).status is RunStatus.CANCELLED


def test_nor_is_a_parent_whose_child_could_not_be_begun(bench):
    b = bench(many=[{}])
    items = [FleetItem(label=key, room=key, room_values={"room": key}) for key in ("A", "B")]

    async def story():
        begun = b.store.create_run

        async def create_run(start):
            if start.room == "B":
                raise StorageError("the database is locked")
            return await begun(start)

        b.store.create_run = create_run
        fleet = Fleet(b.executor(), b.store, b.clock)
        with pytest.raises(StorageError):
            await fleet.start(with_fleet(b.start_of(RECIPE), items, FleetOptions()), b.lock.name)
        assert b.store.run(1).status is RunStatus.INTERRUPTED
        b.store.create_run = begun
        return await fleet.resume(1, b.lock.name)

    assert asyncio.run(story()).status is RunStatus.UNVERIFIED
    assert numbers(b) == [*range(1, 9), *range(1, 9)]
