import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, inspect, text

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.store.engine import HEAD, MIGRATIONS, VERSION_TABLE, open_store, writing
from fiberwise.store.tables import metadata

OPEN = """
import sys
import alembic.command
from fiberwise.store.engine import open_store
print("ready", flush=True)
sys.stdin.readline()
open_store(sys.argv[1]).dispose()
"""

PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

COUNT_MODULES = """
import sys
from fiberwise.store.engine import open_store
open_store(sys.argv[1]).dispose()
print(sum(name.partition(".")[0] == "alembic" for name in sys.modules))
"""


def test_the_migrated_schema_is_the_one_in_tables(engine: Engine):
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_the_checks_that_alembic_does_not_compare_are_in_the_database(engine: Engine):
    for table in metadata.sorted_tables:
        found = {check["name"] for check in inspect(engine).get_check_constraints(table.name)}
        wanted = {rule.name for rule in table.constraints if isinstance(rule, CheckConstraint)}
        assert wanted
        assert found == wanted


def test_the_constant_names_the_newest_migration():
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_four_processes_open_a_new_store_at_once(url: str):
    import time

    start = str(time.time() + 4)
    openers = [
        subprocess.Popen([sys.executable, "-c", OPEN, url, start], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    failures = [opener.communicate(timeout=60)[1] for opener in openers]
    assert [opener.returncode for opener in openers] == [0] * 4, failures
    engine = open_store(url)
    with engine.connect() as connection:
        assert connection.scalars(text(f"select version_num from {VERSION_TABLE}")).all() == [HEAD]
    engine.dispose()


def test_opening_at_head_leaves_alembic_alone(engine: Engine, url: str):
    assert engine.url.database
    counted = subprocess.run(
        [sys.executable, "-c", COUNT_MODULES, url], capture_output=True, text=True, check=True, timeout=60
    )
    assert counted.stdout.strip() == "0"


def test_a_store_of_a_newer_version_is_refused(engine: Engine, url: str):
    with writing(engine) as connection:
        connection.execute(text(f"update {VERSION_TABLE} set version_num = '9999'"))
    with pytest.raises(ServiceUnavailable, match="schema 9999, from a newer version") as caught:
        open_store(url)
    assert "update FiberWise" in caught.value.hint


def test_a_migration_that_is_cut_short_leaves_nothing_behind(url: str, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("cut short")

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.create_index", fail)
        with pytest.raises(RuntimeError, match="cut short"):
            open_store(url)
    engine = open_store(url)
    assert set(metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_a_database_that_is_not_there_is_named_without_its_password():
    with pytest.raises(ServiceUnavailable, match="record store failed") as caught:
        open_store("postgresql://someone:hidden@127.0.0.1:1/records")
    assert "hidden" not in str(caught.value) + caught.value.where
    assert "127.0.0.1:1" in caught.value.where


def test_sqlite_writes_ahead_and_waits_for_a_busy_database(tmp_path: Path):
    engine = open_store(f"sqlite:///{tmp_path / 'records.sqlite'}")
    with engine.connect() as connection:
        pragmas = {
            name: connection.scalar(text(f"pragma {name}")) for name in ("journal_mode", "synchronous")
        }
        assert pragmas == {"journal_mode": "wal", "synchronous": 1}
        assert connection.scalar(text("pragma busy_timeout")) == 5000
    engine.dispose()


def test_a_new_database_that_another_has_locked_is_told_as_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("fiberwise.store.engine.BUSY_MS", 50)
    path = tmp_path / "records.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(ServiceUnavailable, match="database is locked"):
            open_store(f"sqlite:///{path}")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    path = tmp_path / "records.sqlite"
    path.write_bytes(b"this is not a database, only text that is long enough to look at" * 100)
    with pytest.raises(ServiceUnavailable, match="not a database"):
        open_store(f"sqlite:///{path}")
