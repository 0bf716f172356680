"""Notes in the layout of MIMIC-IV-Note, discharge summaries and radiology reports, where the folder has them.

The text of a note runs over many lines of its file, so these two files are not read line by line like the others: a
row's number is that of its last line.
"""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from hemoflow.connectors.blocks import TEXT, BrokenLine
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.mimic.study import SOURCE, Study
from hemoflow.connectors.reading import RawRows, found_table, joined_rows

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
    name = path.relative_to(study.folder).as_posix()
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", newline="") as lines:
        try:
            _fill(csv.reader(lines, strict=True), frozenset(study.shift_days.index), kept, broken)
        except (csv.Error, OSError, EOFError, UnicodeDecodeError):
            broken.append(BrokenLine(max(kept, default=1) + 1, DAMAGED, "Fetch the file again."))
    frame = pd.DataFrame.from_dict(kept, orient="index", columns=list(COLUMNS)).astype(TEXT)
    return RawRows(name, frame.set_axis(pd.Index(kept, dtype="int64")), tuple(broken), COLUMNS)


def _fill(
    rows: Iterator[list[str]], loaded: frozenset[str], kept: dict[int, list[str | None]], broken: list[BrokenLine]
) -> None:
    csv.field_size_limit(LONGEST_NOTE)
    header = [name.strip().lower() for name in next(rows, [])]
    if absent := [name for name in COLUMNS if name not in header]:
        broken.append(BrokenLine(1, f"lacks the columns {', '.join(absent)}", "Deliver it with its original header."))
        return
    places = [header.index(name) for name in COLUMNS]
    for row in rows:
        number = rows.line_num  # type: ignore[attr-defined]
        if len(row) != len(header):
            broken.append(BrokenLine(number, f"has {len(row)} fields, the header {len(header)}", "Correct the row."))
        elif row[places[1]] in loaded:
            kept[number] = [row[place] or None for place in places]
