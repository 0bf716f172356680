"""Fitting: many clusterings, one consensus, rules, and everything matched to the fit before."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from hemoflow.domain import policy
from models.segmentation.base import Labels, Matrix, Prototypes
from models.segmentation.choosing import Candidate, candidates, candidates_frame, choose
from models.segmentation.describing import describe
from models.segmentation.ensemble import Ensemble, base_clusterings, place
from models.segmentation.evidence import Evidence, blocks_of, profiles_of
from models.segmentation.features import FEATURES, clustering_matrix, fit_columns
from models.segmentation.matching import Change, by_size, change, match
from models.segmentation.model import SegmentationModel

FEWEST_PATIENTS = 30
"""Below this, clusters are chance (assumption)."""


def fit(
    profiles: pd.DataFrame,
    segmentation: policy.Segmentation,
    *,
    seed: int,
    trained_as_of: date,
    previous: SegmentationModel | None = None,
    previous_id: str = "",
) -> SegmentationModel:
    """Consensus of many clusterings (Strehl and Ghosh 2002, Monti et al. 2003) and rules that describe it.

    Each consensus function x number of segments is a candidate, scored by the mean of agreement with the base
    clusterings (normalised mutual information), stability between halves of the ensemble, and concord with the other
    candidates. No score is truth: show the candidates to a clinician, who may fix the number.

    Args:
        profiles: OUTPATIENT_PROFILES.
        segmentation: Policy section.
        seed: Makes every draw.
        trained_as_of: The day of the cut behind the profiles.
        previous: The fit before; its numbers are kept.
        previous_id: Its version, for the report of changes.

    Returns:
        A model. Fewer than 30 distinct patients make a single segment, and its note says so. More than
        ``most_anchors`` make the consensus on a drawn part, and the note says so too.
    """
    patients = profiles.sort_values("patient_id", ignore_index=True)
    with threadpool_limits(1):  # sums in parallel differ in the last digit from machine to machine
        model = _consensus(patients, segmentation, seed, trained_as_of)
        own = _own(model, patients)
        model, own, changed = _numbered(model, own, patients, previous, previous_id)
        rules, table, descriptions = describe(patients, own, segmentation, seed=seed)
    evidence = replace(
        model.evidence, change=changed, rules=table, descriptions=descriptions, profiles=profiles_of(patients, own)
    )
    return replace(model, rules=rules, evidence=evidence)


def _consensus(
    patients: pd.DataFrame, segmentation: policy.Segmentation, seed: int, trained_as_of: date
) -> SegmentationModel:
    columns = fit_columns(patients)
    matrix = clustering_matrix(patients, columns)
    single = SegmentationModel((), (), (), (1,), 2, (), Evidence(), seed, _hash(patients), trained_as_of)
    distinct = len(np.unique(np.nan_to_num(matrix), axis=0)) if columns else min(len(patients), 1)
    if distinct < FEWEST_PATIENTS:
        note = (
            f"One segment: {distinct} patients who differ are fewer than the {FEWEST_PATIENTS} that clustering needs."
        )
        return replace(single, evidence=Evidence(note))
    matrix, route = _anchors(matrix, segmentation.most_anchors, seed)
    runs = base_clusterings(matrix, segmentation, np.random.default_rng([seed, 1]))
    ensemble = Ensemble.of(place(runs, matrix))
    found = candidates(ensemble, segmentation, np.random.default_rng([seed, 2]))
    best = choose(found)
    blocks, names = blocks_of(ensemble.together, best.labels)
    note = _note(best, found, len(patients), len(runs), route)
    evidence = Evidence(note, candidates=candidates_frame(found, best), blocks=blocks, block_segments=names)
    numbers = tuple(range(1, best.segments + 1))
    return replace(
        single, columns=columns, runs=runs, shares=_shares(ensemble.labels, runs, best.labels), segments=numbers,
        next_number=best.segments + 1, evidence=evidence,
    )  # fmt: skip


def _anchors(matrix: Matrix, most: int, seed: int) -> tuple[Matrix, str]:
    if len(matrix) <= most:
        return matrix, "all pairs of patients"
    drawn = np.random.default_rng([seed, 4]).choice(len(matrix), most, replace=False)
    words = f"pairs of {most} anchors drawn by chance, everybody else placed beside them"
    return matrix[np.sort(drawn)], words


def _shares(labels: Labels, runs: Sequence[Prototypes], own: Labels) -> tuple[Matrix, ...]:
    """Share of each segment's anchors in every cluster of every run; a cluster without anchors is nobody's."""
    member = (own[:, None] == np.unique(own)).astype(np.float64)
    member /= member.sum(axis=0)
    clusters = [len(run.offsets) for run in runs]
    return tuple(
        (run == np.arange(count)[:, None]).astype(np.float64) @ member
        for run, count in zip(labels, clusters, strict=True)
    )


def _own(model: SegmentationModel, patients: pd.DataFrame) -> Labels:
    own: Labels = np.array(model.segments, dtype=np.int64)[model.membership(patients).argmax(axis=1)]
    return own


def _numbered(
    model: SegmentationModel, own: Labels, patients: pd.DataFrame, previous: SegmentationModel | None, previous_id: str
) -> tuple[SegmentationModel, Labels, Change]:
    """The model under the numbers of the fit before, or by size."""
    before = _own(previous, patients) if previous else None
    used = previous.next_number if previous else 1
    numbers = by_size(own, model.segments) if before is None else match(own, before, model.segments, used)
    again = np.array([numbers[int(name)] for name in own], dtype=np.int64)
    blocks = tuple(numbers[name] for name in model.evidence.block_segments)
    renamed = replace(
        model,
        segments=tuple(numbers[name] for name in model.segments),
        next_number=max(used, *(number + 1 for number in numbers.values())),
        evidence=replace(model.evidence, block_segments=blocks),
    )
    return renamed, again, Change() if before is None else change(again, before, previous_id)


def _note(best: Candidate, found: Sequence[Candidate], patients: int, runs: int, route: str) -> str:
    return (
        f"{best.segments} segments of {patients} patients by {best.function} with k = {best.k}, of {len(found)} "
        f"candidates from {runs} base clusterings (agreement {best.agreement:.2f}, stability {best.stability:.2f}, "
        f"concord {best.concord:.2f}); {route}."
    )


def _hash(patients: pd.DataFrame) -> str:
    used = patients[["patient_id", *(feature.name for feature in FEATURES)]]
    return hashlib.sha256(used.to_csv(index=False).encode()).hexdigest()
