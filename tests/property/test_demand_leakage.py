"""No forecast knows what comes after it was made."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.demand.calendar import holiday_columns
from models.demand.conformal import quantiles, spread
from models.demand.history import History
from models.demand.panel import Panel, reachable
from models.demand.recurring import recurring_columns
from models.demand.rolling import METHODS, choose, evaluate, figures, forecast, rolling
from models.demand.shocks import followed
from models.demand.trees import columns, step_of


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    """What a forecast may know does not depend on how long its trees are trained."""
    monkeypatch.setattr("models.demand.trees.ROUNDS", 25)
    monkeypatch.setattr("models.demand.trees.SEEDS", (1,))


def panel(values, horizon=1, covariates=None):
    days = pd.date_range("2022-01-01", periods=len(values), name="day")
    table = pd.DataFrame(covariates or {}, index=days).astype(float)
    return Panel(History("", days, np.asarray(values, dtype=float), table, len(values), ()), horizon)


def noise(days=430, seed=3):
    return np.random.default_rng(seed).poisson(20, days).astype(float)


@pytest.mark.parametrize("ahead", [1, 10])
@pytest.mark.parametrize("name", METHODS)
def test_a_forecast_does_not_change_when_the_days_after_it_do(name, ahead):
    values = noise(330)
    target, changed = 300, noise(330, 4)
    changed[: target - ahead + 1] = values[: target - ahead + 1]
    one, two = (
        METHODS[name](panel(v, covariates={"x": v}), range(target, target + 1), ahead) for v in (values, changed)
    )
    assert np.isfinite(one).all()
    assert one == pytest.approx(two, abs=0)
    other = values.copy()
    other[target - max(ahead, step_of(ahead)) - 80 :] *= 3
    assert METHODS[name](panel(other), range(target, target + 1), ahead) != pytest.approx(one)


@pytest.mark.parametrize("ahead", [1, 4, 28])
def test_no_column_of_the_trees_knows_the_days_between(ahead):
    values, changed = noise(800), noise(800)
    changed[700 - ahead + 1 :] = 1e6
    one, two = (columns(panel(v), ahead)[0][700] for v in (values, changed))
    np.testing.assert_array_equal(one, two)


def test_noise_gets_the_error_of_noise_and_its_interval_holds():
    values = noise(700, 11)
    probabilities = (0.05, 0.5, 0.95)
    choice, trials = evaluate(panel(values), 300, probabilities)
    best = np.abs(values[-300:] - 20).mean()
    found = {name: figures([trial], probabilities) for name, trial in trials.items()}
    assert 0.97 * best < found[choice.selected]["mae"] < 1.12 * best
    assert 0.85 < found[choice.selected]["coverage"]["0.9"] < 0.95
    assert all(one["mae"] > 0.97 * best for one in found.values())


def test_a_covariate_that_equals_the_count_helps_only_when_it_is_given_for_the_future(monkeypatch):
    monkeypatch.setattr("models.demand.trees.ROUNDS", 250)
    values = noise(500, 5)
    blind = panel(values, covariates={"x": values})
    assert METHODS["xgboost"](blind, range(400, 500), 1) != pytest.approx(values[400:], abs=3)
    days = pd.date_range("2022-01-01", periods=501, name="day")
    told = pd.DataFrame({"x": [*values, 33.0]}, index=days)
    seeing = Panel(replace(blind.history, days=days, covariates=told), 1)
    error = np.abs(METHODS["xgboost"](seeing, range(400, 500), 1) - values[400:]).mean()
    assert error < 0.5 * np.abs(values[400:] - 20).mean()
    assert METHODS["ridge_covariates"](seeing, range(400, 500), 1) == pytest.approx(values[400:], abs=0.2)
    assert np.isnan(METHODS["ridge_covariates"](panel(values), range(400, 500), 1)).all()


def test_errors_that_calibrate_were_known_when_the_forecast_was_made():
    truth, made = noise(200), np.full(200, 20.0)
    later = truth.copy()
    later[150 - 7 + 1 :] += 1000
    one, two = (quantiles(made, t, (0.1, 0.9), ahead=7, first=100)[: 150 - 100 + 1] for t in (truth, later))
    np.testing.assert_array_equal(one, two)


def test_quantiles_never_cross_never_fall_below_zero_and_are_a_rank_further_out():
    assert spread(np.arange(1.0, 10.0), (0.1, 0.5, 0.9)).tolist() == [1, 5, 9]
    assert spread(np.arange(1.0, 20.0), (0.1, 0.9)).tolist() == [2, 18]
    found = quantiles(np.full(80, 1.0), noise(80) - 19, (0.05, 0.25, 0.5, 0.75, 0.95), ahead=1, first=40)
    assert (found >= 0).all()
    assert (np.diff(found, axis=1) >= 0).all()


def test_lags_that_cannot_be_known_go_back_whole_weeks():
    assert [reachable(lag, 10) for lag in (1, 3, 7, 14)] == [15, 10, 14, 14]


def test_forecast_follows_a_weekday_pattern_and_widens_with_its_scatter():
    rng = np.random.default_rng(2)
    days = pd.date_range("2022-01-01", periods=300)
    values = rng.poisson(10 + 20 * (days.dayofweek == 5))
    found = forecast(panel(values, 10), (0.05, 0.95))
    choice, table = found.choice, found.table
    saturdays = table["date"].dt.dayofweek == 5
    assert table.loc[saturdays, "forecast"].min() > 22
    assert table.loc[~saturdays, "forecast"].max() < 16
    assert (table["q0.05"] < table["forecast"]).all()
    assert (table["forecast"] < table["q0.95"]).all()
    assert choice.selected in METHODS
    assert len(table) == 10


def test_holidays_come_from_the_library_and_their_approach_is_seen():
    days = pd.date_range("2018-01-01", "2024-12-31")
    table = holiday_columns(days, "MY")
    eid = days.get_loc(pd.Timestamp("2024-04-10"))
    share, next_two, run, ahead = table[:, 0], table[:, 2], table[:, 9], table[:, 13]
    assert share[eid] == next_two[eid - 2] == 1
    assert (run[eid], run[eid - 1]) == (2, 0)
    assert (ahead[eid], ahead[eid - 3]) == (0, 3)
    assert share[days.get_loc(pd.Timestamp("2022-10-24"))] > 0.8  # Deepavali, not kept in every state
    assert holiday_columns(days, "MY", "13")[days.get_loc(pd.Timestamp("2022-10-24")), 0] == 0
    assert table.shape[1] > 10
    assert holiday_columns(days, "").shape == (len(days), 0)


def test_a_day_that_comes_back_every_year_is_known_without_a_country():
    days = pd.date_range("2016-01-01", "2023-12-31")
    feast = ((days.month == 8) & (days.day == 31)) * 1.0
    once = (days == pd.Timestamp("2022-05-11")) * 1.0
    mean, agreed = recurring_columns(days, (feast + once,), 1)[:2]
    last, other = (days.get_loc(pd.Timestamp(day)) for day in ("2023-08-31", "2023-05-11"))
    assert (mean[last], agreed[last], agreed[other]) == (1, 1, 0)
    assert 0 < mean[other] < 1


@pytest.mark.parametrize("days", [120, 330])
def test_a_blend_knows_every_day_of_the_horizon_with_and_without_trees(days, monkeypatch):
    monkeypatch.setattr("models.demand.rolling.TIE", 9.0)
    found = forecast(panel(noise(days), 9), (0.05, 0.95))
    table = found.table
    assert found.choice.selected == "blend"
    assert np.isfinite(table.drop(columns=["series", "date"]).to_numpy(dtype=float)).all()
    seen = panel(noise(days), 9)
    methods = [METHODS[name] for name in ("xgboost", "ridge_weekday_lags", "weekday_smoothing")]
    known = [made for method in methods if np.isfinite(made := method(seen, range(days, days + 1), 1)).all()]
    assert table["forecast"].iloc[0] == pytest.approx(np.mean(known))
    assert len(known) == (3 if days > 180 else 2)


def test_days_mostly_zero_get_a_median_and_a_level_that_moved_is_followed():
    rng = np.random.default_rng(4)
    rare = panel((rng.random(400) < 0.15) * rng.poisson(4, 400))
    assert choose(rare, 0, 1).selected == "median_56d"
    moved = panel(np.r_[noise(300), 4 * noise(40)])
    assert METHODS["weekday_smoothing"](moved, range(335, 340), 1).min() > 60
    assert METHODS["median_56d"](moved, range(335, 340), 1).min() > 60


def test_limits_passed_too_often_are_moved_outwards():
    truth = np.r_[noise(300), np.random.default_rng(8).normal(20, 20, 500).clip(0)]
    made = np.full(800, 20.0)
    limits = quantiles(made, truth, (0.05, 0.95), ahead=1, first=300)
    held = (truth[300:] >= limits[:, 0]) & (truth[300:] <= limits[:, 1])
    assert 0.87 < held.mean() < 0.96
    fixed = np.quantile(truth[:300], [0.05, 0.95])
    assert ((truth[300:] >= fixed[0]) & (truth[300:] <= fixed[1])).mean() < 0.6


@pytest.mark.parametrize("days", [14, 45])
def test_a_short_history_is_forecast_by_what_it_can_bear(days):
    values = noise(days + 10)
    found = forecast(panel(values[:days], 10), (0.05, 0.95))
    table = found.table
    assert found.choice.selected in {"yesterday", "seasonal_naive", "mean_28d", "weekday_mean_8w"}
    held = (table["q0.05"] <= values[days:]) & (values[days:] <= table["q0.95"])
    assert held.mean() > 0.7
    assert table["q0.95"].max() < 60


def test_a_forecast_follows_a_sudden_change_within_days_and_not_a_single_odd_day():
    values = np.r_[noise(360), 3 * noise(20, 5)]
    plain = METHODS["median_56d"](panel(values), range(300, 380), 1)
    following = rolling("median_56d", panel(values), 1, range(300, 380))
    assert (following[:62] == plain[:62]).all()
    assert plain[66:75].max() < 30 < following[62]
    assert 50 < following[66:75].mean() < 70
    odd = values[300:360].copy()
    odd[50] = 500
    assert (followed(plain[:60], odd, ahead=1) == plain[:60]).all()
    later = values[300:].copy()
    later[70:] = 999
    assert (followed(plain, later, ahead=7)[:76] == followed(plain, values[300:], ahead=7)[:76]).all()


def test_help_after_a_change_ends_where_the_method_has_caught_up():
    truth = np.r_[noise(300), 3 * noise(20, 5)]
    caught_up = np.r_[np.full(304, 20.0), np.full(16, 60.0)]  # four days after the change
    moved = followed(caught_up, truth, ahead=1)
    assert moved[302] > 45
    assert moved[306:].max() < 80


def test_two_days_in_a_row_are_no_shock_where_most_days_are_zero():
    rng = np.random.default_rng(9)
    truth = (rng.random(400) < 0.1) * 4.0
    truth[350:] = 0
    truth[[360, 361]] = 4
    limits = quantiles(np.zeros(400), truth, (0.99,), ahead=1, first=350)[:, 0]
    assert limits.max() == limits[9] == 4.0


def test_limits_widen_within_days_of_a_shock():
    truth = np.r_[noise(300), 3 * noise(60, 6)]
    limits = quantiles(np.full(360, 20.0), truth, (0.05, 0.95), ahead=1, first=250)
    assert np.diff(limits[50], axis=0) < 20
    assert limits[53, 1] > 1.5 * limits[50, 1]  # after three days
    assert ((truth[304:] >= limits[54:, 0]) & (truth[304:] <= limits[54:, 1])).mean() > 0.85
