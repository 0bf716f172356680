"""From an ensemble to one clustering: four published consensus functions, none of which is best everywhere.

Average and Ward linkage on co-association (evidence accumulation, Fred and Jain 2005), spectral clustering of
co-association, and meta-clustering (MCLA, Strehl and Ghosh 2002). Functions that need clusters of equal size (CSPA and
HGPA with graph partitioning) are left out: patient segments are unequal.
"""

from collections.abc import Callable, Mapping
from math import sqrt

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.linalg import eigh
from scipy.spatial.distance import squareform
from scipy.special import entr
from sklearn.cluster import KMeans

from models.segmentation.base import Labels, Matrix
from models.segmentation.ensemble import Ensemble, indicators


def eac_average(ensemble: Ensemble, k: int, seed: int) -> Labels:  # noqa: ARG001 - one signature for all
    """Average linkage with 1 - co-association as distance."""
    distance = squareform(1.0 - ensemble.together, checks=False)
    return np.asarray(fcluster(linkage(distance, "average"), k, "maxclust"), dtype=np.int64)


def eac_ward(ensemble: Ensemble, k: int, seed: int) -> Labels:  # noqa: ARG001 - one signature for all
    """Ward linkage of the rows of co-association: patients with the same company are alike."""
    return np.asarray(fcluster(linkage(ensemble.together, "ward"), k, "maxclust"), dtype=np.int64)


def spectral(ensemble: Ensemble, k: int, seed: int) -> Labels:
    """Normalised spectral clustering of co-association (Ng, Jordan and Weiss 2001)."""
    return _spectral(ensemble.together, k, seed)


def mcla(ensemble: Ensemble, k: int, seed: int) -> Labels:
    """Group base clusters by the Jaccard similarity of their members; a patient joins the group that held them most."""
    members = indicators(ensemble.labels).astype(np.float64)
    shared = members @ members.T
    size = members.sum(axis=1)
    meta = _spectral(shared / (size[:, None] + size - shared), k, seed)
    held = np.array([members[meta == group].mean(axis=0) for group in np.unique(meta)])
    return np.asarray(held.argmax(axis=0), dtype=np.int64)


CONSENSUS: Mapping[str, Callable[[Ensemble, int, int], Labels]] = {
    "EAC average": eac_average,
    "EAC Ward": eac_ward,
    "spectral": spectral,
    "MCLA": mcla,
}
"""Consensus functions by the name used in the candidates frame."""


def settle(labels: Labels, together: Matrix, smallest: float) -> Labels:
    """Merge clusters below ``smallest`` patients into the nearest by mean co-association; number by size, 1 largest."""
    labels = labels.copy()
    while True:
        names, sizes = np.unique(labels, return_counts=True)
        if len(names) == 1 or sizes.min() >= smallest:
            break
        small = names[sizes.argmin()]
        company = [together[np.ix_(labels == small, labels == name)].mean() for name in names]
        company[sizes.argmin()] = -1.0
        labels[labels == small] = names[int(np.argmax(company))]
    # Equal sizes are told apart by the first patient, so that numbers do not depend on the algorithm's own.
    order = sorted(names, key=lambda name: (-(labels == name).sum(), int((labels == name).argmax())))
    return np.array([order.index(label) + 1 for label in labels], dtype=np.int64)


def normalised_mutual_information(one: Labels, other: Labels) -> float:
    """Mutual information over the geometric mean of entropies (Strehl and Ghosh 2002, equation 3), 0 to 1.

    Two clusterings of a single cluster agree fully. Equal to scikit-learn's, which spends its time on checking inputs.
    """
    names, one = np.unique(one, return_inverse=True)
    others, other = np.unique(other, return_inverse=True)
    if min(len(names), len(others)) == 1:
        return float(len(names) == len(others))
    joint = np.bincount(one * len(others) + other, minlength=len(names) * len(others)) / len(one)
    table = joint.reshape(len(names), len(others))
    first, second, both = (float(entr(part).sum()) for part in (table.sum(axis=1), table.sum(axis=0), joint))
    return min(max((first + second - both) / sqrt(first * second), 0.0), 1.0)


def _spectral(similarity: Matrix, k: int, seed: int) -> Labels:
    degree = np.maximum(similarity.sum(axis=1), 1e-12) ** -0.5
    count = len(similarity)
    _, vectors = eigh(similarity * degree[:, None] * degree, subset_by_index=[max(count - k, 0), count - 1])
    rows = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return np.asarray(KMeans(k, n_init=10, random_state=seed).fit_predict(rows), dtype=np.int64)
