"""The day: frames in; plan, order and allocation lists out. Each rule of picking and ordering on the smallest case."""

from dataclasses import replace
from functools import partial

import pandas as pd
import pytest

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import InputError, VerificationError
from hemoflow.schemas.frames import conform
from hemoflow.schemas.supply import ALLOCATIONS, ORDERS, PLAN_DAYS
from optimization import apart
from optimization.daily import assign, verify_assignment
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

A_POS = BloodGroup.A_POS


run = partial(assigned, policy=POLICY)


def test_an_empty_day_gives_frames_in_their_layouts():
    assignment = run()
    for frame, layout in (
        (assignment.plan_days, PLAN_DAYS),
        (assignment.orders, ORDERS),
        (assignment.allocations, ALLOCATIONS),
    ):
        pd.testing.assert_frame_equal(conform(frame, layout), frame)
    assert (len(assignment.plan_days), len(assignment.orders), len(assignment.allocations)) == (8 * 14, 8, 0)


def test_units_enter_by_their_own_last_day():
    life = POLICY.shelf_life_days
    units = [{"days_left": left} for left in (0, 5, 5, life - 2, life - 1, life + 7)]
    spoilt = [{"days_left": -1}, {"state": "quarantine"}, {"state": "reserved", "reserved_request_id": "gone"}]
    instance = run([*units, *spoilt, {"component": "platelets"}]).instances[A_POS]
    assert instance.initial_stock == {2 - life: 1, 7 - life: 2, 0: 1}
    assert instance.donations[0] == 2
    assert run(units).plans[A_POS].outdated_by_day[:7] == (1, 0, 0, 0, 0, 2, 0)


def test_requests_enter_by_the_day_of_asking_and_overdue_ones_are_due_today():
    requests = [
        {"urgency": 8, "asked": -3, "open_units": 2},
        {"urgency": 8, "asked": -8},
        {"urgency": 8, "asked": -20, "open_units": 3},
        {"urgency": 1, "asked": -1},
        {"urgency": 0, "asked": -2},
        {"urgency": 1, "asked": 0, "open_units": 5},
        {"urgency": 0, "asked": 0, "component": "platelets"},
    ]
    instance = run(requests=requests, new={("A+", 1, 1): 2, ("A+", 0, 3): 4}, planned={("A+", 2): 6}).instances[A_POS]
    assert instance.backlog == {1: {0: 1}, 8: {-7: 4, -2: 2}}
    assert (instance.demand[0][:3], instance.demand[1][0], instance.donations[:2]) == ((1, 0, 4), 7, (0, 6))


def test_reserved_units_leave_both_sides_and_are_offered_first():
    units = [{"state": "reserved", "reserved_request_id": "R1", "days_left": 20}, {"days_left": 2}, {"days_left": 3}]
    assignment = run(units, [{"urgency": 8, "open_units": 2, "reserved_units": 1}])
    assert assignment.instances[A_POS].demand[8][0] == 1
    assert sum(assignment.instances[A_POS].initial_stock.values()) == 2
    assert lines(assignment)[0] == ("R1", "U1", "reserved", "sample_needed")


def test_a_reservation_of_a_forbidden_group_is_not_offered_but_told():
    units = [{"state": "reserved", "reserved_request_id": "R1", "blood_group": "B+"}, {}]
    assignment = run(units, [{}])
    assert lines(assignment) == [("R1", "U2", "identical", "sample_needed")]
    assert "unit U1 is reserved for it and is B+, which it must not get" in assignment.allocations.loc[0, "reason"]


def test_oldest_unit_to_the_earliest_deadline_then_tier_then_time():
    units = [{"days_left": left} for left in (9, 1, 4, 7)]
    requests = [
        {"urgency": 0, "shortage_tier": 3},
        {"urgency": 1, "asked": -1, "shortage_tier": 1},
        {"urgency": 0, "shortage_tier": 3},
        {"urgency": 0, "shortage_tier": 2},
    ]
    assignment = run(units, requests)
    assert [line[:2] for line in lines(assignment)] == [("R1", "U4"), ("R2", "U2"), ("R3", "U1"), ("R4", "U3")]
    oldest = assignment.allocations.loc[1]
    assert (oldest["reason"], oldest["days_left"]) == ("oldest free A+ unit, 1 day left; urgent, due today", 1)


