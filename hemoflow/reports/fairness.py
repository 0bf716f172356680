"""How well the need model serves each group of patients, as rows of a page; small groups tell not even their count.

The figures were made when the model was trained, on patients that it had not seen; here they are only set in order.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hemoflow.domain.figures import DASH
from hemoflow.reports.words import listed, number

Row = Mapping[str, Any]
ATTRIBUTES = {"everybody": "Everybody", "sex": "Sex", "age_band": "Age", "ancestry": "Ancestry", "site_id": "Site"}
"""What groups are by, in reading order; a value that no source records has no group."""
METRICS = {
    "auroc": "AUROC",
    "sensitivity": "Sensitivity",
    "brier": "Brier",
    "calibration_in_the_large": "Observed − predicted",
    "coverage": "28-day limits hold",
}
WITHHELD = "withheld"


class Group(NamedTuple):
    """A group of patients as a line of the table.

    Attributes:
        attribute: What it is by; empty where the line above has the same.
        group: Its name.
        patients: How many, or that it is withheld.
        cells: A text for each figure, and whether its whole interval lies beyond the policy's gap.
    """

    attribute: str
    group: str
    patients: str
    cells: tuple[tuple[str, bool], ...]


def fairness_told(rows: Sequence[Row]) -> dict[str, Any]:
    """What the table of a page says: its sentence, the titles of its figures, its lines; empty without rows."""
    if not rows:
        return {}
    titles = [METRICS[name] for name in _metrics(rows)]
    return {"sentence": fairness_sentence(rows), "titles": titles, "groups": fairness_groups(rows)}


def fairness_groups(rows: Sequence[Row]) -> list[Group]:
    """One line for each group of FAIRNESS, in reading order."""
    lines: list[Group] = []
    for attribute, title in ATTRIBUTES.items():
        mine = [row for row in rows if row["attribute"] == attribute]
        told = _patients(mine)
        for place, group in enumerate(told):
            found = {row["metric"]: row for row in mine if row["group"] == group}
            cells = tuple(_cell(found.get(name)) for name in _metrics(rows))
            name = "" if attribute == group else group.replace("_", " ")
            lines.append(Group("" if place else title, name, told[group], cells))
    return lines


def fairness_sentence(rows: Sequence[Row]) -> str:
    """The answer in one sentence: which groups are served worse beyond chance, and what nothing is known by."""
    worse = [f"{METRICS[row['metric']]} of {row['group']}" for row in rows if row["is_warning"]]
    verdict = f"Beyond the policy's gap: {listed(worse)}." if worse else "No group is beyond the policy's gap."
    missing = [words.lower() for name, words in ATTRIBUTES.items() if not any(row["attribute"] == name for row in rows)]
    return f"{verdict} No source records {listed(missing)}." if missing else verdict


def _metrics(rows: Sequence[Row]) -> list[str]:
    return [name for name in METRICS if any(row["metric"] == name for row in rows)]


def _patients(rows: Sequence[Row]) -> dict[str, str]:
    """Patients of each group of one attribute; a count withheld alone, as older models do, takes the least along."""
    counts: dict[str, list[int | None]] = {}
    for row in rows:
        counts.setdefault(row["group"], []).append(row["patients"])
    shown = {group: max(n for n in each if n is not None) for group, each in counts.items() if None not in each}
    if shown and len(counts) - len(shown) == 1:
        del shown[min(shown, key=lambda group: shown[group])]
    rising = sorted(counts, key=lambda group: (not group.startswith("under "), group))
    return {group: number(shown[group]) if group in shown else WITHHELD for group in rising}


def _cell(row: Row | None) -> tuple[str, bool]:
    if row is None or row["value"] is None:
        return WITHHELD if row is not None and row["is_withheld"] else DASH, False
    low, high = (number(row[side], 3) for side in ("low", "high"))
    return f"{number(row['value'], 3)} ({low} to {high})", bool(row["is_warning"])
