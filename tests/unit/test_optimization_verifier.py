"""The judge: each way to break a plan is found, and named."""

from dataclasses import replace

import pytest

from optimization.ladder import solve
from optimization.verifier import verify, verify_optimal
from tests.optimization_sample import instance

PROBLEM = instance(
    T=4,
    L=3,
    stock={-1: 3},
    donations={1: 2, 3: 2},
    demand={0: {1: 1, 2: 2, 3: 1, 4: 2}, 1: {2: 1}, 2: {4: 1}},
    backlog={2: {0: 1}},
    U=(0, 1, 2),
)
PLAN = solve(PROBLEM)


def changed(**rows):
    """The plan with units added on a day: ``c={2: 1}`` is one more internal unit on day 2."""
    names = {"c": "internal_by_day", "n": "external_by_day", "m": "outdated_by_day", "s": "carry_by_day"}
    changes = {}
    for name, days in rows.items():
        if name in names:
            row = getattr(PLAN, names[name])
            changes[names[name]] = tuple(q + days.get(t, 0) for t, q in enumerate(row, start=1))
        else:
            u = int(name[1:])
            given = changes.get("supplied_by_class", PLAN.supplied_by_class)
            changes["supplied_by_class"] = {
                **given,
                u: tuple(q + days.get(t, 0) for t, q in enumerate(given[u], start=1)),
            }
    return replace(PLAN, **changes)


def test_the_plan_itself_is_accepted():
    assert verify_optimal(PROBLEM, PLAN) == []


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        pytest.param(replace(PLAN, instance="other"), "the plan is for the instance 'other'", id="instance"),
        pytest.param(replace(PLAN, status="feasible"), "status", id="status"),
        pytest.param(replace(PLAN, internal_by_day=PLAN.internal_by_day[1:]), "c has 3 days", id="length"),
        pytest.param(replace(PLAN, supplied_by_class={0: (0,) * 4}), "y has the classes", id="classes"),
        pytest.param(changed(c={1: 0.5}, y0={1: 0.5}), "not a whole number", id="whole"),
        pytest.param(changed(c={1: float("nan")}), "not at least 0", id="not a number"),
        pytest.param(changed(n={1: -9}), "not at least 0", id="negative"),
        pytest.param(changed(n={1: 1}), "[1] day 1", id="supply"),
        pytest.param(changed(y0={2: -1}, c={2: -1}), "[2] class 0, day 2", id="deadline"),
        pytest.param(changed(y1={1: 1}, c={1: 1}), "[3] class 1, day 1", id="before asking"),
        pytest.param(changed(c={1: 9}), "[4a] day 1", id="stock"),
        pytest.param(changed(m={2: 1}), "[4b] day 2", id="balance"),
        pytest.param(replace(PLAN, external_units=PLAN.external_units - 1), "external_units (z1)", id="z1"),
        pytest.param(replace(PLAN, range=PLAN.range + 1), "range (z2)", id="z2"),
        pytest.param(replace(PLAN, most_internal=PLAN.most_internal + 1), "h is given", id="h"),
        pytest.param(replace(PLAN, least_internal=PLAN.least_internal + 1), "l is given", id="l"),
        pytest.param(replace(PLAN, outdates=PLAN.outdates + 1), "outdates is given", id="outdates"),
        pytest.param(changed(m={4: 1}, s={4: 1}), "trace, day 4", id="first in first out"),
    ],
)
def test_each_mutation_is_named(plan, words):
    assert any(words in found for found in verify(PROBLEM, plan)), verify(PROBLEM, plan)


@pytest.mark.parametrize(("rule", "words"), [("no_growth", "[5] no_growth: 2"), ("clear", "[5] clear: 2")])
def test_the_terminal_rule_is_judged(rule, words):
    problem = instance(T=1, U=(2,), demand={2: {1: 2}}, rule="free")
    plan = replace(solve(instance(T=1, U=(2,), rule="free")), supplied_by_class={2: (0,)})
    assert verify(problem, plan) == []
    assert any(words in found for found in verify(replace(problem, terminal_rule=rule), plan))


def test_a_feasible_plan_that_is_not_the_best_is_refused_only_when_asked():
    problem = instance(T=2, L=2, U=(0, 1), rule="free", donations={1: 2}, demand={1: {1: 2}})
    bad = replace(solve(replace(problem, donations=(0, 0))), outdated_by_day=(0, 2), outdates=2)
    assert verify(problem, bad) == []
    assert "2 external units, 0 are enough" in verify_optimal(problem, bad)[0]
    uneven = replace(
        solve(problem),
        internal_by_day=(2, 0),
        supplied_by_class={0: (0, 0), 1: (2, 0)},
        carry_by_day=(2, 0),
        least_internal=0,
        most_internal=2,
        range=2,
    )
    assert verify(problem, uneven) == []
    assert verify_optimal(problem, uneven) == ["optimum: the range of the plan is 2, 0 is possible"]
