"""Many plain clusterings of resampled patients and features, and how often two patients end up together.

Evidence accumulation (Fred and Jain 2005) over resamples (Monti et al. 2003): no single algorithm, distance, number of
clusters or sample of patients decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hemoflow.domain.policy import Segmentation
from models.segmentation.base import ALGORITHMS, Labels, Matrix, Prototypes, learn

FEATURE_SHARE = 0.8
"""Columns drawn for each run (measured in the bake-off of the methods page)."""


@dataclass(frozen=True)
class Ensemble:
    """Base clusterings and what they say together.

    Attributes:
        labels: Runs x patients.
        together: Patients x patients: share of the runs which put both into one cluster.
    """

    labels: Labels
    together: Matrix

    @classmethod
    def of(cls, labels: Labels) -> "Ensemble":
        """Count co-association over the runs."""
        members = indicators(labels)
        together = (members.T @ members).astype(np.float64) / len(labels)
        return cls(labels, together)

    def halves(self, rng: np.random.Generator) -> tuple["Ensemble", "Ensemble"]:
        """Two ensembles of half the runs each, drawn at random."""
        order = rng.permutation(len(self.labels))
        cut = len(order) // 2
        return Ensemble.of(self.labels[order[:cut]]), Ensemble.of(self.labels[order[cut:]])


def indicators(labels: Labels) -> Matrix:
    """Clusters of all runs x patients, 1 for a member; single precision, whose whole numbers are exact here."""
    return np.concatenate([run == np.unique(run)[:, None] for run in labels]).astype(np.float32)


def base_clusterings(matrix: Matrix, segmentation: Segmentation, rng: np.random.Generator) -> tuple[Prototypes, ...]:
    """Every algorithm x k of the policy x resample; each run sees its own patients and columns."""
    patients, columns = matrix.shape
    drawn = max(2, round(segmentation.resample_share * patients)), max(1, round(FEATURE_SHARE * columns))
    plan = [
        (name, k)
        for _ in range(segmentation.resamples)
        for k in range(segmentation.smallest_k, segmentation.largest_k + segmentation.finer_k + 1)
        for name in ALGORITHMS
    ]
    runs = []
    for name, k in plan:
        seen = np.sort(rng.choice(patients, drawn[0], replace=False))
        used = np.sort(rng.choice(columns, drawn[1], replace=False))
        runs.append(learn(name, matrix[seen], used, min(k, drawn[0]), int(rng.integers(2**31))))
    return tuple(runs)


def place(runs: Sequence[Prototypes], matrix: Matrix) -> Labels:
    """Runs x patients: the cluster of every patient in every run."""
    return np.array([run.place(matrix) for run in runs])
