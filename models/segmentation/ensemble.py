"""Many plain clusterings of resampled patients and features, and how often two patients end up together.

Evidence accumulation (Fred and Jain 2005) over resamples (Monti et al. 2003): no single algorithm, number of clusters
or sample of patients decides.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from hemoflow.domain.policy import Segmentation

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

NOT_SAMPLED = -1
FEATURE_SHARE = 0.8
"""Features drawn for each run (measured in the bake-off of the methods page)."""


def _k_means(matrix: Matrix, k: int, seed: int) -> Labels:
    return np.asarray(KMeans(k, n_init=2, random_state=seed).fit_predict(matrix), dtype=np.int64)


def _ward(matrix: Matrix, k: int, seed: int) -> Labels:  # noqa: ARG001 - Ward has no chance in it
    return np.asarray(AgglomerativeClustering(k, linkage="ward").fit_predict(matrix), dtype=np.int64)


def _mixture(matrix: Matrix, k: int, seed: int) -> Labels:
    # The floor on variances keeps a component from collapsing on patients who share a value.
    model = GaussianMixture(k, covariance_type="diag", reg_covar=0.01, random_state=seed)
    return np.asarray(model.fit_predict(matrix), dtype=np.int64)


ALGORITHMS: tuple[Callable[[Matrix, int, int], Labels], ...] = (_k_means, _ward, _mixture)


@dataclass(frozen=True)
class Ensemble:
    """Base clusterings and what they say together.

    Attributes:
        labels: Runs x patients; ``NOT_SAMPLED`` where a run did not see the patient.
        together: Patients x patients: share of the runs that saw both which put them into one cluster.
    """

    labels: Labels
    together: Matrix

    @classmethod
    def of(cls, labels: Labels) -> "Ensemble":
        """Count co-association over the runs; pairs that no run saw together count as never together."""
        same = np.zeros((labels.shape[1], labels.shape[1]))
        for run in labels:
            same += (run[:, None] == run) & (run != NOT_SAMPLED)
        sampled = (labels != NOT_SAMPLED).astype(np.float64)
        together = same / np.maximum(sampled.T @ sampled, 1.0)
        np.fill_diagonal(together, 1.0)
        return cls(labels, together)

    def halves(self, rng: np.random.Generator) -> tuple["Ensemble", "Ensemble"]:
        """Two ensembles of half the runs each, drawn at random."""
        order = rng.permutation(len(self.labels))
        cut = len(order) // 2
        return Ensemble.of(self.labels[order[:cut]]), Ensemble.of(self.labels[order[cut:]])


def base_clusterings(matrix: Matrix, segmentation: Segmentation, rng: np.random.Generator) -> Ensemble:
    """Every algorithm x k of the policy x resample; each run sees its own patients and features."""
    patients, features = matrix.shape
    drawn = round(segmentation.resample_share * patients), max(1, round(FEATURE_SHARE * features))
    runs = []
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # equal patients give fewer clusters than asked for: no harm
        for _ in range(segmentation.resamples):
            for k in range(segmentation.smallest_k, segmentation.largest_k + 1):
                for algorithm in ALGORITHMS:
                    seen = np.sort(rng.choice(patients, drawn[0], replace=False))
                    used = np.sort(rng.choice(features, drawn[1], replace=False))
                    run = np.full(patients, NOT_SAMPLED)
                    run[seen] = algorithm(matrix[np.ix_(seen, used)], k, int(rng.integers(2**31)))
                    runs.append(run)
    return Ensemble.of(np.array(runs))
