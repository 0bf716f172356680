"""Problem files of either program: what the command line reads and writes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from hemoflow.domain.errors import InputError, PolicyError, SolveError, VerificationError
from optimization.documents import read_document
from optimization.network_answers import tightest_requests
from optimization.network_files import read_network, read_network_plan, write_network, write_network_plan
from optimization.plan import Plan

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NETWORK, SUPPLY = EXAMPLES / "network.json", EXAMPLES / "supply.json"


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("problem", [NETWORK, SUPPLY], ids=["network", "supply"])
def test_assign_writes_a_plan_that_verify_accepts_and_explain_answers(problem, tmp_path):
    plan, picture = tmp_path / "plan.json", tmp_path / "plan.svg"
    assert run("assign", problem, "-o", plan, "--picture", picture).exit_code == 0
    assert json.loads(plan.read_text())["seconds"] > 0
    assert picture.read_text().startswith("<svg")
    assert run("verify", problem, plan, "--optimal").exit_code == 0
    said = run("explain", problem, plan, "--most", "1").output
    assert "One more" in said
    assert "deadline" in said
    continuous = run("assign", problem, "-o", plan, "--continuous", "--terminal-rule", "clear")
    assert continuous.exit_code == 0, continuous.output
    assert json.loads(plan.read_text())["integer"] is False


@pytest.mark.parametrize("problem", [NETWORK, SUPPLY], ids=["network", "supply"])
def test_a_plan_that_could_be_better_is_refused_only_when_asked(problem, tmp_path):
    plan = tmp_path / "plan.json"
    assert run("assign", problem, "-o", plan, "--ladder", "outdates").exit_code == 0
    poor = json.loads(plan.read_text())
    if problem == NETWORK:
        poor["rungs"] = {
            "external_units": float(
                sum(row["units"] for row in poor["allocations"] if row["source"] == "external")
                + sum(row["units"] for row in poor["deliveries"])
            ),
            **poor["rungs"],
        }
        poor["rungs"].pop("outdates")
    plan.write_text(json.dumps(poor))
    assert run("verify", problem, plan).exit_code == 0
    refused = run("verify", problem, plan, "--optimal")
    assert isinstance(refused.exception, VerificationError) is (
        problem == SUPPLY or poor["rungs"]["external_units"] > 0
    )


def test_a_network_file_comes_back_and_so_does_its_plan():
    task = read_network(NETWORK.read_text())
    again = read_network(write_network(task))
    assert again == task
    assert write_network(again) == write_network(task)
    document = read_document(NETWORK.read_text(), "file")
    text = document.answer(integer=True, time_limit_s=60).text
    plan, tolerances = read_network_plan(text)
    assert read_network_plan(write_network_plan(plan, tolerances)) == (plan, tolerances)


def test_every_fault_of_a_network_file_is_named_with_its_place():
    raw = json.loads(NETWORK.read_text())
    raw["lots"][0]["units"] = "four"
    raw["lots"][1]["blood_group"] = "0+"
    raw["requests"][0]["due"] = 3
    del raw["requests"][1]["day"]
    raw |= {"ladder": ["external_units", "nothing"], "tolerances": {"outdates": -1}, "extra": 1, "substitutions": "any"}
    with pytest.raises(InputError) as caught:
        read_network(json.dumps(raw), "network.json")
    for words in (
        "network.json has", "lots[0].units is 'four', not a whole number", "lots[1].blood_group is '0+', not one of O-",
        "requests[0] has an unknown field 'due'", "requests[1] lacks day",
        "nothing", "outdates", "unknown field 'extra'",
        "substitutions is 'any'",
    ):  # fmt: skip
        assert words in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "{", '{"schema": "hemoflow-network/2"}', '{"schema": "x", "schema": "y"}'])
def test_what_is_neither_is_refused(text):
    with pytest.raises(InputError):
        read_document(text, "file")


def test_stale_opening_stock_names_file_place_value_and_remedy(tmp_path):
    raw = json.loads(SUPPLY.read_text())
    raw["initial_stock"] = {"-34": 3}
    path = tmp_path / "stale.json"
    path.write_text(json.dumps(raw))
    error = run("assign", path, "-o", tmp_path / "plan.json").exception
    for words in (str(path), "initial_stock['-34']", "3 units", "lies before day 1", "-33 at the earliest"):
        assert words in str(error)
    assert not (tmp_path / "plan.json").exists()


def test_an_instance_beside_its_expected_values_is_read():
    raw = {"instance": json.loads(SUPPLY.read_text()), "expected": {}}
    assert read_document(json.dumps(raw), "file") == read_document(SUPPLY.read_text(), "file")


@pytest.mark.parametrize("problem", [NETWORK, SUPPLY], ids=["network", "supply"])
def test_a_failed_solve_names_rung_and_tightest_requests_and_writes_nothing(problem, tmp_path):
    failed = run("assign", problem, "-o", tmp_path / "plan.json", "--time-limit", "0.0000001")
    assert isinstance(failed.exception, SolveError)
    assert "the rung " in str(failed.exception)
    assert "Tightest requests: " in str(failed.exception)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("problem", [NETWORK, SUPPLY], ids=["network", "supply"])
def test_an_unknown_rung_is_refused_with_the_known_ones(problem, tmp_path):
    for words in (["--ladder", "external_units,beauty"], ["--ladder", "outdates", "--tolerance", "outdates=x"]):
        refused = run("assign", problem, "-o", tmp_path / "plan.json", *words)
        assert refused.exit_code != 0
    refused = run("assign", problem, "-o", tmp_path / "plan.json", "--ladder", "external_units,beauty").exception
    assert isinstance(refused, PolicyError)
    assert "beauty" in str(refused)
    assert "waiting_days" in str(refused)


def test_tightest_requests_are_those_that_lack_units_of_ours():
    problem = read_network(NETWORK.read_text()).problem
    assert "platelets A+ by day 5: 5 units due, 4 of ours" in tightest_requests(problem)
    assert "none lacks units" in tightest_requests(replace(problem, requests=problem.requests[:1]))


def test_a_plan_file_of_the_wrong_kind_is_refused():
    with pytest.raises(InputError, match="schema"):
        Plan.from_json(NETWORK.read_text(), "plan.json")
    with pytest.raises(InputError, match=r"plan.json has .* allocations is missing"):
        read_network_plan('{"schema": "hemoflow-network-plan/1", "problem": "x"}', "plan.json")
