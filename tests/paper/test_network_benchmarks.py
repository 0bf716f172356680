"""Pinned results with the network program: the 2001 instances (benchmarks, section 1), red-cell groups (section 2)."""

import json
from itertools import product
from pathlib import Path

import pytest

from hemoflow.domain.blood_groups import BloodGroup
from optimization.ladder import solve as solve_group
from optimization.network.ladder import solve
from optimization.network.objectives import PAPER
from optimization.network.substitution import identical
from optimization.network.verifier import harms, verify
from optimization.problem import Instance
from tests.network_sample import RED, as_network, lot, network, request
from tests.optimization_sample import LEAST_SHORTAGE

INSTANCES = Path(__file__).parent / "instances"
GROUPS = list(BloodGroup)


@pytest.mark.parametrize("name", ["p1", "p2"])
@pytest.mark.parametrize("integer", [True, False])
def test_pinned_instances(name, integer):
    raw = json.loads((INSTANCES / f"{name}.json").read_text())
    instance, expected = Instance.from_json(json.dumps(raw["instance"])), raw["expected"]
    problem = as_network(instance)
    plan = solve(problem, PAPER, integer=integer)
    width = expected["range_integer" if integer else "range_continuous"]
    assert (plan.rungs["external_units"], plan.rungs["supply_range"]) == (expected["external_units"], width)
    assert plan.rungs["outdates"] == solve_group(instance, integer=integer).outdates
    assert verify(problem, plan) == []


def test_exactly_twenty_seven_pairs_are_ever_served():
    served = set()
    for donor, recipient in product(GROUPS, GROUPS):
        problem = network(lots=[lot(donor, 1)], requests=[request(recipient, 1)])
        plan = solve(problem)
        assert verify(problem, plan) == []
        assert bool(plan.allocations) is not harms(RED, donor, recipient)
        served |= {(donor, recipient)} if plan.allocations else set()
    gives_to = {str(donor): sum(pair[0] == donor for pair in served) for donor in GROUPS}
    assert gives_to == {"O-": 8, "O+": 4, "A-": 4, "A+": 2, "B-": 4, "B+": 2, "AB-": 2, "AB+": 1}


@pytest.mark.parametrize(("supply", "demand", "identical_only", "with_substitution"), LEAST_SHORTAGE)
def test_least_shortage(supply, demand, identical_only, with_substitution):
    lots = [lot(group, units) for group, units in zip(GROUPS, supply, strict=True) if units]
    requests = [request(group, units) for group, units in zip(GROUPS, demand, strict=True)]
    for pairs, shortage in ((identical(RED), identical_only), (None, with_substitution)):
        problem = network(lots=lots, requests=requests, pairs=pairs)
        plan = solve(problem)
        assert plan.rungs["very_urgent_shortage_tier_1"] == shortage == sum(row.units for row in plan.shortages)
        assert verify(problem, plan) == []
