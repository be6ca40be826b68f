"""Alembic's entry: runs within the transaction, and under the lock, that engine.py holds."""

from alembic import context

from fiberwise.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
    compare_type=True,
    render_as_batch=True,
)
context.run_migrations()
