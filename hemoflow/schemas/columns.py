"""Columns with meaning: each helper makes a pandera column of one kind, documented in words.

The suffix of a name says what it holds: ``_on`` a calendar day, ``_at`` an instant in UTC, ``_units`` a count of bags,
``_share`` a fraction, ``is_ has_ needs_`` a Boolean, ``_id`` an identifier. Text is ``string``, counts are ``Int64``,
flags ``boolean`` (missing stays missing), measurements ``float64`` (missing is NaN).
"""

from collections.abc import Sequence
from typing import Literal

import pandas as pd
import pandera.pandas as pa

TEXT = "string"
COUNT = "Int64"
MEASURE = "float64"
FLAG = "boolean"
DAY = "datetime64[ns]"
INSTANT = "datetime64[ns, UTC]"


def text(meaning: str, *, choices: Sequence[str] | None = None, missing: bool = False) -> pa.Column:
    """A word or an identifier, optionally from a closed list."""
    checks = [pa.Check.isin(list(choices), error=f"one of {', '.join(choices)}")] if choices else []
    return pa.Column(TEXT, checks, nullable=missing, description=meaning)


def count(meaning: str, *, least: int | None = 0, most: int | None = None, missing: bool = False) -> pa.Column:
    """A whole number."""
    return pa.Column(COUNT, _bounds(least, most), nullable=missing, description=meaning)


def measure(meaning: str, *, least: float | None = None, most: float | None = None, missing: bool = False) -> pa.Column:
    """A real number; the unit is in the name or the meaning."""
    return pa.Column(MEASURE, _bounds(least, most), nullable=missing, description=meaning)


def flag(meaning: str, *, missing: bool = True) -> pa.Column:
    """Yes, no or unknown."""
    return pa.Column(FLAG, nullable=missing, description=meaning)


def day(meaning: str, *, missing: bool = False) -> pa.Column:
    """A calendar day."""
    return pa.Column(DAY, nullable=missing, description=meaning)


def instant(meaning: str, *, missing: bool = False) -> pa.Column:
    """An instant, UTC."""
    return pa.Column(INSTANT, nullable=missing, description=meaning)


def spans(numbers: pd.Series, unit: Literal["D", "min"]) -> pd.Series:
    """So many days or minutes; missing where the number is.

    Pandas rounds memory that nobody has filled where a number is missing, and NumPy then warns of what it finds there.
    """
    known = numbers.astype("float64")
    return pd.to_timedelta(known.fillna(0.0), unit=unit).where(known.notna())


def _bounds(least: float | None, most: float | None) -> list[pa.Check]:
    checks = []
    if least is not None:
        checks.append(pa.Check.ge(least, error=f"at least {least}"))
    if most is not None:
        checks.append(pa.Check.le(most, error=f"at most {most}"))
    return checks
