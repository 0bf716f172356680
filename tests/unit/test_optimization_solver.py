"""The bridge to HiGHS: it stops at its limit by name, and agrees with the stock Pyomo interface."""

import pyomo.environ as pyo
import pytest

from hemoflow.domain.errors import SolveError
from optimization.constraints import CONSTRAINTS, state
from optimization.ladder import solve
from optimization.objectives import LADDER, state_rungs
from optimization.variables import declare
from tests.optimization_sample import instance

PROBLEM = instance(T=6, L=3, stock={0: 5}, donations={2: 4, 5: 3}, demand={0: {1: 2, 3: 4, 6: 1}, 8: {1: 5, 4: 3}})


def test_a_time_limit_names_the_rung_and_gives_no_plan():
    with pytest.raises(SolveError, match=r"sample: the rung external_units ended without an optimum \(time limit"):
        solve(PROBLEM, time_limit_s=0.0)


@pytest.mark.parametrize("integer", [True, False])
def test_the_stock_interface_climbs_to_the_same_rungs(integer):
    model = declare(PROBLEM, integer=integer)
    state_rungs(model)
    for equation in CONSTRAINTS:
        state(model, equation)
    found = []
    for rung in LADDER:
        model.objectives.deactivate()
        model.objectives[rung.__name__].activate()
        pyo.SolverFactory("appsi_highs").solve(model)
        found.append(pyo.value(model.rungs[rung.__name__]))
        model.rung_kept[rung.__name__].set_value(model.rungs[rung.__name__] <= found[-1] + 1e-7)
    plan = solve(PROBLEM, integer=integer)
    assert [plan.external_units, plan.range, plan.outdates] == pytest.approx(found, abs=1e-5)
