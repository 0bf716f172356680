"""The consensus segments of a day: every candidate scored, one chosen by a stated rule, patients on the edge marked."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from hemoflow.domain import policy
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import SEGMENT_CANDIDATES, SEGMENTS
from models.segmentation.consensus import CONSENSUS, membership, normalised_mutual_information, settle
from models.segmentation.ensemble import NOT_SAMPLED, Ensemble, Labels, Matrix, base_clusterings
from models.segmentation.features import clustering_matrix

FEWEST_PATIENTS = 30
"""Below this, clusters are chance (assumption)."""

TOLERANCE = 0.03
"""Scores that differ by less are equal (assumption)."""


@dataclass(frozen=True)
class Segmentation:
    """The segments and how they were found.

    Attributes:
        segments: Frame of SEGMENTS.
        candidates: Frame of SEGMENT_CANDIDATES; empty when there were too few patients.
        note: One sentence on what was done.
    """

    segments: pd.DataFrame
    candidates: pd.DataFrame
    note: str


@dataclass(frozen=True)
class _Candidate:
    function: str
    k: int
    labels: Labels
    agreement: float
    stability: float

    @property
    def score(self) -> float:
        """Mean of agreement and stability."""
        return (self.agreement + self.stability) / 2

    @property
    def segments(self) -> int:
        """Clusters left after small ones were merged."""
        return int(self.labels.max())


def segment(
    profiles: pd.DataFrame, segmentation: policy.Segmentation, routing_margin: float, *, seed: int
) -> Segmentation:
    """Consensus of many clusterings (methods: Strehl and Ghosh 2002, Monti et al. 2003).

    Each consensus function x k is a candidate, scored by the mean of two numbers: agreement, the average normalised
    mutual information with the base clusterings, and stability, the adjusted Rand index between the consensus of two
    halves of the ensemble. Both favour too few segments on planted data, so of the candidates within 0.03 of the best
    score the one with most segments is chosen. Neither number is truth: show the candidates to a clinician.

    Args:
        profiles: OUTPATIENT_PROFILES.
        segmentation: Policy section.
        routing_margin: Patients whose margin to the second segment is below this are marked ambiguous.
        seed: Makes the resamples.

    Returns:
        Segments numbered by size. Fewer than 30 distinct patients make a single segment, and the note says so.
    """
    patients = profiles.sort_values("patient_id", ignore_index=True)
    matrix = clustering_matrix(patients)
    distinct = len(np.unique(matrix, axis=0))
    if distinct < FEWEST_PATIENTS:
        return _single(patients, distinct)
    with threadpool_limits(1):  # sums in parallel differ in the last digit from machine to machine
        ensemble = base_clusterings(matrix, segmentation, np.random.default_rng([seed, 1]))
        candidates = _candidates(ensemble, segmentation, np.random.default_rng([seed, 2]))
    best = _choose(candidates)
    note = (
        f"{best.segments} segments of {len(patients)} patients by {best.function} with k = {best.k}, chosen from "
        f"{len(candidates)} candidates (agreement {best.agreement:.2f}, stability {best.stability:.2f})."
    )
    segments = _segments(patients, best.labels, membership(best.labels, ensemble.together), routing_margin)
    return Segmentation(segments, _candidates_frame(candidates, best), note)


def _candidates(ensemble: Ensemble, segmentation: policy.Segmentation, rng: np.random.Generator) -> list[_Candidate]:
    smallest = segmentation.smallest_cluster_share * ensemble.labels.shape[1]
    halves = ensemble.halves(rng)
    found = []
    for function, consensus in CONSENSUS.items():
        for k in range(segmentation.smallest_k, segmentation.largest_k + 1):
            seed = int(rng.integers(2**31))
            labels, one, other = (
                settle(consensus(part, k, seed), part.together, smallest) for part in (ensemble, *halves)
            )
            stability = float(adjusted_rand_score(one, other))
            found.append(_Candidate(function, k, labels, _agreement(labels, ensemble), stability))
    return found


def _choose(candidates: list[_Candidate]) -> _Candidate:
    good = max(candidate.score for candidate in candidates) - TOLERANCE
    return max(
        (candidate for candidate in candidates if candidate.score >= good),
        key=lambda candidate: (candidate.segments, candidate.score),
    )


def _agreement(labels: Labels, ensemble: Ensemble) -> float:
    sampled = [run != NOT_SAMPLED for run in ensemble.labels]
    shared = [
        normalised_mutual_information(run[seen], labels[seen])
        for run, seen in zip(ensemble.labels, sampled, strict=True)
    ]
    return float(np.mean(shared))


def _segments(patients: pd.DataFrame, labels: Labels, member: Matrix, routing_margin: float) -> pd.DataFrame:
    own = member[np.arange(len(labels)), labels - 1]
    others = member.copy()
    others[np.arange(len(labels)), labels - 1] = 0.0
    margin = own - others.max(axis=1)
    frame = pd.DataFrame(
        {
            "patient_id": patients["patient_id"],
            "segment": labels,
            "membership_share": own,
            "margin_share": margin,
            "is_ambiguous": margin < routing_margin,
        }
    )
    return conform(frame, SEGMENTS)


def _single(patients: pd.DataFrame, distinct: int) -> Segmentation:
    """One segment for all, with full membership: nobody is on an edge when there is none."""
    everybody = np.ones(len(patients), dtype=np.int64)
    note = f"One segment: {distinct} patients who differ are fewer than the {FEWEST_PATIENTS} that clustering needs."
    segments = _segments(patients, everybody, np.ones((len(patients), 1)), routing_margin=0.0)
    return Segmentation(segments, _candidates_frame([], None), note)


def _candidates_frame(candidates: list[_Candidate], best: _Candidate | None) -> pd.DataFrame:
    rows = [
        (
            candidate.function,
            candidate.k,
            candidate.segments,
            float(np.bincount(candidate.labels)[1:].min() / len(candidate.labels)),
            candidate.agreement,
            candidate.stability,
            candidate.score,
            candidate is best,
        )
        for candidate in candidates
    ]
    return conform(pd.DataFrame(rows, columns=list(SEGMENT_CANDIDATES.columns)), SEGMENT_CANDIDATES)
