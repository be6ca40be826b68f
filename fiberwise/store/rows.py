"""Turns records into rows, and rows back into records."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import RowMapping

from fiberwise.contracts.execution import KEPT_ENTRIES, Entry
from fiberwise.contracts.record import Begun, Execution, FinalRecord, RunningRecord, StoredExecution

Row = dict[str, Any]

TRIED = ("completed", "failed", "lost")
"""Entries that are attempts of a step's body: only these count in `step_attempts`."""

NAMED_OTHERWISE = {"pipeline": "pipeline_type", "key": "idempotency_key"}
"""Fields of a record whose column SPEC.md, or SQL, names differently."""


class Metric(NamedTuple):
    """One figure of one attempt; its value is None where it was not measured."""

    type: str
    name: str
    unit: str
    value: float | None


def running_row(record: Begun) -> Row:
    """Columns of `pipeline_executions` that are known when an execution begins."""
    row = {NAMED_OTHERWISE.get(name, name): getattr(record, name) for name in Begun.model_fields}
    return row | {"execution_id": UUID(record.execution_id), "status": "running"}


def final_row(record: FinalRecord) -> Row:
    """All columns of `pipeline_executions`."""
    log = record.execution_log
    return running_row(record) | {
        "status": record.status,
        "outcome": record.outcome,
        "reasons": record.reasons,
        "output_data": record.output_data,
        "execution_log": log[:KEPT_ENTRIES] if record.log_artifact else log,
        "log_artifact": record.log_artifact,
        "completed_at": record.completed_at,
        "duration_ms": (record.completed_at - record.started_at).total_seconds() * 1000,
        "rows": max((entry.metrics.rows for entry in log if entry.metrics.rows is not None), default=None),
        "step_attempts": _count_attempts(log),
    }


def metric_rows(record: FinalRecord) -> Iterator[Row]:
    """Rows of `pipeline_metrics`: the figures of each attempt that completed or failed.

    A metric's id follows from what it measures, so that writing it twice is writing it once. Those of an attempt
    differ in their last bits only: they lie side by side in the index, and one hash serves them all.
    """
    execution = UUID(record.execution_id)
    for entry in record.execution_log:
        if entry.status not in ("completed", "failed"):
            continue
        first = uuid5(execution, f"{entry.step}#{entry.call}.{entry.attempt}").int
        shared = _attempt_row(execution, entry) | {"recorded_at": entry.completed_at or record.completed_at}
        for position, metric in enumerate(_measured(entry)):
            if metric.value is not None:
                yield shared | _metric_row(metric) | {"metric_id": UUID(int=first ^ position)}


def execution(row: RowMapping) -> Execution:
    """A listing's row as its contract."""
    return Execution.model_validate(_fields(row))


def stored_execution(row: RowMapping) -> StoredExecution:
    """A whole row as its contract."""
    return StoredExecution.model_validate(_fields(row) | {"execution_log": row["execution_log"] or []})


def running_record(row: RowMapping) -> RunningRecord:
    """A row that still runs, as it was recorded."""
    return RunningRecord.model_validate(_fields(row))


def _fields(row: RowMapping) -> Row:
    named = {name: row[column] for name, column in NAMED_OTHERWISE.items()}
    return {**row, **named, "execution_id": str(row["execution_id"]), "reasons": row.get("reasons") or []}


def _count_attempts(log: list[Entry]) -> dict[str, list[int]]:
    """Step -> [attempts, those of them that failed or were lost]."""
    counts: dict[str, list[int]] = {}
    for entry in log:
        if entry.status in TRIED:
            count = counts.setdefault(entry.step, [0, 0])
            count[0] += 1
            count[1] += entry.status != "completed"
    return counts


def _measured(entry: Entry) -> tuple[Metric, ...]:
    """In an order that stays: a metric's place in it is part of its id."""
    measured = entry.metrics
    return (
        Metric("timing", "wall_ms", "ms", entry.duration_ms),
        Metric("resource", "cpu_ms", "ms", measured.cpu_ms),
        Metric("resource", "cpu_user_ms", "ms", measured.cpu_user_ms),
        Metric("resource", "cpu_system_ms", "ms", measured.cpu_system_ms),
        Metric("resource", "peak_rss_bytes", "bytes", measured.peak_rss_bytes),
        Metric("throughput", "rows_per_s", "rows/s", measured.rows_per_s),
    )


def _attempt_row(execution: UUID, entry: Entry) -> Row:
    return {
        "execution_id": execution,
        "step_name": entry.step,
        "call": entry.call,
        "attempt": entry.attempt,
        "status": entry.status,
    }


def _metric_row(metric: Metric) -> Row:
    return {
        "metric_type": metric.type,
        "metric_name": metric.name,
        "unit": metric.unit,
        "metric_value": metric.value,
    }
