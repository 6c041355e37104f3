"""Retention, checks, backups, and migration of older databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.telemetry.histories import FIRST, Past, database, histories

from avops.errors import StorageError
from avops.model.run import RunStatus
from avops.telemetry import database as connections
from avops.telemetry import migrations, queries, schema, upkeep
from avops.telemetry.filters import RunFilter

FINAL = frozenset(status for status in RunStatus if status.is_final)


@settings(max_examples=25, deadline=None)
@given(histories(), st.integers(-1, 6 * 86_400), st.integers(0, 3))
def test_pruning_deletes_old_ended_runs_and_keeps_the_newest_of_each_recipe(history: list[Past], age_s: int, keep: int) -> None:
    older_than = FIRST + timedelta(seconds=age_s)
    with database(history) as (connection, path):
        before = queries.list_runs(connection, limit=99)
        kept_anyway = {run.id for recipe in "ab" for run in [run for run in before if run.recipe == recipe][:keep]}
        doomed = {run.id for run in before if run.started_at < older_than and run.status in FINAL} - kept_anyway

        assert upkeep.prune(path, older_than=older_than, keep=keep) == len(doomed)

        left = queries.list_runs(connection, limit=99)
        assert [run.id for run in left] == [run.id for run in before if run.id not in doomed]
        assert upkeep.check(path) == []
        assert [set(queries.start(connection, run.id).texts) for run in left] == [{f"recipes/{run.recipe}.yaml"} for run in left]
        assert upkeep.info(path).texts == len({run.recipe for run in left})


def test_runs_of_one_recipe_share_its_text() -> None:
    with database([Past()] * 30 + [Past(recipe="Other")]) as (_, path):
        assert upkeep.info(path).texts == 2


def test_info_counts_what_is_there(tmp_path: Path) -> None:
    empty = upkeep.info(tmp_path / "avops.db")
    assert (empty.runs, empty.steps, empty.first_run_at, empty.schema_version) == (0, 0, None, migrations.SCHEMA_VERSION)

    with database([Past(), Past(started_at=FIRST + timedelta(days=1))]) as (_, path):
        found = upkeep.info(path)
        assert (found.runs, found.first_run_at, found.last_run_at) == (2, FIRST, FIRST + timedelta(days=1))
        assert found.size_bytes + found.wal_bytes > 4096


def test_check_names_the_day_whose_rollups_are_wrong() -> None:
    with database([Past(workflow="Nightly")]) as (connection, path):
        connection.execute("UPDATE rollups_hourly SET success = 7 WHERE dimension = 'workflow'")
        assert upkeep.check(path) == ["the rollups of 2026-03-27 do not match its runs: workflow 'Nightly', 1 in all"]


def test_check_finds_a_reference_to_nothing() -> None:
    with database([Past()]) as (connection, path):
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("INSERT INTO artifacts (run_id, kind, title, after_failure) VALUES (99, 'file', 'x', 0)")
        assert upkeep.check(path) == ["row 1 of 'artifacts' names a row of 'runs' that is missing"]


def test_a_backup_is_complete_and_replaces_nothing(tmp_path: Path) -> None:
    with database([Past()]) as (connection, path):
        first = upkeep.backup(path, tmp_path / "copies" / "avops.db")
        connection.execute("UPDATE runs SET agent = 'Someone'")
        second = upkeep.backup(path, tmp_path / "copies" / "avops.db")

    assert [first.name, second.name] == ["avops.db", "avops-2.db"]
    assert sorted(file.name for file in first.parent.iterdir()) == ["avops-2.db", "avops.db"]
    for copy, agent in ((first, "Room Tech"), (second, "Someone")):
        with closing(connections.open_reader(copy)) as connection:
            assert queries.run(connection, 1).agent == agent


def test_vacuum_gives_space_back() -> None:
    with database([Past()] * 300) as (connection, path):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        upkeep.prune(path, older_than=FIRST + timedelta(days=1))
        assert upkeep.vacuum(path) > 0
        assert upkeep.check(path) == []


def test_every_migration_file_is_listed_in_order() -> None:
    assert migrations.__file__ is not None
    files = sorted(file.stem for file in Path(migrations.__file__).parent.glob("*.sql"))
    assert list(migrations.MIGRATIONS) == files
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))


def test_a_migration_contains_no_transaction_of_its_own() -> None:
    for name in migrations.MIGRATIONS:
        words = {statement.split()[0].upper() for statement in map(strip_comments, migrations.statements(name)) if statement}
        assert not words & {"BEGIN", "COMMIT", "PRAGMA", "ROLLBACK", "VACUUM"}


def strip_comments(statement: str) -> str:
    return "\n".join(line for line in statement.splitlines() if not line.lstrip().startswith("--")).strip()


def one_more_migration(monkeypatch: pytest.MonkeyPatch, sql: str) -> None:
    """An avops that knows one migration more than this one."""
    known = migrations.statements
    monkeypatch.setattr(schema, "MIGRATIONS", (*migrations.MIGRATIONS, "9999_more"))
    monkeypatch.setattr(schema, "SCHEMA_VERSION", migrations.SCHEMA_VERSION + 1)
    monkeypatch.setattr(schema, "statements", lambda name: iter([sql]) if name == "9999_more" else known(name))


def test_an_older_database_is_copied_and_then_migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    with database([Past()]) as (_, path):
        one_more_migration(monkeypatch, "ALTER TABLE runs ADD COLUMN colour TEXT")
        with closing(connections.open_reader(path)) as connection:
            assert queries.run(connection, 1).id == 1
            assert connection.execute("SELECT colour FROM runs").fetchall() == [(None,)]
        connections.open_writer(path).close()
        (copy,) = (path.parent / "backups").iterdir()
        assert copy.name == f"avops-schema-{migrations.SCHEMA_VERSION}.db"
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (migrations.SCHEMA_VERSION,)
            assert connection.execute("SELECT count(*) FROM runs").fetchone() == (1,)


def test_a_migration_that_fails_leaves_the_database_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    with database([Past()]) as (connection, path):
        with monkeypatch.context() as broken:
            one_more_migration(broken, "ALTER TABLE nowhere ADD COLUMN colour TEXT")
            with pytest.raises(StorageError, match="no such table: nowhere"):
                connections.open_writer(path)
        assert connection.execute("PRAGMA user_version").fetchone() == (migrations.SCHEMA_VERSION,)
        connections.open_writer(path).close()


@pytest.mark.parametrize("opened", [connections.open_reader, connections.open_writer, upkeep.info])
def test_a_newer_database_is_refused(opened: object) -> None:
    assert callable(opened)
    with database() as (connection, path):
        connection.execute("PRAGMA user_version=909")
        message = rf"the database is from a newer avops \(schema 909, this one knows {migrations.SCHEMA_VERSION}\)"
        with pytest.raises(StorageError, match=message) as caught:
            opened(path)
        assert caught.value.hint is not None
        assert "upgrade avops" in caught.value.hint
        assert connection.execute("PRAGMA user_version").fetchone() == (909,)


@pytest.mark.parametrize("version", [0, 1])
def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path, version: int) -> None:
    path = tmp_path / "photos.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE photos (id)")
        other.execute(f"PRAGMA user_version={version}")
    with pytest.raises(StorageError, match=r"'photos\.db' is a database, but not one of avops"):
        connections.open_writer(path)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("photos",)]


def test_a_reader_cannot_write() -> None:
    with (
        database([Past()]) as (_, path),
        closing(connections.open_reader(path)) as reader,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        reader.execute("UPDATE runs SET agent = 'x'")


def test_lists_need_no_full_scan() -> None:
    """The plans that keep lists quick over a million runs; a missing index shows here."""
    with database([Past()]) as (connection, _):
        for chosen in (RunFilter(workflow="w"), RunFilter(agent="a"), RunFilter(recipe="r"), RunFilter(room="x"), RunFilter()):
            plan = explain(connection, chosen)
            assert "USING INDEX runs_" in plan
            assert "TEMP B-TREE" not in plan


def explain(connection: sqlite3.Connection, chosen: RunFilter) -> str:
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    queries.list_runs(connection, chosen)
    connection.set_trace_callback(None)
    return " ".join(str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {asked[-1]}"))


def test_a_database_of_another_program_is_refused_and_not_a_byte_of_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE notes (text)")
        theirs.commit()
    before = path.read_bytes()

    with pytest.raises(StorageError, match="not one of avops"):
        connections.open_writer(path)

    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["theirs.db"]
