"""Files at the border: CSV and lines of text, plain or gzipped, read in a stream; no line is dropped unseen.

A file that cannot be used at all raises :class:`InputError`. A line that cannot be used becomes a fault with its
number, and the lines around it go on: a row is one line, so a forgotten quotation mark spoils one row and not the rest.
Big files never stand in memory: a row that a table does not ask for is let go at once.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pandas as pd

from hemoflow.domain.errors import InputError

TEXT = pd.StringDtype("pyarrow")
"""Raw columns lie in Arrow memory, a fraction of what Python strings take: it decides whether full MIMIC-IV fits."""

CHUNK_ROWS = 200_000
BLOCK_BYTES = 2**18
LONGEST_LINE = 2**24
EXPANSION_LIMIT = 100
EXPANSION_FLOOR = 64 * 2**20
"""A gzip file may unpack to 64 MiB or 100 times its size, whichever is more; beyond it is taken for a zip bomb."""

RowTest = Callable[[str], bool]


@dataclass(frozen=True)
class Loaded:
    """What a connector returns.

    Attributes:
        frames: Canonical table name to conformed frame.
        quarantine: One row a fault (layout ``QUARANTINE``).
        report: One row a table (layout ``INGEST_REPORT``); read = loaded + quarantined + duplicates. Rows that a table
            does not ask for (another analyte, another kind of order) are not counted as read. A source row that ends
            or continues another one counts as loaded, so a table can have fewer rows than were loaded.
        notes: Sentences worth showing that concern no single row.
    """

    frames: dict[str, pd.DataFrame]
    quarantine: pd.DataFrame
    report: pd.DataFrame
    notes: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class RawRows:
    """Rows of one file as text.

    Attributes:
        file: Name relative to the source's folder.
        frame: The columns asked for; the index is the line number, an empty field is missing.
        broken: Lines that are no rows.
    """

    file: str
    frame: pd.DataFrame
    broken: tuple[BrokenLine, ...] = ()


def read_rows(folder: Path, stem: str, columns: Sequence[str], where: Mapping[str, RowTest] | None = None) -> RawRows:
    """Read ``stem.csv.gz`` or ``stem.csv`` below ``folder``.

    Args:
        folder: The source's folder.
        stem: Name without ending, for example ``hosp/labevents``.
        columns: Columns to keep; the file may have more, in any sequence.
        where: Column to test of its text; only rows that pass all are kept.

    Raises:
        InputError: The file is missing, empty, no gzip file, a zip bomb, or lacks a column; its header is not UTF-8.
    """
    path = _find(folder, stem)
    tests = where or {}
    with path.open("rb") as handle:
        source = _Source(path.relative_to(folder).as_posix(), handle, path.stat().st_size)
        lines = _lines(source)
        header = _header(next(lines, ""), source, [*columns, *tests])
        broken: list[BrokenLine] = []
        rows = _rows(lines, source, len(header), broken)
        passed = [(header.index(column), test) for column, test in tests.items()]
        frame = text_frame((row for row in rows if all(test(row[1][at]) for at, test in passed)), header, columns)
    return RawRows(source.name, frame, tuple(broken))


def read_lines(folder: Path, path: Path) -> Iterator[tuple[int, str] | BrokenLine]:
    """The lines of a text file, plain or gzipped, with their numbers from 1; a line that is no text as a fault.

    Raises:
        InputError: The file is a zip bomb or has a line beyond all measure.
    """
    number = 0
    with path.open("rb") as handle:
        source = _Source(path.relative_to(folder).as_posix(), handle, path.stat().st_size)
        for number, line in enumerate(_lines(source), start=1):
            yield _foul(number) if _is_foul(line, source) else (number, line)
        if source.is_cut:
            yield _torn(number + 1)


def _find(folder: Path, stem: str) -> Path:
    for ending in (".csv.gz", ".csv"):
        path = folder / f"{stem}{ending}"
        if path.is_file():
            return path
    raise InputError(
        f"{stem}.csv.gz is not in the folder {folder}.",
        remedy=f"Give the folder that holds {stem}.csv.gz or {stem}.csv.",
    )


@dataclass(slots=True)
class _Source:
    """Bytes of a file, unpacked and metered.

    ``is_cut`` turns true where a gzip file breaks off, ``is_foul`` where bytes are not UTF-8.
    """

    name: str
    handle: IO[bytes]
    size: int
    is_cut: bool = field(default=False, init=False)
    is_foul: bool = field(default=False, init=False)

    def blocks(self) -> Iterator[bytes]:
        """Blocks of bytes up to the end, or to where the file is damaged."""
        if not self.name.endswith(".gz"):
            yield from iter(lambda: self.handle.read(BLOCK_BYTES), b"")
            return
        left = max(EXPANSION_FLOOR, EXPANSION_LIMIT * self.size)
        with gzip.GzipFile(fileobj=self.handle) as unpacked:
            while block := self._next(unpacked):
                left -= len(block)
                if left < 0:
                    raise InputError(
                        f"{self.name} unpacks to over {EXPANSION_LIMIT} times its size.",
                        remedy="Unpack it yourself and deliver the .csv file if it is genuine.",
                    )
                yield block

    def _next(self, unpacked: gzip.GzipFile) -> bytes:
        try:
            return unpacked.read1(BLOCK_BYTES)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.is_cut = True
            return b""


def _lines(source: _Source) -> Iterator[str]:
    """Whole lines; the torn last line of a damaged file is left out."""
    rest, encoding = b"", "utf-8-sig"
    for block in source.blocks():
        whole, newline, rest_of_block = block.rpartition(b"\n")
        if not newline:
            rest += block
            if len(rest) > LONGEST_LINE:
                raise InputError(f"{source.name} has a line over 16 MiB.", remedy="Check that it is a CSV file.")
            continue
        text = _decode(rest + whole + newline, source, encoding)
        rest, encoding = rest_of_block, "utf-8"
        yield from io.StringIO(text, newline="\n")
    if rest and not source.is_cut:
        yield _decode(rest, source, encoding)


def _decode(data: bytes, source: _Source, encoding: str) -> str:
    """Text; bytes that are not UTF-8 survive as lone surrogates, so that only their own lines are lost."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        source.is_foul = True
        return data.decode(encoding, errors="surrogateescape")


