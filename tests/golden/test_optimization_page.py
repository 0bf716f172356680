"""The published page of the program is the one that the code renders."""

from pathlib import Path

from optimization.constraints import CONSTRAINTS
from optimization.formulation_page import render
from optimization.network.constraints import CONSTRAINTS as NETWORK
from optimization.network.constraints import SMOOTHING
from optimization.network.formulation_page import render as network_page
from optimization.network.objectives import RUNGS as NETWORK_RUNGS
from optimization.objectives import RUNGS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "formulation.md"


def test_the_committed_page_is_current():
    assert PAGE.read_text() == render()


def test_the_page_of_the_network_is_current_and_has_every_equation_and_rung():
    page = PAGE.with_name("network-formulation.md").read_text()
    names = [rule.__name__ for rule in (*NETWORK, *SMOOTHING, *NETWORK_RUNGS.values())]
    assert page == network_page()
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("### ")] == names


def test_the_page_has_every_equation_and_rung():
    names = [rule.__name__ for rule in (*(rule for rule, _ in CONSTRAINTS), *RUNGS.values())]
    assert [line.split("`")[1] for line in render().splitlines() if line.startswith("### ")] == names
