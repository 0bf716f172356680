"""Donations by hospital as Malaysia publishes them: one row a hospital and day, one column an ABO group.

Source: Ministry of Health Malaysia / National Blood Centre, data.gov.my. RhD is not counted: it is drawn by published
frequencies, so that the canonical rows are marked synthetic; the sum of a hospital, day and group is the published one.
"""

import zlib

import pandas as pd

from hemoflow.connectors.intake import Intake
from hemoflow.connectors.reading import RawRows
from hemoflow.connectors.rhd import by_rhd, drawn
from hemoflow.connectors.sheets.layouts import ABO
from hemoflow.connectors.sheets.supply import MOST, ONE_DAY, Sheet
from hemoflow.domain.units import Component

SEED = 1
KEY = ["date", "hospital"]
APHERESIS = ("type_apheresis_platelet", "type_apheresis_plasma")


def donations(sheet: Sheet, raw: RawRows) -> tuple[dict[str, pd.DataFrame], list[Intake]]:
    """Donations by day, hospital and group."""
    intake = Intake(sheet.source, "donations", raw)
    day, hospital = sheet.day(intake, "date"), intake.text("hospital")
    counts = pd.DataFrame({abo.upper(): intake.whole(f"blood_{abo}", most=MOST) for abo in ABO})
    intake.unique(KEY)
    recorded = sheet.recorded(intake, day.dt.tz_localize("UTC") + ONE_DAY)
    _check_sums(sheet, intake, counts)
    about = pd.DataFrame({"donated_on": day, "site_id": hospital, "available_at": recorded})
    good = intake.good(about.join(counts))
    long = good.melt(list(about), list(counts), "abo", "counted", ignore_index=False)
    rows = zip(*(long[name] for name in ("donated_on", "abo", "counted", "site_id")), strict=True)
    draws = [drawn(SEED, on, abo, int(counted), place=zlib.crc32(site.encode())) for on, abo, counted, site in rows]
    made = by_rhd(long, draws).assign(component=str(Component.RED_CELLS), is_synthetic=True)
    return {"donations": intake.finish(made)}, [intake]


def _check_sums(sheet: Sheet, intake: Intake, counts: pd.DataFrame) -> None:
    """Say where the groups do not add up to the total, and where donations gave no red cells."""
    total = intake.whole("daily", most=MOST, missing=True)
    gap = (total - counts.sum(axis=1)).dropna()
    gap = gap[gap != 0]
    sheet.doctor.note(f"groups differ from the total by at most {gap.abs().max()}; the groups count", len(gap))
    apart = pd.DataFrame({name: intake.whole(name, most=MOST, missing=True) for name in APHERESIS}).sum(axis=1)
    sheet.doctor.note(
        "donations by apheresis are among the groups and were counted as red cells", int((apart > 0).sum())
    )
