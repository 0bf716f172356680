"""A folder of the MIMIC-IV layout as a study: the protocol's figures, and a model that meets patients it never saw."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from hemoflow.domain.errors import InputError
from hemoflow.domain.policy import load_policy
from hemoflow.settings import REPOSITORY, Settings
from tasks.study import evaluated, read_study, trained

FOLDER = REPOSITORY / "data" / "mimic-iv-demo"
RULES = load_policy("region_demo")
ONE_DEAL = load_policy("region_demo?need.deals=1&need.trees=20&need.folds=2&need.parallel_trees=1")
KEYS = {"n", "positives", "patients", "auroc", "auprc", "brier", "calibration_slope", "calibration_intercept"}


def part(folder: Path, is_wanted) -> Path:
    """The shipped folder with some of its patients."""
    for file in FOLDER.rglob("*.csv*"):
        rows = pd.read_csv(file, dtype="string", keep_default_na=False)
        if "subject_id" in rows:
            rows = rows[rows["subject_id"].map(is_wanted).astype(bool)]
        place = folder / file.relative_to(FOLDER)
        place.parent.mkdir(parents=True, exist_ok=True)
        rows.to_csv(place, index=False)
    return folder


def settings(home: Path) -> Settings:
    return Settings(home=home)


def test_without_a_home_every_patient_is_scored_by_others(tmp_path):
    found = evaluated(FOLDER, RULES, seed=1, settings=settings(tmp_path / "none"))
    assert found.keys() >= KEYS
    assert (found["n"], found["positives"]) == (1138, 53)
    assert round(found["baseline_last_haemoglobin"]["auroc"], 3) == 0.812
    assert found["auroc"] > found["baseline_last_haemoglobin"]["auroc"]
    assert found["gain_auroc_interval"][0] > 0
    assert found["auprc"] > found["baseline_last_haemoglobin"]["auprc"]
    assert 0.8 < found["calibration_slope"] < 1.2
    assert found["within_8_days"]["positives"] > found["positives"]
    assert 0.8 < found["within_8_days"]["calibration_slope"] < 1.2
    low, high = found["auroc_interval"]
    assert low < found["auroc"] < high
    assert found["gain_auroc"] == pytest.approx(found["auroc"] - found["baseline_last_haemoglobin"]["auroc"], abs=2e-6)
    assert "cross-validation" in found["scored_by"]
    assert found["challengers"].keys() == {"last_haemoglobin_rule", "logistic_regression", "decision_tree"}
    assert {other["decision"] for other in found["challengers"].values()} == {"keep the model"}
    assert found["challengers"]["decision_tree"]["auroc"] < found["auroc"]
    assert not (tmp_path / "none").exists(), "evaluating leaves no home behind"


def test_a_trained_model_scores_only_patients_it_never_saw(tmp_path):
    home = settings(tmp_path / "home")
    older = part(tmp_path / "some", lambda subject: int(subject) % 3 > 0)
    record = trained(older, ONE_DEAL, seed=1, settings=home)
    found = evaluated(FOLDER, ONE_DEAL, seed=1, settings=home)
    others = part(tmp_path / "others", lambda subject: int(subject) % 3 == 0)
    apart = evaluated(others, ONE_DEAL, seed=1, settings=home)
    assert found["model_id"] == apart["model_id"] == record.model_id
    assert found["scored_by"] == "promoted model on patients it has never seen"
    assert (found["n"], found["auroc"]) == (apart["n"], apart["auroc"])
    assert found["patients_left_out_as_seen"] > 0 == apart["patients_left_out_as_seen"]
    again = evaluated(older, ONE_DEAL, seed=1, settings=home)
    assert "cross-validation" in again["scored_by"], "the model knows all of these"
    seen = (record.folder / "seen.txt").read_text(encoding="utf-8").split()
    assert not set(seen) & set(read_study(older, RULES).features["patient_id"])


def without(folder: Path, *tables: str) -> Path:
    """The shipped folder without some of its files."""
    return shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns(*(f"{name}.*" for name in tables)))


def test_a_folder_without_stays_is_named(tmp_path):
    folder = without(tmp_path / "folder", "admissions", "labevents", "prescriptions", "inputevents")
    (folder / "hosp" / "admissions.csv").write_text("subject_id,hadm_id,admittime,dischtime\n")
    with pytest.raises(InputError, match="no stay"):
        read_study(folder, RULES)


def test_a_folder_without_haemoglobin_is_refused_before_anything_is_learned(tmp_path):
    with pytest.raises(InputError, match="fresh haemoglobin"):
        evaluated(without(tmp_path / "folder", "labevents"), RULES, seed=1, settings=settings(tmp_path / "none"))
