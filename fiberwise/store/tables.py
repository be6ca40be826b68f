"""The tables of record, step cache and memory. Columns that SPEC.md names come first; migrations/ makes them."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    Uuid,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in, aware and in UTC out, also from SQLite, which keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


metadata = MetaData()
json = JSON(none_as_null=True)

executions = Table(
    "pipeline_executions",
    metadata,
    Column("execution_id", Uuid(), primary_key=True),
    Column("pipeline_type", String(), nullable=False),
    Column("status", String(), nullable=False),
    Column("input_data", json),
    Column("output_data", json),
    Column("execution_log", json),
    Column("started_at", UtcDateTime(), nullable=False),
    Column("completed_at", UtcDateTime()),
    Column("created_by", String(), nullable=False),
    Column("outcome", String()),
    Column("reasons", json),
    Column("workflow_id", String(), nullable=False),
    Column("run_id", String(), nullable=False),
    Column("trigger", String(), nullable=False),
    Column("source", String(), nullable=False),
    Column("input_hash", String(), nullable=False),
    Column("idempotency_key", String(), nullable=False),
    Column("log_artifact", String()),
    Column("duration_ms", Float(53)),
    Column("rows", BigInteger()),
    Column("step_attempts", json),
    CheckConstraint("status in ('running', 'completed', 'failed')", name="pipeline_executions_status"),
    Index("pipeline_executions_by_pipeline", "pipeline_type", "started_at"),
    Index("pipeline_executions_by_status", "status", "started_at"),
    Index("pipeline_executions_by_start", "started_at"),
    Index("pipeline_executions_by_key", "idempotency_key"),
    Index("pipeline_executions_by_input", "input_hash"),
)

metrics = Table(
    "pipeline_metrics",
    metadata,
    Column("metric_id", Uuid(), primary_key=True),
    Column("execution_id", Uuid(), ForeignKey(executions.c.execution_id, ondelete="CASCADE"), nullable=False),
    Column("step_name", String(), nullable=False),
    Column("metric_type", String(), nullable=False),
    Column("metric_value", Float(53), nullable=False),
    Column("recorded_at", UtcDateTime(), nullable=False),
    Column("metric_name", String(), nullable=False),
    Column("unit", String(), nullable=False),
    Column("call", Integer(), nullable=False),
    Column("attempt", Integer(), nullable=False),
    Column("status", String(), nullable=False),
    CheckConstraint("metric_type in ('timing', 'resource', 'throughput')", name="pipeline_metrics_type"),
    Index("pipeline_metrics_by_execution", "execution_id"),
)

step_cache = Table(
    "step_cache",
    metadata,
    Column("key", String(), primary_key=True),
    Column("step", String(), nullable=False),
    Column("parts", json, nullable=False),
    Column("value", String()),
    Column("artifact", String()),
    Column("bytes", BigInteger(), nullable=False),
    Column("execution_id", Uuid(), nullable=False),
    Column("made_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False),
    CheckConstraint("(value is null) <> (artifact is null)", name="step_cache_one_value"),
    Index("step_cache_by_step", "step", "made_at"),
    Index("step_cache_by_end", "expires_at"),
)

step_cache_uses = Table(
    "step_cache_uses",
    metadata,
    Column("key", String(), ForeignKey(step_cache.c.key, ondelete="CASCADE"), primary_key=True),
    Column("execution_id", Uuid(), primary_key=True),
    Column("times", Integer(), nullable=False),
    Column("used_at", UtcDateTime(), nullable=False),
    CheckConstraint("times > 0", name="step_cache_uses_times"),
)

step_cache_leases = Table(
    "step_cache_leases",
    metadata,
    Column("key", String(), primary_key=True),
    Column("owner", String(), nullable=False),
    Column("until", UtcDateTime(), nullable=False),
    CheckConstraint("owner <> ''", name="step_cache_leases_owner"),
)

agent_memory = Table(
    "agent_memory",
    metadata,
    Column("agent", String(), primary_key=True),
    Column("source", String(), primary_key=True),
    Column("format", Integer(), nullable=False),
    Column("revision", Integer(), nullable=False),
    Column("updated_at", UtcDateTime(), nullable=False),
    Column("execution_id", String(), nullable=False),
    Column("state", String(), nullable=False),
    CheckConstraint("revision >= 0", name="agent_memory_revision"),
    Index("agent_memory_by_source", "source"),
)