def test_alternatives_are_the_next_best_units_that_stay_free():
    units = [{"days_left": left} for left in (3, 1, 2, 4)] + [{"days_left": 0, "blood_group": "B+"}]
    row = run(units, [{}]).allocations.loc[0]
    assert (row["unit_id"], row["alternative_1"], row["alternative_2"]) == ("U2", "U3", "U1")


def test_the_emergency_rule_gives_group_o_only():
    requests = [
        {"patient_blood_group": None, "sex": "F", "age_years": 40.0},
        {"patient_blood_group": None, "sex": "M", "age_years": 60.0},
        {"patient_blood_group": None, "sex": None, "age_years": None},
        {"patient_blood_group": None, "sex": None, "age_years": 80.0},
    ]
    units = [{"blood_group": group} for group in ("A+", "O+", "O-", "O+")]
    found = lines(run(units, requests))
    assert found[0] == ("R1", "U3", "emergency_rule", "sample_needed")
    assert found[1] == ("R2", "U2", "emergency_rule", "sample_needed")
    assert found[2] == ("R3", None, "external", "order_external")
    assert found[3] == ("R4", "U4", "emergency_rule", "sample_needed")


def test_a_compatible_group_helps_only_those_who_cannot_wait():
    units = [{"blood_group": "O+"}, {"blood_group": "O+"}]
    assert lines(run(units, [{"urgency": 0}])) == [("R1", "U1", "compatible", "sample_needed")]
    assert lines(run(units, [{"urgency": 8, "asked": -8}])) == [("R1", "U1", "compatible", "sample_needed")]
    assert {line[1] for line in lines(run(units, [{"urgency": 8}]))} <= {None}


def test_a_compatible_group_keeps_what_its_own_plan_needs_today():
    own = {"patient_blood_group": "O+", "urgency": 0}
    found = lines(run([{"blood_group": "O+"}], [{"urgency": 0}, own]))
    assert found == [("R1", None, "external", "order_external"), ("R2", "U1", "identical", "sample_needed")]
    expected_later_today = {("O+", 0, 1): 1}
    assert lines(run([{"blood_group": "O+"}], [{"urgency": 0}], new=expected_later_today))[0][1] is None


def test_a_unit_of_ours_is_kept_for_very_urgent_requests_expected_later_today():
    expected_later_today = {("A+", 0, 1): 1}
    due_today, can_wait = {"urgency": 1, "asked": -1}, {"urgency": 1}
    assert lines(run([{}], [can_wait], new=expected_later_today)) == [], "it waits, and nothing is bought today for it"
    assert lines(run([{}], [due_today], new=expected_later_today))[0][1] == "U1", "a known need of today goes first"


def test_o_negative_leaves_group_o_for_the_very_urgent_only():
    units = [{"blood_group": "O-"}]
    assert lines(run(units, [{"urgency": 0}]))[0][1] == "U1"
    assert lines(run(units, [{"urgency": 1, "asked": -1}]))[0][1] is None
    assert lines(run(units, [{"urgency": 1, "asked": -1, "patient_blood_group": "O+"}]))[0][1] == "U1"


def test_rhd_positive_units_never_go_to_rhd_negative_patients():
    units = [{"blood_group": "A+"}, {"blood_group": "O+"}]
    assert lines(run(units, [{"patient_blood_group": "A-"}])) == [("R1", None, "external", "order_external")]


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"antibodies": None}, "no antibody screen is on record"),
        ({"antibodies": "anti-K"}, "has red-cell antibodies"),
        ({"needs_irradiated": None}, "no record whether irradiated units are needed"),
        ({"needs_irradiated": True}, "needs an irradiated unit"),
    ],
)
def test_a_requirement_that_is_not_known_to_be_met_names_no_unit(record, words):
    assignment = run([{}, {}], [record])
    assert lines(assignment) == [("R1", None, "none", "review")]
    assert words in assignment.allocations.loc[0, "reason"]
    held = run([{"state": "reserved", "reserved_request_id": "R1"}], [{**record, "reserved_units": 1}])
    assert lines(held) == [("R1", None, "none", "review")]
    assert held.allocations.loc[0, "reason"].startswith("unit U1 is reserved for this request, but ")


def test_irradiated_units_serve_those_who_need_them_even_when_younger():
    units = [{"days_left": 1}, {"days_left": 9, "is_irradiated": True}]
    for record in (True, None):
        row = run(units, [{"needs_irradiated": record}]).allocations.loc[0]
        assert (row["unit_id"], pd.isna(row["alternative_1"])) == ("U2", True)


