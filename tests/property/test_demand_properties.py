"""What holds for every forecast."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.demand.counts import whole_units
from models.demand.rates import GROUPS, weekday_rates
from models.demand.scatter import Scatter, quantile

MEANS = hnp.arrays(np.float64, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.floats(0, 50))


@given(MEANS)
def test_rounding_keeps_every_running_sum_within_half_a_unit(expected):
    whole = whole_units(expected)
    assert (whole >= 0).all()
    assert (np.abs(np.cumsum(whole, axis=0) - np.cumsum(expected, axis=0)) <= 0.5 + 1e-6).all()


@given(st.floats(0, 60), st.floats(0, 60), st.floats(1, 6), st.sampled_from([0.05, 0.5, 0.95]))
def test_a_larger_mean_never_lowers_a_quantile(one, other, dispersion, probability):
    ((low, high),) = quantile(np.array([sorted((one, other))]), Scatter(np.ones((1, 1)), dispersion), probability)
    assert 0 <= low <= high


@settings(max_examples=50)
@given(hnp.arrays(np.int64, st.tuples(st.integers(1, 60), st.just(8)), elements=st.integers(0, 20)))
def test_rates_are_finite_never_negative_and_zero_for_a_group_never_seen(units):
    daily = pd.DataFrame(units, columns=GROUPS, index=pd.date_range("2024-01-01", periods=len(units))).astype(float)
    rates = weekday_rates(daily)
    assert np.isfinite(rates.by_weekday.to_numpy()).all()
    assert (rates.by_weekday.to_numpy() >= 0).all()
    assert (rates.by_weekday.loc[:, units.sum(axis=0) == 0] == 0).all(axis=None)
