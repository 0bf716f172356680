"""Frames as Parquet: the same rows give the same bytes, with the same library versions."""

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
    pq.write_table(
        table, sink, compression="zstd", compression_level=3, version="2.6", data_page_version="1.0",
        row_group_size=ROW_GROUP_ROWS, store_schema=False,
    )  # fmt: skip
    return bytes(sink.getvalue())
