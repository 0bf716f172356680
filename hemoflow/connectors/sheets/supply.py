"""Stock, donations and capacity from spreadsheets."""

from dataclasses import dataclass

import pandas as pd

from hemoflow.connectors.component_names import COMPONENT_NAMES
from hemoflow.connectors.group_results import read_group
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import RawRows
from hemoflow.connectors.sheets.doctor import STATUSES, Doctor
from hemoflow.connectors.sheets.mapping import SheetMapping
from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import UnitEvent

PLANNED_BEFORE = pd.Timedelta(days=28)
"""How long before its day a capacity is known, where nobody says (assumption)."""
ONE_DAY = pd.Timedelta(days=1)
MOST = 1_000_000
YES_NO = {"yes": "yes;y;true;1;irradiated", "no": "no;n;false;0;none"}
EVENTS = {
    "reserved": UnitEvent.RESERVED,
    "issued": UnitEvent.ISSUED,
    "transfused": UnitEvent.TRANSFUSED,
    "quarantine": UnitEvent.RETURNED,
    "outdated": UnitEvent.OUTDATED,
    "discarded": UnitEvent.DISCARDED,
}
RESOURCES = {"chair_minutes": "chair minutes;chairs", "nurse_minutes": "nurse minutes;nurses"}


@dataclass(frozen=True)
class Sheet:
    """One template's rows on their way in.

    Attributes:
        source: Source name that the rows carry.
        mapping: How the site names things.
        doctor: Mends and keeps account.
        pseudonymiser: Turns identifiers into pseudonyms.
    """

    source: str
    mapping: SheetMapping
    doctor: Doctor
    pseudonymiser: Pseudonymiser

    def instant(self, intake: Intake, column: str, *, missing: bool = False) -> pd.Series:
        """Instants of a column."""
        return self.doctor.instants(intake, column, day_first=self.mapping.day_first, missing=missing)

    def day(self, intake: Intake, column: str) -> pd.Series:
        """Calendar days of a column."""
        found: pd.Series = self.instant(intake, column).dt.tz_localize(None).dt.normalize()
        return found

    def recorded(self, intake: Intake, else_at: pd.Series) -> pd.Series:
        """When rows were written down, else the given instants."""
        return self.instant(intake, "recorded_at", missing=True).fillna(else_at)

    def component(self, intake: Intake) -> pd.Series:
        """Components of the rows."""
        return self.doctor.words(intake, "component", COMPONENT_NAMES, self.mapping.names.get("component", {}))

    def group(self, intake: Intake, *, missing: bool = False) -> pd.Series:
        """Blood groups of the rows; only whole ones are read."""
        text = intake.text("blood_group", missing=missing)
        more = self.mapping.names.get("blood_group", {})
        found = text.map({word: more.get(word, read_group(word)) for word in text.dropna().unique()}).astype("string")
        whole = found.where(found.isin([str(group) for group in BloodGroup]))
        intake.reject(text.notna() & whole.isna(), "blood_group", "not a whole ABO and RhD group")
        return whole


def stock(sheet: Sheet, raw: RawRows) -> tuple[dict[str, pd.DataFrame], list[Intake]]:
    """Units and the events that say what became of them."""
    intake = Intake(sheet.source, "units", raw)
    sheet.doctor.whole_bags(intake, "unit_id")
    bags = _bags(sheet, intake)
    intake.reject(bags["outdate_on"] < bags["collected_on"], "outdate_on", "lies before the collection")
    own = [name for name in bags.columns if name not in {"status", "at"}]
    once = sheet.doctor.one_row_a_bag(intake.good(bags), "unit_id", own[1:])
    differs = once["unit_id"].duplicated(keep=False).reindex(intake.rows.index, fill_value=False)
    intake.reject(differs, "unit_id", "same bag as another row, other content")
    units = intake.finish(once.assign(available_at=once["at"], origin="donation", is_synthetic=False))
    kept = once[once.index.isin(intake.good(once).index)]
    return {"units": units, "unit_events": _events(sheet, kept)}, [intake]


