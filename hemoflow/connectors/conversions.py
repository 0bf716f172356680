"""Laboratory units: one reviewed table of factors to the canonical unit; any other unit is a fault, never a guess."""

import pandas as pd

from hemoflow.connectors.intake import Intake
from hemoflow.schemas.canonical import LAB_LIMITS

HAEMOGLOBIN_G_PER_DL = 1.6114
"""g/dL in 1 mmol/L of haemoglobin monomer, 16,114 g/mol (IFCC; the unit of LOINC 59260-0)."""

CREATININE_MG_PER_DL = 0.011312
"""mg/dL in 1 umol/L of creatinine, 113.12 g/mol."""

DECIMALS = 6

FACTORS: dict[str, dict[str, float]] = {
    "haemoglobin": {"g/dL": 1, "g/L": 0.1, "mmol/L": HAEMOGLOBIN_G_PER_DL},
    "haematocrit": {"%": 1, "L/L": 100},
    "platelets": {"10*9/L": 1, "10*3/uL": 1, "K/uL": 1, "10^9/L": 1, "10^3/uL": 1, "/uL": 0.001},
    "inr": {"{INR}": 1, "{ratio}": 1, "1": 1, "ratio": 1, "": 1},
    "creatinine": {"mg/dL": 1, "umol/L": CREATININE_MG_PER_DL},
    "ferritin": {"ng/mL": 1, "ug/L": 1},
    "mcv": {"fL": 1},
    "reticulocytes": {"%": 1},
}
"""Analyte to the units it may come in (UCUM's spelling and a few common ones) and the factor to the canonical unit."""


def in_canonical_unit(
    intake: Intake, analyte: pd.Series, value: pd.Series, unit: pd.Series, fields: tuple[str, str]
) -> pd.Series:
    """Results in the canonical unit of their analyte; rows with another unit or beyond the limits are rejected.

    Args:
        intake: The rows on their way in.
        analyte: Canonical code by line; a missing one is left alone.
        value: Results as delivered.
        unit: Their units as delivered; a missing one is the unit of a pure ratio.
        fields: Columns of the intake that faults of value and unit are noted under.
    """
    result = pd.Series(float("nan"), index=value.index)
    spelled = unit.fillna("")
    for name, factors in FACTORS.items():
        is_it = (analyte == name).fillna(value=False).astype(bool)
        intake.reject(is_it & ~spelled.isin(list(factors)), fields[1], f"unit of {name} must be {_listed(factors)}")
        converted = (value * spelled.map(factors).astype("float64")).round(DECIMALS)
        canonical, least, most = LAB_LIMITS[name]
        is_beyond = (converted < least) | (converted > most)
        intake.reject(is_it & is_beyond, fields[0], f"{name} must be {least:g} to {most:g} {canonical}")
        result = result.mask(is_it, converted)
    return result


def _listed(factors: dict[str, float]) -> str:
    return ", ".join(unit or "left out" for unit in factors)
