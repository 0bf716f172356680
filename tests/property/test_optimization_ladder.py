"""The ladder against methods that share nothing with it, and relations that must hold whatever the data."""

from dataclasses import replace
from math import ceil

from hypothesis import example, given, settings
from hypothesis import strategies as st

from optimization.ladder import solve
from optimization.optimum import least_external_units, least_range
from optimization.plan import Plan
from optimization.problem import Instance
from optimization.verifier import verify, verify_optimal
from tests.optimization_sample import instance, instances

EDGES = [
    instance(T=1, L=1, U=(0,), donations={1: 2}, demand={0: {1: 3}}),
    instance(T=3, L=1, demand={0: {1: 1, 3: 2}, 8: {2: 4}}),
    instance(T=3, L=2, stock={0: 4}, donations={2: 1}),
    instance(T=2, L=5, rule="clear", stock={-3: 2}, backlog={8: {-7: 3, 0: 2}}),
    instance(T=3, L=2, rule="free", stock={0: 9}, donations={1: 9, 3: 9}, demand={1: {3: 3}}),
]


def with_edges(test):
    for edge in EDGES:
        test = example(edge)(test)
    return test


@settings(max_examples=40, deadline=None)
@given(instances())
@with_edges
def test_plans_keep_every_rule_and_reach_both_optima(problem):
    for integer in (True, False):
        plan = solve(problem, integer=integer)
        assert verify_optimal(problem, plan) == []
        assert Plan.from_json(plan.to_json()) == plan


@settings(max_examples=30, deadline=None)
@given(instances(most_days=3, most_units=2, classes=(0, 1, 2)))
@with_edges
def test_exhaustive_search_finds_nothing_better(problem):
    plan = solve(problem)
    assert (plan.external_units, plan.range, plan.outdates) == exhaustive(problem)


def exhaustive(problem):
    """Least (external units, range, outdates) over every way to supply every day, unit lots kept apart."""
    stock = tuple(sorted((k, problem.received(k, k)) for k in range(2 - problem.shelf_life_days, 1)))
    waiting = tuple((u, k, problem.requested(u, k, k)) for u in problem.urgency_deadlines_days for k in range(1 - u, 1))
    states = {(stock, waiting, 0, None, None, 0)}
    for t in problem.days:
        states = {after for state in states for after in tomorrow(problem, t, state)}
    allowed = {"free": 10**9, "clear": 0, "no_growth": problem.backlog_units}[problem.terminal_rule]
    return min((n, high - low, out) for _, left, n, low, high, out in states if sum(q for *_, q in left) <= allowed)


def tomorrow(problem, t, state):
    stock, waiting, external, low, high, outdated = state
    stock = [(k, q) for k, q in (*stock, (t, problem.received(t, t))) if q]
    waiting = [*waiting, *((u, t, problem.requested(u, t, t)) for u in problem.urgency_deadlines_days)]
    partial = {((), 0)}
    for u, k, q in waiting:
        partial = {
            ((*left, (u, k, q - given)), total + given)
            for left, total in partial
            for given in ([q] if k + u == t else range(q + 1))
        }
    for left, total in partial:
        for own in range(min(total, sum(q for _, q in stock)) + 1):
            on_shelf, wanted = [], own
            for k, q in stock:
                used = min(q, wanted)
                wanted -= used
                on_shelf.append((k, q - used))
            gone = sum(q for k, q in on_shelf if k + problem.shelf_life_days - 1 == t)
            yield (
                tuple((k, q) for k, q in on_shelf if k + problem.shelf_life_days - 1 > t),
                tuple((u, k, q) for u, k, q in left if q),
                external + total - own,
                own if low is None else min(low, own),
                own if high is None else max(high, own),
                outdated + gone,
            )


@settings(max_examples=20, deadline=None)
@given(instances(), st.integers(2, 5))
def test_scaling_the_data_scales_both_optima(problem, factor):
    scaled = replace(
        problem,
        initial_stock={k: factor * q for k, q in problem.initial_stock.items()},
        donations=tuple(factor * q for q in problem.donations),
        demand={u: tuple(factor * q for q in row) for u, row in problem.demand.items()},
        backlog={u: {k: factor * q for k, q in days.items()} for u, days in problem.backlog.items()},
    )
    least, most = solve(problem, integer=False), solve(scaled, integer=False)
    assert abs(most.external_units - factor * least.external_units) < 1e-5
    assert abs(most.range - factor * least.range) < 1e-5


