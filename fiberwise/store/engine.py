"""Opens the record store, and brings its schema up to date whoever comes first."""

import fcntl
import sqlite3
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic_core import to_json
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from fiberwise.contracts.errors import BadInput, ServiceUnavailable

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0003"
"""The newest of migrations/versions, held by a test: opening then needs no Alembic, 0.4 s of import."""

VERSION_TABLE = "fiberwise_schema"
MIGRATIONS = Path(__file__).parent / "migrations"
PG_LOCK = 0x66696265727769  # any number that other users of the database do not lock
PG_BOUNDS = {"connect_timeout": "5", "tcp_user_timeout": "15000", "keepalives_idle": "10"}
BUSY_MS = 5000
WRITING = {"fiberwise_writing": True}
SETTING = "FIBERWISE_DATABASE"


def open_store(url: str) -> Engine:
    """An engine on a database at the head revision, which it creates or upgrades first.

    Takes `sqlite:///path` and `postgresql://…`. Raises BadInput for any other URL, ServiceUnavailable
    when the database cannot be reached or was written by a newer version.
    """
    engine = make_engine(url)
    with ExitStack() as on_failure:
        on_failure.callback(engine.dispose)
        try:
            _bring_to_head(engine)
        except DBAPIError as error:
            raise unavailable(error, engine.url) from error
        on_failure.pop_all()
    return engine


def make_engine(url: str) -> Engine:
    """An engine with our connection settings, not connected yet. Raises BadInput for a URL we cannot use."""
    target = _normalised(url)
    if target.get_backend_name() == "postgresql":
        return create_engine(target, json_serializer=_to_json, pool_pre_ping=True)
    engine = create_engine(target, json_serializer=_to_json, connect_args={"timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def unavailable(error: DBAPIError, url: URL) -> ServiceUnavailable:
    """The same failure in our words: one line, and no password."""
    cause = str(error.orig).strip().split("\n", 1)[0]
    hint = f"is the database up, its folder writable, and {SETTING} right? Runs go on without it"
    where = url.render_as_string(hide_password=True)
    return ServiceUnavailable(f"the record store failed: {cause}", where=where, hint=hint)


@contextmanager
def writing(engine: Engine) -> Generator[Connection]:
    """A transaction that takes SQLite's write lock at once: a reader turned writer fails as busy."""
    with engine.execution_options(**WRITING).begin() as connection:
        yield connection


def _normalised(url: str) -> URL:
    try:
        target = make_url(url)
    except ArgumentError as error:
        raise _refused("the database's address", "is no URL") from error  # unsaid: it may hold a password
    if target.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return target.set(drivername="postgresql+psycopg").update_query_dict({**PG_BOUNDS, **target.query})
    if target.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise _refused(f"the database {target.drivername!r}", "is not supported")
    if target.database in (None, "", ":memory:"):
        raise _refused(f"{target.drivername!r}", "names no file, and one in memory cannot be shared")
    return target


def _make_folder(url: URL) -> None:
    if url.get_backend_name() != "sqlite":
        return
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = f"make it, or name another file with {SETTING}"
        raise ServiceUnavailable(
            f"no folder for the record store: {error}", where=str(folder), hint=hint
        ) from error


def _refused(what: str, why: str) -> BadInput:
    hint = "give sqlite:///path/to/file or postgresql://user@host/database"
    return BadInput(f"{what} {why}", where=SETTING, hint=hint)


def _to_json(value: object) -> str:
    """As JSON that both databases take: infinity and NaN, which no JSON has, become null."""
    return to_json(value, inf_nan_mode="null").decode()


def _set_up_sqlite(dbapi: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    dbapi.isolation_level = None  # the driver's own idea of when to begin would let a reader turn writer
    dbapi.execute("pragma synchronous = normal")
    dbapi.execute("pragma foreign_keys = on")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("fiberwise_writing", False)
    connection.exec_driver_sql("begin immediate" if write else "begin")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(text(f"select version_num from {VERSION_TABLE}"))  # noqa: S608 - a constant


def _bring_to_head(engine: Engine) -> None:
    _make_folder(engine.url)
    with engine.connect() as connection:
        ready = _revision(connection) == HEAD
    if not ready:
        _upgrade(engine)


def _upgrade(engine: Engine) -> None:
    with _alone(engine) as connection:
        if (found := _revision(connection)) == HEAD:
            return
        from alembic import command

        config = alembic_config(connection)
        _refuse_newer(found, config, engine.url)
        command.upgrade(config, "head")


def alembic_config(connection: Connection) -> "Config":
    """Alembic's configuration for our migrations, on an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    return config


def _refuse_newer(found: str | None, config: "Config", url: URL) -> None:
    from alembic.script import ScriptDirectory

    if found is None or found in {
        script.revision for script in ScriptDirectory.from_config(config).walk_revisions()
    }:
        return
    message = f"the record store has schema {found}, from a newer version: this one knows up to {HEAD}"
    hint = f"update FiberWise, or name another database with {SETTING}"
    raise ServiceUnavailable(message, where=url.render_as_string(hide_password=True), hint=hint)


@contextmanager
def _alone(engine: Engine) -> Generator[Connection]:
    """A transaction in which no other process upgrades: the second comer waits, then finds the work done."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": PG_LOCK})
            yield connection
        return
    with Path(f"{engine.url.database}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _use_wal(engine)
        with writing(engine) as connection:
            yield connection


def _use_wal(engine: Engine) -> None:
    """Kept in the file once set. It cannot be set within a transaction."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("pragma journal_mode = wal")
    except sqlite3.Error as error:  # the driver's own, since SQLAlchemy was passed by
        raise OperationalError("pragma journal_mode = wal", None, error) from error
    finally:
        raw.close()
