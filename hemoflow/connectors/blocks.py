"""Blocks of CSV lines as text columns: Arrow reads a block at once; where it meets a fault, the lines one by one.

A block is read whole only where it gives one row of the right width for each of its lines. Any other block is read line
by line, so that a broken line is named and costs only itself, and a file gives the same rows wherever blocks end. A row
that a block breaks off is read with the next one.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from hemoflow.connectors.quoting import BLANKS, Quoting
from hemoflow.connectors.streams import TOO_LONG, UNSEEN, Stream, is_foul_line, split_lines

TEXT = pd.StringDtype("pyarrow")
"""Raw columns lie in Arrow memory, a fraction of what Python strings take: it decides whether full MIMIC-IV fits."""

CHUNK_ROWS = 200_000

UNSEEN_BYTES = tuple(letter.encode() for letter in UNSEEN.pattern.strip("[]"))
SPACES = (
    b" ,", b", ", b' "', b'" ', b" \n", b"\n ", b" \r", b"\t,", b",\t", b'\t"', b'"\t', b"\t\n", b"\n\t", b"\t\r",
    b"\xc2\xa0",
)  # fmt: skip
"""One of them stands in a block with spaces around a field, save at its very beginning or end."""

RowTest = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that is no row.

    Attributes:
        line: Line number; the header is line 1.
        reason: What is wrong with it.
        remedy: What to do.
    """

    line: int
    reason: str
    remedy: str


def foul(number: int) -> BrokenLine:
    """A line in another encoding."""
    return BrokenLine(number, "not UTF-8", "Save the file as UTF-8.")


@dataclass
class BlockReader:
    """Reads the blocks of one file.

    Attributes:
        quoting: Finds the rows where lines have quotation marks.
        places: The columns wanted, by position in the header.
        tests: Tests of text, by position.
        line: The last line read.
        broken: The lines met that are no rows.
        rest: What follows the last line: the beginning of a row that goes on in the next block.
    """

    quoting: Quoting
    places: Sequence[int]
    tests: Mapping[int, RowTest]
    line: int
    broken: list[BrokenLine] = field(default_factory=list)
    rest: bytes = b""

    def tables(self, stream: Stream, blocks: Iterable[bytes]) -> Iterator[tuple[pa.Table, np.ndarray]]:
        """Rows that pass the tests, and the numbers of their first lines, block by block.

        Args:
            stream: The file; where it turns out to be cut, the row that it breaks off is left out.
            blocks: Its lines without the header.
        """
        yield from (self._read(block) for block in blocks if block)
        if self.rest and not stream.is_cut:
            yield self._read(b"", is_end=True)

    def _read(self, block: bytes, *, is_end: bool = False) -> tuple[pa.Table, np.ndarray]:
        """Rows of a block that pass the tests, and the numbers of their first lines."""
        needed = sorted({*self.places, *self.tests})
        for unseen in UNSEEN_BYTES:
            block = block.replace(unseen, b"") if unseen in block else block
        block, self.rest = self.rest + block, b""
        lines = block.count(b"\n") + (not block.endswith(b"\n"))
        table = _whole(block, self.quoting.width, needed, lines)
        if table is None:
            table, numbers = self._one_by_one(block, needed, is_end=is_end)
        else:
            numbers = np.arange(self.line + 1, self.line + 1 + lines, dtype="int64")
            self.line += lines
        table = _trimmed(table) if _has_spaces(block) else table
        mask = _passed(table, self.tests)
        if mask is not None:
            table, numbers = table.filter(mask), numbers[mask.to_numpy(zero_copy_only=False)]
        return table.select([str(place) for place in self.places]), numbers

    def _one_by_one(self, block: bytes, needed: Sequence[int], *, is_end: bool) -> tuple[pa.Table, np.ndarray]:
        lines, is_foul = split_lines(block)
        kept: list[list[str]] = []
        numbers: list[int] = []
        done = 0
        for place, taken, row in self.quoting.rows(lines, is_end=is_end):
            number, done = self.line + 1 + place, place + taken
            text = "\n".join(lines[place:done])
            if row is not None and len(row) == self.quoting.width and not (is_foul and is_foul_line(text)):
                kept.append(row)
                numbers.append(number)
            elif row != [""]:
                self.broken.append(_fault(number, text, row, self.quoting.width))
        self.rest = "".join(f"{line}\n" for line in lines[done:]).encode("utf-8", "surrogateescape")
        self.line += done
        columns = {str(place): [row[place] or None for row in kept] for place in needed}
        table = pa.table(columns, schema=pa.schema([(str(place), pa.large_string()) for place in needed]))
        return table, np.array(numbers, dtype="int64")


