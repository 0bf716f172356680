"""What is different between two plans of a day: for a what-if, and for today against yesterday."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from hemoflow.domain.disclosure import suppress
from hemoflow.domain.figures import DASH
from hemoflow.domain.requests import Route
from hemoflow.reports.exports import plain
from hemoflow.reports.words import amount, number, prose
from hemoflow.schemas.canonical import GROUPS

COMPARED = {
    "stock_status": (("component", "blood_group"), ("available_units", "days_of_stock", "phase")),
    "orders": (("component", "blood_group"), ("order_units", "external_today_units")),
    "kpis": (("kpi",), ("value",)),
}
"""Result, what names a row, and the columns that are compared."""

PLACES = "routes"
COUNTED = {"allocations": ["match_class", "status"], PLACES: ["route"]}
"""Results about patients: only how many rows of each kind there are is compared."""

FIGURES = {
    "available_units": "Free units",
    "days_of_stock": "Days of stock",
    "phase": "Phase",
    "order_units": "Units to order",
    "external_today_units": "Units from outside today",
    "value": "",
    "rows": "",
}
"""What the compared columns are called on a page."""

Difference = dict[str, list[dict[str, Any]]]


def difference(before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame]) -> Difference:
    """What changed, by result: rows with ``of`` (which row), ``what`` (which figure), ``before`` and ``after``.

    Args:
        before: Results of the first run by name: those of :data:`COMPARED` and :data:`COUNTED`.
        after: The same of the second.
    """
    found = {
        name: _changed(before[name], after[name], list(key), list(columns)) for name, (key, columns) in COMPARED.items()
    }
    for name, kinds in COUNTED.items():
        old, new = (_counts(frames[name], kinds) for frames in (before, after))
        found[name] = _changed(old, new, ["kind"], ["rows"])
    return found


def places_told(counts: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Patients by proposed place as a day may tell them: its small counts are missing, as in its brief.

    Args:
        counts: ``route`` and how many ``rows`` it has.
        smallest: Least count that may be shown.
    """
    found = dict(zip(counts["route"].astype(str), counts["rows"].astype(int), strict=True))
    told = suppress({str(route): found.get(str(route), 0) for route in Route}, smallest)
    return pd.DataFrame({"route": list(told), "rows": pd.array(list(told.values()), dtype="Int64")})


class Line(NamedTuple):
    """One change as people read it."""

    of: str
    what: str
    before: str
    after: str
    change: str


def readable(rows: Sequence[Mapping[str, Any]], units: Mapping[str, str], *, withheld: str = "") -> list[Line]:
    """Changes of one result in words: blood groups in their order, figures with their units, the change beside them.

    Args:
        rows: What :func:`difference` found for the result; what reads the same before and after is left out.
        units: Unit of each key figure by its name.
        withheld: What stands for a count that is missing because it is withheld; else a missing one is none.
    """
    lines = []
    for found in sorted(rows, key=_reading_order):
        row = {**found, **{side: withheld or None for side in ("before", "after") if found[side] is None}}
        name = str(row["of"]).removeprefix("red_cells ")
        old, new = (_figure(row[side], units.get(name, "")) for side in ("before", "after"))
        if old != new:
            lines.append(Line(_plain(name), FIGURES.get(row["what"], _plain(row["what"])), old, new, _change(row)))
    return lines


def _reading_order(row: Mapping[str, Any]) -> tuple[str, int]:
    group = str(row["of"]).rpartition(" ")[2]
    return ("", GROUPS.index(group)) if group in GROUPS else (str(row["of"]), 0)


def _figure(value: object, unit: str) -> str:
    if unit or isinstance(value, bool) or not isinstance(value, int | float):
        return amount(value, unit) if unit else (DASH if value is None else str(value))
    return number(value, 0 if isinstance(value, int) else 1)


def _change(row: Mapping[str, Any]) -> str:
    before, after = (row[side] if row[side] is not None else 0 for side in ("before", "after"))
    if row["what"] == "value" or not all(isinstance(value, int | float) for value in (before, after)):
        return ""
    text = number(after - before, 0 if isinstance(after - before, int) else 1)
    return text if text[0] == "−" else f"+{text}"


def _plain(text: str) -> str:
    return prose(text).replace("_", " ")


def in_lines(found: Difference) -> list[str]:
    """The difference in lines for a terminal; one line when there is none."""
    lines = [
        f"{name:<13} {row['of']:<34} {row['what']:<22} {_words(row['before']):>10} -> {_words(row['after'])}"
        for name, rows in found.items()
        for row in rows
    ]
    return lines or ["Nothing changes."]


def _changed(before: pd.DataFrame, after: pd.DataFrame, key: list[str], columns: list[str]) -> list[dict[str, Any]]:
    both = before[key + columns].merge(after[key + columns], on=key, how="outer", suffixes=("_before", "_after"))
    rows = []
    for row in both.sort_values(key).to_dict("records"):
        for column in columns:
            old, new = plain(row[f"{column}_before"]), plain(row[f"{column}_after"])
            if old != new:
                name = " ".join(str(row[part]) for part in key)
                rows.append({"of": name, "what": column, "before": old, "after": new})
    return rows


def _counts(frame: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """Rows of each kind; a frame that was grouped before says in ``rows`` how many each of its own stands for.

    A number that is withheld is missing there, and stays so.
    """
    rows = frame["rows"] if "rows" in frame else pd.Series(1, index=frame.index)
    names = frame[kinds].astype(str).agg(", ".join, axis=1) if len(frame) else pd.Series(dtype=str)
    counts = rows.groupby(names).sum(min_count=1).rename_axis("kind").reset_index(name="rows")
    return counts.astype({"kind": "string", "rows": "Int64"})


def _words(value: Any) -> str:  # noqa: ANN401 - a cell
    if value is None:
        return "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
