"""Templates to HTML, and the two working pages that show patients under pseudonyms: worklist and pick list."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from hemoflow.domain.requests import Urgency
from hemoflow.reports import words
from hemoflow.reports.header import Header
from hemoflow.reports.worklist import most_urgent_first

FILTERS: tuple[Callable[..., object], ...] = (
    words.amount, words.counted, words.day, words.group, words.hours, words.instant, words.is_missing, words.number,
    words.percent, words.prose, words.short_day, words.signed, words.withheld,
)  # fmt: skip
STYLE = Path(__file__).with_name("templates") / "style.css"
"""The style of every page of the house."""
URGENCY_WORDS = {int(urgency): urgency.words for urgency in Urgency}


def worklist_html(header: Header, worklist: pd.DataFrame, routes: pd.DataFrame, allocations: pd.DataFrame) -> str:
    """The worklist to print: a section for each site, most urgent first, with an empty column for the decision.

    Args:
        header: Header of the run.
        worklist: Frame WORKLIST.
        routes: Frame ROUTES: what would change the proposed place.
        allocations: Frame ALLOCATIONS: due days of today's lines.
    """
    change = routes.set_index("patient_id")["would_change"]
    due = allocations.groupby("patient_id")["due_on"].min()
    rows = most_urgent_first(worklist).assign(
        would_change=lambda frame: frame["patient_id"].map(change), due_on=lambda frame: frame["patient_id"].map(due)
    )
    return render("worklist.html", header=header, sites=_sections(rows, "site_id"))


def allocation_html(header: Header, allocations: pd.DataFrame) -> str:
    """The laboratory's pick list: by site and urgency, each line with unit, reason and alternatives.

    Args:
        header: Header of the run.
        allocations: Frame ALLOCATIONS.
    """
    ordered = allocations.sort_values(
        ["urgency", "due_on", "shortage_tier", "request_id", "line_number"], kind="stable"
    )
    sites = [
        (site, [(URGENCY_WORDS.get(int(u), f"within {u} days"), rows) for u, rows in _sections(part, "urgency")])
        for site, part in ordered.groupby("site_id", sort=True)
    ]  # fmt: skip
    return render("allocation.html", header=header, sites=sites, total=len(allocations))


def render(template: str, **facts: Any) -> str:  # noqa: ANN401  a template takes facts of any kind
    """A page from a template; every value is escaped and an unknown name is an error."""
    return _environment().get_template(template).render(**facts)


def _sections(frame: pd.DataFrame, by: str) -> list[tuple[Any, list[dict[Any, Any]]]]:
    return [(name, rows.to_dict("records")) for name, rows in frame.groupby(by, sort=True)]


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hemoflow.reports"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters.update({filter_.__name__: filter_ for filter_ in FILTERS})
    return environment
