"""Which consensus becomes the segments: every candidate scored, one chosen by a stated rule, none called truth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from hemoflow.domain.policy import Segmentation
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import SEGMENT_CANDIDATES
from models.segmentation.base import Labels
from models.segmentation.consensus import CONSENSUS, normalised_mutual_information, settle
from models.segmentation.ensemble import Ensemble


@dataclass(frozen=True)
class Candidate:
    """One consensus clustering of the anchors.

    Attributes:
        function: Consensus function.
        k: Clusters asked for.
        labels: Numbered from 1, the largest first.
        agreement: Average normalised mutual information with the base clusterings.
        stability: Mean adjusted Rand index between the consensus of two halves of the ensemble.
        concord: Mean adjusted Rand index with the other candidates.
    """

    function: str
    k: int
    labels: Labels
    agreement: float
    stability: float
    concord: float = 1.0

    @property
    def score(self) -> float:
        """Mean of agreement, stability and concord."""
        return (self.agreement + self.stability + self.concord) / 3

    @property
    def segments(self) -> int:
        """Clusters left after small ones were merged."""
        return int(self.labels.max())


def candidates(ensemble: Ensemble, segmentation: Segmentation, rng: np.random.Generator) -> tuple[Candidate, ...]:
    """Every consensus function x number of segments of the clinical range, or the number that a person has fixed."""
    halves = [ensemble.halves(rng) for _ in range(segmentation.stability_splits)]
    smallest = segmentation.smallest_cluster_share * ensemble.labels.shape[1]
    fixed = segmentation.fixed_k
    tried = (fixed,) if fixed else range(segmentation.smallest_k, segmentation.largest_k + 1)
    seed = int(rng.integers(2**31))

    def consensus(function: str, part: Ensemble, k: int) -> Labels:
        return settle(CONSENSUS[function](part, k, seed), part.together, smallest)

    found = []
    for function in CONSENSUS:
        for k in tried:
            pairs = [[consensus(function, part, k) for part in pair] for pair in halves]
            labels = consensus(function, ensemble, k)
            stability = float(np.mean([adjusted_rand_score(*pair) for pair in pairs]))
            found.append(Candidate(function, k, labels, _agreement(labels, ensemble), stability))
    return tuple(replace(one, concord=_concord(one, found)) for one in found)


def choose(found: Sequence[Candidate]) -> Candidate:
    """The candidate of the best score; of equals the one with more segments, then the first tried.

    Agreement alone favours many segments and stability alone few; a partition that other functions and numbers of
    segments come back to (concord) is nearest to planted groups (benchmarks/segmentation.py).
    """
    return max(found, key=lambda candidate: (round(candidate.score, 9), candidate.segments))


def candidates_frame(found: Sequence[Candidate], chosen: Candidate | None) -> pd.DataFrame:
    """Frame of SEGMENT_CANDIDATES."""
    rows = [
        (
            candidate.function,
            candidate.k,
            candidate.segments,
            float(np.bincount(candidate.labels)[1:].min() / len(candidate.labels)),
            candidate.agreement,
            candidate.stability,
            candidate.score,
            candidate is chosen,
            candidate.concord,
        )
        for candidate in found
    ]
    return conform(pd.DataFrame(rows, columns=list(SEGMENT_CANDIDATES.columns)), SEGMENT_CANDIDATES)


def _agreement(labels: Labels, ensemble: Ensemble) -> float:
    return float(np.mean([normalised_mutual_information(run, labels) for run in ensemble.labels]))


def _concord(one: Candidate, found: Sequence[Candidate]) -> float:
    others = [adjusted_rand_score(one.labels, other.labels) for other in found if other is not one]
    return float(np.mean(others)) if others else 1.0
