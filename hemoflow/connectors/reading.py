"""Files at the border: CSV and lines of text, plain or gzipped, read in a stream; no line is dropped unseen.

A file that cannot be used at all raises :class:`InputError`. A line that cannot be used becomes a fault with its
number, and the lines around it go on: a forgotten quotation mark spoils one row and not the rest.
Big files never stand in memory: a row that a table does not ask for is let go at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pandas as pd

from hemoflow.connectors.blocks import TEXT, BrokenLine, RowTest, foul, rows_of, text_frame
from hemoflow.connectors.csv_files import open_table, torn
from hemoflow.connectors.streams import UnusableFileError, is_foul_line, open_stream, split_lines
from hemoflow.domain.errors import InputError
from hemoflow.schemas.frames import empty
from hemoflow.schemas.ingest import SOURCE_COLUMNS


class LargeTable(Protocol):
    """A canonical table too large for a frame: it writes itself."""

    def __call__(self, path: Path) -> int:
        """Write it as Parquet and say how many rows it has."""

    def arrived(self, received_at: datetime) -> "LargeTable":
        """The same table as a delivery of which nothing was known before this instant."""


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
        columns: The columns that the files had (layout ``SOURCE_COLUMNS``).
        large: Canonical tables that write themselves.
    """

    frames: dict[str, pd.DataFrame]
    quarantine: pd.DataFrame
    report: pd.DataFrame
    notes: tuple[str, ...] = ()
    columns: pd.DataFrame = field(default_factory=lambda: empty(SOURCE_COLUMNS))
    large: Mapping[str, LargeTable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawRows:
    """Rows of one file as text.

    Attributes:
        file: Name relative to the source's folder.
        frame: The columns asked for; the index is the line number, an empty field is missing.
        broken: Lines that are no rows.
        header: Names of the columns as they were found and may be shown, where there is a header.
        files: Names of all parts, where the rows come from several files; see :func:`joined_rows`.
        lines: Number of lines after the header.
    """

    file: str
    frame: pd.DataFrame
    broken: tuple[BrokenLine, ...] = ()
    header: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    lines: int = 0

    @property
    def silence(self) -> str:
        """Why a sound file gives no row, in a sentence; empty where it gives one or a fault."""
        if not self.header or len(self.frame) or self.broken:
            return ""
        return f"None of the rows of {self.file} is asked for." if self.lines else f"{self.file} holds no row."

    def usable(self) -> "RawRows":
        """The rows of a file that nothing can do without.

        Raises:
            InputError: The file cannot be used at all.
        """
        if self.broken and self.broken[0].line == 1:
            raise UnusableFileError(self.file, self.broken[0].reason, self.broken[0].remedy)
        return self


def read_rows(
    folder: Path,
    stem: str,
    columns: Sequence[str],
    where: Mapping[str, RowTest] | None = None,
    *,
    optional: Sequence[str] = (),
    required: bool = True,
) -> RawRows:
    """Read ``stem.csv.gz`` or ``stem.csv`` below ``folder``, whatever the case of its name and of its columns' names.

    Args:
        folder: The source's folder.
        stem: Name without ending, for example ``hosp/labevents``.
        columns: Columns to keep; the file may have more, in any sequence.
        where: Column to test of its text; only rows that pass all are kept.
        optional: Columns to keep that the file may lack; they are missing then.
        required: Whether a missing file is an error; it gives no rows otherwise.

    Returns:
        The rows. A file that cannot be used at all (empty, no gzip file, a zip bomb, without a needed column, header
        not UTF-8, a folder) gives none, and a fault in line 1.

    Raises:
        InputError: There is no such file and it is required.
    """
    path = found_table(folder, stem)
    if path is not None:
        return read_file(folder, path, columns, where, optional=optional)
    if required:
        raise InputError(
            f"{stem}.csv.gz is not in the folder {folder}.",
            remedy=f"Give the folder that holds {stem}.csv.gz or {stem}.csv.",
        )
    return no_rows(f"{stem}.csv", [*columns, *optional])


def read_file(
    folder: Path,
    path: Path,
    columns: Sequence[str],
    where: Mapping[str, RowTest] | None = None,
    *,
    optional: Sequence[str] = (),
    header_line: int = 1,
) -> RawRows:
    """Read one CSV file; see :func:`read_rows`. Lines before the one that holds the header are passed over."""
    try:
        with open_table(folder, path, columns, where, optional=optional, header_line=header_line) as table:
            parts = list(table.parts())
    except UnusableFileError as error:
        return no_rows(error.file, [*columns, *optional], BrokenLine(1, error.reason, error.remedy))
    frame = rows_of(parts, table.columns)
    absent = {name: pd.Series(pd.NA, index=frame.index, dtype=TEXT) for name in optional if name not in frame.columns}
    return RawRows(table.name, frame.assign(**absent), table.broken, table.header, lines=table.lines)


def no_rows(file: str, columns: Sequence[str], *broken: BrokenLine) -> RawRows:
    """No rows of a file, and why."""
    return RawRows(file, text_frame(iter(()), columns, columns), broken)


NO_VALUE = r"(?i:nan|none|null|na|n/a)"
"""Words that programs write for a missing number."""

PART = 2**40
"""Line numbers of the second part of a table begin here, those of the third at twice as much, and so on."""


def joined_rows(parts: Sequence[RawRows]) -> RawRows:
    """The rows of several files as those of one table; line numbers say which part a row is from.

    Args:
        parts: At least one, with the same columns.
    """
    if len(parts) == 1:
        return parts[0]
    frames = [part.frame.set_axis(part.frame.index + place * PART) for place, part in enumerate(parts)]
    broken = [
        BrokenLine(line.line + place * PART, line.reason, line.remedy)
        for place, part in enumerate(parts)
        for line in part.broken
    ]
    files = tuple(part.file for part in parts)
    lines = sum(part.lines for part in parts)
    return RawRows(files[0], pd.concat(frames), tuple(broken), parts[0].header, files, lines)


def read_lines(folder: Path, path: Path) -> Iterator[tuple[int, str] | BrokenLine]:
    """The lines of a text file, plain or gzipped, with their numbers from 1; a line that is no text as a fault.

    Raises:
        InputError: The file is a zip bomb or has a line beyond all measure.
    """
    number = 0
    with open_stream(folder, path) as stream:
        for block in stream.blocks():
            lines, is_foul = split_lines(block)
            for line in lines:
                number += 1
                yield foul(number) if is_foul and is_foul_line(line) else (number, line)
        if stream.is_cut:
            yield torn(number + 1)


def found_table(folder: Path, stem: str) -> Path | None:
    """The file of a table, plain or gzipped, in capitals or small letters; the gzipped one where there are both."""
    for ending in (".csv.gz", ".csv"):
        exact = folder / f"{stem}{ending}"
        if exact.exists():
            return exact
        alike = [path for path in _neighbours(exact) if path.name.lower() == exact.name.lower()]
        if alike:
            return alike[0]
    return None


def _neighbours(path: Path) -> list[Path]:
    return sorted(path.parent.iterdir()) if path.parent.is_dir() else []


def with_whole_numbers(raw: RawRows, columns: Iterable[str]) -> RawRows:
    """The rows with identifiers without the ``.0`` that data frames write; words for a missing number are missing."""
    whole = {name: raw.frame[name].str.replace(r"\.0+$", "", regex=True) for name in columns}
    is_none = {name: text.str.fullmatch(NO_VALUE).fillna(value=False).astype(bool) for name, text in whole.items()}
    return replace(raw, frame=raw.frame.assign(**{name: text.mask(is_none[name]) for name, text in whole.items()}))
