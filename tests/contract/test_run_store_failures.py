"""What the SQLite store does when the disk is full, the file is locked or damaged, or its processes die."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from avops.errors import AvopsError, StorageError
from avops.model.run import RunEnd, RunStart, RunStatus, StepIntent, StepResult, StepStatus
from avops.telemetry import upkeep
from avops.telemetry.process_lock import ProcessLock
from avops.telemetry.run_store import SqliteRunStore

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
START = RunStart(recipe="Display Fix", agent="Room Tech", started_at=NOW)


def intent(key: str, *, effect: str | None = "write", tool: str | None = "display", arguments: object = None) -> StepIntent:
    return StepIntent(key=key, phase="act", kind="tool", tool=tool, action="set_power", effect=effect, arguments=arguments, started_at=NOW)


def result(key: str) -> StepResult:
    return StepResult(key=key, status=StepStatus.OK, value={"power": "on"}, finished_at=NOW + timedelta(seconds=1))


def test_a_full_disk_fails_every_write_and_keeps_what_was_committed(tmp_path: Path) -> None:
    with SqliteRunStore(tmp_path / "avops.db") as store:

        async def work() -> list[object]:
            number = await store.create_run(START)
            await store.begin_step(number, intent("act.0"))
            pages = await store.submit(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
            await store.submit(lambda connection: connection.execute(f"PRAGMA max_page_count={pages}").fetchone())
            big = {"text": "x" * 50_000}
            return await asyncio.gather(
                *(store.begin_step(number, intent(f"act.{n}", arguments=big)) for n in (1, 2)), return_exceptions=True
            )

        failures = asyncio.run(work())

        assert [str(failure) for failure in failures] == ["the disk is full: 'avops.db' could not be written"] * 2
        assert all(isinstance(failure, StorageError) and failure.hint for failure in failures)
        assert [row.intent.key for row in store.steps(1)] == ["act.0"]


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_that_stays_is_an_error_and_one_that_goes_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "avops.db"
    with SqliteRunStore(path, lock_wait_s=0.05) as hasty, SqliteRunStore(path) as patient:
        with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert holder.stdin is not None
            assert holder.stdout.readline() == b"held\n"
            waiting_for = holder.stdin

            async def work() -> int:
                later = asyncio.ensure_future(patient.create_run(START))
                with pytest.raises(StorageError, match=r"another program keeps 'avops\.db' locked"):
                    await hasty.create_run(START)
                assert not later.done()
                waiting_for.close()
                return await later

            assert asyncio.run(work()) == 1
        assert patient.run(1).status is RunStatus.RUNNING


def test_a_read_works_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "avops.db"
    with SqliteRunStore(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        number = asyncio.run(one_run(store))
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE runs SET status = 'failed'")
        assert store.run(number).status is RunStatus.RUNNING


async def one_run(store: SqliteRunStore) -> int:
    return await store.create_run(START)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "avops.db"
    path.write_bytes(b"this is a letter, not a database" * 200)

    with pytest.raises(StorageError, match=r"'avops\.db' is damaged or not a database") as caught:
        SqliteRunStore(path)
    assert caught.value.hint is not None
    assert "avops db check" in caught.value.hint
    assert len(upkeep.check(path)) == 1


def test_a_damaged_page_is_an_error_and_is_found_by_check(tmp_path: Path) -> None:
    path = tmp_path / "avops.db"
    with SqliteRunStore(path) as store:
        number = asyncio.run(many_steps(store))
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size - 10 * 4096)
        file.write(b"\xa5" * (10 * 4096))

    assert any("damaged" in problem for problem in upkeep.check(path))
    with SqliteRunStore(path) as store, pytest.raises(StorageError, match=r"'avops\.db' is damaged"):
        store.steps(number)
    with SqliteRunStore(path) as store, pytest.raises(StorageError, match=r"'avops\.db' is damaged"):
        asyncio.run(more_steps(store, number))


async def more_steps(store: SqliteRunStore, number: int) -> None:
    await asyncio.gather(*(store.begin_step(number, intent(f"verify.{n}")) for n in range(500)))


async def many_steps(store: SqliteRunStore) -> int:
    number = await store.create_run(START)
    await asyncio.gather(*(store.record_step(number, intent(f"act.{n}"), result(f"act.{n}")) for n in range(500)))
    return number


def test_a_database_that_may_only_be_read_is_an_error(tmp_path: Path) -> None:
    with SqliteRunStore(tmp_path / "avops.db") as store:

        async def work() -> None:
            await store.submit(lambda connection: connection.execute("PRAGMA query_only=ON"))
            await store.create_run(START)

        with pytest.raises(StorageError, match=r"'avops\.db' may not be written by this account"):
            asyncio.run(work())


def test_a_folder_in_the_files_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "avops.db").mkdir()
    with pytest.raises(StorageError, match=r"'avops\.db' is a folder"):
        SqliteRunStore(tmp_path / "avops.db")


def test_a_file_in_the_folders_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(StorageError, match="could not be made"):
        SqliteRunStore(tmp_path / "state" / "avops.db")


def test_a_row_that_breaks_a_reference_fails_only_itself(tmp_path: Path) -> None:
    with SqliteRunStore(tmp_path / "avops.db") as store:
        orphan = RunStart(recipe="Display Fix", agent="Room Tech", started_at=NOW, parent_id=99)

        async def work() -> list[object]:
            return await asyncio.gather(store.create_run(START), store.create_run(orphan), store.create_run(START), return_exceptions=True)

        first, refused, last = asyncio.run(work())
        assert isinstance(refused, StorageError)
        assert "FOREIGN KEY" in str(refused)
        assert isinstance(first, int)
        assert isinstance(last, int)
        assert (store.run(first).status, store.run(last).status) == (RunStatus.RUNNING, RunStatus.RUNNING)


def test_a_closed_store_refuses_writes(tmp_path: Path) -> None:
    store = SqliteRunStore(tmp_path / "avops.db")
    store.close()
    store.close()
    with pytest.raises(StorageError, match=r"'avops\.db' is closed"):
        asyncio.run(one_run(store))


def test_closing_waits_for_what_was_queued(tmp_path: Path) -> None:
    path = tmp_path / "avops.db"

    async def work() -> None:
        with SqliteRunStore(path) as store:
            for _ in range(50):
                store.create_run(START)

    asyncio.run(work())
    with SqliteRunStore(path) as store:
        assert store.run(50).id == 50


WRITE = """
import asyncio, sys
from datetime import datetime, UTC
from pathlib import Path
from avops.model.run import RunEnd, RunStart, RunStatus, StepIntent, StepResult, StepStatus
from avops.telemetry.run_store import SqliteRunStore

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)

