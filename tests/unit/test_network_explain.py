"""Answers to a planner: worth of a unit, binding deadlines, and what stands against our own units."""

from dataclasses import replace

from optimization.network.explain import binding_deadlines, why_external, worth_of
from optimization.network.ladder import solve
from optimization.network.parts import Link
from optimization.network.plan import Source
from tests.network_sample import EMERGENCY, lot, network, request

SHORT = network(
    T=3,
    sites=("s", "far"),
    lots=[
        lot("O-", 2, last=2, reserved_units=1),
        lot("A+", 3, last=30),
        lot("O-", 4, last=30, collected=-4, site="far"),
        lot("O-", 5, day=2, last=36),
    ],
    requests=[request("O-", 2), request("O-", 1, urgency=1, day=0, requires=("irradiated",))],
    links=[Link("far", "s", 1)],
    externals=EMERGENCY,
)


def test_one_more_o_negative_unit_is_worth_an_emergency_unit_while_one_is_lacking():
    assert worth_of(SHORT, lot("O-", 1)) == {"emergency_units": -1}
    assert worth_of(SHORT, lot("AB+", 1)) == {}
    assert worth_of(SHORT, lot("O-", 9)) == {"emergency_units": -1}


def test_the_deadline_that_binds_is_the_one_that_a_later_unit_would_meet():
    assert binding_deadlines(SHORT, solve(SHORT)) == {0: {"emergency_units": -1}}
    assert binding_deadlines(SHORT, solve(SHORT), most=0) == {}


def test_a_unit_from_outside_is_explained_by_what_stands_against_each_unit_of_ours():
    rows = {row.request: row for row in solve(SHORT).allocations if row.source is Source.EMERGENCY}
    assert why_external(SHORT, solve(SHORT), rows[0]) == (
        "9 units cannot be there in time",
        "3 units are of a group that it must not get",
        "1 unit is reserved or in quarantine",
        "1 unit could serve it: 1 goes to class 0, tier 1, O-",
    )
    assert why_external(SHORT, solve(SHORT), rows[1])[0] == "10 units are not irradiated"


def test_units_too_old_are_told_apart():
    fresh = replace(SHORT, requests=(request("O-", 9, day=3, most_age_days=2),))
    (row,) = (row for row in solve(fresh).allocations if row.source is Source.EMERGENCY)
    words = why_external(fresh, solve(fresh), row)
    assert words[0] == "5 units are too old by then"
    assert words[-1] == "5 units could serve it: 5 go to class 0, tier 1, O-"
