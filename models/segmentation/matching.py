"""Segments keep their numbers from fit to fit: each new group takes the number of the old one it shares most with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from models.segmentation.base import Labels

LEAST_SHARED = 0.1
"""Groups that share less (Jaccard) are different ones, and the new group gets a number of its own (assumption)."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the segments since the previous fit, in numbers that name no patient.

    Attributes:
        previous_id: Version of the previous fit; empty for a first one.
        agreement: Adjusted Rand index of both fits over the patients of the new one.
        moved_share: Share of patients whose number changed.
        appeared: Numbers used for the first time.
        vanished: Numbers no longer used.
    """

    previous_id: str = ""
    agreement: float = 1.0
    moved_share: float = 0.0
    appeared: tuple[int, ...] = ()
    vanished: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """One sentence for papers and terminal."""
        if not self.previous_id:
            return "First fit: segments are numbered by size."
        facts = [
            f"adjusted Rand {self.agreement:.2f}",
            f"{self.moved_share:.0%} of patients changed segment",
            f"new: {', '.join(map(str, self.appeared)) or 'none'}",
            f"gone: {', '.join(map(str, self.vanished)) or 'none'}",
        ]
        return f"Against {self.previous_id}: {'; '.join(facts)}."


def by_size(own: Labels, names: Sequence[int]) -> dict[int, int]:
    """New number of each segment: 1 is the largest."""
    order = sorted(names, key=lambda name: (-int((own == name).sum()), name))
    return {name: place for place, name in enumerate(order, start=1)}


def match(new: Labels, old: Labels, names: Sequence[int], next_number: int) -> dict[int, int]:
    """Old number of each new segment (Hungarian method on Jaccard similarity).

    Args:
        new: Labels of the new fit.
        old: Segments in which the previous model places the same patients.
        names: Labels that the new fit can give.
        next_number: A segment without a counterpart is numbered from here, larger ones first.
    """
    numbers = np.unique(old)
    mine, theirs = (new[:, None] == np.array(names)).astype(np.float64), (old[:, None] == numbers).astype(np.float64)
    shared = mine.T @ theirs
    jaccard = shared / np.maximum(mine.sum(axis=0)[:, None] + theirs.sum(axis=0) - shared, 1.0)
    pairs = zip(*linear_sum_assignment(-jaccard), strict=True)
    kept = {names[row]: int(numbers[column]) for row, column in pairs if jaccard[row, column] >= LEAST_SHARED}
    free = by_size(new, [name for name in names if name not in kept])
    return kept | {name: next_number + place - 1 for name, place in free.items()}


def change(new: Labels, old: Labels, previous_id: str) -> Change:
    """Compare both fits over the same patients."""
    now, before = {int(name) for name in np.unique(new)}, {int(name) for name in np.unique(old)}
    return Change(
        previous_id,
        float(adjusted_rand_score(old, new)),
        float(np.mean(new != old)),
        tuple(sorted(now - before)),
        tuple(sorted(before - now)),
    )


def moves(new: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """Patients by old and new segment: columns ``segment_before``, ``segment``, ``patients``.

    Args:
        new: SEGMENTS of the new version.
        old: SEGMENTS of the same patients by the previous one.
    """
    both = old[["patient_id", "segment"]].merge(
        new[["patient_id", "segment"]], on="patient_id", suffixes=("_before", "")
    )
    return both.groupby(["segment_before", "segment"], as_index=False).size().rename(columns={"size": "patients"})
