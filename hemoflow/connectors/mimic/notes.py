"""Notes in the layout of MIMIC-IV-Note, discharge summaries and radiology reports, where the folder has them."""

import pandas as pd

from hemoflow.connectors.intake import Intake
from hemoflow.connectors.mimic.study import NO_PATIENT, SEE_PARENT, SOURCE, Study
from hemoflow.connectors.reading import found_table, joined_rows, read_file

COLUMNS = ("note_id", "subject_id", "hadm_id", "note_type", "charttime", "storetime", "text")
STEMS = ("note/discharge", "note/radiology", "discharge", "radiology")
KINDS = {"DS": "discharge summary", "AD": "discharge addendum", "RR": "radiology report", "AR": "radiology addendum"}


def notes(study: Study) -> tuple[pd.DataFrame, Intake] | None:
    """The notes of loaded patients, known when stored; None where the folder has no notes."""
    paths = [path for stem in STEMS if (path := found_table(study.folder, stem)) is not None]
    if not paths:
        return None
    loaded = frozenset(study.shift_days.index)
    asked = {"subject_id": lambda subject: subject in loaded or not subject.isdecimal()}
    intake = Intake(SOURCE, "notes", joined_rows([read_file(study.folder, path, COLUMNS, asked) for path in paths]))
    subject = intake.text("subject_id")
    intake.reject(subject.notna() & ~subject.isin(loaded), "subject_id", NO_PATIENT, SEE_PARENT)
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
