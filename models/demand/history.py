"""A daily count series as people send it: read strictly, with every fault of the file named at once.

A day with the count 0 is a fact; a day that is absent, or whose cell is empty, is *unknown*. Unknown days are filled
for the models from the same weekday of the weeks before (never from later days), and are neither learnt nor scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.errors import InputError
from models.demand.dates import read_days
from models.demand.words import word_flags

Vector = NDArray[np.float64]
SHOWN = 5
"""Offending lines quoted in one message."""
LARGEST_UNKNOWN_SHARE = 0.2
UNKNOWN_WORDS = frozenset({"", "nan", "na", "n/a", "null", "none"})
LONGEST_YEARS = 100
FILL_WEEKS = 4


@dataclass(frozen=True)
class Columns:
    """Names of the columns that mean something; all others are covariates."""

    date: str = "date"
    value: str = "value"
    series: str = "series"


@dataclass(frozen=True)
class History:
    """One series.

    Attributes:
        name: Its name in the long form, empty where the file holds one series only.
        days: Every calendar day from the first to the last count, then the days for which only covariates are given.
        values: Counts; NaN where unknown.
        covariates: Further columns by the same days; NaN where unknown.
        known_days: Days up to and with the last count.
        notes: What was odd and how it was treated, in words.
    """

    name: str
    days: pd.DatetimeIndex
    values: Vector
    covariates: pd.DataFrame
    known_days: int
    notes: tuple[str, ...]

    @property
    def counts(self) -> Vector:
        """Counts up to the last known day."""
        return self.values[: self.known_days]


def read_histories(text: str, *, columns: Columns = Columns(), missing_is_zero: bool = False) -> list[History]:
    """The series of a CSV text, in the order of their names.

    Args:
        text: ``date,value[,covariates]`` or the long form with ``series``; comma, semicolon or tab.
        columns: Names of the meaningful columns.
        missing_is_zero: Whether a day without a row or count means that nothing happened.

    Raises:
        InputError: A column is absent, or a row cannot be believed; all kinds of faults in one message, with lines.
    """
    table = _table(text, columns)
    faults: list[str] = []
    day, notes = _days(table[columns.date], faults)
    rows = pd.DataFrame({"day": day, "value": _counts(table[columns.value], faults, columns.value)})
    rows["series"] = table.get(columns.series, "")
    _refuse_unnamed(rows["series"], columns, table, faults)
    _refuse_twice(rows, faults)
    for name in [name for name in table.columns if name not in {columns.date, columns.value, columns.series}]:
        for label, cells in _covariates(name, table[name], faults, notes).items():
            rows[f"x:{label}"] = cells
    if faults:
        raise InputError("The history cannot be used: " + "; ".join(faults) + ".", remedy="Mend these rows.")
    if columns.series not in table and not rows["day"].is_monotonic_increasing:
        notes.append("Rows were put in order of day.")
    return [
        _history(str(name), part, notes, missing_is_zero=missing_is_zero)
        for name, part in rows.groupby("series", sort=True)
    ]


def fill(values: Vector) -> Vector:
    """Counts with unknown days filled from the same weekday of the weeks before them, else from the latest count."""
    filled = values.copy()
    for place in np.flatnonzero(np.isnan(values)):
        same = filled[max(place % 7, place - 7 * FILL_WEEKS) : place : 7]
        filled[place] = same.mean() if len(same) else filled[:place][-1:].sum()
    return filled


def _table(text: str, columns: Columns) -> pd.DataFrame:
    head = text.lstrip("\ufeff").split("\n", 1)[0]
    if "\0" in text:
        raise InputError("The history is not text: it holds zero bytes.", remedy="Save it as CSV in UTF-8.")
    comma = max(",;\t", key=head.count)
    try:
        table = pd.read_csv(
            StringIO(text.lstrip("\ufeff")), sep=comma, dtype=str, keep_default_na=False, skip_blank_lines=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(
            f"The history is not a table: {str(error).strip()}.", remedy="Send date,value rows."
        ) from error
    table.columns = _names(table.columns, columns)
    lacking = [name for name in (columns.date, columns.value) if name not in table]
    if lacking or not table.columns.is_unique or not isinstance(table.index, pd.RangeIndex):
        raise InputError(
            f"The first line holds the columns {list(table.columns)}; needed are '{columns.date}' and "
            f"'{columns.value}', each name once, and as many names as cells.",
            remedy="Rename them, or say --date-column, --value-column and --series-column.",
        )
    cleaned: pd.DataFrame = table.fillna("").apply(lambda cells: cells.str.strip())
    cleaned = cleaned[(cleaned != "").any(axis=1)]
    if cleaned.empty:
        raise InputError("The history has no rows.", remedy="Send two weeks of daily counts, better two years.")
    return cleaned


def _names(found: pd.Index, columns: Columns) -> list[str]:
    """Names without the spaces around them; meaningful ones in the case in which they were asked for."""
    stripped = [str(name).strip() for name in found]
    meant = {name.lower(): name for name in (columns.date, columns.value, columns.series) if name not in stripped}
    return [meant.get(name.lower(), name) for name in stripped]


def _lines(cells: pd.Series) -> list[int]:
    return (cells.index.to_numpy(dtype=int) + 2).tolist()


def _say(faults: list[str], what: str, cells: pd.Series) -> None:
    """Add a fault with its first lines; line 1 of a file is its head."""
    if len(cells):
        shown = ", ".join(
            f"line {line} '{str(cell)[:40]}'" for line, cell in zip(_lines(cells), cells.head(SHOWN), strict=False)
        )
        faults.append(f"{what}: {shown}" + (f" and {len(cells) - SHOWN} more" if len(cells) > SHOWN else ""))


def _days(cells: pd.Series, faults: list[str]) -> tuple[pd.Series, list[str]]:
    days, order = read_days(cells)
    _say(faults, "dates not of the form 2024-12-31", cells[days.isna()])
    known = days.dropna()
    if len(known) and known.max().year - known.min().year > LONGEST_YEARS:
        faults.append(f"the days run from {known.min():%Y-%m-%d} to {known.max():%Y-%m-%d}, more than a century")
    return days, [f"Dates were read with the {order}: '{cells.iloc[0]}' is {days.iloc[0]:%Y-%m-%d}."] if order else []


def _covariates(name: str, cells: pd.Series, faults: list[str], notes: list[str]) -> dict[str, pd.Series]:
    flags = word_flags(name, cells, cells.str.lower().isin(UNKNOWN_WORDS))
    if flags is None:
        return {name: _numbers(cells, f"covariate {name}", faults)}
    what = f"is used as the flags {', '.join(flags)}" if flags else "holds no classes and is left out"
    notes.append(f"Column '{name}' is text; it {what}.")
    return flags


def _numbers(cells: pd.Series, what: str, faults: list[str]) -> pd.Series:
    empty = cells.str.lower().isin(UNKNOWN_WORDS)
    numbers = pd.to_numeric(cells.where(~empty), errors="coerce").astype("float64")
    _say(faults, f"{what} not a finite number", cells[~empty & ~np.isfinite(numbers)])
    return numbers


def _counts(cells: pd.Series, faults: list[str], column: str) -> pd.Series:
    numbers = _numbers(cells, f"column '{column}' is", faults)
    _say(faults, f"column '{column}' has negative counts", cells[numbers < 0])
    return numbers


def _refuse_unnamed(series: pd.Series, columns: Columns, table: pd.DataFrame, faults: list[str]) -> None:
    if columns.series in table:
        _say(faults, f"rows without a name in '{columns.series}'", table.loc[series == "", columns.date])


def _refuse_twice(rows: pd.DataFrame, faults: list[str]) -> None:
    twice = rows[rows["day"].notna() & rows.duplicated(["series", "day"])]
    _say(faults, "days given twice for the same series", twice["day"].dt.strftime("%Y-%m-%d"))


def _history(name: str, rows: pd.DataFrame, notes: Sequence[str], *, missing_is_zero: bool) -> History:
    label = f"Series '{name}': " if name else ""
    rows = rows.set_index("day").sort_index()
    counted = rows["value"].dropna()
    if counted.empty:
        raise InputError(f"{label or 'The history: '}not one day has a count.", remedy="Fill in the value column.")
    covariates = rows[[str(column) for column in rows if str(column).startswith("x:")]].rename(
        columns=lambda text: text[2:]
    )
    days = pd.date_range(counted.index.min(), rows.index.max(), name="day")
    known_days = (counted.index.max() - days[0]).days + 1
    values = rows["value"].reindex(days).to_numpy(dtype="float64").copy()
    unknown = np.flatnonzero(np.isnan(values[:known_days]))
    said = [*notes, *_about_unknown(label, days, unknown, known_days, missing_is_zero=missing_is_zero)]
    if missing_is_zero:
        values[unknown] = 0.0
    return History(name, days, values, covariates.reindex(days).astype("float64"), known_days, tuple(said))


def _about_unknown(
    label: str, days: pd.DatetimeIndex, unknown: NDArray[np.int64], known_days: int, *, missing_is_zero: bool
) -> list[str]:
    if not len(unknown):
        return []
    first = ", ".join(f"{days[place]:%Y-%m-%d}" for place in unknown[:SHOWN])
    more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
    where = f"{label}{len(unknown)} of {known_days} days have no count ({first}{more})"
    if missing_is_zero:
        return [f"{where}; they count as zero, as asked."]
    if len(unknown) > LARGEST_UNKNOWN_SHARE * known_days:
        raise InputError(
            f"{where}; more than {LARGEST_UNKNOWN_SHARE:.0%} cannot be told from zero or from loss.",
            remedy="Complete the days, or say --missing zero when a day without a row means that nothing happened.",
        )
    return [f"{where}; they are unknown, not zero: filled from the same weekdays before, neither learnt nor scored."]