async def main():
    with SqliteRunStore(Path(sys.argv[1])) as store:
        run = await store.create_run(RunStart(recipe="Display Fix", agent="Room Tech", room="hq-1", started_at=NOW))
        for number in range(20):
            key = f"act.{number}"
            await store.begin_step(run, StepIntent(key=key, phase="act", kind="tool", started_at=NOW))
            await store.finish_step(run, StepResult(key=key, status=StepStatus.OK, finished_at=NOW))
        await store.end_run(run, RunEnd(status=RunStatus.SUCCESS, finished_at=NOW))

asyncio.run(main())
"""


def test_twenty_processes_write_at_once_into_a_new_database(tmp_path: Path) -> None:
    path = tmp_path / "avops.db"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITE, str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(20)
    ]
    said = [writer.communicate()[0].decode() for writer in writers]

    assert said == [""] * 20
    assert [writer.returncode for writer in writers] == [0] * 20
    with SqliteRunStore(path) as store:
        assert all(len(store.steps(number)) == 20 for number in range(1, 21))
    assert upkeep.check(path) == []
    assert upkeep.info(path).runs == 20


DIE = """
import asyncio, os, signal, sys
from datetime import datetime, timedelta, UTC
from pathlib import Path
from avops.model.run import RunStart, StepIntent, StepResult, StepStatus
from avops.telemetry.process_lock import ProcessLock
from avops.telemetry.run_store import SqliteRunStore

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)

