"""Every unit of every lot has one end, and a plan that conjures units is found out."""

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings

from optimization.network.ladder import solve
from optimization.network.parts import Link
from optimization.network.plan import Transfer
from optimization.network.trace import End, trace
from optimization.network.verifier import verify
from tests.network_sample import lot, network, networks, request


@settings(max_examples=60, deadline=None)
@given(networks())
def test_every_free_unit_has_one_end_and_every_issue_its_units(problem):
    plan = solve(problem)
    fates, lost = trace(problem, plan)
    assert lost == []
    ends, issued = Counter(), Counter()
    for fate in fates:
        ends[fate.lot] += fate.units
        if fate.end is End.ISSUED:
            issued[fate.row] += fate.units
            own = [*problem.lots, *plan.deliveries][fate.lot]
            first = own.from_day if fate.lot < len(problem.lots) else own.day
            assert first <= fate.day
    free = [entry.free_units for entry in problem.lots] + [row.units for row in plan.deliveries]
    days = [entry.from_day for entry in problem.lots] + [row.day for row in plan.deliveries]
    used = {n: units for n, units in enumerate(free) if units and days[n] <= problem.horizon_days}
    assert dict(ends) == used
    assert dict(issued) == {n: row.units for n, row in enumerate(plan.allocations) if row.shelf}


def test_the_lot_that_came_first_leaves_first():
    problem = network(
        T=2, lots=[lot("A+", 1, day=2, last=37, collected=2), lot("A+", 2)], requests=[request("A+", 2, day=2)],
        shelf_life_days={"red_cells": 36},
    )  # fmt: skip
    fates, _ = trace(problem, solve(problem))
    assert [(fate.lot, fate.end, fate.units) for fate in fates] == [(1, End.ISSUED, 2), (0, End.KEPT, 1)]


def test_units_that_only_go_round_in_a_day_are_traced_to_no_lot():
    links = [Link("s", "t", 0, cost=0), Link("t", "s", 0, cost=0)]
    problem = network(lots=[lot("O-", 1, site="u")], sites=("s", "t", "u"), links=links)
    plan = solve(problem)
    (shelf,) = {row.shelf for row in (solve(replace(problem, requests=(request("O-", 1, site="u"),))).allocations)}
    around = replace(plan, transfers=tuple(Transfer(n, 1, shelf, 5) for n in (0, 1)), rungs={})
    assert any("no lot" in words for words in verify(problem, around))
