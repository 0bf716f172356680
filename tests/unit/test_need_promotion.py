"""A new model takes the place of the version in force by the policy's rule; a challenger that of the trees by proof."""

from dataclasses import replace

import numpy as np
import pytest

from hemoflow.domain.errors import PolicyError
from hemoflow.domain.policy import load_policy
from hemoflow.domain.watching import Promotion
from hemoflow.store import open_store
from models.evaluation import auroc
from models.need import NeedModel, predict
from models.need.challengers import CHALLENGERS, DEEP, RIVALS, challenge
from models.need.contest import TREES, winner
from models.need.features import matrix
from models.need.folds import by_rival, cross_validate
from models.need.judging import BETTER, Judged, against
from models.need.learning import learning_set
from models.need.programme import Programme
from models.need.request import kept_out
from models.need.rivals import content, restored
from models.need.standing import InForce, standing
from tasks.model_files import register
from tests.unit.need_sample import AS_OF, NEED, POLICY, make_sample, trained

FEATURES, LABELS = make_sample()
ROWS = learning_set(FEATURES, LABELS, NEED, seed=1)
FOUND = cross_validate(ROWS, NEED, seed=1)
HELD = kept_out(ROWS.features["patient_id"])
LUCK = np.random.default_rng(5).permutation(len(ROWS.has_event))
OLD = {
    "perfect": 0.05 + 0.9 * ROWS.has_event,
    "same": FOUND.probability,
    "blind": FOUND.probability[LUCK],
}


def says(probability):
    """A twin that says these probabilities of the rows."""
    return lambda columns, _programme: probability[columns.index]


def decided(old, rule):
    return standing(ROWS, says(FOUND.probability), InForce("need-old", says(OLD[old])), rule, seed=1)


@pytest.mark.parametrize(
    ("rule", "promoted"),
    [(Promotion.NOT_WORSE, {"same", "blind"}), (Promotion.BETTER, {"blind"}), (Promotion.BY_HAND, set())],
)
def test_each_rule_promotes_what_it_says(rule, promoted):
    told = {old: decided(old, rule) for old in OLD}
    assert {old for old, found in told.items() if found["is_promoted"]} == promoted
    for old, found in told.items():
        assert found["decision"].startswith("Promoted" if old in promoted else "Kept as a candidate")
        assert "need-old" in found["decision"]


def test_the_figures_are_of_the_patients_kept_out():
    told = decided("blind", Promotion.NOT_WORSE)
    assert (told["days"], told["positives"]) == (HELD.sum(), ROWS.has_event[HELD].sum())
    assert told["patients"] == len(np.unique(ROWS.patient[HELD]))
    old, new = (auroc(ROWS.has_event[HELD], found[HELD]) for found in (OLD["blind"], FOUND.probability))
    assert told["gain_auroc"] == pytest.approx(new - old, abs=1e-6)
    low, high = told["gain_auroc_interval"]
    assert 0 < low < told["gain_auroc"] < high
    assert f"{new - old:+.3f}" in told["decision"]


def test_a_twin_has_learned_nothing_of_the_patients_kept_out():
    assert 0 < HELD.sum() < len(HELD)
    assert np.array_equal(kept_out(ROWS.features["patient_id"][::-1]), HELD[::-1]), "by the pseudonym alone"
    upside_down = replace(ROWS, has_event=np.where(HELD, 1 - ROWS.has_event, ROWS.has_event))
    twins = [Programme.learn(rows, FOUND, "inpatient", NEED, seed=1).twin for rows in (ROWS, upside_down)]
    one, other = (twin.probability(ROWS.columns) for twin in twins)
    assert np.array_equal(one, other)


def test_the_first_version_is_promoted_and_an_old_one_that_cannot_be_read_is_named():
    first = standing(ROWS, says(FOUND.probability), InForce(), Promotion.BETTER, seed=1)
    assert first["is_promoted"]
    assert "no version in force" in first["decision"]
    old = InForce("need-7", note="it is of another format")
    told = {rule: standing(ROWS, says(FOUND.probability), old, rule, seed=1) for rule in Promotion}
    assert {rule for rule, found in told.items() if found["is_promoted"]} == {Promotion.NOT_WORSE}
    assert "need-7 cannot be compared: it is of another format" in told[Promotion.BETTER]["decision"]


