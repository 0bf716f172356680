"""Demand by site: open requests where they were made, new units shared out as sites asked of late.

Every course of the region is shared out unit by unit, so that in each course the sites add up to the region.
"""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.policy import Supply
from hemoflow.schemas.frames import conform
from hemoflow.schemas.supply import DEMAND_BY_SITE
from models.demand.rates import GROUPS
from models.demand.scatter import Scatter, draw

Floats = NDArray[np.float64]
SITE_DAYS = 8
PRIOR_UNITS = 1.0
"""Weight of a site's share over all classes in its share of one class, as if so many units had been seen."""


def demand_by_site(
    demand: pd.DataFrame,
    open_requests: pd.DataFrame,
    asked: pd.DataFrame,
    scatter: Scatter,
    supply: Supply,
    *,
    as_of: date,
) -> pd.DataFrame:
    """Known and new units of each site, group and day of the coming week.

    Args:
        demand: DEMAND of the day.
        open_requests: OPEN_REQUESTS at the cut.
        asked: ``site_id, urgency, requested_units`` of the policy's history.
        scatter: Scatter of the region's demand.
        supply: Policy section.
        as_of: The run's day; it seeds the courses.

    Returns:
        Frame DEMAND_BY_SITE; empty when no site is on record.
    """
    requests = open_requests[open_requests["component"] == supply.component]
    sites = sorted(set(asked["site_id"]) | set(requests["site_id"]))
    days = min(SITE_DAYS, supply.horizon_days)
    if not sites:
        return conform(pd.DataFrame(columns=list(DEMAND_BY_SITE.columns)), DEMAND_BY_SITE)
    expected = _expected(demand[demand["day_number"] <= days], asked, sites)
    known = _known(requests, sites, days, as_of)
    total = expected.sum(axis=2)
    courses = draw(total, scatter, seed=as_of.toordinal())
    shares = expected / np.where(total > 0, total, 1.0)[:, :, None]
    shares[total <= 0] = 1.0 / len(sites)
    shared = np.random.default_rng(as_of.toordinal() + 2).multinomial(courses, shares)
    middle, upper = np.quantile(shared, [0.5, 0.95], axis=0, method="inverted_cdf") + known
    index = pd.MultiIndex.from_product(
        [range(1, days + 1), GROUPS, sites], names=["day_number", "blood_group", "site_id"]
    )
    frame = index.to_frame(index=False).assign(component=supply.component)
    frame["demand_on"] = pd.Timestamp(as_of) + pd.to_timedelta(frame["day_number"] - 1, unit="D")
    parts = {"known_units": known, "expected_units": expected, "p50_units": middle, "p95_units": upper}
    return conform(frame.assign(**{name: part.ravel() for name, part in parts.items()}), DEMAND_BY_SITE)


def _expected(demand: pd.DataFrame, asked: pd.DataFrame, sites: list[str]) -> Floats:
    """New units, days x groups x sites."""
    by_class = asked.pivot_table(index="urgency", columns="site_id", values="requested_units", aggfunc="sum")
    seen = by_class.reindex(columns=sites).fillna(0.0).astype("float64")
    of_all = (seen.sum() + 1e-9) / (seen.sum() + 1e-9).sum()
    new = demand.assign(units=demand["predicted_units"] + demand["other_units"])
    parts = []
    for urgency, rows in new.groupby("urgency"):
        of_class = seen.loc[urgency] if urgency in seen.index else 0.0 * of_all
        share = (of_class + PRIOR_UNITS * of_all) / (of_class.sum() + PRIOR_UNITS)
        table = rows.pivot_table(index="day_number", columns="blood_group", values="units", aggfunc="sum")
        units = table.reindex(columns=GROUPS).fillna(0.0).to_numpy(dtype=float)
        parts.append(units[:, :, None] * share.to_numpy(dtype=float))
    return np.asarray(sum(parts), dtype=float)


def _known(requests: pd.DataFrame, sites: list[str], days: int, as_of: date) -> NDArray[np.int64]:
    """Open units, days x groups x sites; overdue ones on the first day."""
    known = np.zeros((days, len(GROUPS), len(sites)), dtype=np.int64)
    due = (requests["due_on"] - pd.Timestamp(as_of)).dt.days.clip(lower=0).to_numpy(dtype=int)
    near = due < days
    rows = requests[near]
    group = pd.Index(GROUPS).get_indexer(pd.Index(rows["supply_blood_group"]))
    site = pd.Index(sites).get_indexer(pd.Index(rows["site_id"]))
    np.add.at(known, (due[near], group, site), rows["open_units"].to_numpy(dtype=int))
    return known
