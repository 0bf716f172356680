"""A network problem that makes no sense is refused, with every fault in one message."""

from dataclasses import replace

import pytest

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import InputError, PolicyError
from hemoflow.domain.units import Component
from optimization.network.ladder import solve
from optimization.network.parts import External, Link, Site, StockTarget, Substitution
from optimization.network.substitution import is_allowed, red_cell_preference
from tests.network_sample import A_POS, O_NEG, RED, lot, network, request


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"T": 0}, "horizon_days is 0"),
        ({"rule": "later"}, "terminal_rule is 'later'"),
        ({"sites": ("s", "s")}, "site s is given twice"),
        ({"lots": [lot("A+", 1, site="t")]}, "unknown site"),
        ({"lots": [lot("A+", -1)]}, "units must be whole"),
        ({"lots": [lot("A+", 1, reserved_units=2)]}, "reserved or in quarantine"),
        ({"lots": [lot("A+", 1, day=0)]}, "before day 1"),
        ({"lots": [lot("A+", 1, day=3, last=2)]}, "is no stock"),
        ({"lots": [lot("A+", 1, last=36)]}, "outlives the 35 days"),
        ({"lots": [lot("A+", 1, attributes=("b", "a"))]}, "sorted and named once"),
        ({"requests": [request("A+", 0.5)]}, "not a whole number"),
        ({"requests": [request("A+", 1, tier=0)]}, "the tier at 1"),
        ({"requests": [request("A+", 1, day=-1, urgency=1)]}, "was due before day 1"),
        ({"requests": [request("A+", 1, day=2)]}, "after the horizon"),
        ({"requests": [request("A+", 1, most_age_days=-1)]}, "greatest age"),
        ({"links": [Link("s", "s", 1)]}, "does not join two known sites"),
        ({"links": [Link("s", "t", -1)], "sites": ("s", "t")}, "days, limit and cost"),
        ({"externals": [External(RED, A_POS, "s", -1)]}, "lead time and limit"),
        ({"externals": [External(RED, A_POS, "s", into_stock=True, is_emergency=True)]}, "serves requests only"),
        ({"targets": [StockTarget(RED, A_POS, "s", -1)]}, "must be whole numbers"),
        ({"pairs": (Substitution(RED, A_POS, O_NEG, 1),)}, "A+ must never be given to O-"),
        ({"pairs": (Substitution(RED, O_NEG, A_POS, 0),)}, "the penalty must be whole"),
        ({"lots": [replace(lot("A+", 1), component=Component.PLASMA)]}, "without a shelf life"),
    ],
)
def test_nonsense_is_refused(parts, words):
    with pytest.raises(InputError, match=words.replace("+", r"\+")):
        network(**parts)


def test_all_faults_come_in_one_message():
    with pytest.raises(InputError, match=r"3 problems.*horizon_days.*terminal_rule.*given twice"):
        network(T=0, rule="later", sites=(Site("s"), Site("s")))


@pytest.mark.parametrize("ladder", [(), ("outdates", "outdates"), ("outdates", "profit")])
def test_a_ladder_of_unknown_or_repeated_rungs_is_refused(ladder):
    with pytest.raises(PolicyError, match="unknown or repeated"):
        solve(network(), ladder)


def test_preference_gives_the_twenty_seven_pairs_identical_first_and_o_negative_last():
    pairs = red_cell_preference()
    assert len(pairs) == 27
    assert {(p.donor, p.recipient) for p in pairs if p.penalty == 0} == {(group, group) for group in BloodGroup}
    for group in BloodGroup:
        own = {p.donor: p.penalty for p in pairs if p.recipient == group}
        assert max(own, key=own.get) == "O-"


@pytest.mark.parametrize(
    ("component", "donor", "recipient", "allowed"),
    [
        (Component.PLASMA, "AB-", "O+", True),
        (Component.PLASMA, "O+", "A+", False),
        (Component.PLASMA, "A+", "A-", True),
        (Component.PLATELETS, "A-", "O+", True),
        (Component.PLATELETS, "O+", "O-", False),
    ],
)
def test_plasma_and_platelets_have_their_own_rules(component, donor, recipient, allowed):
    assert is_allowed(component, BloodGroup(donor), BloodGroup(recipient)) is allowed
