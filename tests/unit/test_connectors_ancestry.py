"""Ancestry as records name it: words and codes become one of few groups, and what they do not say stays missing."""

import pandas as pd
import pytest

from hemoflow.connectors.ancestry import CDC, OMOP, of_codes, of_words
from hemoflow.connectors.fhir.people import PATIENT_FIELDS, US_CORE
from hemoflow.schemas.canonical import ANCESTRIES
from models.need.features import FEATURES


@pytest.mark.parametrize(
    ("words", "group"),
    [
        ("WHITE - BRAZILIAN", "white"), ("Caucasian", "white"), ("BLACK/AFRICAN AMERICAN", "black"),
        ("African American", "black"), ("HISPANIC/LATINO - PUERTO RICAN", "hispanic"), ("ASIAN - CHINESE", "asian"),
        ("AMERICAN INDIAN/ALASKA NATIVE", "native_american"), ("OTHER", "other"), ("Other/Unknown", None),
        ("NATIVE HAWAIIAN OR OTHER PACIFIC ISLANDER", "pacific_islander"), ("UNABLE TO OBTAIN", None),
        ("PATIENT DECLINED TO ANSWER", None), (None, None),
    ],
)  # fmt: skip
def test_words(words, group):
    (found,) = of_words(pd.Series([words], dtype="string"))
    assert (None if pd.isna(found) else found) == group


def test_codes_of_ethnicity_come_before_those_of_race():
    race = pd.Series(["8527", "8516", "0", None], dtype="string")
    ethnicity = pd.Series(["38003563", "38003564", "38003563", None], dtype="string")
    assert of_codes(race, ethnicity, OMOP).fillna("").tolist() == ["hispanic", "black", "hispanic", ""]
    assert set(CDC.values()) == set(OMOP.values()) == set(ANCESTRIES)


@pytest.mark.parametrize(
    ("codes", "race"),
    [(["2028-9"], "2028-9"), (["2028-9", "2106-3"], "2131-1"), ([], None)],
    ids=["one", "two", "none"],
)
def test_categories_of_us_core(codes, race):
    parts = [{"url": "ombCategory", "valueCoding": {"code": code}} for code in codes]
    patient = {"extension": [{"url": US_CORE + "race", "extension": [*parts, {"url": "text", "valueString": "x"}]}]}
    assert PATIENT_FIELDS["race"](patient) == race
    assert PATIENT_FIELDS["ethnicity"](patient) is None


def test_no_model_reads_it():
    assert not any("ancestry" in feature.name for feature in FEATURES)
