"""The brief: what a supply planner opens first. Everything here is aggregated; patients are on the worklist."""

from collections.abc import Hashable
from datetime import date
from typing import Any

import pandas as pd
from markupsafe import Markup

from hemoflow.domain.disclosure import suppress, suppressed_total, without_patients
from hemoflow.reports import charts
from hemoflow.reports.clinic import capacity_use, route_counts
from hemoflow.reports.data_health import reject_rows, source_rows
from hemoflow.reports.due import due_units
from hemoflow.reports.findings import Findings
from hemoflow.reports.headline import by_group, headline, order_title
from hemoflow.reports.kpis import in_reading_order
from hemoflow.reports.model_card import model_words
from hemoflow.reports.pages import render
from hemoflow.reports.words import day, group
from hemoflow.schemas.canonical import GROUPS

Rows = list[dict[Hashable, Any]]
PLAN_ROWS = {
    "internal_units": "From stock and donations",
    "external_units": "From outside",
    "donated_units": "Donations expected",
    "outdated_units": "Outdating",
    "stock_after_units": "Stock at the end",
}


def brief_html(found: Findings) -> str:
    """The brief as one HTML page: no script, nothing loaded, prints on two A4 sides.

    Raises:
        VerificationError: A warning or reason would have put a patient's pseudonym on the page.
    """
    page = render(
        "brief.html",
        header=found.header,
        found=found,
        headline=headline(found),
        stock=stock_rows(found.stock_status),
        axis=stock_axis_of(found.stock_status),
        order_title=order_title(found.rules.supply.order_lead_days),
        orders=by_group(found.orders).to_dict("records"),
        plan=plan_table(found.plan_days),
        traces=trace_cards(found.plan_days, found.stock_status),
        due=_due(found),
        clinic=clinic_facts(found),
        sources=source_rows(found.freshness, found.ingest_report),
        rejects=reject_rows(found.quarantine),
        kpis=in_reading_order(found.kpis).to_dict("records"),
        model=model_words(found.header.model_id, found.need_metrics),
    )
    return without_patients(page, found.patient_ids)


def stock_rows(status: pd.DataFrame) -> Rows:
    """Stock status in the order of groups, each row with its bar and the mark of its phase."""
    rows = by_group(status).to_dict("records")
    scale = _scale(status)
    for row in rows:
        limits = {"target": row["target_days"], "alert": row["alert_days"], "scale": scale}
        row["bar"] = charts.stock_bar(group(row["blood_group"]), row["days_of_stock"], row["phase"], **limits)
        row["mark"] = charts.phase_mark(row["phase"])
    return rows


def plan_table(plan_days: pd.DataFrame) -> dict[str, Any]:
    """All groups together, a column a day: its bar and its numbers."""
    totals = plan_days.groupby(["day_number", "plan_on"])[list(PLAN_ROWS)].sum().reset_index()
    days = totals["plan_on"].dt.date.tolist()
    supply = list(zip(totals["internal_units"].tolist(), totals["external_units"].tolist(), strict=True))
    tallest = max((sum(pair) for pair in supply), default=1)
    bars = [charts.supply_bar(day(on), *pair, tallest=tallest) for on, pair in zip(days, supply, strict=True)]
    rows = [(words, totals[column].tolist()) for column, words in PLAN_ROWS.items()]
    return {"days": [_column_head(on) for on in days], "bars": bars, "rows": rows}


def trace_cards(plan_days: pd.DataFrame, status: pd.DataFrame) -> list[tuple[str, int, int, Markup]]:
    """For each group: name, stock after the first and the last day, and its picture."""
    alert = (status["alert_days"] * status["average_daily_demand_units"]).set_axis(status["blood_group"])
    plan = plan_days.sort_values("day_number").groupby("blood_group")[["stock_after_units", "external_units"]]
    courses = plan.agg(list).reindex(GROUPS).dropna()
    return [
        (str(name), stock[0], stock[-1], charts.stock_trace(group(name), stock, external, float(alert[name])))
        for name, stock, external in courses.itertuples()
    ]


def clinic_facts(found: Findings) -> dict[str, Any]:
    """Patients by place and care setting with small counts withheld, and the use of team and chairs."""
    smallest = found.rules.publication.smallest_published_count
    places = route_counts(found.routes)
    n_review = int(found.routes["needs_review"].sum())
    review = suppress({"review": n_review, "others": len(found.routes) - n_review}, smallest)
    settings = found.worklist.groupby("care_setting", sort=True).size()
    return {
        "places": suppress(places, smallest),
        "total": suppressed_total(places, smallest),
        "review": review["review"],
        "settings": suppress({str(name): int(n) for name, n in settings.items()}, smallest),
        "use": capacity_use(found.slots, found.capacity, found.rules.routing, as_of=found.header.as_of).to_dict(
            "records"
        ),
        "smallest": smallest,
        "expected_units": float(found.worklist["expected_8d_units"].sum()),
    }


def _due(found: Findings) -> dict[str, Any]:
    table = due_units(found.open_requests, found.allocations, as_of=found.header.as_of)
    if not found.has_plan:
        unknown = ["proposed_units", "external_units", "review_units", "short_units", "very_urgent_short_units"]
        table = table.astype(dict.fromkeys(unknown, "float64")).assign(**dict.fromkeys(unknown, float("nan")))
    return {"rows": table.to_dict("records"), "total": table.drop(columns="blood_group").sum(skipna=False).to_dict()}


def stock_axis_of(status: pd.DataFrame) -> Markup:
    """The axis above the bars of :func:`stock_rows`."""
    target, alert = float(status["target_days"].max()), float(status["alert_days"].max())
    return charts.stock_axis(target=target, alert=alert, scale=_scale(status))


def _scale(status: pd.DataFrame) -> float:
    return charts.days_scale(status["days_of_stock"].tolist(), float(status["target_days"].max()))


def _column_head(on: date) -> tuple[str, str]:
    return day(on)[:2], str(on.day)
