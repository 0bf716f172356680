"""One CSV file: its header understood, then its rows block by block, so that no file has to fit into memory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa

from hemoflow.connectors.blocks import BlockReader, BrokenLine, RowTest
from hemoflow.connectors.masking import shown_columns
from hemoflow.connectors.quoting import HEADER_LINES, Quoting, header_row
from hemoflow.connectors.streams import (
    UNSEEN,
    Stream,
    UnusableFileError,
    is_foul_line,
    open_stream,
    split_lines,
)

_AS_IT_WAS = "Deliver it with its original header."
MARKS = {";": ";", "\t": "tab", "|": "|"}
"""What other programs put between fields, and how it is called."""


@dataclass(slots=True)
class OpenTable:
    """A CSV file whose rows are read block by block.

    Attributes:
        header: Names of its columns, fit to be shown.
        columns: The columns that its rows have here.
        top: Line on which the header ends.
        stream: The file.
        reader: Keeps the lines that are no rows.
        blocks: The lines after the header.
    """

    header: tuple[str, ...]
    columns: Sequence[str]
    top: int
    stream: Stream
    reader: BlockReader
    blocks: Iterator[bytes]

    @property
    def name(self) -> str:
        """Name relative to the source's folder."""
        return self.stream.name

    @property
    def lines(self) -> int:
        """Number of lines read after the header."""
        return self.reader.line - self.top

    @property
    def broken(self) -> tuple[BrokenLine, ...]:
        """The lines met that are no rows; where a damaged file ends, the line after its last."""
        return (*self.reader.broken, *([torn(self.reader.line + 1)] if self.stream.is_cut else ()))

    def parts(self) -> Iterator[tuple[pa.Table, np.ndarray]]:
        """Text columns, missing where a field is empty, and the line on which each row begins."""
        for table, numbers in self.reader.tables(self.stream, self.blocks):
            yield table.rename_columns(list(self.columns)), numbers


@contextmanager
def open_table(
    folder: Path,
    path: Path,
    columns: Sequence[str],
    where: Mapping[str, RowTest] | None = None,
    *,
    optional: Sequence[str] = (),
    header_line: int = 1,
) -> Iterator[OpenTable]:
    """Open a CSV file, plain or gzipped.

    Args:
        folder: The source's folder.
        path: The file.
        columns: Columns to keep; the file may have more, in any sequence.
        where: Column to test of its text; only rows that pass all are kept.
        optional: Columns to keep where the file has them.
        header_line: Line of the header; those before it are passed over.

    Raises:
        UnusableFileError: The file cannot be used at all.
    """
    tests = where or {}
    with open_stream(folder, path) as stream:
        blocks = stream.blocks()
        top = next(blocks, b"").split(b"\n", header_line - 1)
        block = top[-1] if len(top) == header_line else b""
        header, taken = _header(block, stream, [*columns, *tests], optional)
        here = [*columns, *(name for name in optional if name in header)]
        last = header_line + taken - 1
        reader = BlockReader(
            Quoting(len(header)),
            [header.index(column) for column in here],
            {header.index(column): test for column, test in tests.items()},
            last,
        )
        rest = b"".join(block.split(b"\n", taken)[taken:])
        shown = shown_columns(header, {*here, *tests})
        yield OpenTable(shown, here, last, stream, reader, chain([rest], blocks))


def torn(number: int) -> BrokenLine:
    """Where a damaged file ends."""
    return BrokenLine(number, "the file is damaged: nothing from here on", "Fetch the file again.")


def _header(block: bytes, stream: Stream, wanted: Sequence[str], optional: Sequence[str]) -> tuple[list[str], int]:
    """Names of the columns and how many lines they take; a name that looks like a wanted one is spelled as wanted."""
    lines, _ = split_lines(b"\n".join(block.split(b"\n", HEADER_LINES)[:HEADER_LINES]))
    header, taken = header_row(lines)
    if any(is_foul_line(line) or "\0" in line for line in lines[:taken]):
        raise UnusableFileError(stream.name, "is not UTF-8 in line 1", "Save it as UTF-8.")
    if header is None:
        raise UnusableFileError(stream.name, "has a quotation mark in its header that is not closed", _AS_IT_WAS)
    if header in ([], [""]):
        state = "is damaged: not even its header can be unpacked" if stream.is_cut else "is empty"
        raise UnusableFileError(stream.name, state, "Fetch the file again.")
    known = spelled(header, [*wanted, *optional])
    if missing := sorted(set(wanted) - set(known)):
        mark = next((mark for mark in MARKS if lines[0].count(mark) >= len(wanted) - 1 > len(header) - 1), None)
        remedy = f"Save it with commas: it is separated by '{MARKS[mark]}'." if mark else _AS_IT_WAS
        raise UnusableFileError(stream.name, f"lacks the columns {', '.join(missing)}", remedy)
    return known, taken


def spelled(header: Sequence[str], names: Sequence[str]) -> list[str]:
    """A header in which names that differ from the given ones in case, spaces or unseen letters only are as given."""
    known = {_plain(name): name for name in names}
    return [name if name in names else known.get(_plain(name), name) for name in header]


def _plain(name: str) -> str:
    return " ".join(UNSEEN.sub("", name).lower().split())