def test_whoever_is_due_today_takes_a_unit_on_the_shelf_before_one_from_outside():
    new = {("A+", 0, t): 6 for t in range(1, 15)}
    assignment = run([{"days_left": 30}] * 14, [{"open_units": 5}], new=new)
    assert assignment.plans[A_POS].external_by_day[0] > 0
    assert {line[2] for line in lines(assignment)} == {"identical"}


def test_a_request_that_can_wait_for_todays_donation_has_no_line():
    assignment = run([], [{"urgency": 8}], planned={("A+", 1): 1})
    assert assignment.plans[A_POS].supplied_by_class[8][0] == 1
    assert lines(assignment) == []


def test_plan_days_balance_from_day_to_day():
    new = {("A+", u, t): 1 + u % 3 for u in (0, 1, 8) for t in range(1, 15)}
    frame = run(
        [{"days_left": d % 6} for d in range(20)], new=new, planned={("A+", t): 4 for t in range(1, 15)}
    ).plan_days
    rows = frame[frame["blood_group"] == "A+"].sort_values("day_number")
    change = rows["donated_units"] - rows["internal_units"] - rows["outdated_units"]
    assert (20 + change.cumsum()).tolist() == rows["stock_after_units"].tolist()
    by_class = rows[["very_urgent_units", "urgent_units", "not_urgent_units"]].sum(axis=1)
    assert by_class.tolist() == (rows["internal_units"] + rows["external_units"]).tolist()


def test_the_order_shows_its_arithmetic():
    requests = [{"urgency": 0, "open_units": 4}, {"urgency": 8, "asked": -7, "open_units": 2}, {"urgency": 1}]
    units = [{"days_left": 0}] * 5 + [{"days_left": 9}] * 2
    assignment = run(units, requests, quantile=5, low=1)
    order = assignment.orders.set_index("blood_group").loc["A+"]
    used, outdated = assignment.plans[A_POS].internal_by_day[0], assignment.plans[A_POS].outdated_by_day[0]
    due = order["due_urgent_units"] + order["due_not_urgent_units"]
    assert (order["stock_units"], order["used_today_units"], order["outdating_units"]) == (7, used, outdated)
    assert order["usable_stock_units"] == 7 - used - outdated + 2
    assert order["gap_units"] == due + 5 - order["usable_stock_units"]
    assert order["order_units"] == max(0, order["gap_units"])
    assert due + sum(row[0] for row in assignment.plans[A_POS].supplied_by_class.values()) == 7
    expected = f"{due} due + 5 (95% of very urgent) - {order['usable_stock_units']} usable (7 stock - {used} used today"
    assert order["reason"].startswith(expected)


def test_orders_count_only_what_is_due_tomorrow_and_not_served_today():
    policy = replace(POLICY, terminal_rule="free")
    new = {("B-", 1, 1): 2, ("B-", 1, 2): 5, ("B-", 8, 1): 7}
    assignment = run(new=new, quantile=3, policy=policy)
    order = assignment.orders.set_index("blood_group").loc["B-"]
    served = assignment.plans[BloodGroup.B_NEG].supplied_by_class[1][0]
    assert (order["due_urgent_units"], order["due_not_urgent_units"]) == (2 - served, 0)
    assert order["external_today_units"] == assignment.plans[BloodGroup.B_NEG].external_by_day[0]


def test_what_contradicts_the_policy_is_refused():
    with pytest.raises(InputError, match="deadline class 3"):
        run(requests=[{"urgency": 3}])
    with pytest.raises(InputError, match="made after 2024-03-12"):
        run(requests=[{"asked": 1}])
    with pytest.raises(InputError, match="Plan at least two days ahead"):
        run(policy=replace(POLICY, horizon_days=1))


def test_the_day_repeats_wherever_programs_are_solved():
    frames = (stock_frame({}, {}), requests_frame({}), demand_frame({("O-", 8, 3): 5}), supply_frame())

    def apart(programs, work):
        return pd.concat([work(rows) for _, rows in programs.groupby("blood_group")])

    first = assign(*frames, POLICY, TODAY)
    second = assign(*frames, POLICY, TODAY, apart)
    pd.testing.assert_frame_equal(first.allocations, second.allocations)
    assert [p.to_json() for p in first.plans.values()] == [p.to_json() for p in second.plans.values()]
    shuffled = (frame.sample(frac=1, random_state=1) for frame in frames)
    pd.testing.assert_frame_equal(assign(*shuffled, POLICY, TODAY).orders, first.orders)


