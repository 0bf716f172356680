"""Units and blood groups as they are written: each reading, and what is refused."""

import pandas as pd
import pytest

from hemoflow.connectors.blocks import TEXT
from hemoflow.connectors.conversions import CANONICAL_UNITS, EXAMPLES, in_canonical_unit
from hemoflow.connectors.group_results import read_group
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.reading import RawRows
from hemoflow.schemas.canonical import LAB_LIMITS

SAME = {  # one true value of each analyte in many spellings
    "haemoglobin": (
        8.057,
        {"g/dL": 8.057, "gm/dL": 8.057, "G/DL": 8.057, "g%": 8.057, "g/L": 80.57, "G/L": 80.57, "mmol/L": 5}
        | {"mg/dL": 8057, "g/dl ": 8.057, "g/d\u200bL": 8.057},
    ),
    "haemoglobin_blood_gas": (8.057, {"g/dL": 8.057, "mmol/L": 5}),
    "haematocrit": (30, {"%": 30, "L/L": 0.3, "1": 0.3}),
    "platelets": (
        250,
        {"10*9/L": 250, "10*3/uL": 250, "K/uL": 250, "10^9/L": 250, "10^3/uL": 250, "/uL": 250_000, "K/mcL": 250}
        | {"x10E3/uL": 250, "thou/mm3": 250, "G/L": 250, "10E9/L": 250},
    ),
    "inr": (1.1, {"{INR}": 1.1, "{ratio}": 1.1, "1": 1.1, "ratio": 1.1, "": 1.1}),
    "creatinine": (1.1312, {"mg/dL": 1.1312, "umol/L": 100, "\u00b5mol/L": 100, "mmol/L": 0.1}),
    "ferritin": (30, {"ng/mL": 30, "ug/L": 30, "mcg/L": 30}),
    "mcv": (90, {"fL": 90}),
    "reticulocytes": (2, {"%": 2}),
}


def converted(analyte, value, unit):
    frame = pd.DataFrame({"value": [str(value)], "unit": [unit or None]}, dtype=TEXT, index=[2])
    intake = Intake("test", "labs", RawRows("t.csv", frame))
    code = pd.Series([analyte], index=[2], dtype="string")
    result = in_canonical_unit(intake, code, intake.number("value"), intake.rows["unit"], ("value", "unit"))
    return result.iloc[0], intake.quarantine["field"].tolist()


def test_every_analyte_is_tested_here():
    assert set(SAME) == set(LAB_LIMITS) == set(CANONICAL_UNITS) == set(EXAMPLES)


@pytest.mark.parametrize(
    ("analyte", "unit", "value", "expected"),
    [(name, unit, value, true) for name, (true, units) in SAME.items() for unit, value in units.items()],
)
def test_one_value_in_every_unit_is_the_same(analyte, unit, value, expected):
    result, faults = converted(analyte, value, unit)
    assert result == pytest.approx(expected, abs=1e-6)
    assert faults == []


@pytest.mark.parametrize("analyte", SAME)
@pytest.mark.parametrize("unit", ["furlong", "kelvin", "g", "(((", "9**9**9", "a" * 100, "g/dL/h"])
def test_any_other_unit_is_a_fault(analyte, unit):
    assert converted(analyte, 10, unit)[1] == ["unit"]


@pytest.mark.parametrize(("analyte", "unit"), [("haemoglobin", ""), ("platelets", "g/L"), ("haematocrit", "g/dL")])
def test_a_unit_of_another_quantity_is_a_fault(analyte, unit):
    assert converted(analyte, 10, unit)[1] == ["unit"]


@pytest.mark.parametrize("analyte", SAME)
@pytest.mark.parametrize("value", [1e9, -1])
def test_a_value_that_cannot_be_true_is_a_fault(analyte, value):
    assert converted(analyte, value, next(iter(SAME[analyte][1])))[1] == ["value"]


@pytest.mark.parametrize(
    ("written", "group"),
    [
        ("A+", "A+"), ("AB Pos", "AB+"), ("o negative", "O-"), ("B RhD Positive", "B+"), ("Group O RhD Neg", "O-"),
        ("A", "A"), ("Negative", "-"), ("RhD pos", "+"), ("see report", None), ("", None), ("C+", None), ("A+B", None),
        (None, None), ("Rh", None), ("O Rh", "O"),
    ],
)  # fmt: skip
def test_a_group_as_it_is_written(written, group):
    assert read_group(written) == group
