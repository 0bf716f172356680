"""Days drawn at random: whatever the stock and the requests, what is proposed is safe and accounts for every unit."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hemoflow.domain.blood_groups import BloodGroup
from optimization.daily import assign, verify_assignment
from tests.optimization_sample import POLICY, TODAY, demand_frame, requests_frame, stock_frame, supply_frame

GROUPS = st.sampled_from([str(group) for group in BloodGroup])
UNKNOWN_OR = {
    "needs_irradiated": st.sampled_from([False, False, True, None]),
    "antibodies": st.sampled_from(["", "", "", "anti-K", None]),
}
UNITS = st.fixed_dictionaries(
    {
        "blood_group": GROUPS,
        "days_left": st.integers(-2, 40),
        "is_irradiated": st.booleans(),
        "state": st.sampled_from(["available", "available", "reserved", "quarantine"]),
    }
)
REQUESTS = st.fixed_dictionaries(
    {
        "patient_blood_group": st.one_of(GROUPS, st.none()),
        "sex": st.sampled_from(["F", "M", None]),
        "age_years": st.sampled_from([7.0, 18.9, 50.5, 51.0, 80.0, None]),
        "urgency": st.sampled_from([0, 1, 8]),
        "asked": st.integers(-12, 0),
        "open_units": st.integers(1, 3),
        "shortage_tier": st.integers(1, 3),
        **UNKNOWN_OR,
    }
)
NEW = st.dictionaries(st.tuples(GROUPS, st.sampled_from([0, 1, 8]), st.integers(1, 14)), st.integers(1, 4), max_size=9)
PLANNED = st.dictionaries(st.tuples(GROUPS, st.integers(1, 14)), st.integers(1, 4), max_size=9)


NETWORK = replace(POLICY, program="network")


@pytest.mark.parametrize("policy", [POLICY, NETWORK], ids=["paper", "network"])
@settings(max_examples=8, deadline=None)
@given(st.lists(UNITS, max_size=14), st.lists(REQUESTS, max_size=8), st.tuples(NEW, PLANNED), st.data())
def test_every_day_is_safe_and_every_unit_accounted_for(policy, units, requests, forecast, data):
    new, planned = forecast
    for unit in units:
        if unit["state"] == "reserved":
            unit["reserved_request_id"] = f"R{data.draw(st.integers(1, len(requests) + 1))}"
    stock, asked = stock_frame(*units), requests_frame(*requests)
    day = assign(stock, asked, demand_frame(new, 2), supply_frame(planned, 1), policy, TODAY)
    assert verify_assignment(day, stock, asked, TODAY) == []
    lines = day.allocations
    assert lines["unit_id"].dropna().is_unique
    proposed = set(lines["unit_id"].dropna())
    assert not proposed & (set(lines["alternative_1"].dropna()) | set(lines["alternative_2"].dropna()))
    free = stock[(stock["state"] == "available") & (stock["outdate_on"] >= pd.Timestamp(TODAY))]
    assert free.groupby("blood_group").size().to_dict() == {
        group: units for group, units in day.orders.set_index("blood_group")["stock_units"].items() if units
    }
    due = asked[(asked["urgency"] == 0) | (asked["due_on"] <= pd.Timestamp(TODAY))]
    counts = lines.groupby("request_id").size()
    assert all(counts[row.request_id] == row.open_units for row in due.itertuples())
