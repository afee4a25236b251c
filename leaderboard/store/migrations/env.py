"""Environment of Alembic: migrates in the connection and transaction of `store.schema`."""

from alembic import context

from leaderboard.store.schema import VERSION_TABLE
from leaderboard.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()
