"""CDM tables of a database: any that SQLAlchemy speaks to, read only, row by row as text."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from hemoflow.connectors.blocks import RowTest, text_frame
from hemoflow.connectors.reading import RawRows
from hemoflow.domain.errors import InputError, UsageError

CHUNK_ROWS = 50_000
TABLES = (
    "PERSON", "VISIT_OCCURRENCE", "MEASUREMENT", "CONDITION_OCCURRENCE", "PROCEDURE_OCCURRENCE", "DRUG_EXPOSURE",
    "DEATH", "CDM_SOURCE", "CONCEPT",
)  # fmt: skip
"""The tables that are read."""


def is_url(text: str) -> bool:
    """Whether a place is written as the address of a database."""
    return "://" in text


@dataclass(frozen=True)
class Database:
    """A database with CDM tables.

    Attributes:
        url: SQLAlchemy's address; ``?schema=NAME`` at its end names the schema, if it is not the usual one.
    """

    url: str

    def has(self, name: str) -> bool:
        """Whether there is a table of this name, in capitals or small letters."""
        with self._open() as connection:
            return self._found(connection, name) is not None

    def rows(
        self, name: str, columns: Sequence[str], where: Mapping[str, RowTest], optional: Sequence[str] = ()
    ) -> RawRows:
        """The rows of a table as text, in the sequence of their first column; the first row is line 2, as in a file.

        Optional columns that the table lacks are missing in every row.

        Raises:
            InputError: There is no such table, or it lacks a column.
        """
        with self._open() as connection:
            table = self._found(connection, name)
            if table is None:
                raise InputError(f"The database has no table {name}.", remedy="Give the schema that holds the CDM.")
            known = {column.name.lower(): column for column in table.columns}
            wanted = list(dict.fromkeys([*columns, *where]))
            missing = [column for column in wanted if column.lower() not in known]
            if missing:
                raise InputError(f"{name} lacks the columns {', '.join(missing)}.", remedy="Deliver CDM 5.3 or 5.4.")
            wanted += optional
            found = ((known[name] if name in known else sa.null()) for name in map(str.lower, wanted))
            chosen: list[sa.ColumnElement[Any]] = list(found)
            rows = _passing(connection, chosen, wanted, where)
            return RawRows(name, text_frame(rows, wanted, [*columns, *optional]))

    def digest(self) -> str:
        """SHA-256 of every row of every table that is read: what tells whether anything changed."""
        found = hashlib.sha256()
        with self._open() as connection:
            for name in TABLES:
                table = self._found(connection, name)
                if table is None:
                    continue
                found.update(f"\n{name}\n".encode())
                for row in connection.execute(sa.select(table).order_by(*table.columns)):
                    found.update(repr(tuple(row)).encode())
        return found.hexdigest()

    @contextmanager
    def _open(self) -> Iterator[sa.Connection]:
        try:
            engine = sa.create_engine(sa.make_url(self.url).difference_update_query(["schema"]))
            try:
                with engine.connect() as connection:
                    yield connection.execution_options(stream_results=True)
            finally:
                engine.dispose()
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
            raise UsageError("The database address cannot be used.", remedy="Use one that SQLAlchemy knows.") from error
        except sa.exc.OperationalError as error:
            raise InputError("The database cannot be reached.", remedy="Check its address and that it runs.") from error

    def _found(self, connection: sa.Connection, name: str) -> sa.Table | None:
        schema = sa.make_url(self.url).query.get("schema")
        place = str(schema) if schema else None
        inspector = sa.inspect(connection)
        names = [*inspector.get_table_names(schema=place), *inspector.get_view_names(schema=place)]
        found = next((table for table in names if table.lower() == name.lower()), None)
        return sa.Table(found, sa.MetaData(), schema=place, autoload_with=connection) if found else None


def _passing(
    connection: sa.Connection,
    chosen: Sequence[sa.ColumnElement[Any]],
    names: Sequence[str],
    where: Mapping[str, RowTest],
) -> Iterator[tuple[int, list[str | None]]]:
    tests = [(names.index(name), test) for name, test in where.items()]
    result = connection.execute(sa.select(*chosen).order_by(chosen[0])).yield_per(CHUNK_ROWS)
    for number, row in enumerate(result, start=2):
        texts = [_text(value) for value in row]
        if all(test(texts[place] or "") for place, test in tests):
            yield number, texts


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) or None
