"""Explanations against second solves of the program itself, on drawn instances."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.explain import binding_deadlines, bottleneck, explain, worth_of_a_unit
from optimization.ladder import solve
from tests.optimization_sample import instance, instances


@settings(max_examples=25, deadline=None)
@given(instances())
def test_the_bottleneck_is_a_proof_of_the_units_from_outside(problem):
    found = bottleneck(problem)
    external = solve(problem).external_units
    assert (found is None) == (external == 0)
    assert explain(problem)
    if found is None:
        return
    assert found.external_units == external
    if problem.terminal_rule != "no_growth":
        assert found.asked_units - found.own_units == external
        reachable = {k for first, last in found.requests for k in found.lots if k <= last}
        assert reachable == set(found.lots)


@settings(max_examples=10, deadline=None)
@given(instances(most_days=5), st.data())
def test_the_worth_of_a_unit_is_what_the_program_saves_with_it(problem, data):
    saved = worth_of_a_unit(problem)
    day = data.draw(st.integers(1, problem.horizon_days))
    more = tuple(units + (t == day) for t, units in enumerate(problem.donations, start=1))
    fewer = solve(replace(problem, donations=more)).external_units
    assert solve(problem).external_units - fewer == saved.get(day, 0)


def test_a_deadline_binds_when_a_unit_comes_a_day_too_late():
    late = instance(T=6, L=5, U=(0, 1), rule="free", donations={4: 2}, demand={1: {2: 3}})
    assert binding_deadlines(late) == {(1, 3): 2}
    assert "The deadline of class 1 on day 3 binds: one day more would save 2 units" in " ".join(explain(late))
    assert binding_deadlines(replace(late, donations=(0, 0, 3, 0, 0, 0))) == {}