@settings(max_examples=20, deadline=None)
@given(instances(), st.data())
def test_one_unit_more_or_less_matters_by_one_at_most(problem, data):
    before, t = solve(problem).external_units, data.draw(st.integers(1, problem.horizon_days))
    more = tuple(q + (day == t) for day, q in enumerate(problem.donations, start=1))
    assert before - solve(replace(problem, donations=more)).external_units in {0, 1}
    u = data.draw(st.sampled_from(problem.urgency_deadlines_days))
    asked = {**problem.demand, u: tuple(q + (day == t) for day, q in enumerate(problem.demand[u], start=1))}
    assert solve(replace(problem, demand=asked)).external_units - before in {0, 1}


@settings(max_examples=20, deadline=None)
@given(instances())
def test_longer_lives_and_later_deadlines_never_need_more(problem):
    before = solve(problem).external_units
    assert solve(replace(problem, shelf_life_days=problem.shelf_life_days + 2)).external_units <= before
    last = problem.urgency_deadlines_days[-1]
    later = tuple(u + (u == last) for u in problem.urgency_deadlines_days)
    patient = replace(
        problem,
        urgency_deadlines_days=later,
        demand={u + (u == last): row for u, row in problem.demand.items()},
        backlog={u + (u == last): row for u, row in problem.backlog.items()},
    )
    assert solve(patient).external_units <= before


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_two_systems_together_never_need_more_than_apart(data):
    one, two = data.draw(instances(most_days=5)), data.draw(instances(most_days=5))
    two = Instance(
        **{name: getattr(one, name) for name in ("name", "horizon_days", "shelf_life_days", "terminal_rule")},
        urgency_deadlines_days=one.urgency_deadlines_days,
        initial_stock={k: q for k, q in two.initial_stock.items() if k + one.shelf_life_days > 1},
        donations=(two.donations * 5)[: one.horizon_days],
        demand={u: (next(iter(two.demand.values())) * 5)[: one.horizon_days] for u in one.urgency_deadlines_days},
        backlog={},
    )
    both = replace(
        one,
        initial_stock={k: one.received(k, k) + two.received(k, k) for k in range(2 - one.shelf_life_days, 1)},
        donations=tuple(map(sum, zip(one.donations, two.donations, strict=True))),
        demand={u: tuple(map(sum, zip(one.demand[u], two.demand[u], strict=True))) for u in one.demand},
    )
    assert solve(both).external_units <= solve(one).external_units + solve(two).external_units


@settings(max_examples=30, deadline=None)
@given(instances())
def test_whole_units_cost_at_most_one_unit_of_range_and_none_from_outside(problem):
    external = least_external_units(problem)
    continuous, whole = (least_range(problem, external, integer=integer) for integer in (False, True))
    plan = solve(problem)
    assert (plan.external_units, plan.range) == (external, whole)
    assert ceil(continuous) <= plan.range <= ceil(continuous) + 1


@settings(max_examples=15, deadline=None)
@given(instances(), st.randoms(use_true_random=False))
def test_equal_data_give_equal_bytes_in_whatever_order_they_come(problem, random):
    def shuffled(mapping):
        keys = list(mapping)
        random.shuffle(keys)
        return {key: mapping[key] for key in keys}

    other = replace(
        problem,
        initial_stock=shuffled(problem.initial_stock),
        demand=shuffled(problem.demand),
        backlog=shuffled({u: shuffled(days) for u, days in problem.backlog.items()}),
    )
    assert other.to_json() == problem.to_json() == Instance.from_json(problem.to_json()).to_json()
    assert solve(other).to_json() == solve(problem).to_json()


@settings(max_examples=40, deadline=None)
@given(instances(), st.data())
def test_moving_a_unit_anywhere_in_a_plan_is_noticed(problem, data):
    plan = solve(problem)
    name = data.draw(st.sampled_from(["internal_by_day", "external_by_day", "outdated_by_day", "carry_by_day"]))
    t = data.draw(st.integers(0, problem.horizon_days - 1))
    row = list(getattr(plan, name))
    row[t] += data.draw(st.sampled_from([-1, 1]))
    assert verify(problem, replace(plan, **{name: tuple(row)})) != []