def _is_foul(line: str, source: _Source) -> bool:
    return source.is_foul and any("\ud800" <= letter <= "\udfff" for letter in line)


def _foul(number: int) -> BrokenLine:
    return BrokenLine(number, "not UTF-8", "Save the file as UTF-8.")


def _torn(number: int) -> BrokenLine:
    return BrokenLine(number, "the file is damaged: nothing from here on", "Fetch the file again.")


def _header(line: str, source: _Source, wanted: Sequence[str]) -> list[str]:
    if _is_foul(line, source):
        raise InputError(f"{source.name} is not UTF-8 in line 1.", remedy="Save it as UTF-8.")
    header = _fields(line) or []
    if header in ([], [""]):
        state = "is damaged: not even its header can be unpacked" if source.is_cut else "is empty"
        raise InputError(f"{source.name} {state}.", remedy="Fetch the file again.")
    missing = sorted(set(wanted) - set(header))
    if missing:
        raise InputError(
            f"{source.name} lacks the columns {', '.join(missing)}.", remedy="Deliver it with its original header."
        )
    return header


def _rows(
    lines: Iterator[str], source: _Source, width: int, broken: list[BrokenLine]
) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each row; what is no row goes to ``broken``."""
    number = 1
    for number, line in enumerate(lines, start=2):
        if _is_foul(line, source):
            broken.append(_foul(number))
            continue
        row = _fields(line)
        if row is not None and len(row) == width:
            yield number, row
        elif row is None:
            broken.append(BrokenLine(number, "a quotation mark is not closed", "Mend the quotation marks."))
        elif row != [""]:
            broken.append(BrokenLine(number, f"{len(row)} fields instead of {width}", "Mend the line."))
    if source.is_cut:
        broken.append(_torn(number + 1))


def _fields(line: str) -> list[str] | None:
    if '"' not in line:
        return line.rstrip("\r\n").split(",")
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:
        return None


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
