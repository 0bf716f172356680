"""From text to typed columns: every converter notes the fields it cannot accept and lets the other rows go on.

An :class:`Intake` accompanies the rows of one file on their way into one canonical table. A row with a fault does not
arrive; whatever happens, read = loaded + quarantined + duplicates. Faults never show an identifier.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from hemoflow.connectors.masking import masked
from hemoflow.connectors.reading import PART, Loaded, RawRows
from hemoflow.connectors.telling import columns_of, joined_columns
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform, empty, split
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE

EARLIEST, LATEST = pd.Timestamp("1850-01-01", tz="UTC"), pd.Timestamp("2251-01-01", tz="UTC")
"""No date of any source can lie outside; those that move dates for privacy reach far ahead."""

FIX_AT_SOURCE = "Correct the row at the source and load again."


class Intake:
    """Rows of one file on their way into one canonical table.

    Args:
        source: Source that delivers the file.
        table_name: Canonical table the rows are meant for.
        raw: The rows as text. Rows that repeat an earlier one field for field are left out and counted.

    Attributes:
        rows: The text columns; the index is the line number.
        columns: Kind of each column, by file and name.
        silence: Why a sound file gives no row, where it gives none.
    """

    def __init__(self, source: str, table_name: str, raw: RawRows) -> None:
        self.source = source
        self.table_name = table_name
        self.columns = columns_of(raw)
        self.silence = raw.silence
        self.rows = raw.frame[~raw.frame.duplicated()]
        self._files = raw.files or (raw.file,)
        self._read = len(raw.frame) + len(raw.broken)
        self._duplicates = len(raw.frame) - len(self.rows)
        self._faults = [
            _faults(pd.Index([line.line for line in raw.broken]), "line", None, "", "").assign(
                reason=[line.reason for line in raw.broken], remedy=[line.remedy for line in raw.broken]
            )
        ]

    def let_go(self, unwanted: pd.Series) -> None:
        """Leave out rows that the table does not ask for, and their faults; they do not count as read."""
        is_out = unwanted.fillna(value=False).astype(bool)
        lines = self.rows.index[is_out]
        self._read -= len(lines)
        self._faults = [faults[~faults["row_number"].isin(lines)] for faults in self._faults]
        self.rows = self.rows[~is_out]

    def text(self, column: str, *, missing: bool = False) -> pd.Series:
        """A text column; a missing value is a fault unless ``missing``."""
        values = self.rows[column]
        if not missing:
            self.reject(values.isna(), column, "missing")
        return values

    def number(self, column: str, *, least: float = -np.inf, most: float = np.inf, missing: bool = False) -> pd.Series:
        """A ``float64`` column with limits; what lies beyond them is missing in it."""
        values = pd.to_numeric(self.text(column, missing=missing), errors="coerce").astype("float64")
        self.reject(self.rows[column].notna() & ~np.isfinite(values), column, "not a number")
        self.reject(values < least, column, f"must be at least {least:g}")
        self.reject(values > most, column, f"must be at most {most:g}")
        return values.where(np.isfinite(values) & values.between(least, most))

    def whole(self, column: str, *, least: float = 0, most: float = 1e9, missing: bool = False) -> pd.Series:
        """An ``Int64`` column."""
        values = self.number(column, least=least, most=most, missing=missing)
        is_whole = values == np.floor(values)
        self.reject(values.notna() & ~is_whole, column, "not a whole number")
        return values.where(is_whole).astype("Int64")

    def instant(self, column: str, *, missing: bool = False) -> pd.Series:
        """An instant in UTC, from ISO 8601 text; text without a zone is read as UTC."""
        values = pd.to_datetime(self.text(column, missing=missing), format="ISO8601", errors="coerce", utc=True)
        return self.sound(values, column, "not a date and time")

    def sound(self, values: pd.Series, column: str, reason: str) -> pd.Series:
        """Instants read from a column, where there are any and they can be true; other text in it is a fault."""
        self.reject(self.rows[column].notna() & values.isna(), column, reason)
        is_odd = (values < EARLIEST) | (values >= LATEST)
        self.reject(is_odd, column, f"must lie between {EARLIEST.year} and {LATEST.year - 1}")
        return values.mask(is_odd).astype("datetime64[ns, UTC]")

    def day(self, column: str) -> pd.Series:
        """A calendar day, from ``YYYY-MM-DD``."""
        text = self.text(column)
        whole = text.where(text.str.len() == len("YYYY-MM-DD"))
        values = pd.to_datetime(whole, format="%Y-%m-%d", errors="coerce", utc=True)
        days: pd.Series = self.sound(values, column, "not a day as YYYY-MM-DD").dt.tz_localize(None)
        return days

    def choice(self, column: str, meanings: Mapping[str, str], *, missing: bool = False) -> pd.Series:
        """A coded column translated by ``meanings``; any other code is a fault."""
        values = self.text(column, missing=missing)
        known = values.map(dict(meanings)).astype("string")
        self.reject(values.notna() & known.isna(), column, f"must be one of {', '.join(sorted(meanings))}")
        return known

    def unique(self, columns: Sequence[str]) -> None:
        """Reject rows that share a key and differ elsewhere: nobody can say which one is true."""
        keys = self.rows[list(columns)]
        is_shared = keys.duplicated(keep=False) & keys.notna().all(axis=1)
        self.reject(is_shared, columns[-1], "same key as another row, other content")

    def reject(self, bad: pd.Series, field: str, reason: str, remedy: str = FIX_AT_SOURCE) -> None:
        """Note a fault in the column ``field`` for every row where ``bad`` is true."""
        found = bad.fillna(value=False).astype(bool)
        if found.any():
            values = masked(field, self.rows[field][found])
            self._faults.append(_faults(self.rows.index[found], field, values, reason, remedy))

    def good(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of ``frame`` (indexed by line) that have no fault so far."""
        return frame[~frame.index.isin(pd.concat(self._faults)["row_number"])]

    def finish(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The canonical table: the good rows of ``frame``, checked against the layout, conformed.

        Args:
            frame: Columns of the layout without ``source``; the index is the line that a row was made from.
        """
        layout = CANONICAL[self.table_name]
        rows = self.good(frame).assign(source=self.source)
        loaded, late = split(rows.reset_index(drop=True), layout)
        if len(late):
            found = _faults(rows.index[late["row"].to_numpy(dtype="int64")], "", None, "", FIX_AT_SOURCE)
            self._faults.append(found.assign(field=late["field"], reason=late["reason"]))
        return conform(loaded, layout)

    @property
    def quarantine(self) -> pd.DataFrame:
        """The faults, in the layout ``QUARANTINE``."""
        faults = pd.concat(self._faults).drop_duplicates()
        lines = faults["row_number"].astype("int64")
        files = lines.map(lambda line: self._files[line // PART]).astype("string")
        found = faults.assign(source=self.source, table_name=self.table_name, file=files, row_number=lines % PART)
        return conform(found, QUARANTINE)

    @property
    def report(self) -> dict[str, object]:
        """One row of the layout ``INGEST_REPORT``."""
        quarantined = pd.concat(self._faults)["row_number"].nunique()
        return {
            "source": self.source,
            "table_name": self.table_name,
            "read_rows": self._read,
            "loaded_rows": self._read - quarantined - self._duplicates,
            "quarantined_rows": quarantined,
            "duplicate_rows": self._duplicates,
        }


def delivered(frames: dict[str, pd.DataFrame], intakes: Sequence[Intake], notes: Sequence[str] = ()) -> Loaded:
    """What a connector returns, once every intake is finished; files that fill one table are added up."""
    faults = [faults for faults in (intake.quarantine for intake in intakes) if len(faults)]
    counts = pd.DataFrame([intake.report for intake in intakes])
    return Loaded(
        frames=frames,
        quarantine=conform(pd.concat(faults), QUARANTINE) if faults else empty(QUARANTINE),
        report=conform(counts.groupby(["source", "table_name"], as_index=False).sum(), INGEST_REPORT),
        notes=(*notes, *dict.fromkeys(intake.silence for intake in intakes if intake.silence)),
        columns=joined_columns(intakes[0].source, [intake.columns for intake in intakes]),
    )


def joined(intake: Intake, columns: Sequence[str]) -> pd.Series:
    """The text of several columns as one."""
    first, *others = (intake.rows[column].fillna("") for column in columns)
    return sum((("|" + other) for other in others), start=first)


def _faults(lines: pd.Index, field: str, values: object, reason: str, remedy: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"row_number": lines, "field": field, "value": values, "reason": reason, "remedy": remedy},
        index=range(len(lines)),
    )
