"""One LP text for each equation and rung of the network: the printed line as the solver sees it, none undocumented.

Run this file as a script to write the texts anew after a change that is meant.
"""

import tempfile
from pathlib import Path

import pytest

from optimization.formulation_page import describe
from optimization.network.constraints import CONSTRAINTS, SMOOTHING
from optimization.network.objectives import BY_TIER, RUNGS, expand
from optimization.network.parts import Earlier, External, Link, StockTarget
from optimization.network.statement import Statement, as_pyomo
from tests.network_sample import A_POS, O_NEG, RED, lot, network, request

BASELINES = Path(__file__).parent / "network_lp"
SAMPLE = network(
    T=2,
    rule="no_growth",
    sites=("s", "t"),
    lots=(
        lot("O-", 5, last=1),
        lot("A+", 7, last=9, collected=-8),
        lot("A+", 11, day=2, last=9, attributes=("irradiated",)),
    ),
    requests=(
        request("A+", 17),
        request("A+", 19, urgency=1, day=0, tier=2),
        request("A+", 23, urgency=1, day=2, most_age_days=3, requires=("irradiated",)),
        request("O-", 29, urgency=8, day=0),
        request("O-", 31, urgency=8, day=2),
    ),
    links=(Link("s", "t", 1, 37, 2),),
    externals=(
        External(RED, A_POS, "s", 1, 41),
        External(RED, O_NEG, "s", 0, 43, into_stock=True),
        External(RED, A_POS, "s", is_emergency=True),
    ),
    targets=(StockTarget(RED, O_NEG, "s", 47, 53),),
    earlier=(Earlier(RED, A_POS, 1, "t", 59, "s"), Earlier(RED, O_NEG, 1, "s", 61)),
)
EQUATIONS = {equation.__name__: equation for equation in CONSTRAINTS + SMOOTHING}


def lp_text(name):
    """One equation with its bounds, or one rung, of the sample."""
    statement = Statement(SAMPLE, (name,) if name in RUNGS else ("external_units", "supply_range"))
    model = as_pyomo(statement)
    for other in EQUATIONS:
        if hasattr(model, other) and other != name:
            model.del_component(other)
    for rung in list(statement.rung_of)[1:]:
        model.objectives[rung].deactivate()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.lp"
        model.write(str(path), io_options={"symbolic_solver_labels": True})
        text = path.read_text()
    if name in EQUATIONS:
        return text.partition("s.t.")[2].partition("\nend")[0]
    return text.partition("s.t.")[0]


@pytest.mark.parametrize("name", [*EQUATIONS, *RUNGS])
def test_reads_as_its_baseline(name):
    text = lp_text(name)
    assert text == (BASELINES / f"{name}.lp").read_text()
    assert "+1 " in text or "+2 " in text or "+3 " in text, "the sample shows every equation and rung at work"


def test_no_equation_lacks_a_baseline_and_no_baseline_an_equation():
    assert {path.stem for path in BASELINES.glob("*.lp")} == {*EQUATIONS, *RUNGS}


@pytest.mark.parametrize("rule", [*EQUATIONS.values(), *RUNGS.values()], ids=lambda rule: rule.__name__)
def test_is_documented_with_number_prose_and_latex(rule):
    number, prose, formula = describe(rule)
    assert all((number.strip("()"), prose.endswith("."), "\\" in formula))


def test_a_ladder_is_expanded_by_tier():
    assert set(RUNGS) > BY_TIER
    assert expand(("other_shortage", "outdates"), [1, 3]) == [
        ("other_shortage", 1),
        ("other_shortage", 3),
        ("outdates", None),
    ]


if __name__ == "__main__":
    for each in [*EQUATIONS, *RUNGS]:
        (BASELINES / f"{each}.lp").write_text(lp_text(each))
