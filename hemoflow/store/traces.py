"""A search for identifiers over everything we keep: the bytes of every file, every table, every Parquet column."""

import re
from collections.abc import Iterator, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
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
    with database.reading() as connection:
        return [*_in_files(database.home, identifiers, pattern), *_in_tables(connection, pattern)]


def _in_files(home: Path, identifiers: Sequence[str], pattern: "re.Pattern[str]") -> Iterator[str]:
    of_bytes = re.compile(pattern.pattern.encode())
    for path in sorted(path for path in home.rglob("*") if path.is_file() and path.suffix != KEYS):
        is_found = _in_bytes(path, of_bytes)
        if is_found or (path.suffix == ".parquet" and _in_parquet(path, identifiers, pattern)):
            yield f"file {path.relative_to(home).as_posix()}"


def _in_bytes(path: Path, pattern: "re.Pattern[bytes]") -> bool:
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as data:
        return pattern.search(data) is not None


def _in_parquet(path: Path, identifiers: Sequence[str], pattern: "re.Pattern[str]") -> bool:
    """Whether any text holds an identifier as a whole word: every value is looked at, some rows at a time."""
    with pq.ParquetFile(path) as file:
        texts = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
        parts = (part for batch in file.iter_batches(columns=texts, use_threads=False) for part in batch.columns)
        return any(
            pattern.search(value)
            for part in parts
            for word in identifiers
            for value in part.filter(pc.match_substring(part, word)).to_pylist()
        )


def _in_tables(connection: Connection, pattern: "re.Pattern[str]") -> Iterator[str]:
    for table in METADATA.sorted_tables:
        rows = connection.execute(select(table))
        if any(pattern.search(str(value)) for row in rows for value in row):
            yield f"table {table.name}"
