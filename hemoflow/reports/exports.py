"""Frames as files and tables for other programs: CSV with the header on top, JSON-safe rows for Prefect."""

import math
import re
from collections.abc import Hashable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from hemoflow.reports.header import Header
from hemoflow.reports.words import is_missing
from hemoflow.schemas.frames import conform
from hemoflow.schemas.table import Layout

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
NEEDS_QUOTES = frozenset(',"#\n\r\t ')
ODD = re.compile(r"[,\"#\s=+\-@＝＋－＠]")
"""Text without any of these stands in a CSV as it is."""
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Letters that a workbook cannot hold."""
SHEET_NAME = 31
"""Letters that a workbook allows in the name of a sheet."""
SHEET_ROWS = 1_048_576 - 1
"""Rows that a sheet can hold under its head: the limit of the format."""

Cell = str | int | float | bool | None


def csv_bytes(frame: pd.DataFrame, header: Header, layout: Layout) -> bytes:
    r"""A frame as CSV: the header as ``# key: value`` lines, then column names, then rows sorted by the key.

    UTF-8, ``\n``, ISO dates, instants in UTC with ``Z``, ``true``/``false``, an empty cell for a missing value. Text
    that a spreadsheet would take for a formula gets an apostrophe in front. ``pandas.read_csv(path, comment="#")``
    reads it.

    Args:
        frame: Rows with the columns of the layout.
        header: Header of the run.
        layout: What the rows are.
    """
    return b"".join(csv_parts([conform(frame, layout)], header, layout))


def csv_parts(frames: Iterable[pd.DataFrame], header: Header, layout: Layout) -> Iterator[bytes]:
    """The same in parts, for rows that come some thousands at a time and already in order.

    Args:
        frames: At least one frame, which may be empty.
        header: Header of the run.
        layout: What the rows are.
    """
    yield f"{header.comments()}# table: {layout.name}: {layout.meaning}\n".encode()
    for number, frame in enumerate(frames):
        rows = plain_csv(frame[list(layout.columns)])
        yield rows if number == 0 else rows.partition(b"\n")[2]


def plain_csv(frame: pd.DataFrame) -> bytes:
    """A frame as :func:`csv_bytes` writes it, without a header of the run."""
    columns = [_fields(frame[name]) for name in frame.columns]
    rows = map(",".join, zip(*columns, strict=True))
    return ("\n".join([",".join(frame.columns), *rows]) + "\n").encode()


def _fields(column: pd.Series) -> list[str]:
    """A column's cells as they stand in a CSV; the kinds that big tables consist of are written without a detour."""
    kind = str(column.dtype)
    if kind == "string":
        return ["" if value is pd.NA else _quoted(value) if ODD.search(value) else value for value in column.array]
    if kind == "float64":
        return [repr(value) if math.isfinite(value) else "" for value in column.tolist()]
    return [_field(value) for value in column.array]


def table_rows(frame: pd.DataFrame, limit: int) -> list[dict[str, Cell]]:
    """The first ``limit`` rows with plain Python values that JSON can hold: for a Prefect table artifact.

    Missing and infinite numbers become None, days ``2024-10-31``, instants ``2024-10-31T08:00:00Z``.
    """
    names: list[Hashable] = list(frame.columns)
    return [
        {str(name): plain(value) for name, value in zip(names, row, strict=True)}
        for row in frame.head(limit).itertuples(index=False, name=None)
    ]


def plain(value: object) -> Cell:
    """A single value as Python and JSON know it."""
    if is_missing(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bool | int | float):
        return value
    return _iso(value) if isinstance(value, date) else str(value)


def _iso(value: date) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    stamp = pd.Timestamp(value)
    if stamp.tzinfo is None:
        return stamp.date().isoformat() if stamp == stamp.normalize() else stamp.isoformat()
    return stamp.tz_convert("UTC").isoformat().replace("+00:00", "Z")


def _field(value: object) -> str:
    cell = plain(value)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    return _quoted(cell) if isinstance(cell, str) else repr(cell)


def _quoted(cell: str) -> str:
    text = f"'{cell}" if _is_formula(cell) else cell
    return '"' + text.replace('"', '""') + '"' if NEEDS_QUOTES & set(text) else text


def write_xlsx(frames: Iterable[pd.DataFrame], header: Header, layout: Layout, path: Path) -> None:
    """Rows as a workbook: a frozen bold head, text that looks like a formula kept as text, and a sheet on the run.

    The status of the run stands in the name of the sheet and on top of each printed page. Rows go to disk as they come,
    so memory holds one frame however many there are; a sheet holds SHEET_ROWS of them, and the caller asks first.

    Args:
        frames: At least one frame, which may be empty.
        header: Header of the run.
        layout: What the rows are.
        path: Where to.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - it takes a moment to load
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415

    book = Workbook(write_only=True)
    status = header.status.replace("_", " ")
    sheet = book.create_sheet(f"{status} {layout.name}"[:SHEET_NAME])
    sheet.freeze_panes = "A2"
    sheet.oddHeader.center.text = f"{status}: {header.verdict}. {header.run_id}"
    head = [WriteOnlyCell(sheet, value=name) for name in layout.columns]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for frame in frames:
        for row in zip(*(_cells(frame[name]) for name in layout.columns), strict=True):
            sheet.append(row)
    about = book.create_sheet("about")
    for key, value in (*header.items(), ("table", f"{layout.name}: {layout.meaning}")):
        about.append([key, _defused(value)])
    book.save(path)


def _cells(column: pd.Series) -> list[Cell]:
    """A column's cells as a workbook holds them; numbers, which nothing can hide in, without a detour."""
    if str(column.dtype) == "float64":
        return [value if math.isfinite(value) else None for value in column.tolist()]
    return [_defused(plain(value)) for value in column.array]


def _defused(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    text = CONTROLS.sub("", cell)
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    return text.lstrip().startswith(FORMULA_STARTS) or text[:1] in {"\t", "\r"}
