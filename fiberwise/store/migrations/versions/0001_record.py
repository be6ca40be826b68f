"""The record: executions and their metrics.

A migration spells its columns out: tables.py will move on, this step must not.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_executions()
    _create_metrics()


def _create_executions() -> None:
    op.create_table(
        "pipeline_executions",
        sa.Column("execution_id", sa.Uuid(), primary_key=True),
        sa.Column("pipeline_type", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("input_data", sa.JSON()),
        sa.Column("output_data", sa.JSON()),
        sa.Column("execution_log", sa.JSON()),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("completed_at", INSTANT),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("reasons", sa.JSON()),
        sa.Column("workflow_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("input_hash", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("log_artifact", sa.String()),
        sa.Column("duration_ms", sa.Float(53)),
        sa.Column("rows", sa.BigInteger()),
        sa.Column("step_attempts", sa.JSON()),
        sa.CheckConstraint("status in ('running', 'completed', 'failed')", name="pipeline_executions_status"),
    )
    op.create_index("pipeline_executions_by_pipeline", "pipeline_executions", ["pipeline_type", "started_at"])
    op.create_index("pipeline_executions_by_status", "pipeline_executions", ["status", "started_at"])
    op.create_index("pipeline_executions_by_start", "pipeline_executions", ["started_at"])
    op.create_index("pipeline_executions_by_key", "pipeline_executions", ["idempotency_key"])
    op.create_index("pipeline_executions_by_input", "pipeline_executions", ["input_hash"])


def _create_metrics() -> None:
    execution = sa.ForeignKey("pipeline_executions.execution_id", ondelete="CASCADE")
    op.create_table(
        "pipeline_metrics",
        sa.Column("metric_id", sa.Uuid(), primary_key=True),
        sa.Column("execution_id", sa.Uuid(), execution, nullable=False),
        sa.Column("step_name", sa.String(), nullable=False),
        sa.Column("metric_type", sa.String(), nullable=False),
        sa.Column("metric_value", sa.Float(53), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("metric_name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("call", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.CheckConstraint(
            "metric_type in ('timing', 'resource', 'throughput')", name="pipeline_metrics_type"
        ),
    )
    op.create_index("pipeline_metrics_by_execution", "pipeline_metrics", ["execution_id"])
