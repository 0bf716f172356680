"""What a fit shows about itself: aggregates for papers, none of which names a patient."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.routing import SEGMENT_CANDIDATES, SEGMENT_DESCRIPTIONS, SEGMENT_PROFILES, SEGMENT_RULES
from models.segmentation.base import Labels, Matrix
from models.segmentation.features import FEATURES, raw_values
from models.segmentation.matching import Change

BLOCKS = 36
"""Rows of the consensus picture."""

LAYOUTS = {
    "candidates": SEGMENT_CANDIDATES,
    "rules": SEGMENT_RULES,
    "descriptions": SEGMENT_DESCRIPTIONS,
    "profiles": SEGMENT_PROFILES,
}


@dataclass(frozen=True)
class Evidence:
    """Aggregates of a fit.

    Attributes:
        note: One sentence on what was done, by which route.
        change: What became of the segments since the previous fit.
        candidates: SEGMENT_CANDIDATES; empty when there were too few patients.
        rules: SEGMENT_RULES.
        descriptions: SEGMENT_DESCRIPTIONS.
        profiles: SEGMENT_PROFILES.
        blocks: Mean co-association of groups of similar patients, sorted by segment.
        block_segments: Segment of each row of the blocks.
    """

    note: str = ""
    change: Change = field(default_factory=Change)
    candidates: pd.DataFrame = field(default_factory=lambda: empty(SEGMENT_CANDIDATES))
    rules: pd.DataFrame = field(default_factory=lambda: empty(SEGMENT_RULES))
    descriptions: pd.DataFrame = field(default_factory=lambda: empty(SEGMENT_DESCRIPTIONS))
    profiles: pd.DataFrame = field(default_factory=lambda: empty(SEGMENT_PROFILES))
    blocks: tuple[tuple[float, ...], ...] = ()
    block_segments: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        frames = {name: _rows(getattr(self, name)) for name in LAYOUTS}
        return {
            "note": self.note,
            "change": {name: getattr(self.change, name) for name in Change.__slots__},
            "blocks": [list(row) for row in self.blocks],
            "block_segments": list(self.block_segments),
            **frames,
        }

    @classmethod
    def read(cls, read: Mapping[str, Any]) -> "Evidence":
        """Back from :meth:`to_dict`."""
        listed = {name: tuple(value) if isinstance(value, list) else value for name, value in read["change"].items()}
        change: Change = Change(**listed)  # type: ignore[arg-type]  # JSON knows no types
        frames = {
            name: conform(pd.DataFrame(read[name], columns=list(layout.columns)), layout)
            for name, layout in LAYOUTS.items()
        }
        blocks, names = tuple(tuple(row) for row in read["blocks"]), tuple(read["block_segments"])
        return cls(read["note"], change, **frames, blocks=blocks, block_segments=names)


def profiles_of(patients: pd.DataFrame, own: Labels) -> pd.DataFrame:
    """SEGMENT_PROFILES: the middle of every trait in each segment beside the cohort's, in its own unit.

    Args:
        patients: OUTPATIENT_PROFILES.
        own: Segment of each.
    """
    values, rows = raw_values(patients), []
    for feature in FEATURES:
        column = values[feature.name]
        for name in np.unique(own):
            mine = column[own == name]
            if feature.is_category:
                rows += [
                    (int(name), feature.name, feature.words, str(level), "", float(np.mean(mine == level)),
                     float(np.mean(column == level)), np.nan, 1.0, int((mine != "").sum()))
                    for level in np.unique(column[column != ""])
                ]  # fmt: skip
            else:
                rows.append((int(name), feature.name, feature.words, "", feature.unit, *_middle(mine, column)))
    return conform(pd.DataFrame(rows, columns=list(SEGMENT_PROFILES.columns)), SEGMENT_PROFILES)


def blocks_of(together: Matrix, own: Labels) -> tuple[tuple[tuple[float, ...], ...], tuple[int, ...]]:
    """Mean co-association of at most 36 groups of neighbouring patients, sorted by segment and how well they fit.

    Args:
        together: Co-association of the anchors.
        own: Their segments.
    """
    fit = np.array([together[row, own == own[row]].mean() for row in range(len(own))])
    order = np.lexsort((-fit, own))
    groups, names = [], []
    for name in np.unique(own):
        mine = order[own[order] == name]
        parts = np.array_split(mine, max(1, round(BLOCKS * len(mine) / len(own))))
        groups += parts
        names += [int(name)] * len(parts)
    blocks = tuple(tuple(round(float(together[np.ix_(a, b)].mean()), 3) for b in groups) for a in groups)
    return blocks, tuple(names)


def _middle(mine: np.ndarray[Any, Any], everybody: np.ndarray[Any, Any]) -> tuple[float, float, float, float, int]:
    seen = mine[np.isfinite(mine)]
    known = everybody[np.isfinite(everybody)]
    low, high = np.percentile(known, [25, 75]) if len(known) else (np.nan, np.nan)
    spread = float(high - low) or float(np.std(known)) if len(known) else np.nan
    middle = float(np.median(seen)) if len(seen) else np.nan
    return middle, float(np.median(known)) if len(known) else np.nan, float(np.mean(seen)) if len(seen) else np.nan, \
        spread, len(seen)  # fmt: skip


def _rows(frame: pd.DataFrame) -> list[list[Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [[_plain(value) for value in row] for row in plain.itertuples(index=False)]


def _plain(value: Any) -> Any:  # noqa: ANN401 - a cell of any kind
    return value.item() if isinstance(value, np.generic) else value
