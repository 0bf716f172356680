"""Pinned results: the 2001 program (benchmarks, section 1) and red-cell compatibility (section 2)."""

import json
from itertools import chain, combinations
from pathlib import Path

import pytest

from hemoflow.domain.blood_groups import BloodGroup, is_compatible
from optimization.flow import blocking_set
from optimization.ladder import solve
from optimization.problem import Instance
from optimization.verifier import verify_optimal
from tests.optimization_sample import LEAST_SHORTAGE, instance

INSTANCES = Path(__file__).parent / "instances"
EVERY_DAY = dict.fromkeys(range(1, 31), 1)
TEN_EVERY_DAY = dict.fromkeys(range(1, 31), 10)


@pytest.mark.parametrize("name", ["p1", "p2"])
def test_pinned_instances(name):
    raw = json.loads((INSTANCES / f"{name}.json").read_text())
    problem, expected = Instance.from_json(json.dumps(raw["instance"])), raw["expected"]
    whole, continuous = solve(problem), solve(problem, integer=False)
    assert (whole.external_units, whole.range) == (expected["external_units"], expected["range_integer"])
    assert (continuous.external_units, continuous.range) == (expected["external_units"], expected["range_continuous"])
    assert verify_optimal(problem, whole) == verify_optimal(problem, continuous) == []


@pytest.mark.parametrize(
    ("data", "external", "continuous_range", "whole_range"),
    [
        pytest.param({"stock": {-28: 10}, "demand": {0: EVERY_DAY}}, 29, None, None, id="the lot outdates after day 1"),
        pytest.param({"stock": {0: 10}, "demand": {0: EVERY_DAY}}, 20, 10 / 29, 1, id="the lot lasts 29 days"),
        pytest.param({"donations": {1: 30}, "demand": {0: EVERY_DAY}}, 0, 0, 0, id="a month from one day"),
        pytest.param({"donations": {9: 9}, "demand": {8: {1: 9}}}, 0, None, None, id="not urgent, ninth day"),
        pytest.param({"donations": {10: 9}, "demand": {8: {1: 9}}}, 9, None, None, id="not urgent, tenth day"),
        pytest.param({"donations": {4: 5}, "demand": {1: {3: 5}}}, 0, None, None, id="urgent, next day"),
        pytest.param({"donations": {5: 5}, "demand": {1: {3: 5}}}, 5, None, None, id="urgent, a day too late"),
        pytest.param({"stock": {0: 30}, "demand": {8: {1: 30}}}, 0, 10 / 3, 4, id="nine days share thirty"),
        pytest.param({"donations": TEN_EVERY_DAY, "demand": {8: TEN_EVERY_DAY}}, 0, 0, 0, id="steady"),
    ],
)
def test_hand_cases(data, external, continuous_range, whole_range):
    problem = instance(**data)
    whole, continuous = solve(problem), solve(problem, integer=False)
    assert whole.external_units == continuous.external_units == external
    if whole_range is not None:
        assert continuous.range == pytest.approx(continuous_range, abs=1e-6)
        assert whole.range == whole_range
    assert verify_optimal(problem, whole) == verify_optimal(problem, continuous) == []


def test_twenty_seven_pairs_are_compatible():
    gives_to = {str(d): sum(is_compatible(d, r) for r in BloodGroup) for d in BloodGroup}
    assert gives_to == {"O-": 8, "O+": 4, "A-": 4, "A+": 2, "B-": 4, "B+": 2, "AB-": 2, "AB+": 1}
    assert sum(gives_to.values()) == 27


@pytest.mark.parametrize(("supply", "demand", "identical_only", "with_substitution"), LEAST_SHORTAGE)
def test_least_shortage(supply, demand, identical_only, with_substitution):
    groups = list(BloodGroup)
    stock, wanted = dict(zip(groups, supply, strict=True)), dict(zip(groups, demand, strict=True))
    assert sum(max(0, wanted[g] - stock[g]) for g in groups) == identical_only
    subsets = chain.from_iterable(combinations(groups, size) for size in range(9))
    donors = {s: [d for d in groups if any(is_compatible(d, r) for r in s)] for s in subsets}
    assert max(sum(wanted[r] for r in s) - sum(stock[d] for d in ds) for s, ds in donors.items()) == with_substitution

    def can_leave(short):
        edges = [("all", ("donor", g), 0, stock[g]) for g in groups]
        edges += [(("patient", g), "end", wanted[g], wanted[g]) for g in groups]
        edges += [(("donor", d), ("patient", r), 0, 999) for d in groups for r in groups if is_compatible(d, r)]
        edges += [("all", "outside", 0, short), ("end", "all", 0, 999)]
        edges += [("outside", ("patient", g), 0, 999) for g in groups]
        return blocking_set(edges) is None

    assert can_leave(with_substitution)
    assert not with_substitution or not can_leave(with_substitution - 1)
