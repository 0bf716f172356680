"""Frames as files and tables for other programs: CSV with the header on top, JSON-safe rows for Prefect."""

import math
from collections.abc import Hashable
from datetime import date, datetime

import numpy as np
import pandas as pd

from hemoflow.reports.header import Header
from hemoflow.reports.words import is_missing
from hemoflow.schemas.frames import conform
from hemoflow.schemas.table import Layout

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
NEEDS_QUOTES = frozenset(',"#\n\r\t ')

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
    about = f"{header.comments()}# table: {layout.name}: {layout.meaning}\n"
    return about.encode() + plain_csv(conform(frame, layout))


def plain_csv(frame: pd.DataFrame) -> bytes:
    """A frame as :func:`csv_bytes` writes it, without a header of the run."""
    rows = (",".join(map(_field, row)) for row in frame.itertuples(index=False, name=None))
    return ("\n".join([",".join(frame.columns), *rows]) + "\n").encode()


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
    text = f"'{cell}" if cell.lstrip().startswith(FORMULA_STARTS) or cell[:1] in {"\t", "\r"} else cell
    return '"' + text.replace('"', '""') + '"' if NEEDS_QUOTES & set(text) else text


def xlsx_bytes(frame: pd.DataFrame) -> bytes:
    """A frame as a workbook of one sheet: a frozen bold header, text that looks like a formula kept as text."""
    import io  # noqa: PLC0415 - only exports need it, and openpyxl takes a moment to load

    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet("data")
    sheet.freeze_panes = "A2"
    head = [WriteOnlyCell(sheet, value=str(name)) for name in frame.columns]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for row in frame.itertuples(index=False, name=None):
        sheet.append([_defused(plain(value)) for value in row])
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def _defused(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip().startswith(FORMULA_STARTS) else cell
