"""Rules that describe segments."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hemoflow.domain.policy import load_policy
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import SEGMENT_RULES, SEGMENTS
from models.segmentation.features import FEATURES
from models.segmentation.rules import Condition, Rule, describe
from tests.segmentation_sample import planted

POLICY = load_policy("region_demo").segmentation
POSITION = {feature.name: position for position, feature in enumerate(FEATURES)}


def as_segments(profiles, labels):
    frame = profiles[["patient_id"]].assign(segment=labels, membership_share=1.0, margin_share=1.0, is_ambiguous=False)
    return conform(frame, SEGMENTS)


def test_words_name_the_unit_and_read_as_a_clinician_would_say_them():
    young = Condition(POSITION["age_years"], 60.0, is_below=True)
    regular = Condition(POSITION["interval_variation"], 0.3, is_below=True)
    assert Rule(1, 1, (young, regular)).words == "age below 60 years and interval variation below 0.3"
    assert Condition(POSITION["age_years"], 60.0, is_below=False).words == "age at least 60 years"


def test_a_missing_value_satisfies_neither_side():
    profiles, _ = planted(3)
    profiles["age_years"] = [59.0, np.nan, 60.0]
    below, above = (Rule(1, 1, (Condition(POSITION["age_years"], 60.0, side),)) for side in (True, False))
    assert below.covers(profiles).tolist() == [True, False, False]
    assert above.covers(profiles).tolist() == [False, False, True]


def test_a_planted_rule_is_found_at_its_rounded_cut_point():
    profiles, _ = planted(120)
    rng = np.random.default_rng(0)
    profiles["age_years"] = rng.integers(20, 90, 120).astype(float)
    profiles["interval_variation"] = rng.uniform(0, 0.9, 120).round(2)
    inside = (profiles["age_years"] < 60) & (profiles["interval_variation"] < 0.4)
    frame, rules = describe(profiles, as_segments(profiles, np.where(inside, 2, 1)), POLICY, seed=1)
    [rule] = [rule for rule in rules if rule.segment == 2]
    assert sorted(rule.words.split(" and ")) == ["age below 60 years", "interval variation below 0.4"]
    row = frame[frame["segment"] == 2].iloc[0]
    assert (row["precision_share"], row["recall_share"], row["patients"]) == (1, 1, inside.sum())


def test_planted_segments_are_described_well_within_the_limits_of_the_policy():
    profiles, truth = planted()
    frame, rules = describe(profiles, as_segments(profiles, truth + 1), POLICY, seed=1)
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
    frame, _ = describe(profiles, as_segments(profiles, labels), POLICY, seed=1)
    assert (frame["held_out_patients"] < frame["patients"]).all()
    assert frame["precision_share"].mean() < 0.75


def test_a_second_rule_covers_what_the_first_cannot():
    profiles, _ = planted(150)
    rng = np.random.default_rng(4)
    profiles["age_years"] = rng.choice([25.0, 45.0, 65.0, 85.0], 150)
    profiles["frailty_score"] = pd.array(rng.integers(1, 9, 150), dtype="Int64")
    inside = (profiles["age_years"] < 45) | (profiles["frailty_score"] >= 7)
    frame, _ = describe(profiles, as_segments(profiles, np.where(inside, 1, 2)), POLICY, seed=1)
    assert set(frame[frame["segment"] == 1]["words"]) == {"age below 45 years", "frailty scale at least 7"}


def test_a_third_rule_does_not_forget_the_first():
    profiles, _ = planted(200)
    rng = np.random.default_rng(4)
    profiles["age_years"] = rng.choice([25.0, 45.0, 65.0, 85.0], 200)
    profiles["threshold_g_per_dl"] = rng.choice([7.0, 8.0, 9.0, 10.0], 200)
    profiles["frailty_score"] = pd.array(rng.integers(1, 9, 200), dtype="Int64")
    inside = (profiles["age_years"] < 45) | (profiles["threshold_g_per_dl"] >= 10) | (profiles["frailty_score"] >= 8)
    frame, _ = describe(
        profiles, as_segments(profiles, np.where(inside, 1, 2)), replace(POLICY, rules_per_segment=5), seed=1
    )
    words = frame[frame["segment"] == 1]["words"].tolist()
    expected = {"age below 45 years", "personal threshold at least 10 g/dL", "frailty scale at least 8"}
    assert (set(words), len(words)) == (expected, 3)


def test_one_segment_needs_no_rule():
    profiles, _ = planted(40)
    frame, rules = describe(profiles, as_segments(profiles, 1), POLICY, seed=1)
    assert frame.empty
    assert rules == ()


def test_rules_do_not_depend_on_the_order_of_rows():
    profiles, truth = planted()
    segments = as_segments(profiles, truth + 1)
    frame, rules = describe(profiles, segments, POLICY, seed=1)
    shuffled = describe(
        profiles.sample(frac=1, random_state=5), segments.sample(frac=1, random_state=6), POLICY, seed=1
    )
    pd.testing.assert_frame_equal(frame, shuffled[0])
    assert rules == shuffled[1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_segment_has_held_out_patients(seed):
    profiles, _ = planted(60)
    labels = np.where(np.arange(60) < 3, 2, 1)
    profiles.loc[:2, "age_years"] = 110.0
    frame, _ = describe(profiles, as_segments(profiles, labels), POLICY, seed=seed)
    assert frame["recall_share"].notna().all()
