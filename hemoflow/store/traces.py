"""A search for identifiers over everything we keep: the bytes of every file, every table, every Parquet column."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, select

from hemoflow.store.engine import Database
from hemoflow.store.forgetting import whole_words
from hemoflow.store.tables import METADATA

KEYS = ".key"
"""Files that hold a key and nothing else are not read."""


def traces(database: Database, identifiers: Sequence[str]) -> list[str]:
    """Where any of the identifiers is found: ``file ...`` or ``table ...``, in order."""
    if not identifiers:
        return []
    pattern = whole_words(identifiers)
    of_bytes = re.compile(pattern.pattern.encode())
    with database.reading() as connection:
        return [*_in_files(database.home, pattern, of_bytes), *_in_tables(connection, pattern)]


def _in_files(home: Path, pattern: "re.Pattern[str]", of_bytes: "re.Pattern[bytes]") -> Iterator[str]:
    for path in sorted(path for path in home.rglob("*") if path.is_file() and path.suffix != KEYS):
        is_found = of_bytes.search(path.read_bytes()) is not None
        if is_found or (path.suffix == ".parquet" and _in_parquet(path, pattern)):
            yield f"file {path.relative_to(home).as_posix()}"


def _in_parquet(path: Path, pattern: "re.Pattern[str]") -> bool:
    table = pq.read_table(pa.BufferReader(path.read_bytes()), use_threads=False)
    texts = (column for column in table.columns if pa.types.is_string(column.type))
    return any(pattern.search(value) for column in texts for value in column.unique().to_pylist() if value)


def _in_tables(connection: Connection, pattern: "re.Pattern[str]") -> Iterator[str]:
    for table in METADATA.sorted_tables:
        rows = connection.execute(select(table))
        if any(pattern.search(str(value)) for row in rows for value in row):
            yield f"table {table.name}"
