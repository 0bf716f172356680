"""Spreadsheets at the border: CSV and XLSX as text columns of a template."""

import fnmatch
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pandas as pd

from hemoflow.connectors.blocks import TEXT, BrokenLine, text_frame
from hemoflow.connectors.csv_files import spelled
from hemoflow.connectors.masking import shown_columns, shown_file
from hemoflow.connectors.reading import RawRows, joined_rows, no_rows, read_file
from hemoflow.connectors.sheets.layouts import COMMENT, TEMPLATES
from hemoflow.connectors.sheets.mapping import SheetMapping
from hemoflow.connectors.streams import EXPANSION_FLOOR, EXPANSION_LIMIT, UNSEEN

ENDINGS = (".csv", ".csv.gz", ".xlsx", ".xlsm")


def read_sheets(folder: Path, mapping: SheetMapping) -> RawRows | None:
    """The rows of all files of one template, under the template's names; None where there is no file."""
    paths = sorted(path for path in folder.iterdir() if _is_meant(path, mapping))
    return joined_rows([_read(folder, path, mapping) for path in paths]) if paths else None


def _is_meant(path: Path, mapping: SheetMapping) -> bool:
    name = path.name.lower()
    return (
        name.endswith(ENDINGS)
        and fnmatch.fnmatch(name, mapping.file.lower())
        and not fnmatch.fnmatch(name, mapping.skip)
    )


def _read(folder: Path, path: Path, mapping: SheetMapping) -> RawRows:
    named = {field.name: mapping.columns.get(field.name, field.name) for field in TEMPLATES[mapping.template]}
    required = {field.name for field in TEMPLATES[mapping.template] if field.is_required} - set(mapping.constants)
    wanted = list(dict.fromkeys(named[name] for name in named if name in required))
    others = [column for column in dict.fromkeys(named.values()) if column not in wanted]
    is_book = path.name.lower().endswith((".xlsx", ".xlsm"))
    if is_book:
        raw = _read_book(folder, path, mapping, wanted, others)
    else:
        raw = read_file(folder, path, wanted, optional=others, header_line=mapping.header_row)
    frame = pd.DataFrame({name: raw.frame[column] for name, column in named.items()}, index=raw.frame.index)
    for name, value in mapping.constants.items():
        frame[name] = pd.array([value] * len(frame), dtype=TEXT)
    first = raw.frame[wanted[0]] if wanted else pd.Series("", index=raw.frame.index, dtype=TEXT)
    is_comment = first.str.startswith(COMMENT).fillna(value=False).astype(bool)
    is_blank = raw.frame.isna().all(axis=1)
    return replace(raw, frame=frame[~is_comment & ~is_blank])


def _read_book(
    folder: Path, path: Path, mapping: SheetMapping, wanted: Sequence[str], others: Sequence[str]
) -> RawRows:
    columns, name = [*wanted, *others], shown_file(folder, path)

    def refused(reason: str, remedy: str) -> RawRows:
        return no_rows(name, columns, BrokenLine(1, reason, remedy))

    if (reason := _unfit(path)) is not None:
        return refused(reason, "Save it again as .xlsx or .csv.")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        sheet = book[mapping.sheet] if mapping.sheet else book.worksheets[0]
        sheet.reset_dimensions()  # a sheet may claim to be a million rows long
        rows = sheet.iter_rows(min_row=mapping.header_row, values_only=True)
        header = spelled([_text(cell) or "" for cell in next(rows, ())], columns)
        cells = list(_cells(rows, len(header), mapping.header_row + 1))
    except KeyError:
        return refused(f"has no sheet '{mapping.sheet}'", "Name a sheet that is there.")
    except Exception:  # noqa: BLE001 - a broken workbook may fail anywhere in its reader; the file is named, not lost
        return refused("is no workbook that can be read", "Save it again as .xlsx or .csv.")
    missing = sorted(set(wanted) - set(header))
    if missing:
        return refused(f"lacks the columns {', '.join(missing)}", "Deliver it with its original header.")
    here = [column for column in columns if column in header]
    frame = text_frame(iter(cells), header, here)
    absent = {name: pd.Series(pd.NA, index=frame.index, dtype=TEXT) for name in columns if name not in here}
    return RawRows(name, frame.assign(**absent), (), shown_columns(header, columns), lines=len(cells))


def _unfit(path: Path) -> str | None:
    """Why a workbook is not even opened: no archive, or one that unpacks beyond all measure."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return "is no workbook that can be read"
    if size > max(EXPANSION_FLOOR, EXPANSION_LIMIT * path.stat().st_size):
        return f"unpacks to over {EXPANSION_LIMIT} times its size"
    return None


def _cells(rows: Iterable[Sequence[object]], width: int, first: int) -> Iterator[tuple[int, list[str | None]]]:
    for number, row in enumerate(rows, start=first):
        texts = [_text(cell) for cell in row[:width]]
        if any(texts):
            yield number, [*texts, *[None] * (width - len(texts))]


def _text(cell: object) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return UNSEEN.sub("", str(cell)).strip() or None
