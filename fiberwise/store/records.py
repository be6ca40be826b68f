"""Writes records so that any order, and any repetition, of the same writes ends in the same rows."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, delete, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from fiberwise.contracts.record import FinalRecord, RunningRecord
from fiberwise.store.inserting import insert_on
from fiberwise.store.rows import final_row, metric_rows, running_row
from fiberwise.store.tables import executions, metrics


def write_running(connection: Connection, records: Sequence[RunningRecord]) -> None:
    """Records executions that have begun; one that is known already, running or ended, stays as it is."""
    rows = {record.execution_id: running_row(record) for record in reversed(records)}
    if rows:
        insert = insert_on(connection)(executions).on_conflict_do_nothing()
        connection.execute(insert, [rows[key] for key in sorted(rows)])


def write_final(connection: Connection, records: Sequence[FinalRecord]) -> None:
    """Records executions that have ended, with their metrics, over a running row or one that ended earlier.

    Call it within a transaction, so that a row and its metrics are there together or not at all.
    """
    latest = _latest(records)
    if not latest:
        return
    # In the order of ids: two writers that lock the same rows in different orders would deadlock.
    rows = [final_row(latest[key]) for key in sorted(latest)]
    upsert = _upsert(insert_on(connection), tuple(rows[0]))
    written = connection.execute(upsert, rows).scalars().all()
    _write_metrics(connection, [latest[str(key)] for key in written])


@cache
def _upsert(
    insert: type[postgresql.Insert] | type[sqlite.Insert], columns: tuple[str, ...]
) -> ReturningInsert[Any]:
    """Built once: it takes as long as to carry it out."""
    statement = insert(executions)
    upsert = statement.on_conflict_do_update(
        index_elements=[executions.c.execution_id],
        set_={name: statement.excluded[name] for name in columns if name != "execution_id"},
        where=_stands_over(statement),
    )
    return upsert.returning(executions.c.execution_id)


def _write_metrics(connection: Connection, records: Sequence[FinalRecord]) -> None:
    """In place of what an earlier final record of the same executions said."""
    keys = [UUID(record.execution_id) for record in records]
    connection.execute(delete(metrics).where(metrics.c.execution_id.in_(keys)))
    rows = [row for record in records for row in metric_rows(record)]
    if rows:
        connection.execute(insert_on(connection)(metrics).on_conflict_do_nothing(), rows)


def _latest(records: Sequence[FinalRecord]) -> dict[str, FinalRecord]:
    """By execution, the one that stands: databases refuse to upsert a row twice in one statement."""
    latest: dict[str, FinalRecord] = {}
    for record in records:
        key = str(UUID(record.execution_id))
        known = latest.get(key)
        if known is None or (record.completed_at, record.run_id) > (known.completed_at, known.run_id):
            latest[key] = record
    return latest


def _stands_over(insert: postgresql.Insert | sqlite.Insert):
    known, new = executions.c, insert.excluded
    return or_(
        known.status == "running",
        new.completed_at > known.completed_at,
        and_(new.completed_at == known.completed_at, new.run_id > known.run_id),
    )
