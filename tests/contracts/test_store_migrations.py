"""Every step of the tables, up and down with rows in them, on both engines."""

from itertools import pairwise

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select, table

from hemoflow.domain.errors import StateError
from hemoflow.schemas.results import RESULTS
from hemoflow.store import migrations
from hemoflow.store.engine import SCHEMA_VERSION, VERSION_TABLE
from hemoflow.store.migrations.steps import downgrade, upgrade
from hemoflow.store.tables import METADATA
from tests.conftest_store import fill

pytest_plugins = ["tests.conftest_store"]


def steps():
    """The versions, the newest first."""
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    return [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]


def counts(database):
    """How many rows each table holds."""
    with database.engine.connect() as connection:
        names = set(inspect(connection).get_table_names()) - {VERSION_TABLE}
        return {name: connection.scalar(select(func.count()).select_from(table(name))) for name in names}


def test_the_code_expects_the_newest_step():
    assert steps()[0] == SCHEMA_VERSION


def test_every_step_goes_down_and_up_and_keeps_the_rows_that_have_a_place(empty_place):
    with empty_place.open() as store:
        store.init()
        run_id, database = fill(store), store._database
        for here, below in pairwise(steps()):
            before = counts(database)
            downgrade(database, below)
            kept = counts(database)
            assert kept == {name: before[name] for name in kept}
            upgrade(database, here)
            assert counts(database) == {name: kept.get(name, 0) for name in before}
            downgrade(database, below)
        store.init()
        assert counts(database) == {name: kept.get(name, 0) for name in METADATA.tables}
        assert sum(len(store.result(run_id, name)) > 0 for name in RESULTS) > len(RESULTS) / 2, "old runs can be read"
        assert store.approval(run_id).reason == "checked"


def test_tables_and_migrations_agree_and_the_first_step_can_be_undone(empty_place):
    with empty_place.open() as store:
        store.init()
        with store._database.engine.connect() as connection:
            options = {"compare_type": True, "version_table": VERSION_TABLE, "target_metadata": METADATA}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, METADATA) == [], "write the next step in hemoflow/store/migrations"
        downgrade(store._database, "base")
        assert counts(store._database) == {}
    with empty_place.open() as store:
        with pytest.raises(StateError, match=r"is not initialised\. Run `hemoflow init` first"):
            store.runs()
        store.init()
        assert store.runs() == []
