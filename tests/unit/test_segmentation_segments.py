"""The kept segmentation: recovery of planted groups, placing, numbers that stay, small and large cohorts."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from hemoflow.domain.errors import StateError
from hemoflow.domain.policy import load_policy
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import SEGMENT_CANDIDATES, SEGMENT_PROFILES, SEGMENTS
from models.segmentation import SegmentationModel, fit
from models.segmentation.ensemble import place
from models.segmentation.features import clustering_matrix
from models.segmentation.fitting import FEWEST_PATIENTS
from models.segmentation.matching import by_size, change, match
from tests.segmentation_sample import planted, planted_mixed

DAY = date(2024, 10, 23)
RULES = replace(
    load_policy("region_demo").segmentation, resamples=2, stability_splits=1, rule_bootstraps=1, largest_k=5, finer_k=1
)


@pytest.fixture(scope="module")
def found():
    profiles, truth = planted_mixed(200)
    return profiles, truth, fit(profiles, RULES, seed=7, trained_as_of=DAY)


def test_consensus_is_nearer_to_planted_segments_than_the_runs_behind_it(found):
    profiles, truth, model = found
    segments = model.place(profiles, 0.1)
    runs = place(model.runs, clustering_matrix(profiles, model.columns))
    single = np.mean([adjusted_rand_score(truth, run) for run in runs])
    assert adjusted_rand_score(truth, segments["segment"]) > single + 0.1


def test_frames_conform_and_a_first_fit_is_numbered_by_size(found):
    profiles, _, model = found
    segments = model.place(profiles, 0.1)
    pd.testing.assert_frame_equal(segments, conform(segments, SEGMENTS))
    pd.testing.assert_frame_equal(model.evidence.profiles, conform(model.evidence.profiles, SEGMENT_PROFILES))
    sizes = segments["segment"].value_counts().sort_index()
    assert sizes.is_monotonic_decreasing
    assert sizes.index.tolist() == list(range(1, len(sizes) + 1))


def test_every_candidate_is_kept_and_the_best_mean_of_three_is_chosen(found):
    candidates = found[2].evidence.candidates
    pd.testing.assert_frame_equal(candidates, conform(candidates, SEGMENT_CANDIDATES))
    assert len(candidates) == 4 * 3
    parts = candidates[["agreement_share", "stability_share", "concord_share"]]
    assert candidates["score_share"].to_numpy() == pytest.approx(parts.mean(axis=1).to_numpy())
    chosen = candidates[candidates["is_chosen"]]
    assert chosen["score_share"].item() == candidates["score_share"].max()
    assert str(chosen["function"].item()) in found[2].evidence.note
    assert "all pairs of patients" in found[2].evidence.note


def test_a_person_may_fix_the_number(found):
    model = fit(found[0], replace(RULES, fixed_k=4), seed=7, trained_as_of=DAY)
    assert set(model.evidence.candidates["k"]) == {4}
    assert len(model.segments) == 4


def test_margin_marks_the_ambiguous(found):
    profiles, _, model = found
    segments = model.place(profiles, 0.1)
    assert (segments["is_ambiguous"] == (segments["margin_share"] < 0.1)).all()
    assert model.place(profiles, 0.6)["is_ambiguous"].sum() > segments["is_ambiguous"].sum()
    assert (segments["margin_share"] <= segments["membership_share"]).all()


def test_a_patient_is_placed_alone_as_among_others_and_in_any_order(found):
    profiles, _, model = found
    whole = model.place(profiles, 0.1)
    one = model.place(profiles.iloc[[5]], 0.1)
    pd.testing.assert_frame_equal(one, whole[whole["patient_id"] == profiles["patient_id"][5]].reset_index(drop=True))
    pd.testing.assert_frame_equal(model.place(profiles.sample(frac=1, random_state=1), 0.1), whole)


def test_the_same_input_and_seed_give_the_same_version_and_the_file_gives_it_back(found, tmp_path):
    profiles, _, model = found
    again = fit(profiles.sample(frac=1, random_state=3), RULES, seed=7, trained_as_of=DAY)
    assert again.model_id == model.model_id
    sha256 = model.save(tmp_path)
    read = SegmentationModel.load(tmp_path, sha256=sha256)
    assert read.model_id == model.model_id
    pd.testing.assert_frame_equal(read.place(profiles, 0.1), model.place(profiles, 0.1))
    pd.testing.assert_frame_equal(read.evidence.descriptions, model.evidence.descriptions)
    (tmp_path / "model.json").write_text((tmp_path / "model.json").read_text() + " ")
    with pytest.raises(StateError, match="absent or was changed"):
        SegmentationModel.load(tmp_path, sha256=sha256)


def test_a_refit_keeps_the_numbers_and_says_what_changed(found):
    profiles, _, model = found
    again = fit(
        profiles, replace(RULES, resamples=3), seed=8, trained_as_of=DAY, previous=model, previous_id=model.model_id
    )
    changed = again.evidence.change
    assert changed.agreement > 0.5
    assert changed.moved_share < 0.3
    assert model.model_id in changed.words
    assert again.next_number >= model.next_number


def test_numbers_follow_the_largest_overlap_and_a_new_group_gets_a_new_one():
    old = np.array([1] * 5 + [2] * 4 + [4] * 3)
    new = np.array([1] * 3 + [2] * 2 + [3] * 4 + [1] * 3)
    numbers = match(new, old, (1, 2, 3), next_number=6)
    assert numbers[3] == 2
    assert {numbers[1], numbers[2]} == {4, 1}
    assert match(np.array([1, 1, 2]), np.array([5, 5, 5]), (1, 2), next_number=6) == {1: 5, 2: 6}
    assert by_size(np.array([3, 3, 9]), (9, 3)) == {3: 1, 9: 2}


def test_changes_are_counted_without_names():
    found = change(np.array([1, 1, 2, 6]), np.array([1, 1, 2, 2]), "segmentation-x")
    assert (found.moved_share, found.appeared, found.vanished) == (0.25, (6,), ())


def test_a_large_cohort_goes_by_anchors_and_says_so(found):
    profiles, _, whole = found
    model = fit(profiles, replace(RULES, most_anchors=120), seed=7, trained_as_of=DAY)
    assert "120 anchors" in model.evidence.note
    segments = model.place(profiles, 0.1)["segment"]
    assert adjusted_rand_score(segments, whole.place(profiles, 0.1)["segment"]) > 0.6


@pytest.mark.parametrize("patients", [0, 1, FEWEST_PATIENTS - 1])
def test_too_few_patients_are_one_segment_and_it_says_so(patients):
    profiles = planted(40)[0].head(patients)
    model = fit(profiles, RULES, seed=7, trained_as_of=DAY)
    placed = model.place(profiles, 0.1)
    assert set(placed["segment"]) <= {1}
    assert not placed["is_ambiguous"].any()
    assert model.evidence.candidates.empty
    assert model.evidence.note.startswith(f"One segment: {patients} patients")


def test_patients_who_do_not_differ_are_one_segment():
    profiles = pd.concat([planted(20)[0]] * 3, ignore_index=True)
    profiles["patient_id"] = [f"p_{n}" for n in range(60)]
    assert fit(profiles, RULES, seed=7, trained_as_of=DAY).evidence.note.startswith("One segment: 20 patients")
