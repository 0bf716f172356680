"""The judge: a good plan changed in one thing is refused, and the words say which rule it breaks."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import Component
from optimization.network.ladder import solve
from optimization.network.parts import External, Link, Site
from optimization.network.plan import Delivery, Outdate, Shortage, Source, Transfer
from optimization.network.substitution import is_allowed
from optimization.network.verifier import harms, verify
from tests.network_sample import A_POS, RED, lot, network, networks, request

PROBLEM = network(
    T=3,
    sites=(Site("s"), Site("t", (3,))),
    lots=[
        lot("A+", 2, last=2),
        lot("O-", 1, last=9),
        lot("B+", 1, last=9),
        lot("A+", 1, last=9, collected=-20, attributes=("irradiated",)),
    ],
    requests=[
        request("A+", 1, day=1),
        request("A+", 1, site="t", day=2),
        request("A+", 1, day=3, requires=("irradiated",)),
        request("O-", 1, day=3, most_age_days=5),
        request("A+", 2, day=3, urgency=8, tier=2),
        request("A+", 1, day=2, most_age_days=9, tier=3),
    ],
    links=[Link("s", "t", 1, 1)],
    externals=[External(RED, A_POS, "s", 1, 1), External(RED, A_POS, "s", 1, 1, into_stock=True)],
)
PLAN = solve(PROBLEM)


def with_row(index, **changes):
    rows = list(PLAN.allocations)
    rows[index] = rows[index]._replace(**changes)
    return replace(PLAN, allocations=tuple(rows))


def row_of(request_number):
    return next(n for n, row in enumerate(PLAN.allocations) if row.request == request_number)


def test_the_plan_is_good():
    assert verify(PROBLEM, PLAN) == []
    assert {row.request for row in PLAN.allocations} >= {0, 1, 2, 3, 5}
    assert len(PLAN.transfers) == 1


SHELF = {str(row.shelf.blood_group): row.shelf for row in PLAN.allocations if row.shelf and not row.shelf.attributes}
B_POS = SHELF["A+"]._replace(blood_group=BloodGroup("B+"), last_day=4, fresh_until=SHELF["O-"].fresh_until)
IRRADIATED = PLAN.allocations[row_of(2)].shelf
SPOILT = {
    "another problem": (lambda: replace(PLAN, problem="other"), "the plan is for 'other'"),
    "half a unit": (lambda: with_row(0, units=0.5), "whole number"),
    "a request that is not there": (lambda: with_row(0, request=99), "no request 99"),
    "a day outside": (lambda: with_row(0, day=9), "day 9 is not in the horizon"),
    "stock without a shelf": (lambda: with_row(row_of(0), shelf=None), "only a unit from stock"),
    "a unit from nowhere": (lambda: with_row(row_of(0), units=9), r"\[E1\].*more leave"),
    "a shelf of no lot": (lambda: with_row(row_of(0), shelf=SHELF["A+"]._replace(last_day=3)), "there is no lot"),
    "after its last day": (lambda: with_row(row_of(0), day=3), r"\[E1\].*issued after its last day"),
    "an antigen": (lambda: with_row(row_of(0), shelf=B_POS), r"B\+ must never be given to A\+"),
    "not irradiated": (lambda: with_row(row_of(2), shelf=SHELF["O-"]), r"requires irradiated"),
    "too old": (lambda: with_row(row_of(5), source=Source.STOCK, shelf=IRRADIATED), "older than 9 days"),
    "before it was asked": (lambda: with_row(row_of(2), day=1), r"\[E3\].*outside the window"),
    "not settled": (lambda: replace(PLAN, allocations=PLAN.allocations[1:]), "neither supplied nor given up"),
    "too much": (lambda: replace(PLAN, shortages=(*PLAN.shortages, Shortage(0, 1, 1))), "more than the 1 asked for"),
    "before the lead time": (lambda: with_row(row_of(0), source=Source.EXTERNAL, shelf=None), "before its lead time"),
    "no emergency arc": (lambda: with_row(row_of(0), source=Source.EMERGENCY, shelf=None), "no such source"),
    "not into stock": (lambda: replace(PLAN, deliveries=(Delivery(0, 2, 1),)), "does not deliver into stock"),
    "more than delivered": (lambda: replace(PLAN, deliveries=(Delivery(1, 2, 2),)), "its limit is 1"),
    "a heavy link": (lambda: replace(PLAN, transfers=(PLAN.transfers[0]._replace(units=2),)), r"\[E9\]"),
    "a closed site": (lambda: replace(PLAN, transfers=(Transfer(0, 2, SHELF["O-"], 1),)), "a site is closed"),
    "a late arrival": (lambda: replace(PLAN, transfers=(Transfer(0, 2, SHELF["A+"], 1),)), "after its last day"),
    "an outdate from nowhere": (lambda: replace(PLAN, outdates=(Outdate("t", SHELF["A+"], 1),)), "outdate|left"),
    "a wrong figure": (lambda: replace(PLAN, rungs={**PLAN.rungs, "transfers": 7.0}), "given as 7, counted 1"),
    "an unknown rung": (lambda: replace(PLAN, rungs={"profit": 1.0}), "no rung 'profit'"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_plan_is_refused_by_name(name):
    spoil, words = SPOILT[name]
    with pytest.raises(AssertionError, match=words):
        assert not verify(PROBLEM, spoil()), "; ".join(verify(PROBLEM, spoil()))


def test_the_terminal_rule_is_judged():
    waiting = network(rule="clear", requests=[request("A+", 1, urgency=8)])
    plan = solve(waiting)
    assert (verify(waiting, plan), len(plan.shortages)) == ([], 1)
    (words,) = verify(waiting, replace(plan, shortages=(), rungs={}))
    assert words == "[E5] clear: 1 of red_cells open at the end, 0 at the start"


@pytest.mark.parametrize("component", list(Component))
def test_antigens_told_letter_by_letter_agree_with_the_rules_of_the_problem(component):
    for donor in BloodGroup:
        for recipient in BloodGroup:
            assert harms(component, donor, recipient) is not is_allowed(component, donor, recipient)


@settings(max_examples=60, deadline=None)
@given(networks(), st.data())
def test_one_unit_more_or_less_in_any_row_is_noticed(problem, data):
    plan = solve(problem)
    fields = [
        name for name in ("allocations", "transfers", "deliveries", "outdates", "shortages") if getattr(plan, name)
    ]
    assume(fields)
    name = data.draw(st.sampled_from(fields))
    rows = list(getattr(plan, name))
    n = data.draw(st.integers(0, len(rows) - 1))
    rows[n] = rows[n]._replace(units=rows[n].units + data.draw(st.sampled_from([-1, 1])))
    spoilt = replace(plan, **{name: tuple(rows)})
    links_free = name == "transfers" and problem.links[rows[n].link].cost == 0
    assert verify(problem, spoilt) != [] or links_free
