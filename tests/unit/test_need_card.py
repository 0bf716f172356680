"""The card as a page: figures, curve, challengers and the sentence on promotion."""

import json

import pytest

from hemoflow.reports.need_card import card_html, performance, verdict
from models.need.card import card
from tasks.model_files import save_model
from tests.unit.need_sample import trained


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("model")
    save_model(trained(), place, 8)
    return place


def test_the_page_has_the_headings_the_curve_and_the_challengers(folder):
    page = (folder / "card.html").read_text(encoding="utf-8")
    content = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    for heading in ("objectives", "participants", "predictors", "Analytical methods", "Performance", "Limitations"):
        assert heading in page
    assert page.count('class="reliability"') == len(content["metrics"]) == 3
    assert page.count('class="spot"') == 30
    for name, found in content["challengers"].items():
        assert name.replace("_", " ") in page
        assert f"{found['gain_over_model']:+.3f}".replace("-", "−") in page
    assert verdict(content["challengers"]) in page
    assert "this training was not asked to" in page
    assert "<script" not in page


def test_a_search_is_told(folder):
    content = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    assert "Search for settings" not in card_html(content, "", 8)
    told = {"trials": 7, "settings": {"max_depth": 1}, "is_used": False, "loss_nested": 0.31, "loss_policy": 0.29}
    searched = {**content, "searched": {"inpatient": told}}
    for page in (card_html(searched, "", 8), card({**searched, "standing": {}})):
        assert "7 trials in each fold" in page
        assert "0.3100" in page
        assert "0.2900" in page
        assert "are kept" in page


def test_the_sentence_follows_the_interval(folder):
    content = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    better = [name for name, found in content["challengers"].items() if found["gain_over_model_interval"][0] > 0]
    promoted = [name for name, found in content["challengers"].items() if found["decision"] == "promote"]
    assert better == promoted
    assert "decision_tree" not in better
    assert "none is promoted" in verdict({"a_rule": {"decision": "keep the model"}})
    assert "a rule" in verdict({"a_rule": {"decision": "promote"}})


def test_counts_of_few_patients_cannot_be_read_nor_found_by_subtraction(folder):
    metrics = json.loads((folder / "model.json").read_text(encoding="utf-8"))["metrics"]
    metrics["clinic"] |= {"positives": 3, "patients": 20}
    shown = {row["source"]: row for row in performance(metrics, 8)}
    assert {name: row["told"]["positives"] for name, row in shown.items()} == {
        "clinic": "withheld", "ward": "withheld", "all": str(metrics["all"]["positives"]),
    }  # fmt: skip
    assert {name: row["told"]["patients"] for name, row in shown.items()} == {"clinic": "20", "ward": "20", "all": "40"}
    assert [name for name, row in shown.items() if row["picture"]] == ["all"]
