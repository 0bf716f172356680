"""Drift: a shifted population is seen, a small one that is not shifted raises no alarm."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from hemoflow.domain.policy import load_policy
from models.drift import SCORE, Reference, drift, furthest, reference, words
from models.need import NeedModel, drift_of, train
from tests.unit.need_sample import NEED, make_sample

POLICY = load_policy("region_demo")
WATCH = POLICY.watch
COLUMNS = 20


def people(patients, days=1, seed=0, shift=0.0):
    """Columns of many kinds; days of one patient are alike."""
    draw = np.random.default_rng(seed)
    base = np.repeat(draw.normal(0, 1, (patients, COLUMNS)), days, axis=0) + draw.normal(0, 0.1, (patients * days, 1))
    table = pd.DataFrame(base, columns=[f"c{number}" for number in range(COLUMNS)])
    table["flag"] = (table["c0"] > 1.2).astype(float)
    table["constant"] = 0.0
    table["seldom"] = table["c1"].where(table["c2"] > 1)
    table["c3"] += shift
    return table, np.repeat(np.arange(patients), days)


@pytest.fixture(scope="module")
def known():
    table, patient = people(150, days=30)
    score = 1 / (1 + np.exp(-table["c3"].to_numpy()))
    return reference(table, score, pd.Series(["chronic"] * len(table)), pd.Series(patient))


def seen(known, table, watch=WATCH):
    score = 1 / (1 + np.exp(-table["c3"].to_numpy()))
    return drift(known, table, score, pd.Series(["chronic"] * len(table)), watch)


@pytest.mark.parametrize("patients", [1, 5, 12, 40, 300])
def test_patients_who_are_not_shifted_raise_no_alarm(known, patients):
    days = [seen(known, people(patients, seed=100 + day)[0]) for day in range(25)]
    assert sum(day["is_drifting"].any() for day in days) == 0


def test_without_the_allowance_for_few_patients_the_same_days_cry_wolf(known):
    careless = replace(WATCH, drift_false_alarm_share=1.0)
    psi = [seen(known, people(12, seed=100 + day)[0], careless)["psi"].max() for day in range(25)]
    assert min(psi) > WATCH.psi_limit


@pytest.mark.parametrize("patients", [40, 300])
def test_a_shifted_population_is_seen_and_named(known, patients):
    found = seen(known, people(patients, seed=7, shift=1.5)[0])
    assert set(found.loc[found["is_drifting"], "feature"]) == {"c3", SCORE}
    said = words(found, "need-x")
    assert said.startswith("2 of 24 columns are unlike those that need-x learned from")
    assert "c3 of chronic" in said
    assert set(furthest(found)["feature"].head(2)) == {"c3", SCORE}


def test_values_that_go_missing_and_a_constant_that_moves_are_drift(known):
    table = people(200, seed=8)[0].assign(constant=1.0)
    table["c5"] = table["c5"].where(np.arange(200) % 2 == 0)
    found = seen(known, table).set_index("feature")
    assert found.index[found["is_drifting"]].tolist() == ["c5", "constant"]
    assert found.loc["c5", ["missing_share", "trained_missing_share"]].tolist() == [0.5, 0.0]


def test_nobody_or_another_programme_is_nothing_to_compare(known):
    table, _ = people(5)
    assert drift(known, table, np.zeros(5), pd.Series(["inpatient"] * 5), WATCH).empty
    assert words(drift(known, table.head(0), np.zeros(0), pd.Series([], dtype="str"), WATCH), "m") == ""


def test_it_is_kept_with_the_model_and_comes_back(tmp_path):
    features, labels = make_sample(patients=200, days=2)
    model = train(features, labels, NEED, seed=1, trained_as_of=date(2024, 10, 24))
    sha256 = model.save(tmp_path)
    kept = Reference.restored(json.loads((tmp_path / "reference.json").read_text(encoding="utf-8")))
    assert kept == model.reference == NeedModel.load(tmp_path, sha256=sha256).reference
    today = features.drop_duplicates("patient_id", keep="last")
    assert not drift_of(model, today, POLICY)["is_drifting"].any()
    moved = drift_of(model, today.assign(haemoglobin_g_per_dl=today["haemoglobin_g_per_dl"] + 4), POLICY)
    drifted = set(moved.loc[moved["is_drifting"], "feature"])
    assert {"haemoglobin_g_per_dl", "haemoglobin_gap_g_per_dl"} <= drifted
