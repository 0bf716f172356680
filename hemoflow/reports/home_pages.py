"""The papers of the home team and the clinic: routing table, capacity board with its heat map, go/no-go list."""

from typing import Any

import pandas as pd
from markupsafe import Markup

from hemoflow.domain.figures import DASH
from hemoflow.domain.requests import Route
from hemoflow.reports.clinic import capacity_board, home_share
from hemoflow.reports.findings import Findings
from hemoflow.reports.header import Header
from hemoflow.reports.pages import render
from hemoflow.reports.svg import element
from hemoflow.reports.words import number, percent, short_day

STEPS = 5
"""Shades of the heat map; each is a fifth of the minutes."""
CELL_HEIGHT, TEXT_AT = 34, 22
ORDER = {str(Route.HOME): 0, str(Route.REVIEW): 1, str(Route.HOSPITAL): 2, str(Route.CLINIC): 3}
RESOURCE_WORDS = {"nurse_minutes": "Home team", "chair_minutes": "Clinic chairs"}
RULE_WORDS = {
    "program": "Program (optimum, floors kept)",
    "program without floors": "Program without floors",
    "score per nurse hour": "Greedy by score per nurse hour",
    "nearest first": "Nearest first",
    "most frequent first": "Most frequent first",
    "first come": "First come",
}


def routing_html(found: Findings) -> str:
    """Who could be at home, who must not, and what would change it: patients under pseudonyms, highest score first."""
    rows = found.routes.assign(order=found.routes["route"].map(ORDER))
    rows = rows.sort_values(["order", "priority_score", "patient_id"], ascending=[True, False, True])
    sections = [(route, rows[rows["route"] == route].to_dict("records")) for route in ORDER]
    return render("routing.html", header=found.header, sections=[pair for pair in sections if pair[1]],
                  total=len(rows))  # fmt: skip


def capacity_html(found: Findings) -> str:
    """Teams and clinics by day as a heat map, the overflow, and the program beside simple ways to choose."""
    board = capacity_board(found.slots, found.capacity, found.rules.routing, as_of=found.header.as_of)
    over = found.slots[found.slots["slot_on"].isna()]
    return render(
        "capacity.html",
        header=found.header,
        days=sorted(board["capacity_on"].unique().tolist()),
        rows=board_rows(board),
        totals=board_totals(board),
        overflow=over.sort_values(["site_id", "latest_on", "patient_id"]).to_dict("records"),
        home_share=home_share(found.slots),
        visits=int(found.slots["slot_on"].notna().sum()),
        rules=rule_rows(found.home_rules),
        floor_percent=found.rules.routing.equity_floor_percent,
    )


def go_no_go_html(header: Header, go_no_go: pd.DataFrame) -> str:
    """The list of the evening before, with boxes for what only a person can confirm."""
    rows = go_no_go.sort_values(["visit_on", "site_id", "patient_id"]).to_dict("records")
    return render("go_no_go.html", header=header, rows=rows, go=int(go_no_go["is_go"].sum()))


def board_rows(board: pd.DataFrame) -> list[dict[str, Any]]:
    """One row for each team and clinic: its name and a cell for each day, as a picture with its words."""
    rows = []
    for (resource, site), part in board.groupby(["resource", "site_id"], sort=False):
        cells = [_cell(day) for day in part.sort_values("capacity_on").to_dict("records")]
        rows.append({"kind": RESOURCE_WORDS[str(resource)], "site": site, "cells": cells})
    return rows


def rule_rows(home_rules: pd.DataFrame) -> list[dict[Any, Any]]:
    """HOME_RULES in reading order: the program first, then simple ways from best to worst."""
    rows = home_rules.assign(
        is_simple=~home_rules["rule"].str.startswith("program"), words=home_rules["rule"].map(RULE_WORDS)
    )
    return rows.sort_values(["is_simple", "rule"]).to_dict("records")


def board_totals(board: pd.DataFrame) -> list[dict[str, Any]]:
    """All days of the board together: hours available and proposed, and visits, of the home team and the chairs."""
    rows = []
    for resource, part in board.groupby("resource", sort=False):
        available, proposed = int(part["available_minutes"].sum()), int(part["proposed_minutes"].sum())
        rows.append(
            {
                "kind": RESOURCE_WORDS[str(resource)], "available": available / 60, "proposed": proposed / 60,
                "share": proposed / available if available else float("nan"), "visits": int(part["visits"].sum()),
            }
        )  # fmt: skip
    return rows


def _cell(day: dict[Any, Any]) -> Markup:
    """A shaded cell; how full it is, is said by number and by the height of the shade, never by colour alone."""
    share = day["used_share"]
    on = short_day(day["capacity_on"])
    if share != share:  # noqa: PLR0124  NaN: nobody works
        return _picture(f"{on}: closed", element("text", DASH, x="50%", y=TEXT_AT, text_anchor="middle"))
    step = min(STEPS, int(share * STEPS) + (share > 0))
    high = round(CELL_HEIGHT * min(share, 1.0), 2)
    words = (
        f"{on}: {day['visits']} visits, {number(day['proposed_minutes'] / 60, 1)} of "
        f"{number(day['available_minutes'] / 60, 1)} hours, {percent(share)}"
    )
    ink = "on-dark" if step == STEPS else "on-light"
    return _picture(
        words,
        element("rect", x=0, y=CELL_HEIGHT - high, width="100%", height=high, class_=f"heat-{step}"),
        element("text", f"{day['visits']} · {percent(share)}", x="50%", y=TEXT_AT, text_anchor="middle", class_=ink),
    )


def _picture(words: str, *strokes: Markup) -> Markup:
    return element(
        "svg", element("title", words), *strokes, width="100%", height=CELL_HEIGHT, role="img", aria_label=words,
        class_="heat",
    )  # fmt: skip
