"""The step cache: kept results, who took them, and who computes one now."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_entries()
    _create_uses()
    _create_leases()


def _create_entries() -> None:
    op.create_table(
        "step_cache",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("value", sa.String()),
        sa.Column("artifact", sa.String()),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("execution_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.CheckConstraint("(value is null) <> (artifact is null)", name="step_cache_one_value"),
    )
    op.create_index("step_cache_by_step", "step_cache", ["step", "made_at"])
    op.create_index("step_cache_by_end", "step_cache", ["expires_at"])


def _create_uses() -> None:
    entry = sa.ForeignKey("step_cache.key", ondelete="CASCADE")
    op.create_table(
        "step_cache_uses",
        sa.Column("key", sa.String(), entry, primary_key=True),
        sa.Column("execution_id", sa.Uuid(), primary_key=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("used_at", INSTANT, nullable=False),
        sa.CheckConstraint("times > 0", name="step_cache_uses_times"),
    )


def _create_leases() -> None:
    op.create_table(
        "step_cache_leases",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.CheckConstraint("owner <> ''", name="step_cache_leases_owner"),
    )
