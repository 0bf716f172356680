"""Malaysia's daily donations, thinned to the size of a region.

Source: Ministry of Health Malaysia / National Blood Centre, data.gov.my. The feed counts donations by ABO group for the
whole country. Each donation is kept with the probability that brings the country to the region's size (binomial
thinning keeps the weekday cycle and the scatter that so small a region has), then falls to RhD positive or negative by
published frequencies. Every number is therefore made up and marked synthetic; the pattern behind it is real.
"""

from datetime import date
from pathlib import Path

import pandas as pd

from hemoflow.connectors.blocks import RowTest
from hemoflow.connectors.intake import Intake, delivered
from hemoflow.connectors.reading import Loaded, read_rows
from hemoflow.connectors.rhd import RHD_POSITIVE_SHARE, by_rhd, drawn
from hemoflow.domain.errors import InputError, UsageError
from hemoflow.domain.units import Component

SOURCE = "malaysia-donations"
SITE = "CENTRE"
VERSION = "1"
"""Raised whenever the same file would give other rows."""

TOTAL = "all"


def load(folder: Path, *, target_per_day: float, seed: int, first_on: date, last_on: date) -> Loaded:
    """Donations of the region from ``first_on`` to ``last_on``.

    The share kept in a calendar year is ``target_per_day`` over the country's mean of the year before, and each day and
    group has its own random stream: a day's numbers depend on nothing that happens later and on no other day asked for.

    Args:
        folder: Folder with ``blood_donations.csv``.
        target_per_day: Mean donations a day that the region should have.
        seed: Seed of the thinning.
        first_on: First day.
        last_on: Last day, included.

    Returns:
        Frame ``donations``; a day is known from the midnight after it. The notes state the share, the days missing
        from the file, and the days on which the groups do not add up to the published total.

    Raises:
        InputError: The file is unusable, or lacks the year before a day asked for.
        UsageError: The region would be larger than the country, or the last day comes before the first.
    """
    if last_on < first_on:
        raise UsageError(f"The last day {last_on} comes before the first {first_on}.", remedy="Swap them.")
    intake = _intake(folder, first_on, last_on, "blood_type", lambda group: group != TOTAL)
    intake.unique(["date", "blood_type"])
    group = intake.choice("blood_type", {name.lower(): name for name in RHD_POSITIVE_SHARE})
    country = pd.DataFrame({"donated_on": intake.day("date"), "abo": group, "counted": intake.whole("donations")})
    asked = intake.good(country)
    totals, notes = _totals(folder, first_on, last_on)
    shares = {year: _share(totals, year, target_per_day) for year in range(first_on.year, last_on.year + 1)}
    frame = intake.finish(_by_rhd(asked, shares, seed))
    notes += [f"{year}: share {share:.5f} of the country's donations kept." for year, share in shares.items()]
    notes += _doubts(asked, totals, (last_on - first_on).days + 1)
    return delivered({"donations": frame}, [intake], notes)


def _intake(folder: Path, first_on: date, last_on: date, column: str, test: RowTest) -> Intake:
    """Rows of the days asked for; a day that cannot be read is let in so that it is reported."""
    where = {column: test, "date": lambda day: _is_asked_for(day, first_on, last_on)}
    return Intake(
        SOURCE, "donations", read_rows(folder, "blood_donations", ["date", "blood_type", "donations"], where).usable()
    )


def _is_asked_for(day: str, first_on: date, last_on: date) -> bool:
    try:
        return first_on <= date.fromisoformat(day) <= last_on
    except ValueError:
        return True


def _totals(folder: Path, first_on: date, last_on: date) -> tuple[pd.Series, list[str]]:
    """Published totals by day from the start of the year before ``first_on``, and notes. No table is made of them."""
    intake = _intake(folder, date(first_on.year - 1, 1, 1), last_on, "blood_type", TOTAL.__eq__)
    intake.unique(["date"])
    table = pd.DataFrame({"day": intake.day("date"), "total": intake.whole("donations")})
    good = intake.good(table)
    bad = len(table) - len(good)
    notes = [f"{bad} published totals could not be read and were passed over."] if bad else []
    return good.set_index("day")["total"].sort_index(), notes


def _share(totals: pd.Series, year: int, target_per_day: float) -> float:
    before = totals[pd.DatetimeIndex(totals.index).year == year - 1]
    if before.empty:
        raise InputError(
            f"blood_donations has no totals of {year - 1}, which set the size for {year}.",
            remedy=f"Ask for days from {year + 1} on, or deliver a file that begins earlier.",
        )
    share = target_per_day / float(before.mean())
    if not 0 < share <= 1:
        raise UsageError(
            f"{target_per_day:g} donations a day are not between 0 and the country's {before.mean():.0f}.",
            remedy="Choose a smaller region.",
        )
    return share


def _by_rhd(country: pd.DataFrame, shares: dict[int, float], seed: int) -> pd.DataFrame:
    """Thinned numbers, two rows (RhD positive and negative) for each of the country's."""
    draws = [
        drawn(seed, day, abo, int(counted), share=shares[day.year])
        for day, abo, counted in country.itertuples(index=False, name=None)
    ]
    table = by_rhd(country, draws)
    return table.assign(
        site_id=SITE,
        component=str(Component.RED_CELLS),
        available_at=table["donated_on"].dt.tz_localize("UTC") + pd.Timedelta(days=1),
        is_synthetic=True,
    )


def _doubts(asked: pd.DataFrame, totals: pd.Series, days: int) -> list[str]:
    """What is odd in the country's numbers, in words."""
    sums = asked.groupby("donated_on")["counted"].agg(["sum", "count"])
    whole = sums[sums["count"] == len(RHD_POSITIVE_SHARE)]["sum"]
    gap = (totals.reindex(whole.index) - whole).dropna().abs()
    notes = []
    if (off := int((gap > 0).sum())) > 0:
        notes.append(f"On {off} of {len(gap)} days the groups differ from the published total, by at most {gap.max()}.")
    if (missing := days - len(whole)) > 0:
        notes.append(f"On {missing} days at least one ABO group is missing; its donations are unknown, not zero.")
    return notes
