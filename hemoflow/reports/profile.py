"""The data profile: what was loaded, how complete it is, and what transfusion looks like in it; aggregates only."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from hemoflow.domain.disclosure import suppress
from hemoflow.reports.pages import render
from hemoflow.reports.svg import drawing, element, share
from hemoflow.reports.words import day, number, percent
from hemoflow.schemas.canonical import LAB_LIMITS

PLOT_HEIGHT, LABEL_ROOM = 120, 30
LEVELS = np.arange(4.0, 13.5, 0.5)
"""Edges of the classes of haemoglobin before transfusion, g/dL."""
MOST_UNITS = 6
"""Units a transfusion day from which on days are counted together."""
MOST_WEEKS = 60
COUNTED_IN = {
    "Haemoglobin results": "labs",
    "Units transfused": "transfusions",
    "Units requested": "requests",
    "Stays and visits begun": "encounters",
}
"""The table whose patients an event by week is about."""


@dataclass(frozen=True, eq=False)
class Profile:
    """What the questions of :mod:`hemoflow.asof.profile` answered.

    Attributes:
        cut_at: What arrived later was not seen; None when everything was.
        coverage: Rows by table.
        missingness: Share missing by column.
        labs: Distribution by analyte.
        episodes: Transfusion days.
        weeks: Events by week.
        smallest: Least number of patients that may be shown.
    """

    cut_at: datetime | None
    coverage: pd.DataFrame
    missingness: pd.DataFrame
    labs: pd.DataFrame
    episodes: pd.DataFrame
    weeks: pd.DataFrame
    smallest: int


def profile_html(profile: Profile) -> str:
    """The profile as one HTML page: no script, nothing loaded, no row about a single patient."""
    covered = profile.coverage[profile.coverage["rows"] > 0]
    transfused = profile.episodes["patient_id"].nunique()
    return render(
        "profile.html",
        cut_at=profile.cut_at,
        tables=_covered(covered, profile.smallest).to_dict("records"),
        without_rows=profile.coverage.loc[profile.coverage["rows"] == 0, "table_name"].tolist(),
        missing=_missing_rows(profile),
        labs=_lab_rows(profile.labs, profile.smallest),
        transfused="none" if not transfused else "few" if transfused < profile.smallest else "enough",
        diagnoses=diagnosis_table(profile.episodes, profile.smallest).to_dict("records"),
        before=_before(profile.episodes, profile.smallest),
        units=_units(profile.episodes, profile.smallest),
        trends=_trends(profile),
        smallest=profile.smallest,
    )


def diagnosis_table(episodes: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Transfusion patterns by diagnosis group.

    Returns:
        ``diagnosis_group, patients, episodes, units_per_episode, haemoglobin_before, interval_days``; figures of a
        group that is too small are missing.
    """
    groups = episodes.groupby("diagnosis_group")
    table = pd.DataFrame(
        {
            "patients": groups["patient_id"].nunique(),
            "episodes": groups.size(),
            "units_per_episode": groups["given_units"].mean(),
            "haemoglobin_before": groups["haemoglobin_before_g_per_dl"].median(),
            "interval_days": groups["interval_days"].median(),
        }
    ).astype("float64")
    told = suppress({str(name): int(n) for name, n in table["patients"].items()}, smallest)
    table[[told[str(name)] is None for name in table.index]] = float("nan")
    return table.sort_values("patients", ascending=False, na_position="last").reset_index()


def columns_chart(title: str, labels: Sequence[str], counts: Sequence[float], said: Sequence[str]) -> Markup:
    """A bar for each class, with its number above it and its name below.

    Args:
        title: What the picture shows.
        labels: Names of the classes.
        counts: Heights.
        said: What stands above each bar.
    """
    tallest, n = max([*counts, 1]), len(labels)
    strokes = []
    for i, (label, count, words) in enumerate(zip(labels, counts, said, strict=True)):
        high = (PLOT_HEIGHT - 2 * LABEL_ROOM) * count / tallest
        top, middle = PLOT_HEIGHT - LABEL_ROOM - high, share(i + 0.5, n)
        strokes += [
            element("rect", x=share(i + 0.12, n), y=top, width=share(0.76, n), height=high, class_="internal"),
            element("text", words, x=middle, y=top - 5, text_anchor="middle"),
            element("text", label, x=middle, y=PLOT_HEIGHT - 10, text_anchor="middle"),
        ]
    words = "; ".join(f"{label}: {text}" for label, text in zip(labels, said, strict=True))
    return drawing(title, words, *strokes, height=PLOT_HEIGHT, class_="columns")


def range_bar(code: str, row: dict[str, Any]) -> Markup:
    """The middle half of a distribution as a box on the line from its 5th to its 95th percentile."""
    low, high = float(row["low"]), float(row["high"])
    span = max(high - low, 1e-9)
    at = {name: share(float(row[name]) - low, span) for name in ("lower", "middle", "upper")}
    box = share(float(row["upper"]) - float(row["lower"]), span)
    strokes = [
        element("line", x1="0%", x2="100%", y1=12, y2=12, class_="whisker"),
        element("rect", x=at["lower"], y=5, width=box, height=14, class_="area"),
        element("line", x1=at["middle"], x2=at["middle"], y1=3, y2=21, class_="middle"),
    ]
    words = f"half of the results lie between {number(row['lower'], 1)} and {number(row['upper'], 1)}"
    return drawing(f"{code}: median {number(row['middle'], 1)}", words, *strokes, height=24, class_="range")


