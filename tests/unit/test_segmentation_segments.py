"""The segments of a day: recovery of planted groups, marks of doubt, and small cohorts."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from hemoflow.domain.policy import load_policy
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import SEGMENT_CANDIDATES, SEGMENTS
from models.segmentation.ensemble import NOT_SAMPLED, base_clusterings
from models.segmentation.features import clustering_matrix
from models.segmentation.segmenting import FEWEST_PATIENTS, TOLERANCE, segment
from tests.segmentation_sample import planted

RULES = load_policy("region_demo").segmentation


@pytest.fixture(scope="module")
def found():
    profiles, truth = planted()
    return profiles, truth, segment(profiles, RULES, 0.1, seed=7)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_consensus_recovers_planted_segments_better_than_a_single_run(seed):
    profiles, truth = planted(seed=seed)
    segments = segment(profiles, RULES, 0.1, seed=7).segments
    runs = base_clusterings(clustering_matrix(profiles), RULES, np.random.default_rng([7, 1])).labels
    single = np.mean([adjusted_rand_score(truth[run != NOT_SAMPLED], run[run != NOT_SAMPLED]) for run in runs])
    assert adjusted_rand_score(truth, segments["segment"]) > single + 0.05


def test_frames_conform_and_segments_are_numbered_by_size(found):
    _, _, result = found
    pd.testing.assert_frame_equal(result.segments, conform(result.segments, SEGMENTS))
    pd.testing.assert_frame_equal(result.candidates, conform(result.candidates, SEGMENT_CANDIDATES))
    sizes = result.segments["segment"].value_counts()
    assert sizes.sort_index().is_monotonic_decreasing
    assert sizes.min() >= RULES.smallest_cluster_share * len(result.segments)


def test_of_the_best_scores_the_one_with_most_segments_is_chosen(found):
    candidates = found[2].candidates
    assert len(candidates) == 4 * 4
    chosen = candidates[candidates["is_chosen"]]
    assert len(chosen) == 1
    good = candidates[candidates["score_share"] >= candidates["score_share"].max() - TOLERANCE]
    assert chosen["segments"].item() == good["segments"].max()
    assert chosen["score_share"].item() == good[good["segments"] == good["segments"].max()]["score_share"].max()
    mean = (candidates["agreement_share"] + candidates["stability_share"]) / 2
    assert candidates["score_share"].to_numpy() == pytest.approx(mean.to_numpy())
    assert str(chosen["function"].item()) in found[2].note


def test_margin_marks_the_ambiguous(found):
    profiles, _, result = found
    segments = result.segments
    assert (segments["is_ambiguous"] == (segments["margin_share"] < 0.1)).all()
    strict = segment(profiles, RULES, 0.6, seed=7).segments
    assert strict["is_ambiguous"].sum() > segments["is_ambiguous"].sum()
    assert (segments["margin_share"] <= segments["membership_share"]).all()


def test_a_patient_between_two_segments_has_a_smaller_margin_than_the_usual_one():
    profiles, truth = planted()
    numbers = profiles.select_dtypes("number").columns
    middle = (profiles.loc[truth == 0, numbers].mean() + profiles.loc[truth == 3, numbers].mean()) / 2
    profiles = profiles.astype(dict.fromkeys(numbers, "float64"))
    profiles.loc[0, numbers] = middle
    margins = segment(profiles, RULES, 0.1, seed=7).segments["margin_share"]
    assert margins[0] < margins.quantile(0.25)


def test_same_input_and_seed_give_the_same_frames_whatever_the_order_of_rows(found):
    profiles, _, result = found
    again = segment(profiles.sample(frac=1, random_state=3), RULES, 0.1, seed=7)
    pd.testing.assert_frame_equal(result.segments, again.segments)
    pd.testing.assert_frame_equal(result.candidates, again.candidates)
    assert result.note == again.note


@pytest.mark.parametrize("patients", [0, 1, FEWEST_PATIENTS - 1])
def test_too_few_patients_are_one_segment_and_it_says_so(patients):
    result = segment(planted(40)[0].head(patients), RULES, 0.1, seed=7)
    assert set(result.segments["segment"]) <= {1}
    assert not result.segments["is_ambiguous"].any()
    assert result.candidates.empty
    assert f"One segment: {patients} patients" in result.note


def test_patients_who_do_not_differ_are_one_segment():
    profiles = pd.concat([planted(20)[0]] * 3, ignore_index=True)
    profiles["patient_id"] = [f"p_{n}" for n in range(60)]
    result = segment(profiles, RULES, 0.1, seed=7)
    assert "20 patients who differ" in result.note
