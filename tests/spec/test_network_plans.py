"""Tiny networks with their answer: what the program must do with age, attributes, transfer, lead time and stock."""

from dataclasses import replace

import pytest

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import SolveError
from hemoflow.domain.units import Component
from optimization.network.ladder import solve
from optimization.network.objectives import CLINICAL, PAPER
from optimization.network.parts import External, Link, Site, StockTarget, Substitution
from optimization.network.plan import Source
from optimization.network.verifier import verify
from tests.network_sample import A_POS, EMERGENCY, O_NEG, RED, as_network, lot, network, request
from tests.optimization_sample import instance


def planned(problem, ladder=CLINICAL, **options):
    plan = solve(problem, ladder, **options)
    assert verify(problem, plan) == []
    return plan


def shortage(problem):
    return sum(row.units for row in planned(problem).shortages)


@pytest.mark.parametrize(("urgency", "short"), [(0, 0), (1, 0), (8, 0)])
def test_a_unit_in_the_house_serves_every_class(urgency, short):
    assert shortage(network(lots=[lot("A+", 1)], requests=[request("A+", 1, urgency=urgency)])) == short


@pytest.mark.parametrize(("last", "short"), [(2, 1), (3, 0)])
def test_a_unit_is_not_used_after_its_last_day(last, short):
    problem = network(T=3, lots=[lot("A+", 1, last=last)], requests=[request("A+", 1, day=3)])
    assert shortage(problem) == short
    assert planned(problem).rungs["outdates"] == short


@pytest.mark.parametrize(("held", "short"), [({}, 0), ({"reserved_units": 1}, 1), ({"quarantined_units": 1}, 1)])
def test_reserved_and_quarantined_units_are_not_planned(held, short):
    assert shortage(network(lots=[lot("A+", 1, **held)], requests=[request("A+", 1)])) == short


@pytest.mark.parametrize(("made", "short"), [(1, 1), (2, 0)])
def test_a_returned_unit_is_used_from_the_day_on_which_it_is_back(made, short):
    problem = network(T=2, lots=[lot("A+", 1, day=2, collected=-5, last=20)], requests=[request("A+", 1, day=made)])
    assert shortage(problem) == short


@pytest.mark.parametrize(("age", "day", "short"), [(5, 5, 0), (4, 5, 1), (4, 4, 0), (None, 5, 0)])
def test_a_fresh_unit_is_fresh_up_to_its_greatest_age(age, day, short):
    problem = network(
        T=5, lots=[lot("A+", 1, collected=0, last=34)], requests=[request("A+", 1, day=day, most_age_days=age)]
    )
    assert shortage(problem) == short


@pytest.mark.parametrize(("attributes", "short"), [((), 1), (("K-",), 1), (("K-", "irradiated"), 0)])
def test_a_unit_has_all_that_the_request_requires(attributes, short):
    problem = network(
        lots=[lot("A+", 1, attributes=attributes)], requests=[request("A+", 1, requires=("K-", "irradiated"))]
    )
    assert shortage(problem) == short


@pytest.mark.parametrize(("travel", "limit", "short"), [(0, None, 0), (1, None, 0), (2, None, 2), (1, 1, 1)])
def test_transfers_take_their_time_and_keep_to_their_limit(travel, limit, short):
    problem = network(
        T=2, sites=("s", "t"), lots=[lot("A+", 2)], requests=[request("A+", 2, site="t", day=2)],
        links=[Link("s", "t", travel, limit)],
    )  # fmt: skip
    limited = replace(problem, links=tuple(problem.links))
    if (travel, limit) == (1, 1):  # one departs on day 1; one on day 2 would be late
        assert shortage(limited) == 1
    else:
        assert shortage(limited) == short


def test_a_closed_site_issues_only_what_the_emergency_arc_brings():
    problem = network(sites=[Site("s", (1,))], lots=[lot("A+", 1)], requests=[request("A+", 1)], externals=EMERGENCY)
    assert [row.source for row in planned(problem).allocations] == [Source.EMERGENCY]


@pytest.mark.parametrize(("lead", "limit", "planned_units"), [(0, None, 3), (1, None, 2), (2, None, 1), (0, 0, 0)])
def test_planned_units_come_after_their_lead_time_and_the_rest_as_emergency(lead, limit, planned_units):
    problem = network(
        T=3, requests=[request("A+", 1, day=t) for t in (1, 2, 3)],
        externals=[External(RED, A_POS, "s", lead, limit), External(RED, A_POS, "s", is_emergency=True)],
    )  # fmt: skip
    rungs = planned(problem).rungs
    assert (rungs["external_units"], rungs["emergency_units"]) == (planned_units, 3 - planned_units)


