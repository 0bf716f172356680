"""Feasible circulations: found when they exist, refuted by a set that cannot be fed when they do not."""

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from optimization.flow import blocking_set

BOUNDS = st.tuples(st.integers(0, 3), st.integers(0, 4)).map(lambda pair: (pair[0], sum(pair)))
EDGES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), BOUNDS), min_size=1, max_size=9)


@settings(max_examples=150, deadline=None)
@given(EDGES)
def test_agrees_with_a_linear_program_and_proves_its_refusals(drawn):
    edges = [(tail, head, *bounds) for tail, head, bounds in drawn if tail != head]
    found = blocking_set(edges)
    if found is None:
        balance = [[(head == node) - (tail == node) for tail, head, *_ in edges] for node in range(5)]
        assert (
            not edges
            or linprog([0] * len(edges), A_eq=balance, b_eq=[0] * 5, bounds=[e[2:] for e in edges]).status == 0
        )
    else:
        owed = sum(low for tail, head, low, _ in edges if tail not in found and head in found)
        room = sum(high for tail, head, _, high in edges if tail in found and head not in found)
        assert owed > room
