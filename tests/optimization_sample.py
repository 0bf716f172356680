"""Instances and frames of a day for the tests of the assignment: small, explicit, and drawn for the property tests."""

from datetime import date, timedelta

import pandas as pd
from hypothesis import strategies as st

from hemoflow.domain.blood_groups import BloodGroup, emergency_groups
from hemoflow.domain.policy import load_policy
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.supply import DEMAND, OPEN_REQUESTS, STOCK, SUPPLY_FORECAST
from optimization.daily import assign
from optimization.problem import Instance

TODAY = date(2024, 3, 12)
POLICY = load_policy("region_demo").supply
LEAST_SHORTAGE = [
    ((6, 40, 5, 36, 2, 9, 1, 3), (9, 38, 6, 34, 3, 10, 1, 3), 6, 5),
    ((4, 30, 3, 20, 1, 6, 1, 2), (12, 25, 5, 22, 4, 8, 2, 4), 20, 15),
    ((0, 0, 0, 50, 0, 50, 0, 50), (5, 5, 5, 20, 5, 20, 5, 20), 25, 25),
    ((20, 10, 0, 0, 0, 0, 0, 0), (2, 4, 3, 6, 2, 4, 2, 5), 22, 0),
]
"""Supply and demand by group, and the shortage without and with compatible groups (pinned, section 2)."""


def instance(*, T=30, L=30, U=(0, 1, 8), rule="no_growth", stock=None, donations=None, demand=None, backlog=None):
    """An instance that is empty but for what is given: day to units, or class to day to units."""
    by_class = demand or {}
    return Instance(
        name="sample",
        horizon_days=T,
        shelf_life_days=L,
        urgency_deadlines_days=tuple(U),
        terminal_rule=rule,
        initial_stock=stock or {},
        donations=tuple((donations or {}).get(t, 0) for t in range(1, T + 1)),
        demand={u: tuple(by_class.get(u, {}).get(t, 0) for t in range(1, T + 1)) for u in U},
        backlog=backlog or {},
    )


@st.composite
def instances(draw, most_days=7, most_units=4, rules=("free", "clear", "no_growth"), classes=(0, 1, 2, 3, 8)):
    T, L = draw(st.integers(1, most_days)), draw(st.integers(1, most_days + 2))
    U = tuple(sorted(draw(st.sets(st.sampled_from(classes), min_size=1, max_size=3))))
    units = st.one_of(st.just(0), st.integers(0, most_units))
    return Instance(
        name="drawn",
        horizon_days=T,
        shelf_life_days=L,
        urgency_deadlines_days=U,
        terminal_rule=draw(st.sampled_from(rules)),
        initial_stock={k: draw(units) for k in range(2 - L, 1)},
        donations=tuple(draw(units) for _ in range(T)),
        demand={u: tuple(draw(units) for _ in range(T)) for u in U},
        backlog={u: {k: draw(units) for k in range(1 - u, 1)} for u in U if u},
    )


def assigned(units=(), requests=(), *, policy, new=None, planned=None, quantile=0, low=0):
    """What the day's assignment makes of stock, requests, expected demand and planned donations."""
    stock, asked = stock_frame(*units), requests_frame(*requests)
    return assign(stock, asked, demand_frame(new, quantile), supply_frame(planned, low), policy, TODAY)


def lines(assignment):
    """Its allocations as plain rows: request, unit, match, status."""
    columns = ["request_id", "unit_id", "match_class", "status"]
    return [
        tuple(None if pd.isna(value) else value for value in row)
        for row in assignment.allocations[columns].itertuples(index=False)
    ]


def stock_frame(*units):
    """STOCK from dicts; what is not given is a free unit of A+ with five days left."""
    plain = {
        "component": "red_cells", "blood_group": "A+", "site_id": "s", "is_irradiated": False,
        "state": "available", "reserved_request_id": None, "days_left": 5,
    }  # fmt: skip
    rows = []
    for number, unit in enumerate(units, start=1):
        row = {"unit_id": f"U{number}", **plain, **unit}
        row["outdate_on"] = pd.Timestamp(TODAY + timedelta(days=row.pop("days_left")))
        rows.append({"collected_on": row["outdate_on"] - pd.Timedelta(days=POLICY.shelf_life_days - 1), **row})
    return conform(pd.DataFrame(rows), STOCK) if rows else empty(STOCK)


def requests_frame(*requests):
    """OPEN_REQUESTS from dicts; what is not given is one unit for an A+ patient, very urgent, asked today."""
    plain = {
        "component": "red_cells", "site_id": "s", "patient_blood_group": "A+", "sex": "F", "age_years": 40.0,
        "needs_irradiated": False, "antibodies": "", "urgency": 0, "shortage_tier": 2, "asked": 0, "open_units": 1,
        "reserved_units": 0,
    }  # fmt: skip
    rows = []
    for number, request in enumerate(requests, start=1):
        row = {"request_id": f"R{number}", "patient_id": f"P{number}", **plain, **request}
        asked = TODAY + timedelta(days=row.pop("asked"))
        row["is_emergency_rule"] = row["patient_blood_group"] is None
        emergency = emergency_groups(row["sex"], int(row["age_years"]) if row["age_years"] is not None else None)[0]
        row.setdefault("supply_blood_group", row["patient_blood_group"] or str(emergency))
        row |= {
            "requested_on": pd.Timestamp(asked),
            "due_on": pd.Timestamp(asked + timedelta(days=row["urgency"])),
            "requested_at": pd.Timestamp(asked, tz="UTC") + pd.Timedelta(minutes=number),
        }
        rows.append(row)
    return conform(pd.DataFrame(rows), OPEN_REQUESTS) if rows else empty(OPEN_REQUESTS)


def demand_frame(new=None, quantile=0):
    """DEMAND over the policy's horizon: ``new[group, urgency, day]`` units; one quantile for very urgent rows."""
    rows = []
    for t in range(1, POLICY.horizon_days + 1):
        for group in BloodGroup:
            for u in POLICY.urgency_deadlines_days:
                units = (new or {}).get((str(group), u, t), 0)
                row = {
                    "demand_on": pd.Timestamp(TODAY + timedelta(days=t - 1)), "day_number": t, "component": "red_cells",
                    "blood_group": str(group), "urgency": u, "known_units": 0, "predicted_units": float(units),
                    "other_units": 0.0, "new_units": units, "quantile_units": units if u else quantile,
                }  # fmt: skip
                rows.append({name: row.get(name, 0) for name in DEMAND.columns})
    return conform(pd.DataFrame(rows), DEMAND)


def supply_frame(planned=None, low=0):
    """SUPPLY_FORECAST over the policy's horizon: ``planned[group, day]`` units, the same low quantile every day."""
    rows = []
    for t in range(1, POLICY.horizon_days + 1):
        for group in BloodGroup:
            units = (planned or {}).get((str(group), t), 0)
            row = {
                "supply_on": pd.Timestamp(TODAY + timedelta(days=t - 1)), "day_number": t, "component": "red_cells",
                "blood_group": str(group), "expected_units": float(units), "planned_units": units, "low_units": low,
            }  # fmt: skip
            rows.append({name: row.get(name, 0) for name in SUPPLY_FORECAST.columns})
    return conform(pd.DataFrame(rows), SUPPLY_FORECAST)
