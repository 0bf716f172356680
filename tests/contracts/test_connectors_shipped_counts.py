"""The shipped FHIR and OMOP sets load completely: counted here once more, straight from the files."""

import gzip
import json

import pandas as pd
import pytest

from hemoflow.connectors import fhir, omop
from hemoflow.connectors.codes import CODES, Kind
from hemoflow.connectors.omop.vocabulary import KNOWN, Vocabulary
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.settings import REPOSITORY

FHIR, OMOP = REPOSITORY / "data" / "synthea-fhir-r4", REPOSITORY / "data" / "synthea-omop-5.4"
NAMES = Pseudonymiser(b"a key for tests only")


@pytest.fixture(scope="module")
def from_fhir():
    return fhir.load(FHIR, NAMES)


@pytest.fixture(scope="module")
def from_omop():
    return omop.load(OMOP, NAMES)


def resources(kind):
    with gzip.open(FHIR / f"{kind}.ndjson.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def table(name):
    return pd.read_csv(next(OMOP.glob(f"{name}.csv*")), dtype=str)


def sizes(loaded):
    return {name: len(frame) for name, frame in loaded.frames.items()}


def test_all_fhir_resources_arrive(from_fhir):
    assert len(from_fhir.quarantine) == 0
    assert from_fhir.report["duplicate_rows"].sum() == 0
    assert sizes(from_fhir) == {
        "patients": len(resources("Patient")),
        "encounters": len(resources("Encounter")),
        "conditions": len(resources("Condition")),
        "procedures": len(resources("Procedure")),
        "labs": 161,
        "drugs": 5,
        "transfusions": 0,
        "requests": 0,
    }
    assert sizes(from_fhir)["patients"] == 9


def test_all_haemoglobins_of_fhir_arrive_with_their_values(from_fhir):
    expected = sorted(
        float(entry["valueQuantity"]["value"])
        for entry in resources("Observation")
        if entry["code"]["coding"][0]["code"] == "718-7"
    )
    labs = from_fhir.frames["labs"]
    found = labs[labs["code"] == "haemoglobin"]
    assert len(expected) == len(found) == 28
    assert sorted(found["value"]) == pytest.approx(expected, abs=1e-6)
    assert set(found["unit"]) == {"g/dL"}
    assert labs.groupby("code").size().to_dict() == {
        "creatinine": 49, "haematocrit": 28, "haemoglobin": 28, "mcv": 28, "platelets": 28,
    }  # fmt: skip


def test_fhir_results_are_known_when_they_were_issued(from_fhir):
    issued = sorted(
        pd.Timestamp(entry["issued"])
        for entry in resources("Observation")
        if entry["code"]["coding"][0]["code"] == "718-7"
    )
    labs = from_fhir.frames["labs"]
    assert sorted(labs.loc[labs["code"] == "haemoglobin", "available_at"]) == issued


def test_fhir_settings_and_sexes_are_those_of_the_files(from_fhir):
    stays = from_fhir.frames["encounters"]["care_setting"].value_counts().to_dict()
    assert stays == {"OUTPATIENT": 205, "EMERGENCY": 10, "INPATIENT": 2}
    written = [entry["gender"] for entry in resources("Patient")]
    sexes = from_fhir.frames["patients"]["sex"].tolist()
    assert (sexes.count("M"), sexes.count("F")) == (written.count("male"), written.count("female"))
    years = sorted(int(entry["birthDate"][:4]) for entry in resources("Patient"))
    assert sorted(from_fhir.frames["patients"]["birth_year"]) == years
    assert from_fhir.frames["patients"]["ancestry"].value_counts().to_dict() == {"white": 8, "hispanic": 1}


def test_all_omop_rows_arrive(from_omop):
    assert len(from_omop.quarantine) == 0
    procedures, concepts = table("PROCEDURE_OCCURRENCE"), table("CONCEPT").set_index("concept_id")["concept_name"]
    given = procedures["procedure_concept_id"].map(concepts).str.contains("transfusion", case=False)
    assert sizes(from_omop) == {
        "patients": len(table("PERSON")),
        "encounters": len(table("VISIT_OCCURRENCE")),
        "conditions": len(table("CONDITION_OCCURRENCE")),
        "procedures": len(procedures),
        "transfusions": given.sum(),
        "labs": 683,
        "drugs": 25,
    }
    assert sizes(from_omop)["patients"] == 28
    told = {"white": 17, "hispanic": 6, "black": 1, "asian": 1}
    assert from_omop.frames["patients"]["ancestry"].value_counts().to_dict() == told
    assert from_omop.notes == ("3 deaths are recorded; the canonical tables have no place for them.",)


def test_all_haemoglobins_of_omop_arrive_with_their_values(from_omop):
    rows = table("MEASUREMENT")
    expected = sorted(rows.loc[rows["measurement_source_value"] == "718-7", "value_as_number"].astype(float))
    labs = from_omop.frames["labs"]
    found = labs[labs["code"] == "haemoglobin"]
    assert len(expected) == len(found) == 108
    assert sorted(found["value"]) == expected
    assert labs.groupby("code").size().to_dict() == {
        "creatinine": 241, "ferritin": 12, "haematocrit": 108, "haemoglobin": 108, "mcv": 107, "platelets": 107,
    }  # fmt: skip


def test_a_day_without_a_time_is_known_from_the_next_midnight(from_omop):
    labs = from_omop.frames["labs"]
    assert (labs["taken_at"] == labs["taken_at"].dt.normalize()).all()
    assert (labs["available_at"] - labs["taken_at"] == pd.Timedelta(days=1)).all()


def test_omop_settings_are_those_of_the_visits(from_omop):
    written = table("VISIT_OCCURRENCE")["visit_concept_id"].value_counts().to_dict()
    settings = from_omop.frames["encounters"]["care_setting"].value_counts().to_dict()
    assert settings == {"OUTPATIENT": written["9202"], "EMERGENCY": written["9203"], "INPATIENT": written["9201"]}


def test_reviewed_codes_mean_in_the_shipped_vocabulary_what_the_table_says():
    names = table("CONCEPT").set_index(["vocabulary_id", "concept_code"])["concept_name"]
    spelled = {
        "haemoglobin": "Hemoglobin",
        "haematocrit": "Hematocrit",
        "inr": "INR",
        "mcv": "MCV",
        "red_cells": "cells",
    }
    system = {"LOINC": "LOINC", "SNOMED CT": "SNOMED"}
    claimed = [code for code in CODES if "vocab" in code.source]
    assert len(claimed) == 13
    for code in claimed:
        assert spelled.get(code.means, code.means).lower() in names[system[code.system], code.code].lower(), code


def test_concepts_known_without_a_vocabulary_are_those_of_the_shipped_one():
    shipped = table("CONCEPT").set_index("concept_id")
    for concept, name, system, code in KNOWN:
        assert shipped.loc[concept, ["vocabulary_id", "concept_code"]].tolist() == [system, code]
        assert system == "UCUM" or name.lower() in shipped.loc[concept, "concept_name"].lower()


def test_concepts_of_the_shipped_vocabulary_are_found_by_code():
    vocabulary = Vocabulary(OMOP)
    assert vocabulary.meaning(Kind.LAB)["3000963"] == "haemoglobin"
    assert vocabulary.meaning(Kind.TRANSFUSION) == {"4028665": "plasma", "4108705": "red_cells"}
    assert vocabulary.units["8713"] == "g/dL"
    assert len({(code.system, code.code) for code in CODES}) == len(CODES)
