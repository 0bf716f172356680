"""The base clusterings: five algorithms of different shape and distance, each kept as a few prototypes.

A run is learned on its own patients and features and leaves prototypes behind: a patient belongs to the cluster whose
prototype is nearest over the features that were recorded. So every patient, also one who comes later, has a place in
every run, and the work grows with the number of patients, not with its square.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.cluster import AgglomerativeClustering, BisectingKMeans, KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

VARIANCE_FLOOR = 0.05
"""Keeps a component of the mixture from collapsing on patients who share a value."""


@dataclass(frozen=True, slots=True, eq=False)
class Prototypes:
    """One base clustering.

    The distance of a patient x from prototype c is sum over recorded f of w_cf |x_f - m_cf|^power, plus offset_c.

    Attributes:
        algorithm: Name of the algorithm.
        columns: Columns of the clustering matrix that the run saw.
        centres: m, clusters x columns.
        weights: w, clusters x columns.
        offsets: One for each cluster.
        power: 2 for squared differences, 1 for plain ones (Gower).
    """

    algorithm: str
    columns: NDArray[np.int64]
    centres: Matrix
    weights: Matrix
    offsets: Matrix
    power: int

    def place(self, matrix: Matrix) -> Labels:
        """The nearest prototype of each row of the whole clustering matrix."""
        used = matrix[:, self.columns]
        seen = np.isfinite(used)
        used, known = np.where(seen, used, 0.0), seen.astype(np.float64)
        if self.power == 1:
            far = [
                (np.abs(used - centre) * known) @ weight
                for centre, weight in zip(self.centres, self.weights, strict=True)
            ]
            distance = np.column_stack(far)
        else:
            pull = self.weights * self.centres
            distance = used**2 @ self.weights.T - 2.0 * used @ pull.T + known @ (pull * self.centres).T
        return np.asarray((distance + self.offsets).argmin(axis=1), dtype=np.int64)


def _k_means(matrix: Matrix, k: int, seed: int) -> Labels:
    return np.asarray(KMeans(k, n_init=3, random_state=seed).fit_predict(matrix), dtype=np.int64)


def _bisecting(matrix: Matrix, k: int, seed: int) -> Labels:
    return np.asarray(BisectingKMeans(k, n_init=2, random_state=seed).fit_predict(matrix), dtype=np.int64)


def _ward(matrix: Matrix, k: int, seed: int) -> Labels:  # noqa: ARG001 - Ward has no chance in it
    return np.asarray(AgglomerativeClustering(k, linkage="ward").fit_predict(matrix), dtype=np.int64)


def _mixture(matrix: Matrix, k: int, seed: int) -> Labels:
    model = GaussianMixture(k, covariance_type="diag", reg_covar=VARIANCE_FLOOR, n_init=2, random_state=seed)
    return np.asarray(model.fit_predict(matrix), dtype=np.int64)


def _medoids(matrix: Matrix, k: int, seed: int) -> Labels:
    """k-medoids by Voronoi iteration on plain differences, which for scaled and mixed data is Gower's distance."""
    rng = np.random.default_rng(seed)
    distance = cdist(matrix, matrix, "cityblock")
    chosen = [int(rng.integers(len(matrix)))]
    while len(chosen) < k:  # far ones first, as k-means++ does
        nearest = distance[:, chosen].min(axis=1)
        if not nearest.any():
            break
        chosen.append(int(rng.choice(len(matrix), p=nearest / nearest.sum())))
    for _ in range(25):
        labels = distance[:, chosen].argmin(axis=1)
        groups = [np.flatnonzero(labels == cluster) for cluster in range(len(chosen))]
        again = [int(group[distance[np.ix_(group, group)].sum(axis=0).argmin()]) for group in groups]
        if again == chosen:
            break
        chosen = again
    return np.asarray(distance[:, chosen].argmin(axis=1), dtype=np.int64)


ALGORITHMS: Mapping[str, Callable[[Matrix, int, int], Labels]] = {
    "k-means": _k_means,
    "Ward": _ward,
    "Gaussian mixture": _mixture,
    "bisecting k-means": _bisecting,
    "k-medoids": _medoids,
}
"""Base algorithms by name."""


def learn(name: str, matrix: Matrix, columns: NDArray[np.int64], k: int, seed: int) -> Prototypes:
    """Cluster rows of the clustering matrix on some columns and keep the prototypes.

    A missing value becomes the middle of the cohort here, with no missing indicator, so that patients are not grouped
    by what was not recorded; prototypes are then made of recorded values only.
    """
    used = matrix[:, columns]
    with warnings.catch_warnings():
        # Equal patients give fewer clusters than asked for: no harm.
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels = ALGORITHMS[name](np.nan_to_num(used), k, seed)
    groups = [used[labels == cluster] for cluster in np.unique(labels)]
    middle = np.nanmedian if name == "k-medoids" else np.nanmean
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column that nobody of a cluster has: the cohort's middle
        centres = np.nan_to_num(np.array([middle(group, axis=0) for group in groups]))
        variances = np.nan_to_num(np.array([np.nanvar(group, axis=0) for group in groups]), nan=1.0) + VARIANCE_FLOOR
    weights, offsets = np.ones_like(centres), np.zeros(len(groups))
    if name == "Gaussian mixture":
        share = np.array([len(group) for group in groups]) / len(used)
        weights, offsets = 1.0 / variances, np.log(variances).sum(axis=1) - 2.0 * np.log(share)
    return Prototypes(name, columns, centres, weights, offsets, 1 if name == "k-medoids" else 2)
