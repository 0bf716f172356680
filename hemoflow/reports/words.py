"""How values read on paper: one way to write a number, a day, a blood group or a missing value."""

import re
from datetime import date, datetime

import pandas as pd

from hemoflow.domain.figures import DASH, decimal

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Value = object


def is_missing(value: Value) -> bool:
    """Whether a single value is None, NaN, NA or NaT."""
    return value is None or value is pd.NA or value is pd.NaT or value != value  # noqa: PLR0124  NaN differs from itself


def number(value: Value, places: int = 0) -> str:
    """A number with thousands apart and a true minus sign: ``1,327``, ``−0.4``; a dash when missing."""
    return decimal(None if is_missing(value) else float(str(value)), places)


def signed(value: Value) -> str:
    """A change: ``+3``, ``−2``, ``0``."""
    text = number(value)
    return text if text[0] in f"0−{DASH}" else f"+{text}"


def percent(share: Value, places: int = 0) -> str:
    """A fraction as a percentage: ``12.5 %``."""
    return DASH if is_missing(share) else f"{number(100 * float(str(share)), places)}\N{NO-BREAK SPACE}%"


def amount(value: Value, unit: str) -> str:
    """A key figure with its unit: ``12.5 %`` for a share, ``6.7 days``, ``1 unit``."""
    if is_missing(value) or unit == "share":
        return percent(value, 1)
    return f"{number(value, 1)} days" if unit == "days" else counted(float(str(value)), unit.removesuffix("s"))


def prose(text: str) -> str:
    """Text with true minus signs in numbers and blood groups."""
    return re.sub(r"(?<=[ABO])-(?![\w-])|(?<=\s)-(?=[\s\d])", "−", text)


def short_day(value: date | pd.Timestamp | None) -> str:
    """A day where the year is plain: ``Fri 1 Nov``."""
    return day(value).rsplit(" ", 1)[0]


def day(value: date | pd.Timestamp | None) -> str:
    """A day, the same on every computer whatever its language: ``Fri 1 Nov 2024``."""
    if value is None or is_missing(value):
        return DASH
    return f"{WEEKDAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]} {value.year}"


def instant(value: datetime | pd.Timestamp | None) -> str:
    """An instant in UTC: ``31 Oct 2024 08:00 UTC``."""
    if value is None or is_missing(value):
        return DASH
    utc = pd.Timestamp(value).tz_convert("UTC")
    return f"{utc.day} {MONTHS[utc.month - 1]} {utc.year} {utc:%H:%M} UTC"


def hours(value: Value) -> str:
    """An age in hours, or in days from three days on: ``5 h``, ``4 days``; a dash when missing."""
    if is_missing(value):
        return DASH
    age = float(str(value))
    return f"{number(age)}\N{NO-BREAK SPACE}h" if age < 72 else f"{number(age / 24)}\N{NO-BREAK SPACE}days"  # noqa: PLR2004


def group(value: Value) -> str:
    """A blood group with a true minus sign; ``unknown`` when missing, never a guess."""
    return "unknown" if is_missing(value) else str(value).replace("-", "−")


def withheld(count: int | None) -> str:
    """A count of patients, or the word for one that is too small to show."""
    return "withheld" if count is None else number(count)


def listed(parts: list[str]) -> str:
    """Parts in a row: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def counted(n: float, noun: str) -> str:
    """A count with its noun: ``1 unit``, ``2 units``."""
    return f"{number(n)} {noun}{'' if n == 1 else 's'}"


def tidy(text: str) -> str:
    """Text on one line."""
    return re.sub(r"\s+", " ", text).strip()
