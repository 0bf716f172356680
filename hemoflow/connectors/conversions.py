"""Laboratory units: read by pint, turned into the canonical unit of their analyte; what does not fit is a fault.

Units come as UCUM writes them (``10*9/L``) and as laboratories do (``gm/dL``, ``K/mcL``, ``x10^3/uL``). Spelling is
mended first; pint then says what a unit is and how much of the canonical one, so that a unit of another quantity is
never taken for a number without meaning.
"""

import re
from functools import cache
from typing import Any

import pandas as pd
import pint

from hemoflow.connectors.intake import Intake
from hemoflow.schemas.canonical import LAB_LIMITS

HAEMOGLOBIN_G_PER_MOL = 16114.0
"""Molar mass of the haemoglobin monomer, Hb(Fe): 1 mmol/L is 1.6114 g/dL (IFCC; the unit of LOINC 59260-0)."""

CREATININE_G_PER_MOL = 113.12
"""Molar mass of creatinine."""

MOLAR_MASS = {"haemoglobin": HAEMOGLOBIN_G_PER_MOL, "haemoglobin_blood_gas": HAEMOGLOBIN_G_PER_MOL}
MOLAR_MASS["creatinine"] = CREATININE_G_PER_MOL

DECIMALS = 6
CANONICAL_UNITS = {
    "haemoglobin": "gram / deciliter",
    "haemoglobin_blood_gas": "gram / deciliter",
    "haematocrit": "percent",
    "platelets": "1e9 / liter",
    "inr": "",
    "creatinine": "milligram / deciliter",
    "ferritin": "nanogram / milliliter",
    "mcv": "femtoliter",
    "reticulocytes": "percent",
}
"""The unit of each analyte in the canonical table, as pint writes it."""

EXAMPLES = {
    "haemoglobin": "g/dL, g/L, mmol/L",
    "haemoglobin_blood_gas": "g/dL, g/L, mmol/L",
    "haematocrit": "%, L/L",
    "platelets": "10*9/L, 10*3/uL, K/uL",
    "inr": "{INR}, ratio, left out",
    "creatinine": "mg/dL, umol/L",
    "ferritin": "ng/mL, ug/L",
    "mcv": "fL",
    "reticulocytes": "%",
}
"""What a fault tells its reader to deliver."""

PURE_NUMBERS = frozenset({"", "1", "{inr}", "inr", "ratio", "{ratio}"})
SPELLINGS = (
    (re.compile(r"[\u200b\u200c\u200d\u2060\ufeff\s]"), ""),
    (re.compile("[\u00b5\u03bc]"), "u"),
    (re.compile(r"(?i)\b(?:gms?|grams?)\b"), "g"),
    (re.compile(r"(?i)mc(?=[lg]\b)"), "u"),
    (re.compile(r"(?i)(?:/|per)(?:cu\.?mm|mm3|mm\^3|cmm)\b"), "/uL"),
    (re.compile(r"(?i)(?<![a-z])(?:x|\*)?10(?:\*\*|[*^e])?([36912]+)(?=/)"), r"1e\1"),
    (re.compile(r"(?i)^(?:k|thou(?:sand)?s?|th)(?=/)"), "1e3"),
    (re.compile(r"(?i)^(?:m|mill?(?:ion)?)(?=/[um]?l\b)"), "1e6"),
    (re.compile(r"(?i)\bdl\b"), "dL"),
    (re.compile(r"(?i)\bul\b"), "uL"),
    (re.compile(r"(?i)\bml\b"), "mL"),
    (re.compile(r"(?i)\bfl\b"), "fL"),
    (re.compile(r"(?i)(?<=/)l\b"), "L"),
)
"""Spellings of laboratories and UCUM, and what pint reads."""

PLAIN = re.compile(r"(?:\d{0,3}1e\d{1,2}|1|[A-Za-z%]{1,12}3?)(?:/\d{0,3}[A-Za-z]{1,12}3?)?")
"""What may be asked of pint: one unit over another. A unit is somebody else's text and could be any expression."""

WHOLE = {"g%": "g/dL", "g/100mL": "g/dL", "G/L": "1e9/L", "cells/uL": "1/uL", "vol%": "%", "L/L": "1", "l/l": "1"}


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
    for name in analyte.dropna().unique():
        is_it = (analyte == name).fillna(value=False).astype(bool)
        factors = spelled[is_it].map({text: factor_of(name, text) for text in spelled[is_it].unique()})
        canonical, least, most = LAB_LIMITS[name]
        unknown = is_it & factors.reindex(is_it.index).isna()
        intake.reject(unknown, fields[1], f"unit of {name} must be {EXAMPLES[name]}")
        converted = (value[is_it] * factors.astype("float64")).round(DECIMALS).reindex(value.index)
        is_beyond = (converted < least) | (converted > most)
        intake.reject(is_it & is_beyond, fields[0], f"{name} must be {least:g} to {most:g} {canonical}")
        result = result.mask(is_it, converted)
    return result


@cache
def factor_of(analyte: str, unit: str) -> float | None:
    """What one of ``unit`` is in the canonical unit of the analyte; None where it is no such unit.

    Args:
        analyte: Code of the canonical table, for example ``haemoglobin``.
        unit: Unit as delivered.
    """
    text = unit.strip()
    if CANONICAL_UNITS[analyte] == "":
        return 1.0 if text.lower() in PURE_NUMBERS else None
    quantity = _quantity(analyte, text)
    if quantity is None:
        return None
    registry = _registry()
    canonical: Any = registry.Quantity(CANONICAL_UNITS[analyte])
    try:
        if quantity.is_compatible_with("mol / liter") and analyte in MOLAR_MASS:
            quantity = quantity * registry.Quantity(MOLAR_MASS[analyte], "gram / mole")
        return float(f"{(quantity / canonical).to('').magnitude:.12g}")
    except pint.PintError:
        return None


def _quantity(analyte: str, text: str) -> "pint.Quantity[float] | None":
    """The unit as pint reads it. A pure number is none, save for what is a share of the whole."""
    is_share = CANONICAL_UNITS[analyte] == "percent"
    spelled = WHOLE.get(text) if text != "G/L" or analyte == "platelets" else "g/L"
    spelled = spelled or _spelled(text)
    if not PLAIN.fullmatch(spelled) or (spelled == "1" and not is_share):
        return None
    try:
        parsed: pint.Quantity[float] = _registry().Quantity(1.0) * _registry().parse_expression(spelled)
    except pint.PintError:
        return None
    return parsed


def _spelled(text: str) -> str:
    for found, mended in SPELLINGS:
        text = found.sub(mended, text)
    text = text.removeprefix("x")
    text = f"1{text}" if text.startswith("/") else text
    text = re.sub(r"^G/(?=dL|L)", "g/", text)
    text = re.sub(r"^(MG|NG|UG|MMOL|UMOL|NMOL)(?=/)", lambda unit: unit[0].lower(), text)
    return WHOLE.get(text, text)


@cache
def _registry() -> pint.UnitRegistry[float]:
    return pint.UnitRegistry(cache_folder=None)
