"""What the need model looks at, in which direction it may move the risk, and how it is said in words.

A refusal of transfusion in a note is no column: labels are past behaviour, so a model would learn that whoever refuses
needs nothing. It stands on the worklist instead.

No feature counts since the beginning of time: such a count drifts with the calendar and biases every later day.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Need

DIAGNOSES = ("mds", "haem_onc", "solid_onc", "haemoglobinopathy", "renal_gi", "other")


@dataclass(frozen=True, slots=True)
class Feature:
    """A column of the model.

    Attributes:
        name: Column name.
        words: What it says, with ``{}`` for the value; for a yes-or-no column what a yes says.
        otherwise: What a no says; empty for a column with a value.
        missing: What a missing value says.
        direction: 1 when more never lowers the need, -1 when more never raises it, 0 when either may be.
    """

    name: str
    words: str
    otherwise: str = ""
    missing: str = "not recorded"
    direction: int = 0

    def say(self, value: float) -> str:
        """The column's value in words."""
        if np.isnan(value):
            return self.missing
        return self.words.format(value) if value or not self.otherwise else self.otherwise


RAISES, LOWERS = 1, -1
NO_HAEMOGLOBIN = "no haemoglobin on record"
NO_TRANSFUSION = "no transfusion on record"
NO_FALL = "haemoglobin not followed long enough to see its fall"
UNIT_LIFTS_KG_G_PER_DL = 70.0
"""A unit of 280 ml lifts haemoglobin by 1 g/dL at 70 kg (4 ml/kg for 10 g/L), and by less in a heavier patient."""
LEAST_SPAN_DAYS = 20
WEEK, MONTH = 7, 28
FEATURES = (
    Feature("is_inpatient", "in hospital", "not in hospital"),
    Feature("is_chronic", "in the outpatient programme", "not in the outpatient programme"),
    Feature("stay_days", "in hospital for {:.1f} days", missing="not in hospital"),
    Feature("is_female", "female", "male", missing="sex not recorded"),
    Feature("age_years", "age {:.0f} years", missing="age not recorded"),
    Feature("weight_kg", "weight {:.0f} kg", missing="weight not recorded"),
    Feature("haemoglobin_g_per_dl", "haemoglobin {:.1f} g/dL", missing=NO_HAEMOGLOBIN, direction=LOWERS),
    Feature(
        "haemoglobin_gap_g_per_dl", "haemoglobin {:+.1f} g/dL from the threshold",
        missing=NO_HAEMOGLOBIN,
        direction=LOWERS,
    ),
    Feature(
        "haemoglobin_fall_g_per_dl",
        "haemoglobin fell by {:.1f} g/dL",
        missing="no earlier haemoglobin",
        direction=RAISES,
    ),
    Feature("haemoglobin_age_days", "haemoglobin taken {:.1f} days ago", missing=NO_HAEMOGLOBIN),
    Feature(
        "haemoglobin_min_7d_g_per_dl",
        "lowest haemoglobin of 7 days {:.1f} g/dL",
        missing="no haemoglobin in 7 days",
        direction=LOWERS,
    ),
    Feature(
        "haemoglobin_slope_g_per_dl_day",
        "haemoglobin {:+.2f} g/dL a day over 7 days",
        missing="no haemoglobin trend",
        direction=LOWERS,
    ),
    Feature(
        "haemoglobin_sd_28d_g_per_dl",
        "haemoglobin varied by {:.1f} g/dL in 28 days",
        missing="no haemoglobin variation",
    ),
    Feature("haematocrit_share", "haematocrit {:.2f}", missing="no haematocrit", direction=LOWERS),
    Feature("platelets_10e9_per_l", "platelets {:.0f} x 10^9/L", missing="no platelet count"),
    Feature("inr", "INR {:.1f}", missing="no INR"),
    Feature("creatinine_mg_per_dl", "creatinine {:.1f} mg/dL", missing="no creatinine"),
    Feature("ferritin_ng_per_ml", "ferritin {:.0f} ng/mL", missing="no ferritin"),
    Feature("mcv_fl", "mean cell volume {:.0f} fL", missing="no mean cell volume"),
    Feature("reticulocytes_percent", "reticulocytes {:.1f} %", missing="no reticulocytes"),
    Feature("labs_24h", "haemoglobin tests in 24 hours: {:.0f}"),
    Feature("transfused_24h_units", "units transfused in 24 hours: {:.0f}"),
    Feature("transfused_7d_units", "units transfused in 7 days: {:.0f}"),
    Feature("transfused_28d_units", "units transfused in 28 days: {:.0f}"),
    Feature("transfused_84d_units", "units transfused in 84 days: {:.0f}"),
    Feature("transfusion_age_days", "last transfusion {:.0f} days ago", missing=NO_TRANSFUSION),
    Feature("last_interval_days", "last interval {:.0f} days", missing="no interval between transfusions"),
    Feature("mean_interval_days", "mean interval {:.0f} days", missing="no interval between transfusions"),
    Feature("overdue_days", "{:+.0f} days against the usual interval", missing="no interval between transfusions"),
    Feature("interval_before_days", "the interval before {:.0f} days", missing="no interval before the last"),
    Feature("recent_interval_days", "last three intervals {:.0f} days", missing="no interval between transfusions"),
    Feature("interval_variation", "intervals vary by {:.0%}", missing="too few intervals to see their variation"),
    Feature("last_visit_units", "units at the last visit: {:.0f}", missing=NO_TRANSFUSION),
    Feature("mean_visit_units", "units at a usual visit: {:.1f}", missing=NO_TRANSFUSION),
    Feature("visit_rate_28d_units", "own rate {:.1f} units in 28 days", missing="no rate of transfusion yet"),
    Feature("response_g_per_dl_per_unit", "a unit lifts haemoglobin by {:.1f} g/dL", missing="no response measured"),
    Feature(
        "fall_g_per_dl_week",
        "haemoglobin falls {:.1f} g/dL a week without transfusion",
        missing=NO_FALL,
        direction=RAISES,
    ),
    Feature(
        "reserve_g_per_dl", "haemoglobin estimated {:+.1f} g/dL from the threshold", missing=NO_FALL, direction=LOWERS
    ),
    Feature("balance_28d_units", "{:.1f} units balance the fall of 28 days", missing=NO_FALL, direction=RAISES),
    Feature("pending_units", "units asked for less units given in 7 days: {:+.0f}"),
    Feature("requested_24h_units", "units asked for in 24 hours: {:.0f}"),
    Feature("requested_7d_units", "units asked for in 7 days: {:.0f}"),
    Feature("chemotherapy_7d", "chemotherapy in 7 days", "no chemotherapy in 7 days"),
    Feature("anticoagulant_7d", "anticoagulant in 7 days", "no anticoagulant in 7 days"),
    Feature("iron_28d", "iron in 28 days", "no iron in 28 days"),
    Feature("esa_28d", "erythropoiesis-stimulating agent in 28 days", "no erythropoiesis-stimulating agent in 28 days"),
    Feature("had_cancer", "cancer coded", "no cancer coded"),
    Feature("had_renal_failure", "renal failure coded", "no renal failure coded"),
    Feature("had_gi_bleed", "gastrointestinal bleeding coded", "no gastrointestinal bleeding coded"),
    Feature("had_anaemia", "anaemia coded", "no anaemia coded"),
    *(
        Feature(name, f"a note says {said}", f"no {said} in notes", missing="no notes", direction=RAISES)
        for name, said in {
            "note_active_bleeding_7d": "active bleeding",
            "note_melaena_7d": "melaena",
            "note_anaemia_symptoms_7d": "symptoms of anaemia",
            "note_chemotherapy_planned_28d": "chemotherapy planned",
        }.items()
    ),
    Feature("procedures_planned_7d", "procedures planned in 7 days: {:.0f}"),
    *(Feature(f"diagnosis_{name}", f"diagnosis group {name}", f"diagnosis group not {name}") for name in DIAGNOSES),
)  # fmt: skip
"""Columns of the 24-hour model, in order."""