def rows_of(parts: Sequence[tuple[pa.Table, np.ndarray]], columns: Sequence[str]) -> pd.DataFrame:
    """Text columns under their line numbers, from what :meth:`BlockReader.tables` gave."""
    lines = np.concatenate([numbers for _, numbers in parts]) if parts else np.array([], dtype="int64")
    data = {name: _text([table.column(place) for table, _ in parts]) for place, name in enumerate(columns)}
    return pd.DataFrame(data, index=pd.Index(lines, dtype="int64"))


def text_frame(
    rows: Iterator[tuple[int, Sequence[str | None]]], header: Sequence[str], columns: Sequence[str]
) -> pd.DataFrame:
    """Rows as text columns.

    Args:
        rows: Line number and one field for each name of the header.
        header: Names of the fields.
        columns: The columns to keep, in this order.

    Returns:
        The index is the line number; an empty field is missing.
    """
    places = [header.index(column) for column in columns]
    chunks: list[pd.DataFrame] = []
    lines: list[int] = []
    kept: list[list[str | None]] = []

    def _flush() -> None:
        texts = zip(*kept, strict=True) if kept else ((),) * len(places)
        data = {name: pd.array(list(text), dtype=TEXT) for name, text in zip(columns, texts, strict=True)}
        chunks.append(pd.DataFrame(data, index=pd.Index(lines, dtype="int64")))
        kept.clear()
        lines.clear()

    for number, row in rows:
        lines.append(number)
        kept.append([row[place] or None for place in places])
        if len(kept) == CHUNK_ROWS:
            _flush()
    _flush()
    return pd.concat(chunks)


def _fault(number: int, line: str, row: list[str] | None, width: int) -> BrokenLine:
    if line.startswith(TOO_LONG.decode()):
        return BrokenLine(number, "a line over 16 MiB", "Check what stands in this line.")
    if is_foul_line(line):
        return foul(number)
    if line.startswith("\0"):
        return BrokenLine(number, "not text", "Fetch the file again.")
    if row is None:
        return BrokenLine(number, "a quotation mark is not closed", "Mend the quotation marks.")
    return BrokenLine(number, f"{len(row)} fields instead of {width}", "Mend the line.")


def _whole(block: bytes, width: int, needed: Sequence[int], lines: int) -> pa.Table | None:
    """The block at once; None unless each line is a row."""
    if block.startswith(b"\0") or b"\n\0" in block:
        return None
    if b'"' in block:
        return _quoted(block, width, needed, lines)
    kinds = {str(place): pa.large_string() for place in needed}
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(block),
            arrow_csv.ReadOptions(
                use_threads=False, block_size=len(block) + 1, column_names=[str(place) for place in range(width)]
            ),
            arrow_csv.ParseOptions(quote_char=False),
            arrow_csv.ConvertOptions(
                column_types=kinds, include_columns=list(kinds), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid:
        return None
    return table if table.num_rows == lines else None


def _quoted(block: bytes, width: int, needed: Sequence[int], lines: int) -> pa.Table | None:
    try:
        rows = list(csv.reader(io.StringIO(block.decode("utf-8"), newline="\n"), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    if len(rows) != lines or any(len(row) != width for row in rows):
        return None
    columns = list(zip(*rows, strict=True))
    return pa.table(
        {str(place): pa.array((text or None for text in columns[place]), pa.large_string()) for place in needed}
    )


def _has_spaces(block: bytes) -> bool:
    return block[:1] in b" \t" or block[-1:] in b" \t" or any(space in block for space in SPACES)


def _trimmed(table: pa.Table) -> pa.Table:
    """Fields without spaces around them; what is nothing but spaces is missing."""
    columns = [pc.utf8_trim(column, BLANKS) for column in table.columns]
    return pa.table([pc.if_else(pc.equal(column, ""), None, column) for column in columns], names=table.column_names)


def _passed(table: pa.Table, tests: Mapping[int, RowTest]) -> pa.BooleanArray | None:
    """Which rows pass all tests; each distinct text is tested once."""
    mask = None
    for place, test in tests.items():
        column = table.column(str(place))
        texts = column.unique().to_pylist()
        passed = pa.array([text for text in texts if test(text or "")], pa.large_string())
        found = pc.is_in(column, value_set=passed).combine_chunks()
        mask = found if mask is None else pc.and_(mask, found)
    return mask


def _text(parts: Sequence[pa.ChunkedArray]) -> pd.arrays.ArrowStringArray:
    chunks = [chunk for part in parts for chunk in part.chunks]
    return pd.arrays.ArrowStringArray(pa.chunked_array(chunks, pa.large_string()))