@pytest.fixture(scope="module")
def good_day():
    stock, requests = stock_frame(*UNITS), requests_frame(*REQUESTS)
    return assign(stock, requests, demand_frame(), supply_frame(), POLICY, TODAY), stock, requests


@pytest.fixture(scope="module")
def plain_day():
    stock = stock_frame({})
    return assign(stock, requests_frame({}), demand_frame(), supply_frame(), POLICY, TODAY), stock


UNITS = [
    {}, {"days_left": 8}, {"blood_group": "B+"}, {"state": "quarantine"}, {"days_left": -1}, {"blood_group": "O-"},
    {"state": "reserved", "reserved_request_id": "elsewhere"}, {"component": "platelets"},
]  # fmt: skip
REQUESTS = [{"open_units": 2}, {"urgency": 8, "asked": -1}, {"patient_blood_group": None}]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unit_id": "U9"}, "is not in stock"),
        ({"unit_id": "U2"}, "U2 is proposed twice"),
        ({"unit_id": "U3"}, "is B+; allowed"),
        ({"unit_id": "U4"}, "is in quarantine"),
        ({"unit_id": "U5"}, "is past its last day"),
        ({"unit_id": "U7"}, "is reserved for another request"),
        ({"unit_id": "U8"}, "is platelets"),
        ({"alternative_1": "U3"}, "is B+; allowed"),
        ({"unit_blood_group": "B+"}, "differ from the stock"),
        ({"match_class": "external"}, "status sample_needed, class external"),
        ({"match_class": "reserved"}, "class reserved for a unit that is available"),
        ({"status": "review"}, "status review"),
        ({"reason": " "}, "no reason is given"),
        ({"request_id": "R9"}, "there is no such open request"),
        (
            {"request_id": "R2", "unit_id": "U6", "match_class": "compatible"},
            "another group for a request that can wait",
        ),
        ({"request_id": "R2", "unit_id": "U6", "match_class": "compatible"}, "O- given outside group O"),
        ({"request_id": "R2", "unit_id": "U6", "match_class": "identical"}, "class identical for a unit of O-"),
        ({"request_id": "R2"}, "very urgent request R1 has 1 lines for 2 units"),
        ({"request_id": "R3"}, "request R3 has 2 lines for 1 units"),
    ],
)
def test_planted_violations_are_caught(good_day, change, words):
    good, stock, requests = good_day
    assert verify_assignment(good, stock, requests, TODAY) == []
    allocations = good.allocations.copy()
    for column, value in change.items():
        allocations.loc[0, column] = value
    found = verify_assignment(replace(good, allocations=allocations), stock, requests, TODAY)
    assert any(words in each for each in found), found


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"needs_irradiated": True}, "is not irradiated"),
        ({"needs_irradiated": None}, "is not irradiated"),
        ({"antibodies": "anti-K"}, "carries no antigen record"),
        ({"antibodies": None}, "carries no antigen record"),
        ({"patient_blood_group": None}, "allowed: O-"),
        ({"patient_blood_group": "A-"}, "is A+; allowed: O-, A-"),
    ],
)
def test_a_record_that_changes_after_the_proposal_is_caught(plain_day, record, words):
    good, stock = plain_day
    found = verify_assignment(good, stock, requests_frame(record), TODAY)
    assert any(words in each for each in found), found


def test_a_broken_plan_is_caught_and_nothing_unverified_is_returned(monkeypatch):
    stock, requests = stock_frame(), requests_frame()
    good = assign(stock, requests, demand_frame(), supply_frame(), POLICY, TODAY)
    plans = {**good.plans, A_POS: replace(good.plans[A_POS], range=3)}
    assert verify_assignment(replace(good, plans=plans), stock, requests, TODAY)[0].startswith("A+: range (z2)")
    solve = apart.solve
    monkeypatch.setattr(apart, "solve", lambda *args, **kwargs: replace(solve(*args, **kwargs), outdates=1))
    with pytest.raises(VerificationError, match="outdates is given as 1"):
        assign(stock, requests, demand_frame(), supply_frame(), POLICY, TODAY)
