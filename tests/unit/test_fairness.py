"""Figures by group: a planted gap is warned of, an even model is not, few patients are withheld."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from models.fairness import ATTRIBUTES, Judged, coverage, fairness, groups_of, measures, warnings
from models.need import NeedModel
from tests.unit.need_sample import WATCH, trained


def judged(tilt=0.0, patients=300, days=4, blind=False):
    """Predictions that are true for men; women's are ``tilt`` too low, or without any sense."""
    draw = np.random.default_rng(3)
    n = patients * days
    patient = np.repeat(np.arange(patients), days).astype(float)
    risk = draw.uniform(0.02, 0.6, n)
    outcome = (draw.random(n) < risk).astype(float)
    is_female = (patient % 2).astype(bool)
    told = np.where(is_female, (risk - tilt).clip(0.01, 1), risk)
    told = np.where(is_female & blind, draw.permutation(risk), told)
    groups = pd.DataFrame(None, index=range(n), columns=list(ATTRIBUTES), dtype="object")
    groups["sex"] = np.where(is_female, "female", "male")
    groups["site_id"] = np.where(patient < 4, "SMALL", "LARGE")
    return Judged(outcome, told, patient, groups)


def rows(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    return table


def test_an_even_model_is_not_warned_of_and_the_figures_are_right():
    given = judged()
    table = fairness(given, measures(WATCH), WATCH, seed=1)
    assert not table["is_warning"].any()
    assert warnings(table) == ()
    which = given.groups["sex"] == "female"
    (found,) = rows(table, attribute="sex", group="female", metric="auroc").to_dict("records")
    assert found["value"] == pytest.approx(roc_auc_score(given.outcome[which], given.predicted[which]))
    assert found["low"] < found["value"] < found["high"]
    assert found["patients"] == 150
    assert set(table["attribute"]) == {"everybody", "sex", "site_id"}, "what nobody records is not a group"


def test_groups_with_few_patients_are_withheld():
    table = fairness(judged(), measures(WATCH), WATCH, seed=1)
    small = rows(table, attribute="site_id", group="SMALL")
    assert small["is_withheld"].all()
    assert small[["patients", "value", "low", "high"]].isna().all(axis=None)
    assert not small["is_warning"].any()
    others = rows(table, attribute="site_id", is_withheld=False)
    assert others["value"].notna().any()
    assert others["patients"].isna().any(), "everybody less the other sites would tell how few they are"


def test_a_gap_is_warned_of_in_the_figure_where_it_is():
    table = fairness(judged(tilt=0.15), measures(WATCH), WATCH, seed=1)
    warned = rows(table, is_warning=True)
    assert ("sex", "female", "calibration_in_the_large") in set(
        warned[["attribute", "group", "metric"]].itertuples(index=False, name=None)
    )
    assert "male" not in set(warned["group"])
    assert any("calibration_in_the_large of sex female is 0.1" in words for words in warnings(table))
    strict = replace(WATCH, auroc_gap=0.02)
    blind = fairness(judged(blind=True), measures(strict), strict, seed=1)
    assert rows(blind, group="female", metric="auroc")["is_warning"].all()
    lenient = replace(WATCH, auroc_gap=0.5, sensitivity_gap=1.0, calibration_gap=1.0, brier_gap=1.0)
    assert warnings(fairness(judged(blind=True), measures(lenient), lenient, seed=1)) == ()


def test_coverage_is_held_against_what_was_promised():
    given = judged()
    inside = np.where(given.groups["sex"] == "female", np.arange(len(given.patient)) % 2, 1.0)
    table = fairness(replace(given, outcome=inside), (coverage(WATCH, 0.8),), WATCH, seed=1)
    assert rows(table, group="female")["is_warning"].all()
    assert rows(table, group="male")["value"].tolist() == [1.0]


def test_bands_and_what_is_not_recorded():
    features = pd.DataFrame(
        {
            "is_female": [1.0, 0.0, np.nan],
            "age_years": [17.0, 40.0, np.nan],
            "site_id": ["A", "B", "A"],
            "ancestry": ["white", None, "asian"],
        }
    )
    found = groups_of(features)
    assert found["sex"].tolist() == ["female", "male", None]
    assert found["age_band"].tolist() == ["under 18", "40-64", None]
    assert found["ancestry"].tolist() == ["white", None, "asian"]


def test_the_card_holds_the_table_and_it_is_kept(tmp_path):
    model = trained()
    sha256 = model.save(tmp_path)
    assert NeedModel.load(tmp_path, sha256=sha256).fairness == model.fairness
    card = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert "| by | group | patients | auroc | brier | calibration in the large | sensitivity |" in card
    assert "| age_band | 40-64 | 40 |" in card