async def main():
    store = SqliteRunStore(Path(sys.argv[1]))
    lock = ProcessLock.acquire(store.locks)
    run = await store.create_run(RunStart(recipe="Display Fix", agent="Room Tech", room="hq-1", started_at=NOW, process=lock.name))
    await store.lock_room("hq-1", run, lock.name, now=NOW)
    done = StepIntent(key="act.0", phase="act", kind="tool", tool="display", effect="write", started_at=NOW)
    await store.record_step(run, done, StepResult(key="act.0", status=StepStatus.OK, finished_at=NOW + timedelta(seconds=2)))
    flying = (("act.1", "display", "write"), ("act.2", "display", "read"), ("act.3", None, None), ("act.4", None, "record"))
    for key, tool, effect in flying:
        began = NOW + timedelta(seconds=7)
        await store.begin_step(run, StepIntent(key=key, phase="act", kind="tool", tool=tool, effect=effect, started_at=began))
    print(lock.name, flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


def test_a_killed_process_leaves_an_interrupted_run(tmp_path: Path) -> None:
    path = tmp_path / "avops.db"
    with (
        subprocess.Popen([sys.executable, "-c", DIE, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as victim,
        SqliteRunStore(path) as store,
        ProcessLock.acquire(store.locks) as mine,
    ):
        assert victim.stdout is not None
        name = victim.stdout.readline().decode().strip()

        async def recover() -> list[int]:
            return await store.recover()

        async def second_run() -> int:
            return await store.create_run(RunStart(recipe="Display Fix", agent="Room Tech", started_at=NOW, process=mine.name))

        async def lock_room() -> object:
            return await store.lock_room("hq-1", 2, mine.name, now=NOW)

        assert asyncio.run(second_run()) == 2
        assert asyncio.run(recover()) == []
        holder = asyncio.run(lock_room())
        assert holder is not None

        victim.send_signal(signal.SIGKILL)
        victim.wait()

        assert asyncio.run(lock_room()) is None
        assert asyncio.run(recover()) == [1]
        assert asyncio.run(recover()) == []

        run = store.run(1)
        assert run.status is RunStatus.INTERRUPTED
        assert run.finished_at == NOW + timedelta(seconds=7)
        assert run.duration_s == 7.0
        assert store.run(2).status is RunStatus.RUNNING
        assert {row.intent.key: row.status for row in store.steps(1)} == {
            "act.0": StepStatus.OK,
            "act.1": StepStatus.UNKNOWN,
            "act.2": StepStatus.FAILED,
            "act.3": StepStatus.FAILED,
            "act.4": StepStatus.UNKNOWN,
        }
        assert {row.error for row in store.steps(1)[1:]} == {"the process ended before the answer came"}
        assert not (store.locks / name).exists()
        assert (store.locks / mine.name).exists()


def test_a_run_that_names_no_process_is_never_recovered(tmp_path: Path) -> None:
    with SqliteRunStore(tmp_path / "avops.db") as store:

        async def work() -> list[int]:
            await store.create_run(START)
            return await store.recover()

        assert asyncio.run(work()) == []
        assert store.run(1).status is RunStatus.RUNNING


def test_recovered_runs_are_continued_and_counted_once(tmp_path: Path) -> None:
    path = tmp_path / "avops.db"
    with SqliteRunStore(path) as store:

        async def work() -> None:
            number = await store.create_run(RunStart(recipe="Display Fix", agent="Room Tech", started_at=NOW, process="1-000000000000"))
            assert await store.recover() == [number]
            assert await store.continue_run(number, process="2-000000000000", now=NOW, paused_s=0.0) == 1
            assert await store.recover() == [number]
            assert await store.continue_run(number, process="3-000000000000", now=NOW, paused_s=0.0) == 2
            await store.end_run(number, RunEnd(status=RunStatus.SUCCESS, finished_at=NOW + timedelta(seconds=3)))

        asyncio.run(work())
    assert upkeep.check(path) == []


def test_errors_name_no_internals(tmp_path: Path) -> None:
    with SqliteRunStore(tmp_path / "avops.db") as store:

        async def work() -> None:
            await store.submit(lambda connection: connection.execute("SELECT * FROM nowhere"))

        with pytest.raises(AvopsError, match=r"'avops\.db' refused: no such table: nowhere") as caught:
            asyncio.run(work())
        assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