def _is_few(coverage: pd.DataFrame, smallest: int) -> pd.Series:
    """Tables of few patients."""
    return coverage["patients"].between(1, smallest - 1).fillna(value=False)


def _covered(coverage: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """The coverage; a table of few patients is told without their number and their days."""
    few = ["rows", "patients", "first_on", "last_on"]
    hidden = _is_few(coverage, smallest)
    shown = {name: coverage[name].astype("object").mask(hidden, None) for name in few}
    return coverage.assign(**shown, is_few=hidden)


def _missing_rows(profile: Profile) -> list[dict[Hashable, Any]]:
    """Columns with something missing, those of one table and share together; not of tables of few patients."""
    few = profile.coverage.loc[_is_few(profile.coverage, profile.smallest), "table_name"]
    found = profile.missingness
    some = found[(found["missing_share"] > 0) & ~found["table_name"].isin(few)]
    alike = some.assign(missing_share=some["missing_share"].round(3)).groupby(["table_name", "missing_share"])
    rows = alike["column_name"].agg(", ".join).reset_index()
    return rows.sort_values(["table_name", "missing_share"], ascending=[True, False]).to_dict("records")


def _lab_rows(labs: pd.DataFrame, smallest: int) -> list[dict[Hashable, Any]]:
    rows: list[dict[Hashable, Any]] = []
    for row in labs.to_dict("records"):
        is_small = row["patients"] < smallest
        picture = Markup("") if is_small else range_bar(str(row["code"]), {str(k): v for k, v in row.items()})
        rows.append({**row, "unit": LAB_LIMITS[row["code"]][0], "is_small": is_small, "picture": picture})
    return rows


def _before(episodes: pd.DataFrame, smallest: int) -> dict[str, Any]:
    """Haemoglobin before transfusion: share known, and its histogram; shown only of enough patients."""
    known = episodes.dropna(subset="haemoglobin_before_g_per_dl")
    level = known["haemoglobin_before_g_per_dl"].clip(LEVELS[0], LEVELS[-1] - 0.01)
    classes = pd.cut(level, LEVELS.tolist(), right=False, labels=[f"{edge:g}" for edge in LEVELS[:-1]])
    title = "Transfusion days by haemoglobin before, g/dL"
    return {
        "known": percent(len(known) / max(len(episodes), 1)),
        "episodes": len(episodes),
        "picture": _histogram(title, known["patient_id"], classes, smallest),
    }


def _units(episodes: pd.DataFrame, smallest: int) -> Markup:
    labels = [*(str(n) for n in range(1, MOST_UNITS)), f"{MOST_UNITS}+"]
    classes = pd.cut(episodes["given_units"].clip(upper=MOST_UNITS), list(range(MOST_UNITS + 1)), labels=labels)
    return _histogram("Transfusion days by units given", episodes["patient_id"], classes, smallest)


def _histogram(title: str, patients: pd.Series, classes: pd.Series, smallest: int) -> Markup:
    """Days by class; a class of few patients is not told, nor what would tell it by subtraction."""
    days, people = (getattr(patients.groupby(classes, observed=False), name)() for name in ("size", "nunique"))
    told = suppress({str(name): int(n) for name, n in people.items()}, smallest)
    counts = [0 if told[str(name)] is None else int(n) for name, n in days.items()]
    said = ["–" if told[str(name)] is None else number(n) for name, n in days.items()]
    return columns_chart(title, list(told), counts, said)


def _trends(profile: Profile) -> list[tuple[str, str, Markup]]:
    """Of each kind of event, save those of few patients: its weeks and most in words, and a line over the last ones."""
    few = set(profile.coverage.loc[_is_few(profile.coverage, profile.smallest), "table_name"])
    pictures = []
    for kind, rows in profile.weeks.groupby("kind", sort=True):
        if COUNTED_IN.get(str(kind)) not in few:
            by_week = rows.set_index(pd.to_datetime(rows["week_on"]))["amount"].astype("float64")
            line = by_week.asfreq("7D", fill_value=0.0).iloc[-MOST_WEEKS:]
            words = _weeks_told(line, profile.smallest)
            pictures.append((str(kind), words, _line(str(kind), words, line)))
    return pictures


def _weeks_told(line: "pd.Series[float]", smallest: int) -> str:
    most = f"at most {number(line.max())}" if line.max() >= smallest else f"fewer than {smallest}"
    return f"{day(line.index[0])} to {day(line.index[-1])}, {most} a week"


def _line(kind: str, words: str, line: "pd.Series[float]") -> Markup:
    top, n = max(float(line.max()), 1.0), len(line)
    points = " ".join(f"{100 * (i + 0.5) / n:.2f},{96 - 90 * value / top:.2f}" for i, value in enumerate(line))
    points += " 100,6" if n == 1 else ""  # a single point is no line
    plot = element(
        "svg", element("polyline", points=points, class_="trace"), viewBox="0 0 100 100", preserveAspectRatio="none",
        width="100%", height=70,
    )  # fmt: skip
    return drawing(f"{kind} by week", words, plot, height=70, class_="trace-chart")
