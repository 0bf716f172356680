"""Requests and laboratory results from spreadsheets, and the patients whom they name."""

from collections.abc import Mapping, Sequence

import pandas as pd

from hemoflow.connectors.cohort import SITE, first_seen
from hemoflow.connectors.conversions import in_canonical_unit
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.reading import RawRows
from hemoflow.connectors.sheets.supply import Sheet
from hemoflow.domain.requests import ShortageTier, Urgency
from hemoflow.schemas.canonical import LAB_LIMITS, PATIENTS
from hemoflow.schemas.frames import conform

MOST_UNITS = 100
URGENCIES = {str(int(urgency)): urgency.words for urgency in Urgency}
TIERS = {str(int(tier)): tier.name.lower() for tier in ShortageTier}
SEXES = {"F": "f;female;woman", "M": "m;male;man"}
ANALYTES: dict[str, str] = {
    "haemoglobin": "hb;hgb;hemoglobin;haemoglobin (blood);718 7",
    "haemoglobin_blood_gas": "blood gas hb;bg hb",
    "haematocrit": "hct;hematocrit;pcv;20570 8;4544 3",
    "platelets": "plt;platelet count;777 3",
    "inr": "pt inr;6301 6",
    "creatinine": "crea;creat;2160 0",
    "ferritin": "fer;2276 4",
    "mcv": "mean cell volume;787 2",
    "reticulocytes": "retic;reticulocyte count;17849 1",
}
"""Usual names of the analytes, LOINC among them."""


def requests(sheet: Sheet, raw: RawRows) -> tuple[dict[str, pd.DataFrame], list[Intake]]:
    """Requests; what is left out is assumed and marked."""
    intake = Intake(sheet.source, "requests", raw)
    intake.unique(["request_id"])
    asked = sheet.instant(intake, "requested_at")
    cancelled = sheet.instant(intake, "cancelled_at", missing=True)
    intake.reject(cancelled < asked, "cancelled_at", "lies before it was asked")
    units = intake.whole("requested_units", least=1, most=MOST_UNITS, missing=True)
    urgency = sheet.doctor.words(intake, "urgency", URGENCIES, sheet.mapping.names.get("urgency", {}), missing=True)
    tier = sheet.doctor.words(intake, "shortage_tier", TIERS, {}, missing=True)
    recorded = sheet.recorded(intake, asked)
    made = pd.DataFrame(
        {
            "request_id": sheet.pseudonymiser.series("req", sheet.source, intake.text("request_id")),
            "patient_id": sheet.pseudonymiser.series("p", sheet.source, intake.text("patient_id")),
            "encounter_id": None,
            "site_id": intake.text("site_id"),
            "component": sheet.component(intake),
            "requested_units": units.fillna(1),
            "is_units_assumed": intake.rows["requested_units"].isna(),
            "urgency": pd.to_numeric(urgency).fillna(int(Urgency.URGENT)),
            "is_urgency_synthetic": urgency.isna(),
            "shortage_tier": pd.to_numeric(tier).fillna(int(ShortageTier.SECOND)),
            "indication": intake.rows["indication"],
            "requested_at": asked,
            "cancelled_at": cancelled,
            "available_at": recorded.where(recorded > asked, asked),
            "is_synthetic": False,
        }
    )
    group = sheet.group(intake, missing=True)
    frame = intake.finish(made)
    people = intake.good(made[["patient_id"]].assign(blood_group=group))
    return {"requests": frame, "patients": people}, [intake]


def labs(sheet: Sheet, raw: RawRows) -> tuple[dict[str, pd.DataFrame], list[Intake]]:
    """Laboratory results in their canonical unit."""
    intake = Intake(sheet.source, "labs", raw)
    intake.unique(["lab_id"])
    taken = sheet.instant(intake, "taken_at")
    code = sheet.doctor.words(intake, "code", ANALYTES, sheet.mapping.names.get("code", {}))
    number = intake.number("value")
    recorded = sheet.recorded(intake, taken)
    made = pd.DataFrame(
        {
            "lab_id": sheet.pseudonymiser.series("lab", sheet.source, intake.text("lab_id")),
            "patient_id": sheet.pseudonymiser.series("p", sheet.source, intake.text("patient_id")),
            "encounter_id": None,
            "code": code,
            "value": in_canonical_unit(intake, code, number, intake.rows["unit"], ("value", "unit")),
            "unit": code.map({name: canonical for name, (canonical, _, _) in LAB_LIMITS.items()}),
            "taken_at": taken,
            "available_at": recorded.where(recorded > taken, taken),
            "is_synthetic": False,
        }
    )
    sex = sheet.doctor.words(intake, "sex", SEXES, {}, missing=True)
    born = intake.whole("birth_year", least=1850, most=2100, missing=True)
    frame = intake.finish(made)
    people = intake.good(made[["patient_id"]].assign(sex=sex, birth_year=born))
    return {"labs": frame, "patients": people}, [intake]


def patients(source: str, told: Sequence[pd.DataFrame], others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The patients whom rows name; what two rows contradict stays missing.

    Args:
        source: Source name that the rows carry.
        told: What rows say: ``patient_id`` and any of ``blood_group``, ``sex`` and ``birth_year``.
        others: The tables that name patients.
    """
    everyone = pd.concat(list(told)) if told else pd.DataFrame({"patient_id": []})
    grouped = everyone.groupby("patient_id")
    agreed = {name: grouped[name].agg(_agreed) for name in ("blood_group", "sex", "birth_year") if name in everyone}
    found = pd.DataFrame({"patient_id": sorted(map(str, grouped.groups))})
    seen = first_seen([frame for frame in others.values() if "patient_id" in frame])
    columns = {
        **{name: found["patient_id"].map(values) for name, values in agreed.items()},
        "is_group_synthetic": False,
        "programme": "background",
        "site_id": SITE,
        "available_at": found["patient_id"].map(seen),
        "source": source,
        "is_synthetic": False,
    }
    missing = {name: None for name in PATIENTS.columns if name not in columns}
    return conform(pd.DataFrame({**missing, "patient_id": found["patient_id"], **columns}), PATIENTS)


def _agreed(values: pd.Series) -> object:
    distinct = values.dropna().unique()
    return distinct[0] if len(distinct) == 1 else None