def _bags(sheet: Sheet, intake: Intake) -> pd.DataFrame:
    collected = sheet.day(intake, "collected_on")
    irradiated = sheet.doctor.words(intake, "is_irradiated", YES_NO, {}, missing=True)
    status = sheet.doctor.words(intake, "status", STATUSES, sheet.mapping.names.get("status", {}), missing=True).fillna(
        "available"
    )
    return pd.DataFrame(
        {
            "unit_id": sheet.pseudonymiser.series("unit", sheet.source, intake.text("unit_id").str.strip()),
            "component": sheet.component(intake),
            "blood_group": sheet.group(intake),
            "collected_on": collected,
            "outdate_on": sheet.day(intake, "outdate_on"),
            "site_id": intake.text("site_id"),
            "is_irradiated": irradiated == "yes",
            "status": sheet.doctor.true_status(status, intake.rows["location"]),
            "at": sheet.recorded(intake, collected.dt.tz_localize("UTC") + ONE_DAY),
        }
    ).assign(is_irradiated=lambda frame: frame["is_irradiated"].fillna(value=False))


def _events(sheet: Sheet, bags: pd.DataFrame) -> pd.DataFrame:
    """Every bag was received; a status other than available is a second event."""
    received = bags.assign(event=str(UnitEvent.RECEIVED), mark="received")
    after = bags[bags["status"].isin(list(EVENTS))]
    then = after.assign(event=after["status"].map({name: str(event) for name, event in EVENTS.items()}), mark="status")
    both = pd.concat([received, then])
    names = sheet.pseudonymiser.series("ev", sheet.source, both["unit_id"] + " " + both["mark"])
    is_second = pd.to_timedelta((both["mark"] == "status").astype("int64"), unit="s")
    return both.assign(
        event_id=names,
        occurred_at=both["at"] + is_second,
        request_id=None,
        patient_id=None,
        available_at=both["at"] + is_second,
        source=sheet.source,
        is_synthetic=False,
    )


def donations(sheet: Sheet, raw: RawRows) -> tuple[dict[str, pd.DataFrame], list[Intake]]:
    """Donations by day, site and group."""
    intake = Intake(sheet.source, "donations", raw)
    intake.unique(["donated_on", "site_id", "component", "blood_group"])
    day = sheet.day(intake, "donated_on")
    made = pd.DataFrame(
        {
            "donated_on": day,
            "site_id": intake.text("site_id"),
            "component": sheet.component(intake),
            "blood_group": sheet.group(intake),
            "donated_units": intake.whole("donated_units", most=MOST),
            "available_at": sheet.recorded(intake, day.dt.tz_localize("UTC") + ONE_DAY),
            "is_synthetic": False,
        }
    )
    once = _first_of_a_key(intake, made, ["donated_on", "site_id", "component", "blood_group"])
    return {"donations": intake.finish(once)}, [intake]


def capacity(sheet: Sheet, raw: RawRows) -> tuple[dict[str, pd.DataFrame], list[Intake]]:
    """What teams can do."""
    intake = Intake(sheet.source, "capacity", raw)
    day = sheet.day(intake, "capacity_on")
    made = pd.DataFrame(
        {
            "site_id": intake.text("site_id"),
            "capacity_on": day,
            "resource": sheet.doctor.words(intake, "resource", RESOURCES, sheet.mapping.names.get("resource", {})),
            "available_minutes": intake.whole("available_minutes", most=MOST),
            "available_at": sheet.recorded(intake, day.dt.tz_localize("UTC") - PLANNED_BEFORE),
            "is_synthetic": False,
        }
    )
    once = _first_of_a_key(intake, made, ["site_id", "capacity_on", "resource"])
    return {"capacity": intake.finish(once)}, [intake]


def _first_of_a_key(intake: Intake, made: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Rows that share a key are all rejected: nobody can say which one is true."""
    good = intake.good(made)
    repeated = good.duplicated(key, keep=False).reindex(intake.rows.index, fill_value=False)
    intake.reject(repeated, key[-1], "same key as another row, other content")
    return made
