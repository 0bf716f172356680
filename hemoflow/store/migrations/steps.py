"""Carrying out the steps, all of them in one transaction under the store's lock."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from hemoflow.store.engine import SCHEMA_VERSION, Database


def upgrade(database: Database, version: str = SCHEMA_VERSION) -> None:
    """Bring the tables to a newer shape, by itself the one that the code understands.

    Raises:
        StateError: The database cannot be reached, or another process holds it.
    """
    _carry_out(database, version, up=True)


def downgrade(database: Database, version: str) -> None:
    """Take the tables back to an older shape; ``base`` removes them with all they hold.

    Raises:
        StateError: The database cannot be reached, or another process holds it.
    """
    _carry_out(database, version, up=False)


def _carry_out(database: Database, version: str, *, up: bool) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with database.locked() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if up else command.downgrade)(config, version)
