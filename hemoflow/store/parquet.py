"""Frames as Parquet: the same rows give the same bytes, with the same library versions."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from hemoflow.domain.errors import InputError, StateError
from hemoflow.domain.refs import FrameRef
from hemoflow.schemas.frames import conform, from_arrow, to_arrow
from hemoflow.schemas.table import Layout
from hemoflow.store.files import sha256_of_bytes, write_bytes

ROW_GROUP_ROWS = 122_880
"""Rows of a row group: DuckDB reads one such group a thread."""


def write_frame(frame: pd.DataFrame, layout: Layout, path: Path) -> FrameRef:
    """Conform a frame to its layout and write it.

    Raises:
        pandera.errors.SchemaErrors: A row or column does not fit the layout.
        InputError: Two rows have the same key.
    """
    table = arrow_table(frame, layout)
    return FrameRef(layout.name, str(path), write_bytes(parquet_bytes(table), path), table.num_rows)


def read_frame(path: Path, sha256: str = "") -> pd.DataFrame:
    """Read a frame with the house's dtypes; with ``sha256``, refuse any other bytes.

    Raises:
        StateError: The file is absent, or its bytes are not those that were recorded.
    """
    return from_arrow(pq.read_table(pa.BufferReader(read_checked(path, sha256)), use_threads=False))


def read_checked(path: Path, sha256: str = "") -> bytes:
    """The bytes of a file, checked against their recorded hash before anybody parses them.

    Raises:
        StateError: The file is absent, or its bytes are not those that were recorded.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise StateError(
            f"The file {path} is gone.", remedy="Run the day again; the stage is computed anew."
        ) from error
    if sha256 and sha256_of_bytes(data) != sha256:
        raise StateError(f"The file {path} was changed.", remedy="Run the day again; the stage is computed anew.")
    return data


def arrow_table(frame: pd.DataFrame, layout: Layout) -> pa.Table:
    """The Arrow table of a frame: conformed, sorted by its key, each key once.

    Raises:
        pandera.errors.SchemaErrors: A row or column does not fit the layout.
        InputError: Two rows have the same key.
    """
    conformed = conform(frame, layout)
    repeats = int(conformed.duplicated(list(layout.key)).sum())
    if repeats:
        raise InputError(
            f"{layout.name}: {repeats} rows repeat the key ({', '.join(layout.key)}) of another row.",
            remedy="Keep one row for each key.",
        )
    return to_arrow(conformed)


def parquet_bytes(table: pa.Table) -> bytes:
    """The table as a Parquet file; every setting is fixed, so that equal tables are equal files."""
    sink = pa.BufferOutputStream()
    with _writer(sink, table.schema) as file:
        file.write_table(table, row_group_size=ROW_GROUP_ROWS)
    return bytes(sink.getvalue())


def rewrite(path: Path, left_of: Callable[[pa.Table], pa.Table | None], target: Path) -> tuple[int, int] | None:
    """Write what is left of a Parquet file to another, one group of rows at a time: a file may outgrow the memory.

    Args:
        path: The file.
        left_of: What is left of some of its rows; None leaves them as they are.
        target: The new file.

    Returns:
        The rows that it has and those that are gone; None, and no new file, where nothing changes.
    """
    is_changed, rows = False, 0
    with pq.ParquetFile(path) as old, _writer(target, old.schema_arrow.remove_metadata()) as new:
        for group in range(old.num_row_groups):
            table = old.read_row_group(group, use_threads=False).replace_schema_metadata(None)
            left = left_of(table)
            is_changed, table = (is_changed, table) if left is None else (True, left)
            new.write_table(table)
            rows += table.num_rows
        gone = old.metadata.num_rows - rows
    if not is_changed:
        target.unlink()
    return (rows, gone) if is_changed else None


def _writer(sink: pa.BufferOutputStream | Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        sink, schema, compression="zstd", compression_level=3, version="2.6", data_page_version="1.0",
        store_schema=False,
    )  # fmt: skip
