"""The ingest doctor: mends what laboratory systems are known to get wrong, and says what it did.

One bag on several rows, parts of split bags, a status that the location contradicts, component synonyms, Excel and
Buddhist dates. It mends only what has one reading; everything else stays a fault of its row.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from hemoflow.connectors.intake import Intake

BUDDHIST_AHEAD = 543
"""Years by which the Buddhist calendar of Thailand runs ahead."""
BUDDHIST_FROM, BUDDHIST_TO = 2400, 2700
EXCEL_ORIGIN = "1899-12-30"
EXCEL_LEAST, EXCEL_MOST = 20_000, 80_000
"""Excel serials from 1954 to 2119: a plain number between them cannot be another date."""

STATUSES: dict[str, str] = {
    "discarded": "discarded;destroyed;wasted;broken;rejected",
    "transfused": "transfused;used;given",
    "issued": "issued;out;dispensed",
    "outdated": "outdated;expired",
    "quarantine": "quarantine;quarantined;returned;hold;on hold;untested",
    "reserved": "reserved;crossmatched;allocated;assigned",
    "available": "available;in stock;ready;free;instock;released",
}
"""Status to its usual names, the most restrictive first."""

NO_STOCK = re.compile(r"\b(?:patient|ward|donor|labou?r|lr|or|theatre|icu|er|bedside|transit|mobile)\b", re.IGNORECASE)
"""Locations that are no stock, whatever the status says."""

PART_OF_BAG = re.compile(r"(?i)^(?P<whole>.+?)(?:[.\-_/ ]S\d{1,2}|/\d{1,2})$")
"""Identification of a part of a split bag, for example ``W1234.S1``."""


@dataclass
class Doctor:
    """Keeps account of what was mended.

    Attributes:
        done: What was done to how many rows.
    """

    done: dict[str, int] = field(default_factory=dict)

    def note(self, what: str, rows: int) -> None:
        """Count rows that were mended."""
        if rows:
            self.done[what] = self.done.get(what, 0) + rows

    @property
    def sentences(self) -> list[str]:
        """What was done, in words."""
        return [f"Ingest doctor: {what} ({rows} rows)." for what, rows in self.done.items()]

    def instants(self, intake: Intake, column: str, *, day_first: bool, missing: bool = False) -> pd.Series:
        """Dates or instants of a column: ISO 8601, day/month/year, Excel serials, Buddhist years.

        Rows whose text has no reading are rejected.
        """
        text = intake.text(column, missing=missing).str.strip()
        read = {written: _iso(written, day_first=day_first) for written in text.dropna().unique()}
        kinds = text.map({written: found[0] for written, found in read.items() if found})
        mended = text.map({written: found[1] for written, found in read.items() if found})
        for kind, words in (
            ("excel", "Excel serials were read as dates"),
            ("buddhist", "Buddhist years were converted"),
        ):
            self.note(f"{words} in {column}", int((kinds == kind).sum()))
        values = pd.to_datetime(mended.astype("string"), format="ISO8601", errors="coerce", utc=True)
        intake.reject(text.notna() & values.isna(), column, "not a date")
        is_odd = (values < pd.Timestamp("1900-01-01", tz="UTC")) | (values >= pd.Timestamp("2100-01-01", tz="UTC"))
        intake.reject(is_odd, column, "must lie between 1900 and 2099")
        return values.mask(is_odd).astype("datetime64[ns, UTC]")

    def words(
        self, intake: Intake, column: str, names: Mapping[Any, str], more: Mapping[str, str], *, missing: bool = False
    ) -> pd.Series:
        """A coded column whose usual names (separated by semicolons) and the site's own are understood."""
        known = {_plain(word): str(code) for code, words in names.items() for word in [str(code), *words.split(";")]}
        known |= {_plain(word): code for word, code in more.items()}
        text = intake.text(column, missing=missing)
        found = text.map({written: known.get(_plain(written)) for written in text.dropna().unique()}).astype("string")
        intake.reject(text.notna() & found.isna(), column, f"must be one of {', '.join(map(str, names))}")
        is_synonym = found.notna() & (text.str.strip().str.lower() != found)
        self.note(f"other names in {column} were translated", int(is_synonym.sum()))
        return found

    def whole_bags(self, intake: Intake, column: str) -> None:
        """Reject parts of split bags: only whole bags can be planned with."""
        is_part = intake.rows[column].str.fullmatch(PART_OF_BAG).fillna(value=False).astype(bool)
        intake.reject(is_part, column, "part of a split bag", "Nothing: only whole bags are planned with.")

    def true_status(self, status: pd.Series, location: pd.Series) -> pd.Series:
        """The status, where the location does not contradict it; a bag that is said to be usable elsewhere is not."""
        is_away = location.str.contains(NO_STOCK).fillna(value=False).astype(bool) & status.isin(["available"])
        self.note("bags said to be available lie where no stock is and were put into quarantine", int(is_away.sum()))
        return status.mask(is_away, "quarantine")

    def one_row_a_bag(self, bags: pd.DataFrame, key: str, columns: Sequence[str]) -> pd.DataFrame:
        """One row for each bag, the most restrictive status first; rows that differ in ``columns`` are left alone."""
        rank = bags["status"].map({status: place for place, status in enumerate(STATUSES)})
        ordered = bags.assign(rank=rank).sort_values([key, "rank"], kind="stable")
        once = ordered.drop_duplicates([key, *columns])
        self.note("one bag stood on several rows; its most restrictive status counts", len(ordered) - len(once))
        return once.drop(columns="rank").sort_index()


def _plain(word: str) -> str:
    return re.sub(r"[\s_\-]+", " ", word).strip().lower()


def _iso(text: str, *, day_first: bool) -> tuple[str, str] | None:
    """What kind of date a text is, and the date as ISO 8601."""
    if re.fullmatch(r"\d{5}(\.\d+)?", text) and EXCEL_LEAST <= float(text) <= EXCEL_MOST:
        return "excel", (pd.Timestamp(EXCEL_ORIGIN) + pd.to_timedelta(float(text), unit="D")).round("s").isoformat()
    found = re.fullmatch(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[T ](.*))?", text)
    if not found:
        return None
    first, second, third, clock = found.groups()
    year, month, day = (first, second, third) if len(first) > 2 else (third, second, first)  # noqa: PLR2004
    if len(first) <= 2 and not day_first:  # noqa: PLR2004
        month, day = day, month
    if len(year) != 4:  # noqa: PLR2004
        return None
    is_buddhist = BUDDHIST_FROM <= int(year) <= BUDDHIST_TO
    number = int(year) - BUDDHIST_AHEAD if is_buddhist else int(year)
    iso = f"{number:04d}-{int(month):02d}-{int(day):02d}" + (f"T{clock.strip()}" if clock else "")
    return ("buddhist" if is_buddhist else "iso"), iso
