"""Base clusterings, consensus functions and what is read off them."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score

from hemoflow.domain.policy import load_policy
from models.segmentation.base import ALGORITHMS, Prototypes, learn
from models.segmentation.consensus import CONSENSUS, normalised_mutual_information, settle
from models.segmentation.ensemble import Ensemble, base_clusterings, place
from models.segmentation.features import CLIP, FEATURES, clustering_matrix, fit_columns
from tests.segmentation_sample import planted, planted_mixed

RULES = load_policy("region_demo").segmentation


def test_co_association_is_the_share_of_runs_that_put_two_together():
    together = Ensemble.of(np.array([[0, 0, 1], [1, 1, 0], [0, 1, 1], [0, 2, 2]])).together
    assert together == pytest.approx(np.array([[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]))


def test_every_algorithm_k_and_resample_runs_once_and_places_every_patient():
    profiles = planted(60)[0]
    matrix = clustering_matrix(profiles, fit_columns(profiles))
    rules = replace(RULES, resamples=1, smallest_k=3, largest_k=4, finer_k=1)
    runs = base_clusterings(matrix, rules, np.random.default_rng(0))
    assert [run.algorithm for run in runs] == [*ALGORITHMS] * 3
    assert [len(run.offsets) for run in runs] == [3] * 5 + [4] * 5 + [5] * 5
    assert all(len(run.columns) == round(0.8 * matrix.shape[1]) for run in runs)
    assert place(runs, matrix).shape == (15, 60)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_prototypes_give_plain_groups_back_and_pass_over_what_is_missing(name):
    rng = np.random.default_rng(3)
    matrix = rng.normal(np.repeat([[0, 0, 0], [3, 3, 0], [-3, 3, 0]], 20, axis=0), 0.3)
    run = learn(name, matrix, np.arange(3), 3, 0)
    labels = run.place(matrix)
    assert [len(set(part)) for part in (labels[:20], labels[20:40], labels[40:])] == [1, 1, 1]
    assert len(set(labels)) == 3
    assert run.place(np.array([[3, np.nan, 9.0]])) == labels[20]


@pytest.mark.parametrize("power", [1, 2])
def test_the_nearest_prototype_is_that_of_the_formula(power):
    rng = np.random.default_rng(0)
    centres, weights, offsets = rng.normal(size=(4, 3)), rng.uniform(0.5, 2, (4, 3)), rng.normal(size=4)
    rows = rng.normal(size=(50, 3))
    run = Prototypes("any", np.arange(3), centres, weights, offsets, power)
    far = (np.abs(rows[:, None] - centres) ** power * weights).sum(axis=2) + offsets
    np.testing.assert_array_equal(run.place(rows), far.argmin(axis=1))


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


def test_mutual_information_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    for _ in range(20):
        one = rng.integers(1, rng.integers(2, 6), 100)
        other = np.where(rng.random(100) < 0.6, one, rng.integers(0, 4, 100))
        expected = normalized_mutual_info_score(one, other, average_method="geometric")
        assert normalised_mutual_information(one, other) == pytest.approx(expected, abs=1e-9)
    assert normalised_mutual_information(np.ones(5, int), np.ones(5, int)) == 1


def test_matrix_is_robust_keeps_what_is_missing_and_leaves_out_useless_features():
    profiles, _ = planted(40)
    profiles.loc[0, "age_years"] = np.nan
    profiles.loc[1, "mean_interval_days"] = 1e6
    profiles["interval_variation"] = np.nan
    columns = fit_columns(profiles)
    matrix = clustering_matrix(profiles, columns)
    assert np.nanmax(np.abs(matrix)) <= CLIP
    assert np.isnan(matrix[0, 0])
    unused = {"interval_variation", "mobility_score", "units_per_episode", "diagnosis_group"}  # nobody differs in them
    assert {column.feature for column in columns} == {feature.name for feature in FEATURES} - unused


def test_a_category_is_one_column_a_level_and_a_later_patient_is_scaled_as_the_first_ones():
    profiles, _ = planted_mixed(200)
    columns = fit_columns(profiles)
    levels = [column.level for column in columns if column.feature == "diagnosis_group"]
    assert levels == ["haemoglobinopathy", "marrow_failure", "mds", "oncology", "renal"]
    whole = clustering_matrix(profiles, columns)
    np.testing.assert_array_equal(clustering_matrix(profiles.tail(3), columns), whole[-3:])
    unknown = profiles["diagnosis_group"].isna().to_numpy()
    assert np.isnan(whole[unknown][:, -1]).all()
    assert np.isfinite(whole[~unknown][:, -1]).all()


def test_who_a_patient_is_and_where_one_lives_do_not_make_segments():
    names = {feature.name for feature in FEATURES}
    assert not names & {"is_female", "weight_kg", "blood_group", "site_id", "travel_minutes"}
