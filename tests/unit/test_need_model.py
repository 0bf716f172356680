"""The need model: what it learns, what it refuses, how it is kept and how it explains itself."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest

from hemoflow.domain.errors import StateError
from hemoflow.schemas.need import NEED_FEATURES
from models.need import NeedModel, evaluate, predict, train
from models.need.features import DAY_FEATURE, FEATURES, by_day, matrix
from models.need.learning import learning_set
from tests.unit.need_sample import AS_OF, NEED, make_sample, trained


@pytest.fixture(scope="module")
def sample():
    return make_sample()


@pytest.fixture(scope="module")
def model():
    return trained()


def today(sample):
    return sample[0].drop_duplicates("patient_id", keep="last").reset_index(drop=True)


def test_it_learns_what_was_planted(model, sample):
    figures = model.metrics["all"]
    assert figures["auroc"]["value"] > 0.8
    assert 0.7 < figures["calibration"]["slope"] < 1.4
    assert 0.8 < figures["units_ratio"] < 1.2
    assert figures["units_error"] < figures["baseline_units_error"]
    assert set(model.metrics) == {"all", "clinic", "ward"}
    assert figures["points"] == len(sample[0]) == model.metrics["clinic"]["points"] + model.metrics["ward"]["points"]


def test_evaluate_gives_the_metrics_of_training(model, sample):
    assert evaluate(*sample, NEED, seed=1).to_dict() == model.metrics


def test_no_patient_is_on_both_sides(sample):
    rows = learning_set(*sample, NEED, seed=3)
    folds = pd.DataFrame({"patient": rows.patient, "fold": rows.fold, "source": rows.features["source"]})
    assert len(folds[["patient", "fold"]].drop_duplicates()) == 40
    patients = folds.drop_duplicates("patient").groupby(["source", "fold"]).size()
    assert patients.max() - patients.min() <= 1, "sources are dealt out evenly"


def test_a_patient_who_is_hard_to_tell_apart_gives_no_skill(sample):
    """Patient-specific noise that random rows would leak: grouped folds must not profit."""
    features, labels = sample
    number = pd.factorize(features["patient_id"])[0]
    luck = np.random.default_rng(5).random(number.max() + 1)[number] < 0.3
    nothing = features.assign(haemoglobin_g_per_dl=np.nan, weight_kg=40.0 + number, transfused_7d_units=0.0)
    by_patient = labels.assign(has_event=np.repeat(luck, NEED.horizon_days), units=0)
    by_patient.loc[by_patient["has_event"], "units"] = 1
    assert evaluate(nothing, by_patient, NEED, seed=1).of().auroc.value < 0.7


def test_prediction_frames(model, sample):
    need, days = predict(model, today(sample), NEED, as_of=AS_OF)
    assert len(need) == 40
    assert len(days) == 40 * NEED.horizon_days
    assert days["need_on"].min() == pd.Timestamp(AS_OF)
    sums = days.groupby("patient_id")["expected_units"].sum()
    assert np.allclose(sums.to_numpy(), need["expected_8d_units"], atol=1e-6)
    assert need["is_threshold_personal"].tolist() == [number % 2 == 0 for number in range(40)]
    assert set(need.loc[~need["is_threshold_personal"], "threshold_g_per_dl"]) == {NEED.default_threshold_g_per_dl}
    assert (need["blood_group"].isna() == today(sample)["blood_group"].isna()).all(), "unknown stays unknown"
    assert set(need["model_id"]) == {model.model_id}


def test_nobody_under_care(model, sample):
    need, days = predict(model, sample[0].head(0), NEED, as_of=AS_OF)
    assert (len(need), len(days)) == (0, 0)


def test_a_day_with_one_programme_only_and_a_programme_never_learned(model, sample):
    rows = today(sample)
    inpatients = rows[rows["programme"] == "inpatient"]
    alone, _ = predict(model, inpatients, NEED, as_of=AS_OF)
    together, _ = predict(model, rows, NEED, as_of=AS_OF)
    kept = together[together["programme"] == "inpatient"].reset_index(drop=True)
    pdt.assert_frame_equal(alone, kept)
    strangers, _ = predict(model, rows.assign(programme="background"), NEED, as_of=AS_OF)
    assert strangers["request_24h_probability"].between(0, 1).all()


def test_the_reason_names_value_unit_and_direction(model, sample):
    rows = today(sample)
    need, _ = predict(model, rows.assign(haemoglobin_g_per_dl=5.2), NEED, as_of=AS_OF)
    assert need["reason"].str.contains("haemoglobin 5.2 g/dL (raises)", regex=False).mean() > 0.9
    assert need["reason"].str.count(r"\((raises|lowers)\)").between(1, 3).all(), "what the trees do not use is not told"
    missing, _ = predict(model, rows.assign(haemoglobin_g_per_dl=np.nan), NEED, as_of=AS_OF)
    assert missing["reason"].str.contains("no haemoglobin on record").any()
    assert not missing["reason"].str.contains("nan").any()


def test_haemoglobin_of_now_is_the_last_one_lifted_by_units_and_lowered_by_the_own_fall(model, sample):
    # 70 kg: a unit lifts 1 g/dL. From 10.0 to 8.0 in 40 days, four units between: the fall is .15 a day.
    account = {
        "weight_kg": 70.0, "haemoglobin_g_per_dl": 8.0, "haemoglobin_age_hours": 96.0,
        "haemoglobin_168d_first_g_per_dl": 10.0, "haemoglobin_168d_first_age_hours": 24.0 * 44,
        "transfused_between_units": 4.0, "transfused_since_haemoglobin_units": 2.0,
    }  # fmt: skip
    need, _ = predict(model, today(sample).assign(**account), NEED, as_of=AS_OF)
    assert set(need["estimated_haemoglobin_g_per_dl"]) == {9.4}
    unknown, _ = predict(model, today(sample).assign(haemoglobin_g_per_dl=np.nan), NEED, as_of=AS_OF)
    assert unknown["estimated_haemoglobin_g_per_dl"].isna().all()


def test_every_feature_can_be_said():
    for feature in (*FEATURES, DAY_FEATURE):
        words = [feature.say(value) for value in (0.0, 1.0, float("nan"))]
        assert all(words)
        assert not any("nan" in word or "{" in word for word in words)


def test_no_column_counts_since_the_beginning_or_tells_the_calendar(sample):
    features, _ = sample
    shifted = features.assign(cut_at=features["cut_at"] + pd.Timedelta(days=4000))
    pdt.assert_frame_equal(matrix(features, NEED), matrix(shifted, NEED))
    assert "source" not in matrix(features, NEED)


def test_days_move_the_rhythm_on(sample):
    columns = matrix(sample[0], NEED)
    days = by_day(columns, 3)
    assert days[DAY_FEATURE.name].head(6).tolist() == [1, 2, 3, 1, 2, 3]
    assert np.allclose(np.diff(days["overdue_days"].head(3)), 1)
    assert np.allclose(days["overdue_days"].iloc[0], columns["overdue_days"].iloc[0])


def test_same_input_same_bytes(sample, tmp_path):
    features, labels = sample
    quick = replace(NEED, trees=4, folds=2)
    model, again, other = (
        train(*known, quick, seed=seed, trained_as_of=AS_OF)
        for known, seed in ((sample, 1), ((features[::-1], labels.sample(frac=1, random_state=3)), 1), (sample, 2))
    )
    assert model.save(tmp_path / "a") == again.save(tmp_path / "b")
    for name in ("model.json", "chronic-day.ubj", "inpatient-units.ubj", "card.md"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert other.model_id != model.model_id
    assert other.data_hash == model.data_hash


def test_saved_and_loaded_predicts_the_same(model, sample, tmp_path):
    sha256 = model.save(tmp_path)
    loaded = NeedModel.load(tmp_path, sha256=sha256)
    assert loaded.model_id == model.model_id
    for left, right in zip(
        predict(model, today(sample), NEED, as_of=AS_OF), predict(loaded, today(sample), NEED, as_of=AS_OF), strict=True
    ):
        pdt.assert_frame_equal(left, right)
    assert loaded.save(tmp_path / "again") == sha256
    card = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert model.model_id in card
    assert f"| all | {len(sample[0])} |" in card


@pytest.mark.parametrize("name", ["chronic-day.ubj", "inpatient-units.ubj", "reference.json", "model.json"])
def test_a_changed_or_lost_file_is_refused(model, tmp_path, name):
    sha256 = model.save(tmp_path)
    path = tmp_path / name
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(StateError, match="SHA-256 differs"):
        NeedModel.load(tmp_path, sha256=sha256)
    path.unlink()
    with pytest.raises(StateError, match=f"lacks {name}"):
        NeedModel.load(tmp_path, sha256=sha256)


def test_another_format_is_refused(model, tmp_path):
    model.save(tmp_path)
    content = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    (tmp_path / "model.json").write_text(json.dumps(content | {"features": ["age_years"]}), encoding="utf-8")
    with pytest.raises(StateError, match="another format"):
        NeedModel.load(tmp_path)


def test_nothing_to_learn_from(sample):
    features, labels = sample
    quiet = labels.assign(has_event=False, units=0)
    one = features["patient_id"] == "p001"
    for some, known, words in [
        (features.head(0), labels, "0 past days"),
        (features, labels.head(0), "0 past days"),
        (features, quiet, "0 of them"),
        (features[one], labels, "of 1 patients"),
    ]:
        with pytest.raises(StateError, match=words):
            train(some, known, NEED, seed=1, trained_as_of=AS_OF)


def test_few_patients_and_one_source_still_train(sample):
    features, labels = sample
    few = features[features["patient_id"].isin(["p000", "p002"])]
    metrics = evaluate(few, labels, replace(NEED, folds=5), seed=1)
    assert [figures.source for figures in metrics.figures] == ["all"]
    assert metrics.of().patients == 2
    assert list(few.columns) == list(NEED_FEATURES.columns)
