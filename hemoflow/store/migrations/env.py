"""What Alembic runs to carry out steps; it is not meant to be imported. The caller holds the store's lock."""

from alembic import context

from hemoflow.store.engine import VERSION_TABLE
from hemoflow.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite cannot alter a column; Alembic then makes a new table and copies
    transactional_ddl=True,  # on both engines, because we begin SQLite's transactions ourselves
)
context.run_migrations()
