"""Instances and plans as files: what is refused, that all of it is told at once, and that nothing is lost."""

import json

import pytest

from hemoflow.domain.errors import InputError
from optimization.ladder import solve
from optimization.plan import Plan
from optimization.problem import Instance
from tests.optimization_sample import instance

RAW = {
    "schema": "hemoflow-supply/1", "name": "raw", "horizon_days": 2, "shelf_life_days": 3,
    "urgency_deadlines_days": [0, 1], "terminal_rule": "free", "initial_stock": {"-1": 3, "0": 0},
    "donations": [4, 0], "demand": {"0": [4, 1], "1": [3, 0]}, "backlog": {"1": {"0": 2}},
}  # fmt: skip


def refusal(**changes):
    with pytest.raises(InputError) as caught:
        Instance.from_json(json.dumps({**RAW, **changes}))
    return str(caught.value)


def test_a_file_comes_back_without_its_zeros():
    read = Instance.from_json(json.dumps(RAW))
    assert read.initial_stock == {-1: 3}
    assert read.to_json().endswith('"backlog": {\n  "1": {\n   "0": 2\n  }\n }\n}\n')
    assert Instance.from_json(read.to_json()) == read


def test_sums_over_days_reach_from_the_past_into_the_horizon():
    problem = Instance.from_json(json.dumps(RAW))
    assert (problem.received(-1, 1), problem.received(0, 2), problem.received(2, 9), problem.received(-9, -2)) == (
        7,
        4,
        0,
        0,
    )
    assert (problem.requested(1, 0, 1), problem.requested(1, 1, 0), problem.requested(0, -5, 2)) == (5, 0, 5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": "other/1"}, "schema is 'other/1'"),
        ({"name": ""}, "name is ''"),
        ({"horizon_days": 0}, "horizon_days is 0"),
        ({"shelf_life_days": True}, "shelf_life_days is True"),
        ({"terminal_rule": "none"}, "terminal_rule is 'none', not one of no_growth, clear, free"),
        ({"terminal_rule": ["free"]}, "terminal_rule is ['free']"),
        ({"urgency_deadlines_days": []}, "urgency_deadlines_days is []"),
        ({"urgency_deadlines_days": [0, 1, 1]}, "names a class twice"),
        ({"initial_stock": {"-2": 1}}, "initial_stock['-2'] is no stock: its last day, 0, lies before day 1"),
        ({"initial_stock": {"1": 1}}, "initial_stock['1'] is not in the past"),
        ({"initial_stock": {"x": 1}}, "'x' is not a day"),
        ({"initial_stock": {"-0": 1}}, "'-0' is not a day"),
        ({"initial_stock": [3]}, "[3], not an object"),
        ({"donations": [4]}, "donations has 1 days, horizon_days is 2"),
        ({"donations": [4, -1]}, "donations on day 2 is -1"),
        ({"donations": [4, 0.5]}, "donations on day 2 is 0.5"),
        ({"donations": [4, 1_000_001]}, "donations on day 2 is 1000001"),
        ({"donations": 4}, "donations is 4, not a list"),
        ({"demand": {"0": [1, 1]}}, "demand lacks the class '1'"),
        ({"demand": {**RAW["demand"], "8": [0, 0]}}, "demand['8'] is not a class"),
        ({"backlog": {"8": {"0": 1}}}, "backlog['8'] is not a class"),
        ({"backlog": {"1": {"-1": 2}}}, "backlog['1']['-1'] was due on day 0"),
        ({"backlog": {"0": {"0": 2}}}, "backlog['0']['0'] was due on day 0"),
        ({"backlog": {"1": {"2": 2}}}, "backlog['1']['2'] is not in the past"),
        ({"backlog": {"1": 2}}, "backlog['1'] is 2, not an object"),
        ({"donation": [1]}, "unknown field 'donation'"),
    ],
)
def test_nonsense_is_refused_in_words(changes, words):
    message = refusal(**changes)
    assert words in message
    assert "1 problem:" in message


def test_all_problems_come_in_one_message():
    message = refusal(horizon_days=3, initial_stock={"-9": 1}, backlog={"1": {"-3": 1}}, extra=1)
    assert "6 problems" in message
    for words in ("extra", "donations has 2", "demand['0'] has 2", "demand['1'] has 2", "-9", "-3"):
        assert words in message


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a": 1, "a": 2}', "{}"])
def test_what_is_no_instance_is_refused(text):
    with pytest.raises(InputError):
        Instance.from_json(text)


def test_an_instance_made_in_code_is_judged_alike():
    with pytest.raises(InputError, match="lies before day 1"):
        instance(T=1, L=1, stock={0: 1})


def test_plans_are_read_strictly():
    text = solve(instance(T=2, demand={0: {1: 1}})).to_json()
    raw = json.loads(text)
    assert Plan.from_json(text).to_json() == text
    assert '"seconds": 0.0' in text
    for broken in (
        {**raw, "c": [1, None]},
        {**raw, "integer": 1},
        {**raw, "y": {"a": []}},
        {**raw, "schema": "x"},
        [raw],
    ):
        with pytest.raises(InputError):
            Plan.from_json(json.dumps(broken))
    with pytest.raises(InputError, match=r"c is \[nan, 0\].*"):
        Plan.from_json(json.dumps({**raw, "c": [float("nan"), 0]}))
    del raw["c"], raw["m"]
    with pytest.raises(InputError, match="c is missing; m is missing"):
        Plan.from_json(json.dumps(raw))
    with pytest.raises(InputError):
        Plan.from_json("{")
