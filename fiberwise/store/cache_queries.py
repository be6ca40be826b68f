"""Looks at what the step cache keeps, and clears it. All take an engine from `open_store`; all block."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, RowMapping, Select, delete, func, select

from fiberwise.contracts.step_cache import CacheEntry, CacheUse
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.engine import writing
from fiberwise.store.tables import step_cache as entries
from fiberwise.store.tables import step_cache_uses as uses

COUNTED = select(func.count()).where(uses.c.key == entries.c.key).scalar_subquery().label("uses")
LISTED = select(*(column for column in entries.c if column.name not in ("value", "artifact")), COUNTED)


def kept(engine: Engine, steps: Collection[str] = (), limit: int = 100) -> list[CacheEntry]:
    """The newest first; of these activities alone where any is named."""
    query = LISTED.where(*_of(steps)).order_by(entries.c.made_at.desc(), entries.c.key).limit(limit)
    return [_entry(row) for row in _rows(engine, query)]


def beginning_with(engine: Engine, prefix: str, limit: int = 10) -> list[CacheEntry]:
    """Those whose key begins so, in the order of keys."""
    fits = entries.c.key.startswith(prefix.lower(), autoescape=True)
    return [_entry(row) for row in _rows(engine, LISTED.where(fits).order_by(entries.c.key).limit(limit))]


def value_of(engine: Engine, artifacts: ArtifactStore, key: str) -> str:
    """A kept result as JSON. Raises LookupError, ArtifactMissing, ArtifactCorrupt."""
    found = _rows(engine, select(entries.c.value, entries.c.artifact).where(entries.c.key == key))
    if not found:
        raise LookupError(key)
    value, artifact = found[0]["value"], found[0]["artifact"]
    return value if artifact is None else artifacts.read_bytes(artifacts.known(artifact)).decode()


def users(engine: Engine, key: str) -> list[CacheUse]:
    """The executions that took a result, the last one first."""
    query = select(uses).where(uses.c.key == key).order_by(uses.c.used_at.desc(), uses.c.execution_id)
    return [_use(row) for row in _rows(engine, query)]


def clear(
    engine: Engine, steps: Collection[str] = (), key: str = "", made_before: datetime | None = None
) -> int:
    """Forgets all that fits every condition given, and so everything where none is; how many it were."""
    wanted = _of(steps)
    if key:
        wanted.append(entries.c.key == key)
    if made_before:
        wanted.append(entries.c.made_at < made_before)
    with writing(engine) as connection:
        return connection.execute(delete(entries).where(*wanted)).rowcount


def _of(steps: Collection[str]) -> list[ColumnElement[bool]]:
    return [entries.c.step.in_(steps)] if steps else []


def _entry(row: RowMapping) -> CacheEntry:
    return CacheEntry.model_validate({**row, "execution_id": str(row["execution_id"])})


def _use(row: RowMapping) -> CacheUse:
    return CacheUse.model_validate({**row, "execution_id": str(row["execution_id"])})


def _rows(engine: Engine, query: Select[*tuple[object, ...]]) -> Sequence[RowMapping]:
    with engine.connect() as connection:
        return connection.execute(query).mappings().all()
