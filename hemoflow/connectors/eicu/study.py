"""What every table of a load needs: the stays that count, whose they are, and when their minute zero was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hemoflow.connectors.blocks import RowTest
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import RawRows, read_rows, with_whole_numbers
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.columns import spans
from hemoflow.schemas.frames import conform

SOURCE = "eicu"
STAY = "patientunitstayid"
NO_STAY = "the stay is not among the loaded stays"
SEE_STAY = "Correct the stay in patient.csv first, then load again."
MOST_MINUTES = 5_256_000
"""Ten years: no offset of a stay can be further away."""


@dataclass(frozen=True)
class Study:
    """The stays of one eICU folder.

    Attributes:
        folder: Folder that holds ``patient.csv``.
        pseudonymiser: Turns identifiers into pseudonyms.
        stays: ``patient_id``, ``encounter_id`` and ``admitted_at`` (minute zero) of the loaded stays, by their raw
            identifier.
    """

    folder: Path
    pseudonymiser: Pseudonymiser
    stays: pd.DataFrame

    def intake(
        self,
        table_name: str,
        stem: str,
        columns: Sequence[str],
        where: Mapping[str, RowTest],
        optional: Sequence[str] = (),
    ) -> Intake:
        """Rows of one file for one table; rows of stays that were not loaded are rejected."""
        intake = Intake(SOURCE, table_name, self.read(stem, [STAY, *columns], where, optional))
        stay = intake.text(STAY)
        intake.reject(stay.notna() & ~stay.isin(self.stays.index), STAY, NO_STAY, SEE_STAY)
        return intake

    def read(
        self, stem: str, columns: Sequence[str], where: Mapping[str, RowTest], optional: Sequence[str] = ()
    ) -> RawRows:
        """Rows of one file; none where the folder lacks it."""
        raw = read_rows(self.folder, stem, columns, where, optional=optional, required=False)
        return with_whole_numbers(raw, [name for name in columns if name.endswith("id")])

    def record(self, intake: Intake, name: str, kind: str, column: str) -> pd.DataFrame:
        """The columns that every record has: its own pseudonym (column ``name``), the patient's and the stay's."""
        intake.text(column)
        intake.unique([column])
        stay = intake.rows[STAY]
        return pd.DataFrame(
            {
                name: self.pseudonymiser.series(kind, SOURCE, intake.rows[column]),
                "patient_id": stay.map(self.stays["patient_id"]),
                "encounter_id": stay.map(self.stays["encounter_id"]),
                "is_synthetic": False,
            }
        )

    def instant(self, intake: Intake, column: str, *, missing: bool = False) -> pd.Series:
        """The instant that an offset in minutes means."""
        minutes = intake.number(column, least=-MOST_MINUTES, most=MOST_MINUTES, missing=missing)
        zero: pd.Series = intake.rows[STAY].map(self.stays["admitted_at"])
        within = minutes.where(minutes.abs() <= MOST_MINUTES)
        return zero + spans(within.round(), "min")


def appended(frames: Mapping[str, pd.DataFrame], name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A table to which another file adds rows."""
    parts = [part for part in (frames.get(name), frame) if part is not None and len(part)]
    return conform(pd.concat(parts), CANONICAL[name]) if parts else frame
