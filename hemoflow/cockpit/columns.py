"""How rows become cells: which columns a page shows, under which title, read how."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from hemoflow.domain.figures import DASH
from hemoflow.domain.requests import Urgency
from hemoflow.reports import words


class Column(NamedTuple):
    """A column of a table on a page.

    Attributes:
        name: Column of the frame.
        title: What stands above it.
        kind: ``text``, ``count``, ``one`` (one decimal), ``two``, ``share``, ``day``, ``instant``, ``group``, ``id``,
            ``flag``, ``urgency``, ``hours``, ``why``, ``key`` (text that is not broken), ``word`` (the same in small
            letters), ``big`` (the number that
            counts), ``go``, ``confirmed`` or ``alarm``.
        below: Columns whose values stand in a small line under the value, each behind its own title.
    """

    name: str
    title: str
    kind: str = "text"
    below: "tuple[Column, ...]" = ()


class Cell(NamedTuple):
    """Text of a cell, the class that says how it stands, a small line under it, and what is told only when asked."""

    text: str
    css: str = ""
    below: str = ""
    more: str = ""


URGENCIES = {int(urgency): urgency.words for urgency in Urgency}
NUMBERS = {"count": 0, "one": 1, "two": 2, "big": 0}


MARKS = {
    "go": {True: Cell("GO", "mark-good"), False: Cell("NO-GO", "mark-bad"), None: Cell("NO-GO", "mark-bad")},
    "alarm": {True: Cell("yes", "mark-bad"), False: Cell("no"), None: Cell(DASH, "nil")},
    "confirmed": {True: Cell("yes"), False: Cell("no", "mark-bad"), None: Cell("not confirmed", "nil")},
}
"""Answers that a patient's safety hangs on, by kind."""
FIRST_WORDS = 110
"""Letters of a reason that are shown at once; the rest follows at the end of a clause, when asked for."""


def cells(row: Mapping[str, Any], columns: Sequence[Column]) -> list[Cell]:
    """The cells of one row."""
    return [
        _quiet(cell(row[column.name], column.kind), column)._replace(below=_below(row, column)) for column in columns
    ]


def _quiet(found: Cell, column: Column) -> Cell:
    """No units step back behind those that there are, but not where they are fewer than the line below says."""
    is_quiet = found.text == "0" and column.name.endswith("_units") and not column.below
    return found._replace(css=f"{found.css} nil") if is_quiet else found


def _below(row: Mapping[str, Any], column: Column) -> str:
    known = [each for each in column.below if not words.is_missing(row[each.name]) and row[each.name] != ""]
    told = [f"{each.title} {cell(row[each.name], each.kind).text}".strip() for each in known]
    return " · ".join(told).replace(" · to ", " to ")


def cell(value: object, kind: str) -> Cell:
    """One value as it reads on a page."""
    missing = words.is_missing(value)
    if kind == "group":
        return Cell(words.group(value), "group")
    if kind in MARKS:
        return MARKS[kind][None if missing else bool(value)]
    if missing:
        return Cell(DASH, "n nil" if kind in NUMBERS or kind == "share" else "nil")
    if kind in NUMBERS:
        return Cell(words.number(value, NUMBERS[kind]), "n big" if kind == "big" else "n")
    write = WRITERS.get(kind)
    return write(value) if write else Cell(str(value).replace("_", " "), "line" if kind == "key" else "")


def _why(text: str) -> Cell:
    if len(text) <= FIRST_WORDS + 40:
        return Cell(text, "why")
    ends = [at + 1 for at, letter in enumerate(text[:-1]) if letter in ".;,:" and text[at + 1] == " "]
    at = next((end for end in reversed(ends) if end <= FIRST_WORDS), FIRST_WORDS)
    return Cell(text[:at], "why", more=text[at:].strip())


WRITERS: Mapping[str, Callable[[object], Cell]] = {
    "share": lambda value: Cell(words.percent(value), "n"),
    "day": lambda value: Cell(words.short_day(pd.Timestamp(str(value))), "day"),
    "instant": lambda value: Cell(words.instant(pd.Timestamp(str(value))), "day"),
    "hours": lambda value: Cell(words.hours(value), "n"),
    "flag": lambda value: Cell("yes" if value else "no"),
    "urgency": lambda value: Cell(URGENCIES.get(int(str(value)), f"within {value} days"), "line"),
    "word": lambda value: Cell(str(value).replace("_", " ").lower(), "line"),
    "id": lambda value: Cell(str(value), "id"),
    "why": lambda value: _why(words.prose(str(value))),
}
"""How the other kinds are written."""
