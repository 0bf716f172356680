"""Units of 28 days of chronic outpatients, judged on later days than everything learned from."""

import numpy as np
import pandas as pd
import pytest

from hemoflow.domain.policy import load_policy
from models.need.month import DAYS, month_rows, split_in_time, train_month
from tasks.cohort import cohort_evaluated
from tests.unit.need_sample import make_sample

RULES = load_policy("region_demo")


@pytest.fixture(scope="module")
def figures():
    quick = load_policy("region_demo?need.trees=40&need.parallel_trees=1&need.folds=3")
    return cohort_evaluated(150, quick, seed=1)


def test_better_than_every_rule_and_honest_about_it(figures):
    assert figures["mae"] < 0.7 * figures["baselines"]["recent_rate"]
    assert figures["mae"] < min(figures["baselines"].values())
    assert figures["mae_lower_by_interval"][0] > 0.25
    assert 0.9 < figures["predicted_to_observed"] < 1.1


def test_limits_hold_about_as_often_as_they_say(figures):
    assert 0.72 < figures["coverage"] < 0.88
    assert min(figures["coverage_by_diagnosis"].values()) > 0.6
    assert figures["coverage_patients_never_seen"] > 0.65


def test_the_window_of_the_due_day_holds_near_and_far(figures):
    due = figures["due_day"]
    assert 0.74 < due["window_coverage"] < 0.87
    assert min(due["window_coverage_by_horizon"].values()) > 0.65
    assert min(due["window_coverage_by_diagnosis"].values()) > 0.65
    assert due["model"]["mae_days"] < due["mean_of_last_three_intervals"]["mae_days"]


def test_the_next_day_is_told_on_later_days_too(figures):
    day = figures["next_24_hours"]
    assert day["gain_auroc_interval"][0] > 0
    assert 0.7 < day["calibration_slope"] < 1.3
    assert day["auroc_patients_never_seen"] > day["baseline_last_haemoglobin"]["auroc"]


def test_no_label_is_on_both_sides_of_the_split():
    cut_at = pd.Series(pd.date_range("2024-01-01 08:00", periods=200, tz="UTC"))
    older, newer = split_in_time(cut_at, 0.3)
    assert newer.sum() == pytest.approx(60, abs=1)
    assert cut_at[newer].min() - cut_at[older].max() > pd.Timedelta(days=DAYS)


def test_a_short_history_has_no_model_of_a_month():
    rows, units = month_rows(*make_sample())
    assert len(rows) == 0, "labels of three days are no month"
    assert train_month(rows, units, RULES.need, seed=1) is None
    assert units.dtype == np.float64
