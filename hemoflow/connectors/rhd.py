"""RhD of donations that were counted by ABO group alone: drawn by published frequencies, the same on every load."""

import numpy as np
import pandas as pd

RHD_POSITIVE_SHARE = {
    "O": 37.8 / (37.8 + 0.5),
    "A": 24.5 / (24.5 + 0.35),
    "B": 29.6 / (29.6 + 0.64),
    "AB": 6.5 / (6.5 + 0.14),
}
"""RhD-positive share of each ABO group: Malaysian mix of the repository ameenaelagha/blood-supply-chain."""


def drawn(
    seed: int, day: pd.Timestamp, abo: str, counted: int, *, share: float = 1.0, place: int = 0
) -> tuple[int, int]:
    """RhD-positive and RhD-negative donations of one day, group and place; each has its own random stream.

    Args:
        seed: Seed of the draw.
        day: Day of donation.
        abo: ABO group.
        counted: Donations counted.
        share: Share of them that is kept.
        place: Number of the place, where the same day and group are counted at several.
    """
    stream = [seed, day.toordinal(), list(RHD_POSITIVE_SHARE).index(abo), *([place] if place else [])]
    generator = np.random.default_rng(stream)
    kept = int(generator.binomial(counted, share))
    positive = int(generator.binomial(kept, RHD_POSITIVE_SHARE[abo]))
    return positive, kept - positive


def by_rhd(counts: pd.DataFrame, draws: list[tuple[int, int]]) -> pd.DataFrame:
    """Two rows, RhD positive and negative, for each row of ``counts``.

    Args:
        counts: Column ``abo`` and any others, which are kept.
        draws: Result of :func:`drawn` for each row.
    """
    numbers = np.array(draws, dtype="int64").reshape(-1, 2)
    parts = [
        counts.assign(blood_group=counts["abo"] + sign, donated_units=numbers[:, place])
        for place, sign in enumerate("+-")
    ]
    return pd.concat(parts)
