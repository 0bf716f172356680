"""Rows of CSV text as RFC 4180 writes them: a quoted field may run over several lines.

A forgotten quotation mark must not swallow what follows. A row of several lines is therefore believed only where its
quotation marks end where they should, where it has as many fields as the header, and where its lines are not, each by
itself, rows of that width; otherwise its first line is broken and the next line is read anew.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hemoflow.connectors.streams import LONGEST_LINE

BLANKS = " \t\xa0"
"""Spaces that are taken away around a field."""

MOST_LINES, MOST_LETTERS = 10_000, 2**20
"""A row of several lines is sought within these: a note of 200 pages fits."""
HEADER_LINES = 100
"""A header is sought within these."""
PATIENCE = 100
"""Lines of a file whose quotation mark stays open as far as one looks; later ones are broken without a look."""

csv.field_size_limit(LONGEST_LINE)


@dataclass(slots=True)
class Quoting:
    """Reads the lines of one file.

    Attributes:
        width: Number of fields of a row.
        patience: How many more quotation marks may stay open; see :data:`PATIENCE`.
    """

    width: int
    patience: int = PATIENCE

    def rows(self, lines: Sequence[str], *, is_end: bool) -> Iterator[tuple[int, int, list[str] | None]]:
        """The rows that begin in these lines, and the lines that are no row.

        Args:
            lines: Lines without their ends.
            is_end: Whether the file ends with them. Otherwise rows stop before one that may go on beyond them.

        Yields:
            Place of the first line, number of lines, and the fields; None where they cannot be told.
        """
        place = 0
        while place < len(lines):
            row = None if lines[place].startswith("\0") else fields(lines[place])
            taken = 1
            if row is None and self.patience and '"' in lines[place]:
                joined, seen, is_open = _joined(lines, place)
                if is_open and not is_end and seen == len(lines) - place:
                    return
                self.patience -= is_open
                if joined is not None and self._is_believed(joined, lines[place : place + seen]):
                    row, taken = joined, seen
            yield place, taken, row
            place += taken

    def _is_believed(self, row: Sequence[str], lines: Sequence[str]) -> bool:
        if len(row) != self.width:
            return False
        return self.width == 1 or not all(self._is_row(line) for line in lines)

    def _is_row(self, line: str) -> bool:
        return line.count(",") == self.width - 1 or len(fields(line) or ()) == self.width


def fields(line: str) -> list[str] | None:
    """The fields of a line; None where a quotation mark is not closed."""
    if '"' not in line:
        return line.rstrip("\r\n").split(",")
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:
        return None


def header_row(lines: Sequence[str]) -> tuple[list[str] | None, int]:
    """The names at the beginning of the lines, and how many lines they take; a name may run over several, too."""
    names = fields(lines[0]) if lines else []
    if names is not None:
        return names, 1
    joined, seen, _ = _joined(lines[:HEADER_LINES], 0)
    return joined, seen


def _joined(lines: Sequence[str], place: int) -> tuple[list[str] | None, int, bool]:
    """The row that begins at a place, the lines looked at, and whether it is still open after them."""
    reader = csv.reader(_window(lines, place), strict=True)
    try:
        row = next(reader, None)
    except csv.Error as error:
        return None, reader.line_num, "end of data" in str(error)
    whole = None if row is None else [text.replace("\r\n", "\n").strip(f"{BLANKS}\n") for text in row]
    return whole, reader.line_num, False


def _window(lines: Sequence[str], place: int) -> Iterator[str]:
    letters = 0
    for line in lines[place : place + MOST_LINES]:
        letters += len(line)
        if letters > MOST_LETTERS or line.startswith("\0"):
            return
        yield f"{line}\n"
