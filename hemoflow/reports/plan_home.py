"""A programme that does not exist yet: who would qualify, and what each size of team would bring, on one page."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import pandas as pd
from markupsafe import Markup

from hemoflow.domain.policy import Policy
from hemoflow.domain.requests import Route
from hemoflow.reports.home_pages import RULE_WORDS
from hemoflow.reports.pages import render
from hemoflow.reports.svg import element
from hemoflow.reports.words import number

REACTIONS_PER_100_UNITS = (0.43, 2.68)
"""Lowest and highest published rate at home: La Fe 2023, 424 transfusions; Santander 1985 to 2015, 2,260 components."""

LINES = ("program", "score per nurse hour", "first come", "nearest first", "most frequent first")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 840, 380, 62, 246, 16, 46
LABEL_GAP = 17


@dataclass(frozen=True, eq=False)
class HomeStudy:
    """What was found.

    Attributes:
        as_of: Day of the study.
        cut_at: What arrived later was not seen.
        rules: The policy.
        days: Horizon of the figures.
        funnel: Patients that each gate keeps from home.
        funnel_total: Outpatients with regular transfusion.
        frontier: Frame HOME_FRONTIER.
        visits: Frame VISITS of the horizon.
        qualified: Patients who meet every gate.
    """

    as_of: date
    cut_at: datetime
    rules: Policy
    days: int
    funnel: pd.DataFrame
    funnel_total: int
    frontier: pd.DataFrame
    visits: pd.DataFrame
    qualified: int

    @cached_property
    def clinic_visits(self) -> int:
        """Clinic visits predicted in the horizon."""
        return int((self.visits["place"] == Route.CLINIC).sum())

    @cached_property
    def patients(self) -> int:
        """Outpatients with a visit predicted."""
        return int(self.visits["patient_id"].nunique())

    def sizes(self) -> pd.DataFrame:
        """What each size of team brings under the program, a row a size."""
        rows = self.frontier[self.frontier["rule"] == "program"].sort_values("nurses")
        least, most = REACTIONS_PER_100_UNITS
        units = rows["home_visits"] * self.rules.routing.max_units_per_home_visit
        return rows.assign(
            saved_share=rows["clinic_visits_saved"] / max(self.clinic_visits, 1),
            least_reactions=units * least / 100,
            most_reactions=units * most / 100,
        ).reset_index(drop=True)

    def ways(self) -> pd.DataFrame:
        """Points of each way to choose, a row a size of team, in the order of LINES."""
        table = self.frontier.pivot_table(index="nurses", columns="rule", values="points")
        return table[list(LINES)].rename_axis(columns=None).reset_index()


def plan_home_html(study: HomeStudy) -> str:
    """The page: aggregates only."""
    return render(
        "plan_home.html",
        study=study,
        gates=study.funnel.to_dict("records"),
        sizes=study.sizes().to_dict("records"),
        ways=study.ways().to_dict("records"),
        lines=[(name, RULE_WORDS[name]) for name in LINES],
        picture=frontier_picture(study),
        rates=REACTIONS_PER_100_UNITS,
    )


def frontier_picture(study: HomeStudy) -> Markup:
    """Nurse hours on duty against points: the program and each simple way, named at the end of its line."""
    ways = study.ways()
    right, top = float(ways["nurses"].max()), float(ways[list(LINES)].to_numpy().max()) or 1.0
    lines = [_line(ways, name, right, top, place) for name, place in zip(LINES, _label_places(ways, top), strict=True)]
    title = f"Capacity against benefit over {study.days} days"
    words = "; ".join(
        f"{RULE_WORDS[name]}: {number(ways[name].iloc[-1])} points with {right:g} nurses" for name in LINES
    )
    return element(
        "svg", element("title", title), element("desc", words),
        *_axes(ways, top), *(mark for line in lines for mark in line),
        viewBox=f"0 0 {WIDTH} {HEIGHT}", width="100%", role="img", aria_label=f"{title}. {words}", class_="frontier",
        xmlns="http://www.w3.org/2000/svg",
    )  # fmt: skip


def _x(nurses: float, right: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * nurses / right


def _y(points: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * points / (1.05 * top)


def _line(ways: pd.DataFrame, name: str, right: float, top: float, label_at: float) -> list[Markup]:
    places = [(0.0, 0.0), *zip(ways["nurses"], ways[name], strict=True)]
    points = " ".join(f"{_x(n, right):.1f},{_y(p, top):.1f}" for n, p in places)
    kind = f"way-{LINES.index(name)}"
    end_x, end_y = _x(places[-1][0], right), _y(places[-1][1], top)
    return [
        element("polyline", points=points, class_=f"way {kind}", fill="none"),
        element("line", x1=end_x, y1=end_y, x2=end_x + 10, y2=label_at - 4, class_="lead-line"),
        element("line", x1=end_x + 12, y1=label_at - 4, x2=end_x + 40, y2=label_at - 4, class_=f"way {kind}"),
        element("text", RULE_WORDS[name].split(" (")[0], x=end_x + 45, y=label_at, class_="label"),
    ]


def _label_places(ways: pd.DataFrame, top: float) -> list[float]:
    """Heights of the labels: at the end of each line, pushed apart so that none covers another."""
    ends = [(_y(float(ways[name].iloc[-1]), top), position) for position, name in enumerate(LINES)]
    places, lowest = [0.0] * len(LINES), TOP - LABEL_GAP + 4.0
    for at, position in sorted(ends):
        lowest = max(at + 4, lowest + LABEL_GAP)
        places[position] = lowest
    return places


def _axes(ways: pd.DataFrame, top: float) -> list[Markup]:
    right = float(ways["nurses"].max())
    marks: list[Any] = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        at = _y(share * top, top)
        marks += [
            element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at, class_="grid"),
            element("text", number(share * top), x=LEFT - 8, y=at + 4, text_anchor="end"),
        ]
    marks += [
        element("text", f"{nurses:g}", x=_x(nurses, right), y=HEIGHT - BOTTOM + 18, text_anchor="middle")
        for nurses in ways["nurses"]
    ]
    return [*marks, element("text", "Nurses, full time", x=_x(right / 2, right), y=HEIGHT - 6, text_anchor="middle"),
            element("text", "Points", x=4, y=TOP - 4)]  # fmt: skip
