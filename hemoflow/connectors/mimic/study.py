"""What every table of a load needs to know: the patients who count, their pseudonyms and how far their dates move."""

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from hemoflow.connectors.blocks import RowTest
from hemoflow.connectors.intake import Intake, joined
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import read_rows, with_whole_numbers
from hemoflow.schemas.columns import spans

SOURCE = "mimic-iv"
SITE = "HOSP-1"
IDENTIFIERS = frozenset({"hadm_id", "labevent_id", "itemid", "orderid", "linkorderid"})
"""Whole numbers, which data frames write with a point as soon as one is missing."""
NO_PATIENT = "the patient is not among the loaded patients"
NO_STAY = "the stay is not among the loaded stays"
SEE_PARENT = "Correct the patient or the stay first, then load again."


@dataclass(frozen=True)
class Study:
    """Admitted patients of one MIMIC-IV folder.

    Attributes:
        folder: Folder that holds ``hosp`` and ``icu``.
        pseudonymiser: Turns identifiers into pseudonyms.
        shift_days: Days to add to a patient's dates, by ``subject_id``; its index names the loaded patients.
        ended_at: End of each loaded stay as recorded, by ``hadm_id``.
        never_admitted: Patients of the folder without any stay; their rows are outside the scope.
    """

    folder: Path
    pseudonymiser: Pseudonymiser
    shift_days: pd.Series
    ended_at: pd.Series
    never_admitted: frozenset[str]

    def intake(self, table_name: str, stem: str, columns: Sequence[str], where: Mapping[str, RowTest]) -> Intake:
        """Rows of one file for one table; rows of patients who were not loaded are rejected."""
        scope = {**where, "subject_id": lambda subject: subject not in self.never_admitted}
        raw = read_rows(self.folder, stem, ["subject_id", *columns], scope, required=False)
        intake = Intake(SOURCE, table_name, with_whole_numbers(raw, IDENTIFIERS.intersection(columns)))
        subject = intake.text("subject_id")
        intake.reject(subject.notna() & ~subject.isin(self.shift_days.index), "subject_id", NO_PATIENT, SEE_PARENT)
        return intake

    def who(self, intake: Intake) -> pd.DataFrame:
        """The pseudonyms of patient and stay, as canonical columns by line."""
        stay = self.pseudonymiser.series("enc", SOURCE, intake.rows["hadm_id"])
        return pd.DataFrame({"patient_id": self.patient_id(intake.rows["subject_id"]), "encounter_id": stay})

    def patient_id(self, subject: pd.Series) -> pd.Series:
        """Pseudonyms of ``subject_id``."""
        return self.pseudonymiser.series("p", SOURCE, subject)

    def record_id(self, kind: str, intake: Intake, columns: Sequence[str]) -> pd.Series:
        """Pseudonyms of records that ``columns`` identify together; other rows with the same key are rejected."""
        intake.unique(columns)
        return self.pseudonymiser.series(kind, SOURCE, joined(intake, columns))

    def moved(self, intake: Intake, times: pd.Series) -> pd.Series:
        """Instants or days of the rows' patients, moved by the patient's whole number of days."""
        return times + spans(intake.rows["subject_id"].map(self.shift_days), "D")

    def discharge(self, intake: Intake) -> pd.Series:
        """End of each row's stay, moved; rows whose stay is unknown or has no end are rejected."""
        ended = intake.rows["hadm_id"].map(self.ended_at)
        intake.reject(ended.isna(), "hadm_id", NO_STAY, SEE_PARENT)
        return self.moved(intake, ended)


def items(wanted: Container[str]) -> RowTest:
    """A test of ``itemid``: one that is wanted, or none at all, which is a fault."""
    return lambda text: text.removesuffix(".0") in wanted or not text.isdigit()


def shifts(last_admission: pd.Series, window: tuple[date, date] | None, seed: int) -> pd.Series:
    """Whole days that move each patient's last admission to a day of the window, drawn uniformly.

    The draw depends on the seed and the patient alone: other patients, other files and the pseudonym key do not
    change it.

    Args:
        last_admission: Start of the last stay by ``subject_id``.
        window: First and last day, both included; None moves nothing.
        seed: Seed of the draw.
    """
    if window is None:
        return pd.Series(0, index=last_admission.index, dtype="int64")
    first, last = window
    days = [
        first.toordinal() + _draw(str(subject), seed, (last - first).days + 1) - start.date().toordinal()
        for subject, start in last_admission.items()
    ]
    return pd.Series(days, index=last_admission.index, dtype="int64")


def _draw(subject: str, seed: int, choices: int) -> int:
    words = np.frombuffer(hashlib.sha256(subject.encode()).digest(), dtype="<u4")
    return int(np.random.default_rng([seed, *words.tolist()]).integers(choices))
