"""The order rule: Poisson quantiles as pinned (benchmarks, section 3), and simulated months and years in kind."""

import numpy as np
import pytest
from scipy import stats

from benchmarks.order import RULES, draw, simulate
from models.demand.scatter import Scatter, quantile
from optimization.optimum import least_external_units


@pytest.mark.parametrize(("mean", "level", "emergencies"), [(12, 18, 0.03742), (8, 13, 0.03418), (20, 28, 0.03433)])
def test_topped_up_to_the_quantile_emergencies_come_as_often_as_pinned(mean, level, emergencies):
    assert quantile(np.array([[float(mean)]]), Scatter(np.ones((1, 1)), 1.0), 0.95).item() == level
    assert stats.poisson.sf(level, mean) == pytest.approx(emergencies, abs=5e-6)


@pytest.mark.parametrize("days", [30, 120])
def test_rules_rank_as_measured_and_the_greedy_needs_no_look_ahead(days):
    drawn = [draw(days, seed) for seed in range(1, 7)]
    least = sum(map(least_external_units, drawn))
    same_day, first_come, plain, reserved = (sum(simulate(month, rule) for month in drawn) for rule in RULES)
    assert same_day == least
    assert least <= reserved <= plain < first_come
