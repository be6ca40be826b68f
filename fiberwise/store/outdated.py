"""Cache entries and records that are old, and whether something still refers to them. All of it blocks."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, and_, delete, exists, or_, select

from fiberwise.contracts.removal import Amount, Store
from fiberwise.store.engine import writing
from fiberwise.store.mentions import Mentions
from fiberwise.store.tables import agent_memory as memory
from fiberwise.store.tables import executions
from fiberwise.store.tables import step_cache as entries
from fiberwise.store.tables import step_cache_uses as uses

BATCH = 200


def unused(before: datetime) -> ColumnElement[bool]:
    """Entries made before that moment that no run has taken since."""
    taken = exists().where(uses.c.key == entries.c.key, uses.c.used_at >= before)
    return and_(entries.c.made_at < before, ~taken)


def drop_entries(engine: Engine, before: datetime, dry_run: bool) -> list[Amount]:
    """By step. Whoever takes an entry notes its use in the same transaction: then it is not dropped."""
    with writing(engine) as connection:
        rows = (
            connection.execute(select(entries.c.step, entries.c.bytes).where(unused(before))).mappings().all()
        )
        if not dry_run:
            connection.execute(delete(entries).where(unused(before)))
    return _amounts("cache", [(row["step"], row["bytes"]) for row in rows])


def note_kept(engine: Engine, mentions: Mentions, before: datetime) -> None:
    """What the entries that stay and the memories of agents mention."""
    with engine.connect() as connection:
        for row in _streamed(connection, select(entries).where(~unused(before))):
            mentions.note(_text(row))
        for row in _streamed(connection, select(memory)):
            mentions.note(_text(row))


def drop_records(
    engine: Engine, mentions: Mentions, before: datetime, dry_run: bool
) -> tuple[list[Amount], list[Amount]]:
    """Of executions that ended before that moment and that nothing mentions; and those that something does.

    What stays is noted: with its artifacts, and with the older execution that it carries on. One with a key stays,
    since a start with the key must find it.
    """
    old = and_(
        executions.c.status != "running",
        executions.c.completed_at < before,
        executions.c.idempotency_key == "",
    )
    with engine.connect() as connection:
        for row in _streamed(
            connection, select(executions).where(or_(~old, executions.c.completed_at.is_(None)))
        ):
            mentions.note(_text(row))
        ids = {
            str(row["execution_id"])
            for row in _streamed(connection, select(executions.c.execution_id).where(old))
        }
        stay = _mentioned(connection, ids, mentions)
    gone = ids - stay
    return _dropped(engine, gone, old, dry_run), _dropped(engine, stay, old, dry_run=True)


def _mentioned(connection: Connection, ids: set[str], mentions: Mentions) -> set[str]:
    """Those of the ids that are mentioned, also by one another, from one that stays."""
    stay = set[str]()
    while found := (ids & mentions.executions) - stay:
        for row in _rows(connection, found):
            mentions.note(_text(row))
        stay |= found
    return stay


def _dropped(engine: Engine, ids: Collection[str], old: ColumnElement[bool], dry_run: bool) -> list[Amount]:
    found: list[tuple[str, int]] = []
    for batch in _batches(sorted(ids)):
        keys = [UUID(one) for one in batch]
        with writing(engine) if not dry_run else engine.connect() as connection:
            found += [(row["pipeline_type"], len(_text(row))) for row in _rows(connection, batch)]
            if not dry_run:
                connection.execute(delete(executions).where(executions.c.execution_id.in_(keys), old))
    return _amounts("records", found)


def _rows(connection: Connection, ids: Collection[str]) -> Iterator[RowMapping]:
    for batch in _batches(sorted(ids)):
        query = select(executions).where(executions.c.execution_id.in_([UUID(one) for one in batch]))
        yield from connection.execute(query).mappings().all()


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[begin : begin + BATCH] for begin in range(0, len(ids), BATCH))


def _streamed(connection: Connection, query: Any) -> Iterator[RowMapping]:
    with connection.execution_options(yield_per=BATCH).execute(query) as found:
        yield from found.mappings()


def _text(row: RowMapping) -> bytes:
    return to_json(dict(row), inf_nan_mode="null")


def _amounts(store: Store, found: Sequence[tuple[str, int]]) -> list[Amount]:
    amounts: dict[str, Amount] = {}
    for kind, size in found:
        one = amounts.get(kind) or Amount(store=store, kind=kind)
        amounts[kind] = one.model_copy(update={"count": one.count + 1, "bytes": one.bytes + size})
    return [amounts[kind] for kind in sorted(amounts)]