def test_an_unknown_rule_is_refused():
    with pytest.raises(PolicyError, match="not_worse, better, by_hand"):
        load_policy("region_demo?watch.promotion_rule=always")


def test_the_challenger_that_gains_most_beyond_noise_wins():
    judged = {
        "a": {"decision": "promote", "gain_over_model": 0.02},
        "b": {"decision": "promote", "gain_over_model": 0.05},
        "c": {"decision": "keep the model", "gain_over_model": 0.3},
    }
    assert winner(judged) == "b"
    assert winner({"c": judged["c"]}) == winner({}) == TREES


def test_only_what_a_daily_run_can_score_with_is_promoted():
    perfect, luck = OLD["perfect"], FOUND.probability[LUCK]
    days = Judged(ROWS.has_event, luck, luck, np.zeros(len(luck)), ROWS.patient)
    scores = {"decision_tree": perfect, "gated_recurrent_unit": perfect, "last_haemoglobin_rule": luck}
    told = {name: found["decision"] for name, found in against(days, scores, seed=1, resamples=20).items()}
    assert told == dict(zip(scores, ("promote", BETTER, "keep the model"), strict=True))
    assert CHALLENGERS.keys() == RIVALS.keys() == DEEP.keys() - {"gated_recurrent_unit"}


@pytest.mark.parametrize("name", RIVALS)
def test_a_challenger_in_use_scores_explains_and_comes_back_from_plain_numbers(name):
    chosen = ROWS.take(ROWS.programme == "inpatient")
    rival = RIVALS[name](chosen, 1)
    again = restored(content(rival))
    score, shares = rival.score(chosen.columns), rival.shares(chosen.columns)
    assert np.array_equal(again.score(chosen.columns), score)
    assert shares.shape == chosen.columns.shape
    np.testing.assert_allclose(shares.sum(axis=1) - score, (shares.sum(axis=1) - score)[0], atol=1e-9)
    assert auroc(chosen.has_event, score) > 0.6


def test_a_model_with_a_challenger_in_use_is_kept_and_scores_the_day(tmp_path):
    scores = challenge(ROWS, seed=1)
    name = "logistic_regression"
    found = by_rival(ROWS, FOUND, scores[name])
    assert auroc(ROWS.has_event, found.raw) == pytest.approx(auroc(ROWS.has_event, scores[name]))
    assert (found.week_probability >= found.probability).all()
    model = trained()
    learned = {part: Programme.learn(ROWS, found, part, NEED, seed=1, rival=RIVALS[name]) for part in model.programmes}
    used = replace(model, programmes=learned, family=name)
    assert used.model_id != model.model_id
    back = NeedModel.load(tmp_path, sha256=used.save(tmp_path))
    assert back.family == name
    assert "logistic regression gives the probability" in (tmp_path / "card.md").read_text(encoding="utf-8")
    today = FEATURES.drop_duplicates("patient_id").reset_index(drop=True)
    scored, _ = predict(back, today, NEED, as_of=AS_OF)
    columns = matrix(today, NEED)
    expected = back.probability(columns, today["programme"])
    assert scored.set_index("patient_id")["request_24h_probability"].to_numpy() == pytest.approx(expected, abs=1e-6)
    assert not np.allclose(expected, model.probability(columns, today["programme"]))
    assert scored["reason"].str.contains("raises|lowers").all()


def test_a_version_keeps_what_was_said_of_it_unless_it_comes_back(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'store.db'}", tmp_path) as store:
        store.init()
        store.add_model(
            "need", "need-old", tmp_path / "old", sha256="", trained_as_of=AS_OF, metrics={}, features=[], data_hash=""
        )
        store.promote("need-old")

        def registered(decision):
            model = replace(trained(), standing={"is_promoted": True, "decision": decision})
            return register(store, "need", model, tmp_path / "new", POLICY.publication).decision

        assert [registered(words) for words in ("Promoted: first.", "Promoted: again.")] == ["Promoted: first."] * 2
        store.roll_back("need")
        assert registered("Promoted: it came back.") == "Promoted: it came back."
        assert "it came back" in (tmp_path / "new" / "card.md").read_text()
