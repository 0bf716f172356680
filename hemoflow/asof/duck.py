"""DuckDB in memory over Parquet: the engine of one machine."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryDirectory
from typing import ClassVar
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pyarrow as pa

from hemoflow.asof.asking import Engine, Work, question_text
from hemoflow.domain.errors import InputError
from hemoflow.schemas.columns import INSTANT
from hemoflow.schemas.frames import from_arrow, to_arrow
from hemoflow.schemas.table import Layout
from hemoflow.schemas.watching import MENTIONS

MEMORY = "4GB"
"""DuckDB keeps within this and puts the rest on disk, so that a million patients fit a laptop."""
SOME_ROWS = 2_048
"""Rows that are worked on at a time."""
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
# Spark has these by nature; here they make the same text run.
_MACROS = """
CREATE MACRO unix_micros(t) AS epoch_us(t);
CREATE MACRO unix_date(d) AS CAST(d - DATE '1970-01-01' AS BIGINT);
CREATE MACRO struct(a, b, c) AS row(a, b, c);
CREATE MACRO try_element_at(items, place) AS items[place];
"""
_INPUTS = """
CREATE TABLE points (patient_id VARCHAR, cut_at TIMESTAMPTZ);
CREATE TABLE cuts (cut_at TIMESTAMPTZ);
CREATE TABLE wanted (table_name VARCHAR);
"""


@dataclass(frozen=True)
class DuckEngine(Engine):
    """An open connection that knows its cut.

    Attributes:
        connection: DuckDB connection with one view for each canonical table.
    """

    connection: duckdb.DuckDBPyConnection

    name: ClassVar[str] = "duckdb"
    instant_type: ClassVar[str] = "TIMESTAMPTZ"
    text_type: ClassVar[str] = "VARCHAR"

    def query(self, text: str, values: Mapping[str, object] | None = None) -> pd.DataFrame:
        """See :meth:`Engine.query`."""
        relation = self.connection.sql(_PARAMETER.sub(r"$\1", text), params=dict(values or {}))
        return from_arrow(relation.to_arrow_table())

    def put(self, name: str, frame: pd.DataFrame) -> None:
        """See :meth:`Engine.put`."""
        self.connection.execute(f"DELETE FROM {name}")
        self._add(name, frame)

    def derive(self, layout: Layout, work: Work, question: str, **values: object) -> None:
        """See :meth:`Engine.derive`."""
        self.connection.execute(f"DELETE FROM {layout.name}")
        with self.connection.cursor() as reading:  # what is written meanwhile would end a reading of the same cursor
            answer = reading.execute(_PARAMETER.sub(r"$\1", question_text(question)), values)
            for some in answer.to_arrow_reader(SOME_ROWS):
                self._add(layout.name, work(from_arrow(pa.Table.from_batches([some]))))

    def _add(self, name: str, frame: pd.DataFrame) -> None:
        self.connection.register("given", to_arrow(frame))
        self.connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM given")
        self.connection.unregister("given")

    def define(self, name: str, text: str) -> None:
        """See :meth:`Engine.define`."""
        try:
            self.connection.execute(f"CREATE VIEW {name} AS {text}")
        except duckdb.Error as error:
            raise InputError(
                f"The files of '{name}' cannot be read: {str(error).splitlines()[0]}",
                remedy="Load the source again with `hemoflow ingest`.",
            ) from error

    def row_digest(self, layout: Layout) -> str:
        """See :meth:`Engine.row_digest`."""
        # Instants as numbers: written out in a zone they cost more than all the rest.
        raw = (f"epoch_us({n})" if str(c.dtype) == INSTANT else n for n, c in layout.columns.items())
        values = ", ".join(f"coalesce(CAST({value} AS VARCHAR), chr(30))" for value in raw)
        return f"md5_number_lower(concat_ws(chr(31), {values}))"

    def scan(self, name: str, files: list[str]) -> str:  # noqa: ARG002
        """See :meth:`Engine.scan`."""
        names = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        return f"(SELECT *, filename AS file_at FROM read_parquet([{names}], union_by_name=true, filename=true))"


@contextmanager
def open_duck(cut_at: datetime, zone: ZoneInfo, threads: int) -> Iterator[DuckEngine]:
    """A DuckDB of our own with the input tables of the questions; nothing may be fetched from the network."""
    with TemporaryDirectory(prefix="hemoflow-") as spill, duckdb.connect(":memory:", config={
        "threads": str(threads), "memory_limit": MEMORY, "temp_directory": spill,
        "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
    }) as connection:  # fmt: skip
        engine = DuckEngine(cut_at, zone, connection)
        connection.execute(f"SET TimeZone = '{zone.key}'")
        # It would write into standard output, also where that is no terminal; at the start it cannot be set.
        connection.execute("SET enable_progress_bar = false")
        connection.execute(_MACROS)
        connection.execute(_INPUTS)
        columns = ", ".join(f"{name} {kind}" for name, kind in engine.kinds(MENTIONS).items())
        connection.execute(f"CREATE TABLE {MENTIONS.name} ({columns})")
        connection.execute("CREATE TABLE cut (cut_at TIMESTAMPTZ, cut_on DATE)")
        connection.execute("INSERT INTO cut VALUES (?, ?)", [engine.cut_at, engine.cut_on])
        yield engine
