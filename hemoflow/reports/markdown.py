"""The brief as Markdown for the run's page in Prefect: aggregates only, small counts of patients withheld."""

import re
from collections.abc import Sequence

from hemoflow.domain.disclosure import without_patients
from hemoflow.domain.figures import DASH
from hemoflow.reports.brief import clinic_facts
from hemoflow.reports.data_health import source_rows
from hemoflow.reports.findings import Findings
from hemoflow.reports.headline import by_group, headline, order_title
from hemoflow.reports.kpis import in_reading_order
from hemoflow.reports.model_card import model_words
from hemoflow.reports.words import amount, day, group, hours, is_missing, number, prose, signed, tidy, withheld

Table = list[Sequence[str]]


def markdown_brief(found: Findings) -> str:
    """Headline, stock, order, places, data health and key figures as Markdown.

    Raises:
        VerificationError: A warning or reason would have put a patient's pseudonym on the page.
    """
    header = found.header
    parts = [
        f"# Red cell brief, {day(header.as_of)}",
        f"**{header.status}**: {_safe(header.verdict)}.",
        "\n".join(f"* **{line.key}.** {_safe(line.sentence)}" for line in headline(found)),
        "\n".join(f"* Warning: {_safe(prose(warning))}" for warning in found.warnings),
        _section(
            "Days of stock",
            ("Group", "Days", "Phase", "Free units", "Since yesterday", "Outdate ≤ 7 days"),
            _stock(found),
        ),
        _section(order_title(found.rules.supply.order_lead_days), ("Group", "Order", "Why"), _orders(found)),
        _section("Clinic and home", ("Next transfusion proposed", "Outpatients"), _places(found)),
        _section("Data health", ("Source", "Rows seen", "Age", "Stale tables", "Put aside"), _sources(found)),
        _section("Key figures", ("Figure", "Value", "Target or context"), _figures(found)),
        _safe(model_words(header.model_id, found.need_metrics)),
        "\n".join(f"* {key}: {_safe(value)}" for key, value in header.items()),
    ]
    return without_patients("\n\n".join(part for part in parts if part) + "\n", found.patient_ids)


def _stock(found: Findings) -> Table:
    return [
        (
            group(row["blood_group"]), number(row["days_of_stock"], 1), row["phase"], number(row["available_units"]),
            signed(row["change_units"]), number(row["outdating_7d_units"]),
        )
        for row in by_group(found.stock_status).to_dict("records")
    ]  # fmt: skip


def _orders(found: Findings) -> Table:
    rows = by_group(found.orders).to_dict("records")
    return [(group(row["blood_group"]), number(row["order_units"]), prose(row["reason"])) for row in rows]


def _places(found: Findings) -> Table:
    if found.routes.empty:
        return []
    facts = clinic_facts(found)
    rows = [(place.capitalize(), withheld(count)) for place, count in facts["places"].items()]
    return [*rows, ("To review", withheld(facts["review"])), ("All", withheld(facts["total"]))]


def _sources(found: Findings) -> Table:
    return [
        (
            str(row["source"]), number(row["rows"]), hours(row["age_hours"]),
            ", ".join(row["stale"]) or "none", number(row["quarantined_rows"]),
        )
        for row in source_rows(found.freshness, found.ingest_report)
    ]  # fmt: skip


def _figures(found: Findings) -> Table:
    rows = in_reading_order(found.kpis).to_dict("records")
    return [
        (row["kpi"], amount(row["value"], row["unit"]), DASH if is_missing(row["target"]) else row["target"])
        for row in rows
    ]


def _section(title: str, columns: Sequence[str], rows: Table) -> str:
    if not rows:
        return ""
    lines = [columns, ["---"] * len(columns), *([_safe(cell) for cell in row] for row in rows)]
    return f"## {title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _safe(text: str) -> str:
    """Text on one line that Markdown and HTML leave alone."""
    escaped = tidy(str(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|])", r"\\\1", escaped)
