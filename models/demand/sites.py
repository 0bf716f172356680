"""Demand by site and urgency: open requests where they were made, new units shared out as sites asked of late.

Every course of the region is shared out unit by unit among sites and urgency classes, so that in each course the parts
add up to the region. Quantiles of parts do not add up; those of a site's group are taken from the sums of its classes.
"""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.policy import Supply
from hemoflow.schemas.frames import conform
from hemoflow.schemas.supply import DEMAND_BY_SITE, DEMAND_BY_SITE_URGENCY
from models.demand.rates import GROUPS

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Axes = dict[str, pd.Index]
SITE_DAYS = 8
PRIOR_UNITS = 1.0
"""Weight of a site's share over all classes in its share of one class, as if so many units had been seen."""


def demand_by_site(
    demand: pd.DataFrame,
    open_requests: pd.DataFrame,
    asked: pd.DataFrame,
    courses: Counts,
    supply: Supply,
    *,
    as_of: date,
) -> dict[str, pd.DataFrame]:
    """Known and new units of each site, group and day of the coming week, and the same by urgency.

    Args:
        demand: DEMAND of the day.
        open_requests: OPEN_REQUESTS at the cut.
        asked: ``site_id, urgency, requested_units`` of the policy's history.
        courses: New units of the region in possible courses, samples x days x groups, from ``new_courses``.
        supply: Policy section.
        as_of: The run's day; it seeds how the courses are shared out.

    Returns:
        Frames DEMAND_BY_SITE and DEMAND_BY_SITE_URGENCY by name; empty when no site is on record.
    """
    requests = open_requests[open_requests["component"] == supply.component]
    axes = {
        "day_number": pd.Index(range(1, min(SITE_DAYS, supply.horizon_days) + 1)),
        "blood_group": pd.Index(GROUPS),
        "site_id": pd.Index(sorted(set(asked["site_id"]) | set(requests["site_id"]))),
        "urgency": pd.Index(sorted(supply.urgency_deadlines_days)),
    }
    expected, known = _expected(demand, asked, axes), _known(requests, axes, as_of)
    shared = share_out(courses[:, : len(axes["day_number"])], expected, seed=as_of.toordinal() + 2)
    by_site = {name: axis for name, axis in axes.items() if name != "urgency"}
    frames = (
        (DEMAND_BY_SITE, _frame(by_site, known.sum(axis=3), expected.sum(axis=3), shared.sum(axis=4))),
        (DEMAND_BY_SITE_URGENCY, _frame(axes, known, expected, shared)),
    )
    for _, frame in frames:
        frame["component"] = supply.component
        frame["demand_on"] = pd.Timestamp(as_of) + pd.to_timedelta(frame["day_number"] - 1, unit="D")
    return {layout.name: conform(frame, layout) for layout, frame in frames}


def share_out(courses: Counts, expected: Floats, *, seed: int) -> Counts:
    """The courses of the region (samples x days x groups) with the axes of ``expected`` behind days and groups.

    Each unit falls to a part with the chance that is its share of what is expected; equal shares where nothing is.
    """
    flat = expected.reshape(*expected.shape[:2], -1)
    if not flat.size:
        return np.zeros((len(courses), *expected.shape), dtype=np.int64)
    total = flat.sum(axis=2, keepdims=True)
    shares = np.where(total > 0, flat / np.where(total > 0, total, 1.0), 1.0 / flat.shape[2])
    shared = np.random.default_rng(seed).multinomial(courses, shares)
    return np.asarray(shared.reshape(len(courses), *expected.shape), dtype=np.int64)


def _frame(axes: Axes, known: Counts, expected: Floats, shared: Counts) -> pd.DataFrame:
    middle, upper = np.quantile(shared, [0.5, 0.95], axis=0, method="inverted_cdf") + known
    units = {"known_units": known, "expected_units": expected, "p50_units": middle, "p95_units": upper}
    index = pd.MultiIndex.from_product(list(axes.values()), names=list(axes))
    return index.to_frame(index=False).assign(**{name: part.ravel() for name, part in units.items()})


def _expected(demand: pd.DataFrame, asked: pd.DataFrame, axes: Axes) -> Floats:
    """New units, days x groups x sites x classes."""
    days, groups, sites, classes = axes.values()
    new = demand.assign(units=demand["predicted_units"] + demand["other_units"])
    table = new.pivot_table(index=["day_number", "blood_group"], columns="urgency", values="units", aggfunc="sum")
    cells = pd.MultiIndex.from_product([days, groups])
    units = table.reindex(index=cells, columns=classes).fillna(0.0).to_numpy(dtype=float)
    by_class = asked.pivot_table(index="urgency", columns="site_id", values="requested_units", aggfunc="sum")
    seen = by_class.reindex(index=classes, columns=sites).fillna(0.0).to_numpy(dtype=float)
    of_all = (seen.sum(axis=0) + 1e-9) / (seen.sum(axis=0) + 1e-9).sum()
    share = (seen + PRIOR_UNITS * of_all) / (seen.sum(axis=1, keepdims=True) + PRIOR_UNITS)
    return np.asarray(units.reshape(len(days), len(groups), 1, len(classes)) * share.T, dtype=float)


def _known(requests: pd.DataFrame, axes: Axes, as_of: date) -> Counts:
    """Open units, days x groups x sites x classes; overdue ones on the first day."""
    known = np.zeros([len(axis) for axis in axes.values()], dtype=np.int64)
    due = (requests["due_on"] - pd.Timestamp(as_of)).dt.days.clip(lower=0).to_numpy(dtype=int)
    near = due < len(axes["day_number"])
    rows = requests[near]
    named = {"blood_group": "supply_blood_group", "site_id": "site_id", "urgency": "urgency"}
    places = [axes[axis].get_indexer(pd.Index(rows[column])) for axis, column in named.items()]
    np.add.at(known, (due[near], *places), rows["open_units"].to_numpy(dtype=int))
    return known
