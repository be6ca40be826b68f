"""Opens the record store for a look, by a process that does not write to it."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from fiberwise.store.engine import make_engine, open_store, unavailable


@contextmanager
def reading(url: str) -> Generator[Engine | None]:
    """An engine for the time of the block; None where a SQLite file is not there yet, since a look does not make it.

    Raises BadInput for a URL that cannot be used, ServiceUnavailable when the database does not answer.
    """
    if not _is_there(url):
        yield None
        return
    engine = open_store(url)
    try:
        yield engine
    except DBAPIError as error:
        raise unavailable(error, engine.url) from error
    finally:
        engine.dispose()


def _is_there(url: str) -> bool:
    target = make_engine(url).url
    return target.get_backend_name() != "sqlite" or Path(str(target.database)).exists()
