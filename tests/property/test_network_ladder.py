"""The network's ladder against methods that share nothing with it, and relations that must hold whatever the data."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hemoflow.domain.blood_groups import preference
from optimization.ladder import solve as solve_group
from optimization.network.ladder import climb, solve
from optimization.network.objectives import CLINICAL, PAPER
from optimization.network.parts import Link
from optimization.network.plan import NetworkPlan
from optimization.network.program import NetworkProgram
from optimization.network.statement import Statement
from optimization.network.verifier import verify
from tests.network_sample import as_network, networks
from tests.optimization_sample import instances

TO_EXTERNAL = CLINICAL[:4]


@settings(max_examples=60, deadline=None)
@given(networks(), st.sampled_from([PAPER, CLINICAL, CLINICAL[:5], ("supply_range", "substitution")]), st.booleans())
def test_every_plan_is_accepted_by_the_judge(problem, ladder, integer):
    plan = solve(problem, ladder, integer=integer)
    assert verify(problem, plan) == []
    assert all(name.partition("_tier_")[0] in ladder for name in plan.rungs)


@settings(max_examples=30, deadline=None)
@given(instances(), st.booleans())
def test_one_site_and_one_group_is_the_program_of_the_paper(instance, integer):
    theirs, problem = solve_group(instance, integer=integer), as_network(instance)
    ours = solve(problem, PAPER, integer=integer)
    reached = [ours.rungs[name] for name in ("external_units", "supply_range", "outdates")]
    assert reached == pytest.approx([theirs.external_units, theirs.range, theirs.outdates], abs=1e-5)
    assert verify(problem, ours) == []


def separable(problem):
    """Without what ties units to one another beyond requests and sources, so that pairs can be tried one by one."""
    externals = tuple(external for external in problem.externals if not external.into_stock)
    links = tuple(replace(link, units_a_day=None) for link in problem.links)
    return replace(problem, externals=externals, links=links, targets=())


@settings(max_examples=120, deadline=None)
@given(networks(most_days=3, most_units=2, most_entries=3, most_sites=2).map(separable))
def test_exhaustive_search_over_units_finds_nothing_better(problem):
    plan = solve(problem)
    gaps = {"safety_stock_gap", "terminal_stock_gap", "plan_changes"}
    assert [value for rung, value in plan.rungs.items() if rung not in gaps] == exhaustive(problem)


def exhaustive(problem):
    """Least value of every rung, in order, over every unit for every unit asked."""
    tiers = sorted({request.shortage_tier for request in problem.requests})
    width = 2 * len(tiers) + 8
    units = [lot for lot in problem.lots for _ in range(lot.free_units)]
    wanted = [request for request in problem.requests for _ in range(request.units)]
    ways = [travel(problem, lot) for lot in problem.lots for _ in range(lot.free_units)]
    component = {"free": len(wanted), "clear": 0, "no_growth": sum(r.day < 1 for r in wanted)}
    may_wait = component[problem.terminal_rule]

    def vector(**entries):
        names = [*(f"urgent{w}" for w in tiers), *(f"other{w}" for w in tiers)]
        names += ["emergency", "external", "negative", "outdates", "substitution", "oldest", "move", "wait", "late"]
        return tuple(entries.get(name, 0) for name in names)

    @cache
    def best(number, used, taken, waiting):
        if number == len(wanted):
            return (0,) * (width + 1)
        request, options = wanted[number], []
        start = max(request.day, 1)
        for n, lot in enumerate(units):
            if n not in used and (price := pair(problem, lot, request, ways[n], vector)):
                options.append((price, used | {n}, taken, waiting))
        for price, call in outside(problem, request, taken, vector):
            options.append((price, used, tuple(sorted((*taken, call))), waiting))
        kind = "other" if request.urgency else "urgent"
        options.append((vector(**{f"{kind}{request.shortage_tier}": 1}), used, taken, waiting))
        if request.due_day > problem.horizon_days and waiting < may_wait:
            options.append((vector(wait=problem.horizon_days - start + 1), used, taken, waiting + 1))
        return min(add(price, best(number + 1, *after)) for price, *after in options)

    outdating = sum(lot.last_usable_day <= problem.horizon_days for lot in units)
    return list(add(best(0, frozenset(), (), 0), vector(outdates=outdating)))


def outside(problem, request, taken, vector):
    """Price of a unit from outside and the source and day that it takes."""
    start, end = max(request.day, 1), min(request.due_day, problem.horizon_days)
    for x, source in enumerate(problem.externals):
        if (source.blood_group, source.site) == (request.blood_group, request.site):
            for t in range(max(start, 1 + source.lead_days), end + 1):
                full = source.units_a_day is not None and taken.count((x, t)) >= source.units_a_day
                if not full and (source.is_emergency or (source.site, t) not in problem.closed):
                    kind = "emergency" if source.is_emergency else "external"
                    yield vector(**{kind: 1, "wait": t - start, "late": t}), (x, t)


def pair(problem, lot, request, ways, vector):
    """The least price of giving a unit to a request; None when it must not or cannot be given."""
    if lot.blood_group not in preference(request.blood_group) or set(request.requires) - set(lot.attributes):
        return None
    prices = []
    for t in range(max(request.day, 1), min(request.due_day, problem.horizon_days) + 1):
        is_fresh = request.most_age_days is None or t - lot.collected_day <= request.most_age_days
        if is_fresh and (request.site, t) in ways and (request.site, t) not in problem.closed:
            prices.append(
                vector(
                    negative=int(lot.blood_group == "O-" != request.blood_group),
                    outdates=-int(lot.last_usable_day <= problem.horizon_days),
                    substitution=preference(request.blood_group).index(lot.blood_group),
                    oldest=min(lot.last_usable_day, problem.horizon_days + 1) - t,
                    move=ways[request.site, t],
                    wait=t - max(request.day, 1),
                )
            )
    return min(prices, default=None)


def travel(problem, lot):
    """Least burden of transfer to stand at a site on a day, while the unit lasts."""
    end, reached = min(lot.last_usable_day, problem.horizon_days), {(lot.site, lot.from_day): 0}
    for t in range(lot.from_day, end + 1):
        for _ in problem.sites:
            for link in problem.links:
                there = (link.destination, t + link.travel_days)
                if (link.origin, t) in reached and not {(link.origin, t), there} & problem.closed:
                    reached[there] = min(reached[link.origin, t] + link.cost, reached.get(there, 10**6))
        for site in problem.sites:
            if (site.name, t) in reached:
                later = (site.name, t + 1)
                reached[later] = min(reached[site.name, t], reached.get(later, 10**6))
    return {key: burden for key, burden in reached.items() if key[1] <= end}


def add(left, right):
    return tuple(a + b for a, b in zip(left, right, strict=True))


def unmet(plan: NetworkPlan):
    """The first rungs, in order: what nobody could supply, then what came from outside."""
    return [plan.rungs.get(f"{kind}_tier_{w}", 0) for kind in TO_EXTERNAL[:2] for w in (1, 2)] + [
        plan.rungs[name] for name in TO_EXTERNAL[2:]
    ]


def without_rule(problem):
    return replace(problem, targets=(), terminal_rule="free")


@settings(max_examples=30, deadline=None)
@given(networks().map(without_rule), st.data())
def test_one_more_unit_saves_at_most_one_and_never_costs(problem, data):
    if not problem.lots:
        return
    n = data.draw(st.integers(0, len(problem.lots) - 1))
    lots = [replace(lot, units=lot.units + (k == n)) for k, lot in enumerate(problem.lots)]
    before, after = (unmet(solve(p, TO_EXTERNAL)) for p in (problem, replace(problem, lots=tuple(lots))))
    assert after <= before
    assert sum(before) - sum(after) in {0, 1}


@settings(max_examples=30, deadline=None)
@given(networks().map(without_rule))
def test_a_link_more_never_costs_and_sites_together_never_need_more_than_apart(problem):
    names = [site.name for site in problem.sites]
    every = tuple(Link(a, b, 0) for a in names for b in names if a != b)
    apart, linked, pooled = (
        unmet(solve(replace(problem, links=links), TO_EXTERNAL)) for links in ((), problem.links, every)
    )
    assert pooled <= linked <= apart
    alone = [
        unmet(
            solve(replace(problem, links=(), lots=of(problem.lots, s), requests=of(problem.requests, s)), TO_EXTERNAL)
        )
        for s in names
    ]
    assert apart == [sum(column) for column in zip(*alone, strict=True)]


def of(entries, site):
    return tuple(entry for entry in entries if entry.site == site)


@settings(max_examples=25, deadline=None)
@given(networks().map(without_rule), st.integers(2, 4))
def test_everything_times_k_is_k_times_the_optimum(problem, k):
    def times(entries, name):
        return tuple(replace(e, **{name: v and k * v}) if (v := getattr(e, name)) is not None else e for e in entries)

    larger = replace(
        problem,
        lots=times(times(problem.lots, "units"), "reserved_units"),
        requests=times(problem.requests, "units"),
        links=times(problem.links, "units_a_day"),
        externals=times(problem.externals, "units_a_day"),
    )
    assert unmet(solve(larger, TO_EXTERNAL)) == [k * value for value in unmet(solve(problem, TO_EXTERNAL))]


@settings(max_examples=25, deadline=None)
@given(networks(), st.sampled_from([PAPER, CLINICAL]))
def test_rungs_kept_by_their_faces_or_by_limit_rows_reach_the_same_and_none_is_given_up(problem, ladder):
    reached = []
    for by_face in (True, False):
        program = NetworkProgram(Statement(problem, ladder), 60.0, by_face=by_face, priced_from=0)
        values, lost = climb(program, {}, integer=True)
        assert lost == []
        reached.append(values)
    assert reached[0] == pytest.approx(reached[1], abs=1e-5)


@settings(max_examples=20, deadline=None)
@given(networks(), st.randoms(use_true_random=False))
def test_every_rung_is_the_same_in_whatever_order_the_data_come(problem, random):
    def shuffled(entries):
        return tuple(random.sample(entries, len(entries)))

    fields = ("sites", "lots", "requests", "links", "externals", "targets", "substitutions")
    other = replace(problem, **{field: shuffled(getattr(problem, field)) for field in fields})
    assert solve(other).rungs == solve(problem).rungs
    assert solve(problem) == solve(problem)
