"""How pages ask a result's file: conditions, an order, and the words of SQL that they become."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

import duckdb
import pandas as pd

from hemoflow.domain.errors import UsageError
from hemoflow.schemas.frames import from_arrow
from hemoflow.schemas.results import RESULTS

COMPARISONS = {
    "=": "= ?", "<>": "<> ?", "<=": "<= ?", ">": "> ?", "starts": "^@ ?",
    "one of": "= ANY (CAST(? AS VARCHAR[]))", "none of": "<> ALL (CAST(? AS VARCHAR[]))",
}  # fmt: skip
"""How a column may be asked for, and DuckDB's way to say it."""

MOST_ANSWERS = 512
_answers: OrderedDict[Hashable, pd.DataFrame] = OrderedDict()
_turn = Lock()


class Condition(NamedTuple):
    """What the rows must have: a column, a comparison of :data:`COMPARISONS`, and the value."""

    column: str
    comparison: str
    value: str | int | date | list[str]


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows of a result.

    Attributes:
        rows: The rows to show, changes by hand laid over them.
        total: Rows that fit the conditions.
        page: Number of this page, from 1.
        pages: Number of pages, at least 1.
    """

    rows: pd.DataFrame
    total: int
    page: int
    pages: int


@cache
def engine() -> duckdb.DuckDBPyConnection:
    """One engine for all pages, because starting one takes longer than most questions; each page has a cursor of it."""
    return duckdb.connect(":memory:", config={"threads": "2"})


def remembered(key: Hashable, ask: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """The answer known under a key, else a new one; the answers that were wanted longest ago are forgotten."""
    found = _answers.get(key)
    found = ask() if found is None else found
    with _turn:
        _answers[key] = found
        _answers.move_to_end(key)
        while len(_answers) > MOST_ANSWERS:
            _answers.popitem(last=False)
    return found


def fetched(answer: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """An answer as a frame of the house."""
    return from_arrow(answer.to_arrow_table())


def whole(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows with all columns of the layout; a file of an earlier release may lack some, which are then not known."""
    wanted = list(RESULTS[name].columns)
    return rows if set(wanted) <= set(rows.columns) else rows.reindex(columns=wanted)


def where_of(conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
    """The conditions as SQL, and the values for its question marks."""
    parts = [
        f"CAST({each.column} AS VARCHAR) {COMPARISONS[each.comparison]}"
        if isinstance(each.value, str)
        else f"{each.column} {COMPARISONS[each.comparison]}"
        for each in conditions
    ]
    return f"WHERE {' AND '.join(parts)}" if parts else "", [each.value for each in conditions]


def order_of(name: str, order: Sequence[str], *, reverse: bool = False) -> str:
    """What to sort by: the columns asked for, then the key; missing values come last, or first in reverse."""
    named = [column.lstrip("-") for column in order]
    both = [*order, *(column for column in RESULTS[name].key if column not in named)]
    nulls = "FIRST" if reverse else "LAST"
    return ", ".join(
        f"{column.lstrip('-')} {'DESC' if (column[0] == '-') != reverse else 'ASC'} NULLS {nulls}" for column in both
    )


def named(order: Sequence[str], conditions: Sequence[Condition]) -> list[str]:
    """The columns that an order and conditions name."""
    return [column.lstrip("-") for column in order] + [each.column for each in conditions]


def require_columns(name: str, columns: Sequence[str]) -> None:
    """Refuse a column that the result does not have.

    Raises:
        UsageError: There is no such column.
    """
    unknown = [column for column in columns if column not in RESULTS[name].columns]
    if unknown:
        raise UsageError(f"{name} has no column {', '.join(unknown)}.", remedy="Follow the links of the page.")
