"""Alembic's entry: it is handed an open transaction and never opens a database of its own."""

from alembic import context

from penchant.events.tables import metadata

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"], version_table=attributes["version_table"], target_metadata=metadata
)
with context.begin_transaction():
    context.run_migrations()
