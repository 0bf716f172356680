"""CSV files of a canonical folder as Parquet beside their line numbers: the one reader of CSV reads these, too."""

import shutil
import weakref
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq

from hemoflow.connectors.blocks import BrokenLine
from hemoflow.connectors.csv_files import OpenTable, open_table
from hemoflow.schemas.table import Layout

LINE = "delivered on line"
"""Column of a transcript that says on which line of the CSV file a row begins."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """A CSV file as Parquet.

    Attributes:
        path: The Parquet file: the layout's columns as text, and :data:`LINE`.
        broken: Lines that are no rows.
        header: The columns of the CSV file, fit to be shown.
    """

    path: Path
    broken: tuple[BrokenLine, ...]
    header: tuple[str, ...]


class Transcripts:
    """Where transcripts are kept; the folder goes with the last one who may read them."""

    def __init__(self) -> None:
        self._folder = Path(mkdtemp(prefix="hemoflow-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def add(self, folder: Path, path: Path, layout: Layout) -> Transcript:
        """Write a CSV file as Parquet, a block at a time.

        Args:
            folder: The source's folder.
            path: The CSV file.
            layout: The table that it holds; other columns stay behind.

        Raises:
            UnusableFileError: It cannot be used at all.
        """
        needed = [name for name, column in layout.columns.items() if not column.nullable]
        target = self._folder / f"{len(list(self._folder.iterdir()))}.parquet"
        others = [name for name in layout.columns if name not in needed]
        with open_table(folder, path, needed, optional=others) as table:
            _write(table, target)
        return Transcript(target, table.broken, table.header)


def _write(table: OpenTable, target: Path) -> None:
    schema = pa.schema([*((name, pa.string()) for name in table.columns), (LINE, pa.int64())])
    with pq.ParquetWriter(target, schema) as file:
        for rows, numbers in table.parts():
            file.write_table(rows.append_column(LINE, pa.array(numbers)).cast(schema))
