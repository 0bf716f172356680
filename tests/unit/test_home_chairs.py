"""Chairs that are short: a week of a clinic, which a limit on minutes alone left unproven after two minutes."""

import pytest

from optimization.home.chairs import ChairProblem, solve_chairs
from optimization.home.packing import packings
from optimization.home.problem import ChairDay, Visit

MINUTES = {1: 139, 2: 248, 3: 357}
# Units, first and last day of the window, visits like this one.
WEEK = (
    (1, 1, 2, 1), (1, 1, 3, 2), (1, 1, 4, 4), (1, 1, 5, 2), (1, 1, 6, 3), (1, 2, 6, 1), (1, 2, 7, 1), (1, 3, 5, 1),
    (1, 3, 6, 1), (1, 4, 7, 1), (1, 5, 7, 2), (1, 6, 7, 1), (2, 1, 1, 2), (2, 1, 4, 6), (2, 1, 5, 3), (2, 1, 6, 5),
    (2, 1, 7, 1), (2, 2, 5, 1), (2, 3, 6, 1), (2, 4, 6, 1), (2, 4, 7, 4), (2, 5, 7, 1), (3, 1, 2, 1), (3, 1, 3, 1),
    (3, 1, 5, 2),
)  # fmt: skip


def test_a_week_in_which_chairs_are_short_is_proven_at_once():
    kinds = [(units, first, last) for units, first, last, count in WEEK for _ in range(count)]
    visits = tuple(
        Visit(f"p{n:02d}", 1, tuple(range(first, last + 1)), first, "C", 0, MINUTES[units], units, units)
        for n, (units, first, last) in enumerate(kinds)
    )
    days = tuple(ChairDay("C", day, 1920 if day <= 5 else 0) for day in range(1, 8))
    found = solve_chairs(ChairProblem(visits, days, dict.fromkeys(range(1, 8), 0)), 20.0)
    assert len(visits) - len(found) == 4
    for day in range(1, 6):
        assert sum(v.chair_minutes for v in visits if found.get((v.patient_id, 1)) == day) <= 1920


@pytest.mark.parametrize(
    ("sizes", "most", "minutes", "full"),
    [
        ([248, 139], [9, 9], 480, [(1, 1), (0, 3)]),
        ([248, 139], [1, 1], 480, [(1, 1)]),
        ([248], [9], 200, [(0,)]),
        (list(range(100, 130)), [50] * 30, 9600, []),
    ],
)
def test_a_packing_leaves_no_room_for_one_visit_more(sizes, most, minutes, full):
    assert packings(sizes, most, minutes) == full
