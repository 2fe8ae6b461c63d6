"""Alembic's entry: it is handed an open transaction and never opens a database of its own."""

from alembic import context

from penchant.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
