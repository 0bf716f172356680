"""Notes in the layout of MIMIC-IV-Note, discharge summaries and radiology reports, where the folder has them.

The text of a note runs over many lines of its file, so these two files are not read line by line like the others: a
row's number is that of its last line.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pandas as pd

from hemoflow.connectors.blocks import TEXT, BrokenLine, foul
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.mimic.study import SOURCE, Study
from hemoflow.connectors.reading import RawRows, found_table, joined_rows, spelled
from hemoflow.connectors.streams import Stream, UnusableFileError, is_foul_line, open_stream, split_lines


class Rows(Protocol):
    """What the standard library's reader of CSV gives."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]:
        """The rows."""

    def __next__(self) -> list[str]:
        """The next row."""


COLUMNS = ("note_id", "subject_id", "hadm_id", "note_type", "charttime", "storetime", "text")
STEMS = ("note/discharge", "note/radiology", "discharge", "radiology")
KINDS = {"DS": "discharge summary", "AD": "discharge addendum", "RR": "radiology report", "AR": "radiology addendum"}
LONGEST_NOTE = 1_000_000
DAMAGED = "the file is damaged: nothing from here on"


def notes(study: Study) -> tuple[pd.DataFrame, Intake] | None:
    """The notes of loaded patients, known when stored; None where the folder has no notes."""
    paths = [path for stem in STEMS if (path := found_table(study.folder, stem)) is not None]
    if not paths:
        return None
    intake = Intake(SOURCE, "notes", joined_rows([_read(study, path) for path in paths]))
    written, stored = intake.instant("charttime"), intake.instant("storetime", missing=True)
    made = study.who(intake).assign(
        note_id=study.record_id("note", intake, ["note_id"]),
        kind=intake.choice("note_type", KINDS),
        body=intake.text("text"),
        written_at=study.moved(intake, written),
        available_at=study.moved(intake, pd.DataFrame({"written": written, "stored": stored}).max(axis=1)),
        is_synthetic=False,
    )
    return intake.finish(made), intake


def _read(study: Study, path: Path) -> RawRows:
    """Rows of loaded patients; others are outside the scope."""
    kept: dict[int, list[str | None]] = {}
    broken: list[BrokenLine] = []
    try:
        with open_stream(study.folder, path) as stream:
            _fill(csv.reader(_lines(stream), strict=True), frozenset(study.shift_days.index), kept, broken)
        if stream.is_cut:
            broken.append(BrokenLine(max(kept, default=1) + 1, DAMAGED, "Fetch the file again."))
    except UnusableFileError as error:
        broken = [BrokenLine(1, error.reason, error.remedy)]
    frame = pd.DataFrame.from_dict(kept, orient="index", columns=list(COLUMNS)).astype(TEXT)
    name = path.relative_to(study.folder).as_posix()
    return RawRows(name, frame.set_axis(pd.Index(kept, dtype="int64")), tuple(broken), COLUMNS)


def _lines(stream: Stream) -> Iterator[str]:
    for block in stream.blocks():
        lines, _ = split_lines(block)
        yield from (f"{line}\n" for line in lines)


def _fill(rows: Rows, loaded: frozenset[str], kept: dict[int, list[str | None]], broken: list[BrokenLine]) -> None:
    csv.field_size_limit(LONGEST_NOTE)
    header = spelled(next(rows, []), COLUMNS)
    if absent := [name for name in COLUMNS if name not in header]:
        broken.append(BrokenLine(1, f"lacks the columns {', '.join(absent)}", "Deliver it with its original header."))
        return
    places = [header.index(name) for name in COLUMNS]
    while (row := _next(rows)) is not None:
        number = rows.line_num
        if len(row) != len(header):
            broken.append(BrokenLine(number, f"has {len(row)} fields, the header {len(header)}", "Correct the row."))
        elif any(is_foul_line(text) for text in row):
            broken.append(foul(number))
        elif row[places[1]] in loaded:
            kept[number] = [row[place] or None for place in places]


def _next(rows: Rows) -> list[str] | None:
    """The next row, without fields where it is none; None at the end."""
    try:
        return next(rows, None)
    except csv.Error:
        return []