DAY_FEATURE = Feature("day_number", "day {:.0f}")
"""The column that the model of units a day has besides: which of the coming days is asked for."""


def threshold(features: pd.DataFrame, need: Need) -> pd.Series:
    """The personal transfusion threshold in g/dL, else the policy's default."""
    return features["threshold_g_per_dl"].fillna(need.default_threshold_g_per_dl)


def balance(features: pd.DataFrame, need: Need) -> dict[str, pd.Series]:
    """The haemoglobin account: what came in by units and was not there at the end was lost.

    ``fall = (lift x units between two samples - rise between them) / days``; from it the haemoglobin of now and the
    units that the next 28 days take, as far as the samples of 168 days tell.
    """
    lift = UNIT_LIFTS_KG_G_PER_DL / features["weight_kg"].fillna(UNIT_LIFTS_KG_G_PER_DL)
    last_age = features["haemoglobin_age_hours"] / 24
    span = features["haemoglobin_168d_first_age_hours"] / 24 - last_age
    rise = features["haemoglobin_g_per_dl"] - features["haemoglobin_168d_first_g_per_dl"]
    fall = ((lift * features["transfused_between_units"] - rise) / span).where(span > LEAST_SPAN_DAYS)
    now = features["haemoglobin_g_per_dl"] + lift * features["transfused_since_haemoglobin_units"] - fall * last_age
    reserve = now - threshold(features, need)
    return {
        "fall_g_per_dl_week": fall * WEEK,
        "reserve_g_per_dl": reserve,
        "balance_28d_units": (fall * MONTH - reserve) / lift,
    }


def matrix(features: pd.DataFrame, need: Need) -> pd.DataFrame:
    """The columns of :data:`FEATURES` as 32-bit floats, a row for each row of NEED_FEATURES; missing stays missing."""
    made = {
        "is_inpatient": features["care_setting"] == "INPATIENT",
        "is_chronic": features["programme"] == "chronic",
        "stay_days": features["stay_hours"] / 24,
        "haemoglobin_gap_g_per_dl": features["haemoglobin_g_per_dl"] - threshold(features, need),
        "haemoglobin_fall_g_per_dl": features["haemoglobin_before_g_per_dl"] - features["haemoglobin_g_per_dl"],
        "haemoglobin_age_days": features["haemoglobin_age_hours"] / 24,
        "transfusion_age_days": features["transfusion_age_hours"] / 24,
        "overdue_days": features["transfusion_age_hours"] / 24 - features["mean_interval_days"],
    }
    made["pending_units"] = features["requested_7d_units"] - features["transfused_7d_units"]
    made |= balance(features, need)
    made |= {f"diagnosis_{name}": features["diagnosis_group"].eq(name).fillna(value=False) for name in DIAGNOSES}
    columns = {feature.name: made.get(feature.name, features.get(feature.name)) for feature in FEATURES}
    return pd.DataFrame(columns, index=features.index).astype("float32")


def by_day(columns: pd.DataFrame, horizon_days: int) -> pd.DataFrame:
    """Each row once for each coming day, with the day's number and the rhythm moved on to that day."""
    stacked = columns.loc[columns.index.repeat(horizon_days)].reset_index(drop=True)
    days = np.tile(np.arange(1, horizon_days + 1, dtype="float32"), len(columns))
    return stacked.assign(**{"overdue_days": stacked["overdue_days"] + days - 1, DAY_FEATURE.name: days})
