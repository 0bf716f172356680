"""How rows become cells: which columns a page shows, under which title, read how."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from hemoflow.domain.requests import Urgency
from hemoflow.reports import words


class Column(NamedTuple):
    """A column of a table on a page.

    Attributes:
        name: Column of the frame.
        title: What stands above it.
        kind: ``text``, ``count``, ``one`` (one decimal), ``two``, ``share``, ``day``, ``instant``, ``group``, ``id``,
            ``flag``, ``urgency``, ``hours`` or ``why``.
    """

    name: str
    title: str
    kind: str = "text"


class Cell(NamedTuple):
    """Text of a cell and the class that says how it stands."""

    text: str
    css: str = ""


URGENCIES = {int(urgency): urgency.words for urgency in Urgency}
NUMBERS = {"count": 0, "one": 1, "two": 2}


def cells(row: pd.Series, columns: Sequence[Column]) -> list[Cell]:
    """The cells of one row."""
    return [cell(row[column.name], column.kind) for column in columns]


def cell(value: object, kind: str) -> Cell:  # noqa: PLR0911 - one line a kind
    """One value as it reads on a page."""
    if kind == "group":
        return Cell(words.group(value), "group")
    if words.is_missing(value):
        return Cell(words.DASH, "n nil" if kind in NUMBERS or kind == "share" else "nil")
    if kind in NUMBERS:
        return Cell(words.number(value, NUMBERS[kind]), "n")
    if kind == "share":
        return Cell(words.percent(value), "n")
    if kind in {"day", "instant"}:
        stamp = pd.Timestamp(str(value))
        return Cell(words.short_day(stamp) if kind == "day" else words.instant(stamp), "day")
    if kind == "hours":
        return Cell(words.hours(value), "n")
    if kind == "flag":
        return Cell("yes" if value else "no")
    if kind == "urgency":
        return Cell(URGENCIES.get(int(str(value)), f"within {value} days"))
    if kind in {"id", "why"}:
        return Cell(words.prose(str(value)) if kind == "why" else str(value), kind)
    return Cell(str(value).replace("_", " "))
