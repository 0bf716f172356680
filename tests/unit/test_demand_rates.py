"""Weekday rates, rounding and quantiles."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hemoflow.domain.errors import StateError
from models.demand.counts import whole_units
from models.demand.rates import GROUPS, complete_days, daily_units, weekday_rates
from models.demand.scatter import Scatter, quantile, scatter_of

DAYS = pd.date_range("2024-09-02", periods=56)  # a Monday
PATTERN = np.array([9.0, 8, 7, 6, 5, 2, 1])


def table(**columns):
    return pd.DataFrame(0.0, index=DAYS, columns=GROUPS).assign(
        **{group: values for group, values in columns.items() if group in GROUPS}
    )


def test_a_planted_weekday_pattern_comes_back_exactly():
    daily = table(**{"O+": PATTERN[DAYS.dayofweek], "A+": 2 * PATTERN[DAYS.dayofweek]})
    rates = weekday_rates(daily)
    assert rates.by_weekday["O+"].to_numpy() == pytest.approx(PATTERN)
    assert rates.by_weekday["A+"].to_numpy() == pytest.approx(2 * PATTERN)
    assert rates.by_weekday["AB-"].sum() == 0


def test_a_sparse_group_takes_the_pattern_of_the_region_and_a_busy_one_keeps_its_own():
    sparse = np.zeros(56)
    sparse[6] = 1.0  # one unit, on a Sunday
    against = PATTERN[::-1][DAYS.dayofweek] * 2
    rates = weekday_rates(table(**{"O+": 20 * PATTERN[DAYS.dayofweek], "A+": against, "AB-": sparse})).by_weekday
    assert rates.loc[0, "AB-"] > rates.loc[6, "AB-"]
    assert rates["AB-"].sum() * 8 == pytest.approx(1.0, rel=0.15)
    assert rates.loc[6, "A+"] > rates.loc[0, "A+"]


def test_each_weekday_keeps_its_region_total():
    draws = np.random.default_rng(0).poisson(3, (56, 8)).astype(float)
    daily = pd.DataFrame(draws, index=DAYS, columns=GROUPS)
    means = daily.sum(axis=1).groupby(DAYS.dayofweek).mean()
    assert weekday_rates(daily).by_weekday.sum(axis=1).to_numpy() == pytest.approx(means.to_numpy())


def test_a_weekday_never_seen_gets_the_mean_day():
    daily = table(**{"O+": np.full(56, 4.0)}).iloc[:5]
    assert weekday_rates(daily).by_weekday["O+"].to_numpy() == pytest.approx(np.full(7, 4.0))


def test_dispersion_of_bursts_is_found_though_rates_were_fitted_to_the_same_days():
    rng = np.random.default_rng(2)
    found = []
    for _ in range(20):
        daily = pd.DataFrame(rng.negative_binomial(2.0, 1 / 3, (56, 8)) * 1.0, DAYS, GROUPS)  # mean 4, variance 12
        expected = weekday_rates(daily).on(DAYS).to_numpy()
        found.append(scatter_of(daily.to_numpy(), expected, np.ones((1, 1)), np.full(8, fill_value=True)).dispersion)
    assert np.mean(found) == pytest.approx(3.0 * (1 + 1 / 8), rel=0.06)  # a mean of eight days errs too


def test_the_unfinished_day_and_everything_older_than_the_window_stay_out():
    days = complete_days(pd.Series(DAYS), pd.Series(1, range(len(DAYS))), as_of=date(2024, 10, 20), history_days=14)
    assert (days[0].date(), days[-1].date(), len(days)) == (date(2024, 10, 6), date(2024, 10, 19), 14)
    with pytest.raises(StateError, match="Load the sources"):
        complete_days(pd.Series(DAYS), pd.Series(1, range(len(DAYS))), as_of=date(2024, 9, 2), history_days=14)


def test_daily_units_adds_up_and_fills_absent_cells():
    history = pd.DataFrame({"day": [DAYS[0], DAYS[0], DAYS[2]], "blood_group": ["O+", "O+", "B-"], "units": [2, 3, 1]})
    daily = daily_units(history, day="day", units="units", days=DAYS[:3])
    assert daily["O+"].tolist() == [5, 0, 0]
    assert daily["B-"].tolist() == [0, 0, 1]
    assert list(daily.columns) == GROUPS


def test_rounding_carries_the_remainder():
    assert whole_units(np.array([0.4, 0.4, 0.4, 0.4, 0.4])).tolist() == [0, 1, 0, 1, 0]
    assert whole_units(np.full(3, 1 / 3)).sum() == 1


@pytest.mark.parametrize("dispersion", [1.0, 2.5])
def test_quantile_covers_at_least_its_probability(dispersion):
    mean = np.array([0.0, 0.2, 3.0, 12.0])
    (upper,) = quantile(mean[None], Scatter(np.ones((1, 1)), dispersion), 0.95)
    law = stats.poisson(mean) if dispersion == 1 else stats.nbinom(mean / (dispersion - 1), 1 / dispersion)
    assert upper[0] == 0
    assert (law.cdf(upper)[1:] >= 0.95).all()
    assert (law.cdf(upper - 1)[1:] < 0.95).all()


def test_pinned_quantile_of_twelve_units():
    assert quantile(np.array([[8.0, 12.0, 20.0]]), Scatter(np.ones((1, 1)), 1.0), 0.95).tolist() == [[13, 18, 28]]