def test_units_bought_into_stock_serve_other_sites_and_days():
    problem = network(
        T=3, sites=("s", "t"), requests=[request("A+", 2, site="t", day=3)], links=[Link("s", "t", 1)],
        externals=[External(RED, A_POS, "s", 1, 1, into_stock=True)],
    )  # fmt: skip
    plan = planned(problem)
    assert (plan.rungs["external_units"], sum(row.units for row in plan.shortages)) == (1, 1)
    assert [(row.day, row.units) for row in plan.deliveries] == [(2, 1)]


def test_the_first_tier_and_the_very_urgent_are_served_first():
    asked = [request("A+", 1, urgency=u, tier=w) for u, w in ((1, 1), (0, 2), (0, 1))]
    for units, expected in ((1, [2]), (2, [1, 2]), (3, [0, 1, 2])):
        plan = planned(network(T=2, lots=[lot("A+", units)], requests=asked))
        assert sorted(row.request for row in plan.allocations) == expected


def test_o_negative_is_kept_even_where_it_would_outdate():
    problem = network(lots=[lot("O-", 1, last=1), lot("A-", 1, last=9)], requests=[request("A+", 1)])
    assert [row.shelf.blood_group for row in planned(problem).allocations] == ["A-"]
    thrifty = tuple(rung for rung in CLINICAL if rung != "o_negative_given_away")
    assert [row.shelf.blood_group for row in planned(problem, thrifty).allocations] == ["O-"]


def test_stock_targets_are_soft_and_cost_units_from_outside_only_by_their_place_in_the_ladder():
    problem = network(
        T=2, lots=[lot("A+", 2)], requests=[request("A+", 1, day=2)],
        externals=[External(RED, A_POS, "s", 0, None, into_stock=True)], targets=[StockTarget(RED, A_POS, "s", 2, 4)],
    )  # fmt: skip
    rungs = planned(problem).rungs
    assert (rungs["external_units"], rungs["safety_stock_gap"], rungs["terminal_stock_gap"]) == (0, 1, 3)
    first = ("very_urgent_shortage", "safety_stock_gap", "terminal_stock_gap", "external_units")
    assert list(planned(problem, first).rungs.values()) == [0, 0, 0, 3]


def test_a_tolerance_lets_a_later_rung_have_its_way():
    problem = network(lots=[lot("O-", 1, last=1), lot("A-", 1, last=9)], requests=[request("A+", 1)])
    plan = planned(problem, tolerances={"o_negative_given_away": 1})
    assert (plan.rungs["o_negative_given_away"], plan.rungs["outdates"]) == (1, 0)


def test_plasma_goes_by_antibodies_and_has_its_own_life():
    plasma = Component.PLASMA
    pairs = (Substitution(plasma, BloodGroup("AB-"), BloodGroup("O+"), 1),)
    thawed = replace(lot("AB-", 1, last=3, collected=-90), component=plasma)
    problem = network(
        pairs=pairs,
        lots=[thawed],
        requests=[replace(request("O+", 1), component=plasma), request("O+", 1)],
        shelf_life_days={RED: 35, plasma: 365},
    )
    assert [row.request for row in planned(problem).allocations] == [0]


def test_an_even_supply_comes_after_waste_for_clinicians_and_before_it_in_the_paper():
    problem = as_network(instance(T=2, L=4, rule="free", stock={-2: 6}, demand={8: {1: 6}}))
    even = planned(problem, PAPER)
    assert (even.rungs["supply_range"], even.rungs["outdates"]) == (0, 6)
    assert planned(problem).rungs["outdates"] == 0


def test_backlog_and_the_terminal_rule():
    asked = [request("A+", 2, urgency=8, day=-3), request("A+", 3, urgency=8, day=2)]
    left = {}
    for rule in ("free", "no_growth", "clear"):
        plan = planned(network(T=2, rule=rule, requests=asked, externals=[External(RED, A_POS, "s")]))
        left[rule] = 5 - sum(row.units for row in plan.allocations)
    assert left == {"free": 5, "no_growth": 2, "clear": 0}


def test_a_timed_out_climb_names_its_rung():
    every_day = dict.fromkeys(range(1, 31), 7)
    problem = as_network(instance(donations=every_day, demand={0: every_day, 8: every_day}))
    with pytest.raises(SolveError, match=r"rung .* ended without an optimum"):
        solve(problem, time_limit_s=0.0)


def test_units_go_oldest_first_and_o_negative_to_its_own():
    problem = network(T=1, lots=[lot("O-", 1, last=30), lot("O-", 1, last=2)], requests=[request("O-", 1)])
    (row,) = planned(problem).allocations
    assert (row.shelf.blood_group, row.shelf.last_day) == (O_NEG, 2)
