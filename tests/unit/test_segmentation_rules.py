"""Rules that describe segments."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hemoflow.domain.errors import InputError
from hemoflow.domain.policy import load_policy
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import SEGMENT_DESCRIPTIONS, SEGMENT_RULES, SEGMENTS
from models.segmentation.describing import describe as describe_all
from models.segmentation.describing import wilson
from models.segmentation.rules import Condition, Rule, Side
from models.segmentation.rules_file import read_rules, write_rules
from models.segmentation.ruling import compare, with_rules
from tests.segmentation_sample import planted, planted_mixed

POLICY = replace(load_policy("region_demo").segmentation, rule_bootstraps=1, rules_per_segment=2)


def describe(profiles, labels, policy=POLICY, *, seed):
    rules, frame, _ = describe_all(profiles, np.broadcast_to(labels, len(profiles)), policy, seed=seed)
    return frame, rules


def below(name, cut):
    return Condition(name, Side.BELOW, cut)


def at_least(name, cut):
    return Condition(name, Side.AT_LEAST, cut)


def test_words_name_the_unit_and_read_as_a_clinician_would_say_them():
    young = below("age_years", 60.0)
    regular = below("interval_variation", 0.3)
    assert Rule(1, 1, (young, regular)).words == "age below 60 years and interval variation below 0.3"
    assert at_least("age_years", 60.0).words == "age at least 60 years"


def test_a_missing_value_satisfies_neither_side():
    profiles, _ = planted(3)
    profiles["age_years"] = [59.0, np.nan, 60.0]
    young, old = (Rule(1, 1, (side("age_years", 60.0),)) for side in (below, at_least))
    assert young.covers(profiles).tolist() == [True, False, False]
    assert old.covers(profiles).tolist() == [False, False, True]


def test_a_missing_category_is_neither_this_nor_another():
    profiles, _ = planted(3)
    profiles["diagnosis_group"] = pd.array(["mds", pd.NA, "renal"], dtype="string")
    rules = [Rule(1, 1, (Condition("diagnosis_group", side, "mds"),)) for side in (Side.IS, Side.IS_NOT)]
    assert [rule.covers(profiles).tolist() for rule in rules] == [[True, False, False], [False, False, True]]


def test_a_planted_rule_is_found_at_its_rounded_cut_point():
    profiles, _ = planted(120)
    rng = np.random.default_rng(0)
    profiles["age_years"] = rng.integers(20, 90, 120).astype(float)
    profiles["interval_variation"] = rng.uniform(0, 0.9, 120).round(2)
    inside = (profiles["age_years"] < 60) & (profiles["interval_variation"] < 0.4)
    frame, rules = describe(profiles, np.where(inside, 2, 1), seed=1)
    [rule] = [rule for rule in rules if rule.segment == 2]
    assert sorted(rule.words.split(" and ")) == ["age below 60 years", "interval variation below 0.4"]
    row = frame[frame["segment"] == 2].iloc[0]
    assert (row["precision_share"], row["recall_share"], row["patients"]) == (1, 1, inside.sum())


def test_planted_segments_are_described_well_within_the_limits_of_the_policy():
    profiles, truth = planted()
    frame, rules = describe(profiles, truth + 1, seed=1)
    pd.testing.assert_frame_equal(frame, conform(frame, SEGMENT_RULES))
    assert frame["words"].tolist() == [rule.words for rule in rules]
    assert set(frame["segment"]) == {1, 2, 3, 4}
    assert frame["rule_number"].max() <= POLICY.rules_per_segment
    assert max(len(rule.conditions) for rule in rules) <= POLICY.rule_conditions
    first = frame[frame["rule_number"] == 1]
    assert first["precision_share"].mean() > 0.75
    assert first["recall_share"].mean() > 0.6


def test_precision_and_recall_are_those_of_the_held_out_patients():
    """Labels without any pattern can be learned by heart on the patients searched, never on the others."""
    profiles, _ = planted(120)
    labels = np.random.default_rng(2).integers(1, 3, 120)
    frame, _ = describe(profiles, labels, seed=1)
    assert (frame["held_out_patients"] < frame["patients"]).all()
    assert frame["precision_share"].mean() < 0.75


def test_a_second_rule_covers_what_the_first_cannot():
    profiles, _ = planted(150)
    rng = np.random.default_rng(4)
    profiles["age_years"] = rng.choice([25.0, 45.0, 65.0, 85.0], 150)
    profiles["frailty_score"] = pd.array(rng.integers(1, 9, 150), dtype="Int64")
    inside = (profiles["age_years"] < 45) | (profiles["frailty_score"] >= 7)
    frame, _ = describe(profiles, np.where(inside, 1, 2), seed=1)
    assert set(frame[frame["segment"] == 1]["words"]) == {"age below 45 years", "frailty scale at least 7"}


def test_a_third_rule_does_not_forget_the_first():
    profiles, _ = planted(200)
    rng = np.random.default_rng(4)
    profiles["age_years"] = rng.choice([25.0, 45.0, 65.0, 85.0], 200)
    profiles["threshold_g_per_dl"] = rng.choice([7.0, 8.0, 9.0, 10.0], 200)
    profiles["frailty_score"] = pd.array(rng.integers(1, 9, 200), dtype="Int64")
    inside = (profiles["age_years"] < 45) | (profiles["threshold_g_per_dl"] >= 10) | (profiles["frailty_score"] >= 8)
    frame, _ = describe(profiles, np.where(inside, 1, 2), replace(POLICY, rules_per_segment=5), seed=1)
    words = frame[frame["segment"] == 1]["words"].tolist()
    expected = {"age below 45 years", "personal threshold at least 10 g/dL", "frailty scale at least 8"}
    assert (set(words), len(words)) == (expected, 3)


def test_one_segment_needs_no_rule():
    profiles, _ = planted(40)
    frame, rules = describe(profiles, 1, seed=1)
    assert frame.empty
    assert rules == ()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_segment_has_held_out_patients(seed):
    profiles, _ = planted(60)
    labels = np.where(np.arange(60) < 3, 2, 1)
    profiles.loc[:2, "age_years"] = 110.0
    frame, _ = describe(profiles, labels, seed=seed)
    assert frame["recall_share"].notna().all()


def test_a_planted_category_is_found():
    profiles, _ = planted_mixed(150)
    inside = (profiles["diagnosis_group"] == "renal").fillna(value=False)
    _, rules = describe(profiles, np.where(inside, 2, 1), seed=1)
    assert [rule.words for rule in rules if rule.segment == 2] == ["diagnosis is renal"]


def test_each_segment_is_described_with_limits_and_told_whether_it_meets_the_aims():
    profiles, truth = planted(300)
    _, _, descriptions = describe_all(profiles, truth + 1, replace(POLICY, rule_bootstraps=3), seed=1)
    pd.testing.assert_frame_equal(descriptions, conform(descriptions, SEGMENT_DESCRIPTIONS))
    assert (descriptions["precision_low_share"] < descriptions["precision_share"]).all()
    assert (descriptions["recall_high_share"] >= descriptions["recall_share"]).all()
    meets = (descriptions[["precision_share", "recall_share", "jaccard_share"]] >= [0.85, 0.8, 0.8]).all(axis=1)
    assert meets.tolist() == descriptions["meets_aims"].tolist()
    assert meets.any()


def test_wilson_limits_are_the_published_ones():
    assert wilson(8, 10) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert wilson(10, 10)[2] == pytest.approx(1)
    assert np.isnan(wilson(0, 0)).all()


EDITED = """
format = "hemoflow-rules/1"
segmentation = "segmentation-x"
[[rule]]
segment = 1
when = ["age below 50 years"]
[[rule]]
segment = 2
when = ["age at least 50 years", "frailty scale at least 5"]
"""


def test_what_is_written_is_read_back_and_an_edit_counts():
    profiles, truth = planted(120)
    _, rules = describe(profiles, truth + 1, seed=1)
    assert read_rules(write_rules(rules, "segmentation-x"), 3) == rules
    first, second = read_rules(EDITED, 3, (1, 2))
    assert (first.rule_id, first.words) == ("S1.1", "age below 50 years")
    assert second.words == "age at least 50 years and frailty scale at least 5"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("below 50 years", "below fifty years", "no number at 'fifty'"),
        ("below 50 years", "below 50 months", "is not in years"),
        ("age below", "shoe size below", "is not a condition"),
        ("age below 50 years", "age is 50 years", "Use 'below' or 'at least'"),
        ("segment = 2", "segment = 9", "segment 9 is none of 1, 2"),
        ("segment = 1", "segment = 'one'", "is not a number from 1"),
        ('when = ["age below 50 years"]', "when = []", "when needs 1 to 3 conditions"),
        ("hemoflow-rules/1", "hemoflow-rules/9", "hemoflow-rules/9"),
        ("[[rule]]", "[[rule", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_remedy(old, new, words):
    with pytest.raises(InputError, match=words):
        read_rules(EDITED.replace(old, new), 3, (1, 2))


def test_a_persons_rules_decide_where_exactly_one_segment_is_met_and_partings_are_counted():
    profiles, _ = planted(5)
    profiles["age_years"] = [40.0, 40.0, 70.0, 70.0, np.nan]
    profiles["frailty_score"] = pd.array([2, 7, 7, 2, 7], dtype="Int64")
    placed = profiles[["patient_id"]].assign(
        segment=2, membership_share=0.5, margin_share=0.05, is_ambiguous=True, cluster_segment=2, rule_segment=None,
        placed_by="clusters",
    )  # fmt: skip
    both = [Rule(1, 1, (below("age_years", 50.0),)), Rule(2, 1, (at_least("frailty_score", 5.0),))]
    ruled = with_rules(conform(placed, SEGMENTS), profiles, both, decide=True)
    assert ruled["segment"].tolist() == [1, 2, 2, 2, 2]
    assert ruled["placed_by"].tolist() == ["rules", "clusters", "rules", "clusters", "rules"]
    assert ruled["is_ambiguous"].tolist() == [False, True, False, True, False]
    described = with_rules(conform(placed, SEGMENTS), profiles, both, decide=False)
    assert described["segment"].tolist() == [2] * 5
    assert described["rule_segment"].fillna(0).tolist() == [1, 0, 2, 0, 2]
    told = compare(ruled, profiles, both)
    assert (told.patients, told.agree, told.contradict) == (5, 2, 1)
    assert told.partings.to_numpy().tolist() == [[2, "1", 1], [2, "2", 2], [2, "none", 1], [2, "several", 1]]
    assert told.rules["patients"].tolist() == [2, 3]
