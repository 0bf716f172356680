"""Base clusterings, consensus functions and what is read off them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import normalized_mutual_info_score

from hemoflow.domain.policy import load_policy
from models.segmentation.consensus import CONSENSUS, membership, normalised_mutual_information, settle
from models.segmentation.ensemble import NOT_SAMPLED, Ensemble, base_clusterings
from models.segmentation.features import CLIP, FEATURES, clustering_matrix
from tests.segmentation_sample import planted

RULES = load_policy("region_demo").segmentation


def test_only_pairs_that_a_run_saw_together_count():
    runs = np.array([[0, 0, 1], [1, 1, NOT_SAMPLED], [0, 1, 1], [NOT_SAMPLED, 2, 2]])
    together = Ensemble.of(runs).together
    assert together[0, 1] == pytest.approx(2 / 3)
    assert together[1, 2] == pytest.approx(2 / 3)
    assert together[0, 2] == 0
    assert (np.diag(together) == 1).all()


def test_every_algorithm_k_and_resample_runs_once_on_its_share_of_patients():
    matrix = clustering_matrix(planted(60)[0])
    ensemble = base_clusterings(matrix, RULES, np.random.default_rng(0))
    assert ensemble.labels.shape == (3 * 4 * RULES.resamples, 60)
    assert ((ensemble.labels != NOT_SAMPLED).sum(axis=1) == 48).all()
    clusters = [len(np.unique(run[run != NOT_SAMPLED])) for run in ensemble.labels[:12]]
    assert clusters == [3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6]


@pytest.mark.parametrize("name", CONSENSUS)
def test_each_consensus_function_finds_three_plain_blocks(name):
    truth = np.repeat([0, 1, 2], [20, 12, 8])
    rng = np.random.default_rng(1)
    runs = np.array([np.where(rng.random(40) < 0.1, rng.integers(0, 3, 40), (truth + shift) % 3) for shift in range(9)])
    labels = CONSENSUS[name](Ensemble.of(runs), 3, 0)
    assert len({(a, b) for a, b in zip(labels.tolist(), truth.tolist(), strict=True)}) == 3


def test_small_clusters_join_their_nearest_and_numbers_follow_size():
    together = np.eye(6)
    together[5, :2] = together[:2, 5] = 0.2
    together[5, 2:5] = together[2:5, 5] = 0.6
    labels = settle(np.array([7, 7, 3, 3, 3, 9]), together, smallest=2)
    assert labels.tolist() == [2, 2, 1, 1, 1, 1]
    assert settle(np.array([4, 2, 4, 2]), np.eye(4), smallest=1).tolist() == [1, 2, 1, 2]


def test_membership_leaves_oneself_out():
    together = np.array([[1, 0.8, 0.1], [0.8, 1, 0.3], [0.1, 0.3, 1]])
    member = membership(np.array([1, 1, 2]), together)
    assert member == pytest.approx(np.array([[0.8, 0.1], [0.8, 0.3], [0.2, 0.0]]))


def test_mutual_information_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    for _ in range(20):
        one = rng.integers(1, rng.integers(2, 6), 100)
        other = np.where(rng.random(100) < 0.6, one, rng.integers(0, 4, 100))
        expected = normalized_mutual_info_score(one, other, average_method="geometric")
        assert normalised_mutual_information(one, other) == pytest.approx(expected, abs=1e-9)
    assert normalised_mutual_information(np.ones(5, int), np.ones(5, int)) == 1


def test_matrix_is_robust_filled_for_clustering_only_and_without_useless_features():
    profiles, _ = planted(40)
    profiles.loc[0, "age_years"] = np.nan
    profiles.loc[1, "mean_interval_days"] = 1e6
    profiles["interval_variation"] = np.nan
    matrix = clustering_matrix(profiles)
    assert np.isfinite(matrix).all()
    assert np.abs(matrix).max() <= CLIP
    assert matrix[0, 0] == 0
    used = {"interval_variation", "mobility_score", "units_per_episode"}  # unknown, and the same for everybody
    assert matrix.shape[1] == len(FEATURES) - len(used)


def test_who_a_patient_is_and_where_one_lives_do_not_make_segments():
    names = {feature.name for feature in FEATURES}
    assert not names & {"is_female", "weight_kg", "blood_group", "site_id", "travel_minutes"}
    profiles, _ = planted(40)
    changed = profiles.assign(is_female=0.0, travel_minutes=500.0, site_id="X", has_carer=pd.NA)
    np.testing.assert_array_equal(clustering_matrix(profiles), clustering_matrix(changed))
