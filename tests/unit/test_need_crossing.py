"""The due day: censored points count, a lower haemoglobin never postpones it, who is below is due today."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.need import predict, train
from models.need.crossing import crossing_rows, train_crossing
from tests.unit.need_sample import NEED, make_sample

FALL = 0.15


def planted():
    """Chronic patients whose haemoglobin falls evenly: the day of the crossing is known but for a little noise."""
    features, labels = make_sample(patients=60, days=60)
    days = ((features["haemoglobin_g_per_dl"].fillna(9.0) - 8.0) / FALL).clip(lower=0.1)
    noise = np.exp(np.random.default_rng(1).normal(0, 0.1, len(features)))
    points = features[["patient_id", "cut_at"]]
    followed = (features["cut_at"].max() - features["cut_at"]).dt.days + 5.0
    due = (days * noise).where(days * noise <= followed)
    features = features.assign(transfused_since_haemoglobin_units=0.0)
    return features, labels, points.assign(due_days=due, followed_days=followed)


@pytest.fixture(scope="module")
def past():
    features, labels, crossings = planted()
    chronic = features[features["programme"] == "chronic"]
    return features, labels, crossings, crossing_rows(chronic, crossings, NEED)


@pytest.fixture(scope="module")
def model(past):
    return train_crossing(past[3], NEED, seed=1)


def test_it_finds_the_planted_day(past, model):
    rows = past[3]
    seen = rows[rows["due_days"].notna() & rows["haemoglobin_g_per_dl"].notna()]
    said = model.predict(seen, NEED)
    assert (said["days"] / seen["due_days"]).median() == pytest.approx(1, abs=0.15)
    assert np.corrcoef(said["days"], seen["due_days"])[0, 1] > 0.8
    assert (said["low"] <= said["days"]).all()
    day = np.floor(seen["due_days"])
    held = (np.floor(said["low"]) <= day) & (day <= np.floor(said["high"]))
    assert 0.7 < held.mean() < 0.95
    assert (np.floor(said["high"]) - np.floor(said["low"])).mean() < 0.5 * seen["due_days"].mean()


def test_a_censored_point_is_not_taken_for_an_early_one(past, model):
    rows = past[3]
    is_cut = np.random.default_rng(2).random(len(rows)) < 0.4
    half = rows["due_days"].fillna(rows["followed_days"]) / 2
    censored = rows.assign(
        due_days=rows["due_days"].mask(is_cut), followed_days=rows["followed_days"].mask(is_cut, half)
    )
    early = rows.assign(due_days=rows["due_days"].mask(is_cut, half))
    said, wrong = (
        train_crossing(known, NEED, seed=1).predict(rows, NEED)["days"].mean() for known in (censored, early)
    )
    truth = model.predict(rows, NEED)["days"].mean()
    assert wrong < 0.9 * truth < said < 1.2 * truth


def test_a_lower_haemoglobin_never_postpones_the_day(past, model):
    rows = past[3].dropna(subset=["haemoglobin_g_per_dl"])
    lower = rows.assign(haemoglobin_g_per_dl=rows["haemoglobin_g_per_dl"] - 1)
    assert (model.predict(lower, NEED)["days"] <= model.predict(rows, NEED)["days"] + 1e-6).all()


def test_who_is_below_the_threshold_is_due_today_and_inpatients_have_no_day(past):
    features, labels, crossings, _ = past
    trained = train(features, labels, NEED, seed=1, trained_as_of=date(2024, 11, 1), crossings=crossings)
    today = features.drop_duplicates("patient_id", keep="last").reset_index(drop=True)
    low = today.assign(haemoglobin_g_per_dl=7.9, haemoglobin_age_hours=5.0)
    need, _ = predict(trained, low, NEED, as_of=date(2024, 11, 2))
    chronic = need["programme"] == "chronic"
    assert (need.loc[chronic, ["below_on", "below_from_on", "below_until_on"]] == pd.Timestamp("2024-11-02")).all(None)
    assert need.loc[~chronic, "below_on"].isna().all()
    assert (need["request_8d_probability"] >= need["request_24h_probability"]).all()


def test_a_short_history_has_no_day(past):
    assert train_crossing(past[3].head(50), NEED, seed=1) is None
