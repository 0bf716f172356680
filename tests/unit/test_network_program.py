"""The bridge and its proof: what may be claimed of one solve, and another day's figures in the same program."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings

from hemoflow.domain.errors import InputError
from optimization.network.certificate import Vertex, digits, prove
from optimization.network.ladder import climb, solve
from optimization.network.objectives import CLINICAL
from optimization.network.parts import Earlier, External, Link
from optimization.network.plan import read_plan
from optimization.network.pricing import dispensable
from optimization.network.program import NetworkProgram
from optimization.network.rounds import without_rounds
from optimization.network.sets import Links
from optimization.network.shelves import first_days, reach
from optimization.network.statement import Statement
from optimization.network.verifier import verify
from tests.network_sample import A_POS, EMERGENCY, RED, lot, network, networks, request

TWO_WAYS = scipy.sparse.csc_matrix(np.array([[1.0, 1.0]]))
"""Two columns that together must be 1."""
ONE = Vertex(np.array([1.0]), np.array([1.0]), np.array([1.0]))


def proof(first, second, at):
    """How many of two rungs a vertex of the two ways is proven best by, the duals being those of the way taken."""
    costs, taken = [np.array(first, float), np.array(second, float)], int(np.argmax(at))
    columns = Vertex(np.array(at, float), np.zeros(2), np.full(2, np.inf))
    return prove(TWO_WAYS, costs, [cost[taken : taken + 1] for cost in costs], columns, ONE)


def test_digits_are_read_off_a_sum_that_weighs_them():
    found = digits(np.array([203.0, -97.0, 0.0]), [100.0, 1.0])
    assert [row.tolist() for row in found] == [[2, -1, 0], [3, 3, 0]]


@pytest.mark.parametrize(
    ("first", "second", "at", "rungs"),
    [
        ([1, 2], [9, 0], [1, 0], 2),
        ([1, 2], [0, 0], [0, 1], 0),
        ([1, 1], [5, 3], [1, 0], 1),
        ([1, 1], [3, 5], [1, 0], 2),
    ],
)
def test_a_plan_is_proven_best_by_as_many_rungs_as_it_is(first, second, at, rungs):
    assert proof(first, second, at).rungs == rungs


def test_the_face_holds_what_a_proven_rung_prices_and_leaves_the_rest_free():
    assert proof([1, 1], [5, 3], [1, 0]).fixed_columns.tolist() == [False, False]
    assert proof([1, 2], [9, 0], [1, 0]).fixed_columns.tolist() == [False, True]


@settings(max_examples=40, deadline=None)
@given(networks())
def test_first_days_over_whole_arrays_are_those_of_a_walk_from_site_to_site(problem):
    index = Statement(problem, CLINICAL).net.index
    names, shelves = index.names.sites, range(len(index.shelves.last))
    arrivals = {}
    columns = (index.lots.site, index.shelf_of_lot, index.lots.from_day)
    for site, s, t in zip(*(column.tolist() for column in columns), strict=True):
        arrivals[site, s] = min(t, arrivals.get((site, s), t))
    words = {(site, index.shelf(s)): t for (site, s), t in arrivals.items()}
    links = [(names[x.origin], names[x.destination], x.travel_days) for x in problem.links]
    walked = reach(words, links, problem.horizon_days)
    end = np.minimum(index.shelves.last, problem.horizon_days)
    columns = np.array([(*key, t) for key, t in arrivals.items()], int).reshape(-1, 3).T
    first = first_days((len(names), len(shelves)), tuple(columns), Links.of(problem, index.names), end)
    there = {(i, index.shelf(s)): int(first[i, s]) for i in range(len(names)) for s in shelves if first[i, s] <= end[s]}
    assert there == walked


def other_day(problem):
    """The same places, one unit more in every lot and two more in every request."""
    return replace(
        problem,
        name="another day",
        lots=tuple(replace(entry, units=entry.units + 1) for entry in problem.lots),
        requests=tuple(replace(entry, units=entry.units + 2) for entry in problem.requests),
    )


@settings(max_examples=30, deadline=None)
@given(networks())
def test_another_days_figures_give_what_a_program_of_its_own_gives(problem):
    program, later = NetworkProgram(Statement(problem, CLINICAL, is_roomy=True), 60.0), other_day(problem)
    climb(program, {"outdates": 1}, integer=True)
    program.renew(later, program.statement.net.read(later))
    values, lost = climb(program, {}, integer=True)
    assert lost == []
    plan = read_plan(program.statement.net, program.values_now, values, integer=True)
    assert verify(later, plan) == []
    assert plan.rungs == solve(later).rungs


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lots": (lot("B+", 1),)}, "a shelf"),
        ({"requests": (request("A+", 1, tier=2),)}, "a queue"),
        ({"requests": (request("O-", 1),)}, "an ask"),
        ({"requests": (request("A+", 1, day=2),)}, "a request has no place"),
        ({"horizon_days": 3}, "other horizon_days"),
    ],
)
def test_figures_that_need_another_place_are_refused(change, words):
    problem = network(T=2, lots=(lot("A+", 1),), requests=(request("A+", 1),))
    net = Statement(problem, CLINICAL).net
    with pytest.raises(InputError, match=words):
        net.read(replace(problem, **change))


def test_shortage_is_settled_without_a_solve_only_where_the_outside_is_unlimited():
    asked = (request("A+", 5),)
    for limit, is_settled in ((None, True), (9, False)):
        problem = network(requests=asked, externals=(External(RED, A_POS, "s", 0, limit, is_emergency=True),))
        program = NetworkProgram(Statement(problem, CLINICAL), 60.0)
        assert program.settle_at_nought("very_urgent_shortage_tier_1") is is_settled
        assert solve(problem).rungs["emergency_units"] == 5


def test_a_move_left_out_at_first_is_let_in_when_prices_ask_for_it():
    lots, asked = (lot("A+", 1, last=3),), (request("A+", 1, site="t", day=1),)
    problem = network(T=3, sites=("s", "t"), lots=lots, requests=asked, links=(Link("s", "t", 0),))
    program = NetworkProgram(Statement(problem, CLINICAL), 60.0, priced_from=0)
    net, rungs = program.statement.net, list(program.statement.rung_of)[:3]
    left_out = dispensable(net)
    assert left_out[net.moved.all].tolist() == [True, True, False]  # it arrives on the days 1, 2 and 3, its last
    assert program.climb_at_once(rungs) == len(rungs)
    assert program.value(rungs[0]) == 0
    assert program.values_now[net.moved.all].tolist() == [1, 0, 0]


@settings(max_examples=40, deadline=None)
@given(networks())
def test_columns_let_in_by_their_prices_settle_as_many_rungs_to_the_same_values(problem):
    reached = []
    for priced_from in (0, 10**9):
        program = NetworkProgram(Statement(problem, CLINICAL), 60.0, priced_from=priced_from)
        rungs = list(program.statement.rung_of)[:6]
        settled = program.climb_at_once(rungs)
        reached.append([program.value(rung) for rung in rungs[:settled]])
        assert settled
    assert all(few == every for few, every in zip(*reached, strict=False))


def test_the_plan_of_yesterday_is_kept_where_nothing_speaks_against_it():
    links = (Link("s", "t", 1, cost=0), Link("t", "s", 1, cost=0))
    free = network(T=3, sites=("s", "t"), lots=(lot("A+", 4),), requests=(request("A+", 1, day=3),), links=links)
    bound = replace(free, earlier=(Earlier(RED, A_POS, 1, "t", 2, "s"),))
    plan = solve(bound)
    assert [(row.day, row.units) for row in plan.transfers if row.day == 1] == [(1, 2)]
    assert plan.rungs["plan_changes"] == 0
    assert verify(bound, plan) == []
    moved = replace(plan, transfers=())
    assert any("plan_changes is given as 0, counted 2" in words for words in verify(bound, moved))
    assert solve(free).rungs["plan_changes"] == 0


def test_a_changed_order_is_counted_in_units():
    way = External(RED, A_POS, "s", 0, into_stock=True)
    problem = network(T=2, requests=(request("A+", 3),), externals=(way, *EMERGENCY))
    plan = solve(replace(problem, earlier=(Earlier(RED, A_POS, 1, "s", 5),)))
    assert (plan.rungs["external_units"], plan.rungs["plan_changes"]) == (3, 2)


def test_a_round_of_free_transfers_is_taken_out_and_a_real_transfer_stays():
    ways = (("a", "b"), ("b", "c"), ("c", "a"))
    links = tuple(Link(here, there, 0, None, 0) for here, there in ways)
    net = Statement(network(T=1, sites="abc", lots=[lot("O-", 3, site="a")], links=links), CLINICAL).net
    of_link = {int(x): net.moved.start + place for place, x in enumerate(net.moved.key[0])}
    values = np.zeros(net.size)
    for x, units in ((0, 3.0), (1, 1.0), (2, 1.0)):
        values[of_link[x]] = units
    clean = without_rounds(net, values)
    assert [clean[of_link[x]] for x in range(3)] == [2.0, 0.0, 0.0]
    assert values[of_link[0]] == 3.0, "the given solution stays as it is"
