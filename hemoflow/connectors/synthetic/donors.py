"""Donations of a region without a real series: a weekday and month pattern, and days that scatter as real ones do."""

from datetime import date

import numpy as np
import pandas as pd

from hemoflow.connectors.synthetic import SOURCE, draws
from hemoflow.connectors.synthetic.magnitudes import Region, at
from hemoflow.domain.units import Component
from hemoflow.schemas.canonical import DONATIONS
from hemoflow.schemas.frames import conform

WEEKDAYS = {
    "nordic": (1.48, 1.54, 1.80, 1.30, 0.53, 0.34, 0.01),
    "weekend_drives": (0.64, 0.97, 0.95, 1.01, 0.67, 1.17, 1.60),
}
"""Index by weekday, Monday first (derived): donations behind intensive care in Sweden, and Malaysia's daily feed."""
MONTHS = {1: 0.96, 2: 1.04, 6: 1.01, 7: 0.89, 8: 0.83, 9: 1.08, 10: 1.09, 12: 0.98}
"""Index by month, Italy 2023 (derived); months that are not named have 1."""
DAY_SCATTER = 0.15
"""Coefficient of variation of a day beside its weekday and month (assumption; 0.35 with them in Malaysia)."""
CENTRE = "CENTRE"
HOUR_KNOWN = 20
"""When a day's donations are delivered (assumption)."""


def make_donations(region: Region, seed: int, pattern: str = "weekend_drives") -> pd.DataFrame:
    """Frame of ``donations``: every day and group of the calendar, drawn day by day.

    Args:
        region: Calendar, size and group mix.
        seed: Seed of the district.
        pattern: A key of :data:`WEEKDAYS`.
    """
    groups, shares = zip(*region.group_mix, strict=True)
    weights = np.array(shares) / sum(shares)
    rows = [
        (day, str(group), int(units))
        for day in region.days
        for group, units in zip(groups, _of_day(day, region, seed, pattern, weights), strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["donated_on", "blood_group", "donated_units"])
    return conform(
        frame.assign(
            site_id=CENTRE,
            component=str(Component.RED_CELLS),
            available_at=[at(day, HOUR_KNOWN) for day in frame["donated_on"]],
            source=SOURCE,
            is_synthetic=True,
        ),
        DONATIONS,
    )


def _of_day(day: date, region: Region, seed: int, pattern: str, weights: np.ndarray) -> np.ndarray:
    rng = draws.generator(seed, "donations", day.toordinal())
    index = WEEKDAYS[pattern][day.weekday()] * MONTHS.get(day.month, 1.0)
    shape = 1 / DAY_SCATTER**2
    return rng.poisson(region.donated_units * region.scale * index * rng.gamma(shape, 1 / shape) * weights)
