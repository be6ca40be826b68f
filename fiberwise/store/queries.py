"""Looks executions up. All take an engine from `open_store`; all block, for milliseconds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Select, case, func, select

from fiberwise.contracts.performance import SuccessRate
from fiberwise.contracts.record import End, Execution, ExecutionFilter, RunningRecord, StoredExecution
from fiberwise.store import rows
from fiberwise.store.tables import executions as table

HEAVY = ("input_data", "output_data", "execution_log", "step_attempts")
LISTED = [column for column in table.c if column.name not in HEAVY]

Condition = ColumnElement[bool]


def executions(engine: Engine, wanted: ExecutionFilter) -> list[Execution]:
    """Those that fit, newest first, without their data."""
    query = select(*LISTED).where(*_conditions(wanted))
    query = query.order_by(table.c.started_at.desc(), table.c.execution_id).limit(wanted.limit)
    return [rows.execution(row) for row in _all(engine, query.offset(wanted.offset))]


def get_execution(engine: Engine, execution_id: str) -> StoredExecution | None:
    """The whole record of one execution; None when it has none."""
    found = _all(engine, select(table).where(table.c.execution_id == UUID(execution_id)))
    return rows.stored_execution(found[0]) if found else None


def find_execution(engine: Engine, execution_id: str) -> Execution | None:
    """One row of a listing, without its data; None when there is none."""
    found = _all(engine, select(*LISTED).where(table.c.execution_id == UUID(execution_id)))
    return rows.execution(found[0]) if found else None


def has_ended(engine: Engine, execution_id: str) -> bool:
    """Whether the end of an execution is recorded."""
    ended = select(table.c.execution_id).where(
        table.c.execution_id == UUID(execution_id), table.c.status != "running"
    )
    return bool(_all(engine, ended))


def recorded_end(engine: Engine, execution_id: str) -> End | None:
    """How an execution ended; None where that is not recorded."""
    query = select(table.c.outcome, table.c.completed_at)
    found = _all(engine, query.where(table.c.execution_id == UUID(execution_id), table.c.status != "running"))
    return End(found[0]["outcome"], found[0]["completed_at"]) if found else None


def matching(engine: Engine, prefix: str, limit: int = 10) -> list[Execution]:
    """Executions whose id begins with `prefix`, in the order of ids; none when it is no part of a UUID."""
    digits = prefix.lower().replace("-", "")
    if len(digits) > 32 or set(digits) - set("0123456789abcdef"):
        return []
    lowest, highest = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    within = table.c.execution_id.between(lowest, highest)
    query = select(*LISTED).where(within).order_by(table.c.execution_id).limit(limit)
    return [rows.execution(row) for row in _all(engine, query)]


def stale(engine: Engine, older_than: datetime, limit: int = 1000) -> list[RunningRecord]:
    """Records still running that began before `older_than`, oldest first: for the reconciler to compare."""
    waiting = (table.c.status == "running", table.c.started_at < older_than)
    query = select(table).where(*waiting).order_by(table.c.started_at).limit(limit)
    return [rows.running_record(row) for row in _all(engine, query)]


def success_rate(
    engine: Engine, pipeline: str, before: datetime | None = None, exclude: str = ""
) -> SuccessRate:
    """Of runs that have ended: those that began before `before`, without the execution `exclude`."""
    conditions = [table.c.pipeline_type == pipeline, table.c.status != "running"]
    if before is not None:
        conditions.append(table.c.started_at < before)
    if exclude:
        conditions.append(table.c.execution_id != UUID(exclude))
    completed = func.count(case((table.c.status == "completed", 1)))
    with engine.connect() as connection:
        runs, done = connection.execute(select(func.count(), completed).where(*conditions)).one()
    return SuccessRate(runs=runs, completed=done, rate=done / runs if runs else None)


def _conditions(wanted: ExecutionFilter) -> list[Condition]:
    equal = {
        table.c.pipeline_type: wanted.pipeline,
        table.c.status: wanted.status,
        table.c.outcome: wanted.outcome,
        table.c.created_by: wanted.user,
        table.c.source: wanted.source,
        table.c.input_hash: wanted.input_hash,
    }
    return [column == value for column, value in equal.items() if value is not None] + window(
        wanted.since, wanted.until
    )


def window(since: datetime | None, until: datetime | None) -> list[Condition]:
    """Conditions for since <= started_at < until."""
    conditions: list[Condition] = []
    if since is not None:
        conditions.append(table.c.started_at >= since)
    if until is not None:
        conditions.append(table.c.started_at < until)
    return conditions


def _all(engine: Engine, query: Select[*tuple[object, ...]]):
    with engine.connect() as connection:
        return connection.execute(query).mappings().all()
