"""A day planned by the network program: all groups together, the same papers as with a plan for each group."""

from dataclasses import replace
from functools import partial

import pandas as pd
import pytest

from hemoflow.domain.errors import SolveError
from hemoflow.domain.ladders import NETWORK_RUNGS, PAPER_RUNGS
from hemoflow.schemas.frames import conform
from hemoflow.schemas.supply import ALLOCATIONS, ORDERS, PLAN_DAYS
from optimization import objectives
from optimization.daily import assign, verify_assignment
from optimization.network.objectives import RUNGS
from tests.optimization_sample import (
    POLICY,
    TODAY,
    assigned,
    demand_frame,
    lines,
    requests_frame,
    stock_frame,
    supply_frame,
)

NETWORK = replace(POLICY, program="network")


run = partial(assigned, policy=NETWORK)


def test_the_policy_knows_the_rungs_of_both_programs():
    assert tuple(objectives.RUNGS) == PAPER_RUNGS
    assert tuple(RUNGS) == NETWORK_RUNGS


def test_an_empty_day_gives_frames_in_their_layouts():
    assignment = run()
    for frame, layout in (
        (assignment.plan_days, PLAN_DAYS),
        (assignment.orders, ORDERS),
        (assignment.allocations, ALLOCATIONS),
    ):
        pd.testing.assert_frame_equal(conform(frame, layout), frame)
    assert (len(assignment.plan_days), len(assignment.orders), assignment.plans) == (8 * 14, 8, {})


def test_another_group_helps_before_a_unit_from_outside_and_o_negative_last():
    units = [{"blood_group": "O-"}, {"blood_group": "O+"}]
    assert lines(run(units, [{}])) == [("R1", "U2", "compatible", "sample_needed")]
    plan = run(units, [{}]).plan_days.set_index(["blood_group", "day_number"])
    assert (plan.loc[("O+", 1), "internal_units"], plan.loc[("A+", 1), "very_urgent_units"]) == (1, 1)
    assert lines(run([], [{}])) == [("R1", None, "external", "order_external")]


def test_a_request_that_can_wait_gets_its_own_group_or_waits():
    units = [{"blood_group": "O+", "days_left": 0}]
    assert lines(run(units, [{"urgency": 8}])) == []
    assert lines(run([*units, {}], [{"urgency": 8, "asked": -8}]))[0][1] == "U2"


def test_reserved_units_are_offered_and_unmet_requirements_ask_a_person():
    units = [
        {"state": "reserved", "reserved_request_id": "R1"},
        {"days_left": 3},
        {"is_irradiated": True, "days_left": 9},
    ]
    requests = [{"reserved_units": 1}, {"needs_irradiated": True}, {"antibodies": None}]
    assert lines(run(units, requests)) == [
        ("R1", "U1", "reserved", "sample_needed"),
        ("R2", "U3", "identical", "sample_needed"),
        ("R3", None, "none", "review"),
    ]


def test_stock_of_all_groups_balances_from_day_to_day():
    units = [{"blood_group": group, "days_left": left} for group in ("A+", "O+", "O-") for left in (0, 1, 3, 9)]
    new = {("A+", 0, 1): 3, ("AB+", 1, 2): 4, ("O-", 8, 3): 5}
    rows = run(units, [{"open_units": 2}], new=new, planned={("B+", 2): 6}).plan_days
    days = rows.groupby("day_number")[["donated_units", "internal_units", "outdated_units", "stock_after_units"]].sum()
    change = days["donated_units"] - days["internal_units"] - days["outdated_units"]
    assert days["stock_after_units"].iloc[0] == 12 + change.iloc[0]
    supplied = rows[["very_urgent_units", "urgent_units", "not_urgent_units"]].sum().sum()
    assert supplied == 2 + 3 + 4 + 5


def test_the_order_counts_what_other_groups_take_and_shows_why():
    orders = run([{"blood_group": "O+", "days_left": 20}] * 3, [{"open_units": 2}], quantile=2).orders.set_index(
        "blood_group"
    )
    assert (orders.loc["O+", "stock_units"], orders.loc["O+", "used_today_units"]) == (3, 2)
    assert orders.loc["O+", "order_units"] == 2 - (3 - 2)
    assert "0 due + 2 (95% of very urgent) - 1 usable" in orders.loc["O+", "reason"]
    assert orders["explanation"].str.len().min() > 0


@pytest.mark.parametrize("policy", [POLICY, NETWORK], ids=["paper", "network"])
def test_a_longer_lead_time_orders_for_its_day_with_the_margins_between(policy):
    frames = {"new": {("A+", 0, t): 2 for t in range(1, 15)} | {("A+", 1, 2): 3}, "quantile": 5, "low": 1}
    order = run([{"days_left": 20}] * 9, policy=replace(policy, order_lead_days=3), **frames).orders
    line = order.set_index("blood_group").loc["A+"]
    assert (line["lead_days"], (line["needed_on"].date() - TODAY).days) == (3, 3)
    assert line["very_urgent_quantile_units"] == 2 + 6  # 3 days of margin 3: root of 27, rounded up
    assert line["inbound_units"] == 4
    assert line["gap_units"] == (
        line["due_urgent_units"] + line["due_not_urgent_units"] + 8 - line["usable_stock_units"]
    )
    assert "used before" in line["reason"]


def test_a_plan_that_is_tampered_with_is_refused():
    stock, asked = stock_frame({}), requests_frame({})
    day = assign(stock, asked, demand_frame(), supply_frame(), NETWORK, TODAY)
    plan = replace(day.region.plan, rungs=day.region.plan.rungs | {"substitution": 3.0})
    spoilt = replace(day, region=replace(day.region, plan=plan))
    assert verify_assignment(day, stock, asked, TODAY) == []
    assert "substitution" in verify_assignment(spoilt, stock, asked, TODAY)[0]


@pytest.mark.parametrize("policy", [POLICY, NETWORK], ids=["paper", "network"])
def test_a_timed_out_solve_names_rung_and_tightest_requests(policy):
    with pytest.raises(SolveError, match=r"the rung \w+ ended without an optimum.*Tightest requests: "):
        run([], [{"open_units": 3}], new={("A+", 0, 2): 2}, policy=replace(policy, solver_time_limit_s=1e-9))


def test_ladders_are_the_policys_and_the_very_urgent_never_lack_a_line():
    rungs = ("external_units", "emergency_units")
    thrifty = replace(NETWORK, network_ladder=rungs, ladder_tolerances=("external_units=1",))
    day = run([], [{}], policy=thrifty)
    assert tuple(day.region.plan.rungs) == rungs
    assert day.region.task.tolerances == {"external_units": 1}
    assert day.region.plan.shortages
    assert lines(day) == [("R1", None, "external", "order_external")]
    plain = run([], [{}], policy=replace(POLICY, paper_ladder=("outdates",)))
    assert len(plain.plans) == 8
