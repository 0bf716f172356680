"""What loads told of themselves: lateness, columns, drift and notes, for the active version of each source."""

from collections.abc import Mapping

import pandas as pd
from sqlalchemy import and_, exists, select

from hemoflow.schemas.ingest import SOURCE_COLUMNS, TOLD
from hemoflow.store.engine import Repository
from hemoflow.store.parquet import arrow_table
from hemoflow.store.rows import read_rows, replace_rows, within
from hemoflow.store.tables import SOURCE_VERSIONS, TOLD_TABLES


class TellingRepository(Repository):
    """What loads told of themselves."""

    def save_told(self, source: str, fingerprint: str, told: Mapping[str, pd.DataFrame]) -> None:
        """Save frames of :data:`hemoflow.schemas.ingest.TOLD` about a saved version of a source."""
        tables = {name: arrow_table(frame, TOLD[name]) for name, frame in told.items()}
        with self._database.writing() as connection:
            for name, table in tables.items():
                replace_rows(connection, TOLD_TABLES[name], table, {"source": source, "fingerprint": fingerprint})

    def told(self, name: str) -> pd.DataFrame:
        """What the active sources told: a frame of the layout of this name."""
        table = TOLD_TABLES[name]
        same = and_(table.c.source == SOURCE_VERSIONS.c.source, table.c.fingerprint == SOURCE_VERSIONS.c.fingerprint)
        with self._database.reading() as connection:
            return read_rows(connection, table, TOLD[name], exists().where(same, SOURCE_VERSIONS.c.is_active))

    def columns_before(self, source: str) -> pd.DataFrame:
        """The columns of the load before: the source's own active one, else that of the delivery before it."""
        table, base = TOLD_TABLES[SOURCE_COLUMNS.name], source.partition("@")[0]
        active = select(SOURCE_VERSIONS.c.source, SOURCE_VERSIONS.c.fingerprint).where(SOURCE_VERSIONS.c.is_active)
        with self._database.reading() as connection:
            versions = [tuple(row) for row in connection.execute(active)]
            earlier = [row for row in versions if row[0] == base or row[0].startswith(f"{base}@")]
            name, fingerprint = max((row for row in earlier if row[0] <= source), default=("", ""))
            return read_rows(
                connection, table, SOURCE_COLUMNS, within(table, {"source": name, "fingerprint": fingerprint})
            )
