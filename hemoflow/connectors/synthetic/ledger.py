"""The past of the stock, replayed under a stated habit: oldest first on request.

The habit: what passed its last day is taken out after midnight; a day's donations are on the shelf at noon; requests
are served first come, first served, the identical group first and the oldest unit of it, then a compatible group, then
a fresh unit from outside for this request. Planned requests have units of the identical group set aside the afternoon
before. Units whose request is withdrawn before the transfusion come back the next day, stay in quarantine and are
released a day later; a few issued units are lost. In the evening a group that is nearly gone is ordered from outside,
late and by eye, for the next day. Antigens beyond ABO/RhD are not modelled.

Each step uses only what was known at its hour, and every draw belongs to a unit, so a longer history keeps the shorter.
"""

from datetime import timedelta

import pandas as pd

from hemoflow.connectors.synthetic.habit import requests_of
from hemoflow.connectors.synthetic.laboratory import Laboratory
from hemoflow.connectors.synthetic.magnitudes import Region, at
from hemoflow.domain.units import Component

OPENING_AGES = (1, 24)
"""Ages in days of the opening stock, evenly spread (assumption)."""


def make_opening(region: Region) -> pd.DataFrame:
    """Stock on the first day: ``blood_group`` and ``collected_on``, one row a unit, some days of use by group."""
    rows = []
    youngest, oldest = OPENING_AGES
    for group, share in region.group_mix:
        number = round(region.opening_days * region.asked_units * share)
        ages = [youngest + n * (oldest - youngest) // max(number - 1, 1) for n in range(number)]
        rows += [(str(group), pd.Timestamp(region.first_on - timedelta(days=age))) for age in ages]
    return pd.DataFrame(rows, columns=["blood_group", "collected_on"])


def replay(
    requests: pd.DataFrame,
    patients: pd.DataFrame,
    donations: pd.DataFrame,
    opening: pd.DataFrame,
    *,
    region: Region,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Units and their events from the first to the last day of the region's calendar.

    Args:
        requests: Canonical requests of everybody; those for red cells are served. ``planned_on`` is the agreed day of
            use, missing where the habit decides.
        patients: Canonical patients.
        donations: Canonical donations.
        opening: Stock on the first day, as :func:`make_opening` gives it.
        region: Calendar, shelf life and shares.
        seed: Seed of the run.

    Returns:
        Frames of ``units`` and ``unit_events``. An event is known when it happens.
    """
    laboratory = Laboratory(region, seed)
    laboratory.open_with(opening)
    for donated_on, of_day in donations.groupby("donated_on", sort=True):
        day = pd.Timestamp(str(donated_on)).date()
        laboratory.expect(day, of_day.groupby("blood_group")["donated_units"].sum())
    of_red_cells = requests[requests["component"] == Component.RED_CELLS]
    for request in requests_of(of_red_cells, patients, seed):
        if request.serve_at >= at(region.first_on):
            laboratory.hear(request)
    laboratory.work()
    return laboratory.units(), laboratory.events()
