"""One LP text for each equation and rung: the printed line as the solver sees it. None may lack text, number or LaTeX.

Run this file as a script to write the texts anew after a change that is meant.
"""

import tempfile
from pathlib import Path

import pyomo.environ as pyo
import pytest

from optimization.constraints import CONSTRAINTS, state
from optimization.formulation_page import describe
from optimization.objectives import RUNGS, state_rungs
from optimization.variables import declare
from tests.optimization_sample import instance

BASELINES = Path(__file__).parent / "lp"
SAMPLE = instance(
    T=3,
    L=2,
    U=(0, 1),
    stock={0: 5},
    donations={1: 7, 2: 11, 3: 13},
    demand={0: {1: 17, 2: 19, 3: 23}, 1: {1: 29, 2: 31, 3: 37}},
    backlog={1: {0: 41}},
)
EQUATIONS = {equation[0].__name__: equation for equation in CONSTRAINTS}


def lp_text(name):
    model = declare(SAMPLE, integer=True)
    state_rungs(model)
    model.objectives.deactivate()
    model.objectives[name if name in RUNGS else "external_units"].activate()
    if name in EQUATIONS:
        state(model, EQUATIONS[name])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.lp"
        model.write(str(path), io_options={"symbolic_solver_labels": True})
        text = path.read_text()
    return text.partition("bounds")[0] if name in EQUATIONS else text.partition("s.t.")[0]


@pytest.mark.parametrize("name", [*EQUATIONS, *RUNGS])
def test_reads_as_its_baseline(name):
    assert lp_text(name) == (BASELINES / f"{name}.lp").read_text()


def test_no_equation_lacks_a_baseline_and_no_baseline_an_equation():
    assert {path.stem for path in BASELINES.glob("*.lp")} == {*EQUATIONS, *RUNGS}


@pytest.mark.parametrize("rule", [*(rule for rule, _ in CONSTRAINTS), *RUNGS.values()], ids=lambda rule: rule.__name__)
def test_is_documented_with_number_prose_and_latex(rule):
    number, prose, formula = describe(rule)
    assert all((number.strip("()"), prose.endswith("."), "\\" in formula or "=" in formula or "\\le" in formula))


def test_an_undocumented_equation_is_refused():
    with pytest.raises(ValueError, match="needs a docstring"):
        describe(lambda model: model)


@pytest.mark.parametrize(("rule", "limit"), [("no_growth", 41), ("clear", 0), ("free", None)])
def test_the_terminal_rules_differ_in_their_limit_only(rule, limit):
    model = declare(instance(T=3, U=(0, 1), backlog={1: {0: 41}}, rule=rule), integer=True)
    state(model, EQUATIONS["terminal_rule"])
    assert [pyo.value(row.upper) for row in model.terminal_rule.values()] == ([] if limit is None else [limit])


if __name__ == "__main__":
    for each in [*EQUATIONS, *RUNGS]:
        (BASELINES / f"{each}.lp").write_text(lp_text(each))
