"""Small made-up OMOP folders: what becomes of each kind of row, good and bad."""

from datetime import date

import pandas as pd
import pytest

from hemoflow.connectors import omop
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.domain.errors import InputError

NAMES = Pseudonymiser(b"a key for tests only")
DAY = "2024-05-02"
FILES = {
    "CONCEPT": [
        "concept_id,concept_name,domain_id,vocabulary_id,concept_code",
        "101,Hemoglobin,Measurement,LOINC,718-7",
        "102,ABO and Rh group,Measurement,LOINC,882-1",
        "103,A positive,Meas Value,SNOMED,278149003",
        "104,Transfusion of red blood cells,Procedure,SNOMED,116863004",
        "105,Colonoscopy,Procedure,SNOMED,73761001",
        "106,warfarin 5 MG Oral Tablet,Drug,RxNorm,855332",
        "107,Myelodysplasia,Condition,ICD10CM,D46.9",
        "108,gram per deciliter,Unit,UCUM,g/dL",
        "109,gram per liter,Unit,UCUM,g/L",
        "110,718-7 of another system,Measurement,Local,718-7",
    ],
    "PERSON": ["person_id,gender_concept_id,year_of_birth", "1,8532,1950"],
    "VISIT_OCCURRENCE": [
        "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_start_datetime,visit_end_date,visit_end_datetime",
        f"11,1,9201,{DAY},{DAY} 06:00:00,2024-05-09,2024-05-09 12:00:00",
    ],
    "MEASUREMENT": [
        """measurement_id,person_id,visit_occurrence_id,measurement_concept_id,measurement_date,measurement_datetime,\
operator_concept_id,value_as_number,value_as_concept_id,unit_concept_id,unit_source_value,value_source_value"""
    ],
    "CONDITION_OCCURRENCE": [
        "condition_occurrence_id,person_id,visit_occurrence_id,condition_concept_id,condition_start_date,condition_start_datetime"
    ],
    "PROCEDURE_OCCURRENCE": [
        "procedure_occurrence_id,person_id,visit_occurrence_id,procedure_concept_id,procedure_date,procedure_datetime,quantity"
    ],
    "DRUG_EXPOSURE": [
        """drug_exposure_id,person_id,visit_occurrence_id,drug_concept_id,drug_exposure_start_date,\
drug_exposure_start_datetime,drug_exposure_end_date,drug_exposure_end_datetime"""
    ],
    "CDM_SOURCE": ["cdm_source_name,cdm_release_date", "test,2024-06-30"],
}


def load(folder, *, names=str, **more):
    """The folder with one person and one visit, and ``more`` lines by table."""
    for stem, lines in FILES.items():
        text = "\n".join(lines + more.get(stem, [])) + "\n"
        (folder / f"{names(stem)}.csv").write_text(text, encoding="utf-8")
    return omop.load(folder, NAMES)


def lab(number, value="7.5", *, who="1,11", concept="101", time=f"{DAY},{DAY} 08:00:00", operator="0", unit="108,g/dL"):
    return f"{number},{who},{concept},{time},{operator},{value},0,{unit},"


def faults(loaded, table_name):
    rows = loaded.quarantine[loaded.quarantine["table_name"] == table_name]
    return [
        (int(line), f"{field}: {reason}") for line, field, reason in rows[["row_number", "field", "reason"]].to_numpy()
    ]


def at(text):
    return pd.Timestamp(text, tz="UTC")


@pytest.mark.parametrize("names", [str, str.lower])
def test_a_measurement_becomes_a_row_in_the_canonical_unit(tmp_path, names):
    loaded = load(
        tmp_path,
        names=names,
        MEASUREMENT=[
            lab(1),
            lab(2, 76, unit="109,"),
            lab(3, 77, unit="0,g/L"),
            lab(4, 7.8, unit=",g/dL", who="1.0,11.0", concept="101.0"),
            lab(5, 7.9, time=f"{DAY},"),
            lab(6, 8.0, concept="110"),
        ],
    )
    labs = loaded.frames["labs"].sort_values("value")
    assert labs["value"].tolist() == [7.5, 7.6, 7.7, 7.8, 7.9]
    assert labs["available_at"].tolist() == [at(f"{DAY} 08:00")] * 4 + [at("2024-05-03")]
    assert labs["patient_id"].nunique() == labs["encounter_id"].nunique() == 1
    assert len(loaded.quarantine) == 0


def test_each_fault_of_a_measurement_is_named_and_the_good_rows_stay(tmp_path):
    loaded = load(
        tmp_path,
        MEASUREMENT=[
            lab(1),
            lab(2, 1e9),
            lab(3, -7.5),
            lab(4, 75),
            lab(5, unit="0,furlongs"),
            lab(6, unit="999,g/dL"),
            lab(7, unit=","),
            lab(8, "NaN"),
            lab(9, ""),
            lab(10, operator="4171756"),
            lab(11, who="9,11"),
            lab("NaN"),
            lab(13, who="NaN,11"),
            lab(14, time="2024-05-33,"),
            lab(15, time="2024-07-01,2024-07-01 08:00:00"),
            lab(16, who="F,11"),
            "17,1,11",
            lab(18, time='"2024-05-02,'),
            lab(1),
            lab(20, 7.0),
            lab(20, 7.1),
            lab(DAY, time="22,22"),
        ],
    )
    assert len(loaded.frames["labs"]) == 1
    out_of_range, unit = "haemoglobin must be 1 to 30 g/dL", "unit of haemoglobin must be g/dL, g/L, mmol/L"
    twice = "measurement_id: same key as another row, other content"
    assert faults(loaded, "labs") == [
        (3, f"value_as_number: {out_of_range}"),
        (4, f"value_as_number: {out_of_range}"),
        (5, f"value_as_number: {out_of_range}"),
        (6, f"unit_source_value: {unit}"),
        (7, "unit_concept_id: not a unit of the delivered vocabulary"),
        (8, f"unit_source_value: {unit}"),
        (9, "value_as_number: not a number"),
        (10, "value_as_number: missing"),
        (11, "operator_concept_id: must be one of 0, 4172703"),
        (12, "person_id: the patient is not among the loaded patients"),
        (13, "measurement_id: missing"),
        (14, "person_id: missing"),
        (15, "measurement_datetime: not a date and time"),
        (16, "measurement_datetime: lies after 2024-06-30, the last day of this source"),
        (17, "person_id: not a whole number"),
        (17, "person_id: the patient is not among the loaded patients"),
        (18, "line: 3 fields instead of 12"),
        (19, "line: a quotation mark is not closed"),
        (21, twice),
        (22, twice),
        (23, "measurement_datetime: not a date and time"),
        (23, "measurement_id: not a whole number"),
    ]
    report = loaded.report.set_index("table_name").loc["labs"]
    assert report.drop("source").tolist() == [22, 1, 20, 1]


def test_persons_and_visits(tmp_path):
    loaded = load(
        tmp_path,
        PERSON=["2,8521,1960", "3,1961,8507", "4,8507,", "NaN,8507,1970", "6,8507,2031"],
        VISIT_OCCURRENCE=[
            f"12,2,9203,{DAY},,,",
            f"13,2,9202,{DAY},{DAY} 07:00:00,{DAY},{DAY} 06:00:00",
            f"14,2,581477,{DAY},{DAY} 07:00:00,,",
            f"15,9,9202,{DAY},{DAY} 07:00:00,,",
        ],
    )
    patients = loaded.frames["patients"].sort_values("birth_year")
    assert patients.fillna({"sex": ""})[["birth_year", "sex", "programme"]].to_numpy().tolist() == [
        [1950, "F", "inpatient"],
        [1960, "", "background"],
    ]
    assert faults(loaded, "patients") == [
        (4, "gender_concept_id: must be one of 0, 8507, 8521, 8532, 8551, 8570"),
        (4, "year_of_birth: must be at most 2024"),
        (5, "year_of_birth: missing"),
        (6, "person_id: missing"),
        (7, "year_of_birth: must be at most 2024"),
    ]
    assert loaded.frames["encounters"].sort_values("care_setting")["available_at"].tolist() == [
        at("2024-05-03"),
        at(f"{DAY} 06:00"),
    ]
    assert faults(loaded, "encounters") == [
        (4, "visit_end_datetime: ends before it starts"),
        (5, "visit_concept_id: must be one of 262, 9201, 9202, 9203"),
        (6, "person_id: the patient is not among the loaded patients"),
    ]


def test_transfusions_procedures_conditions_and_drugs(tmp_path):
    when = f"{DAY},{DAY} 10:00:00"
    loaded = load(
        tmp_path,
        PROCEDURE_OCCURRENCE=[
            f"1,1,11,104,{when},2",
            f"2,1,11,104,{when},",
            f"3,1,11,104,{when},-1",
            f"4,1,11,104,{when},1.5",
            f"5,1,,104,{when},1",
            f"6,1,11,105,{when},1",
            f"7,1,11,0,{when},1",
        ],
        CONDITION_OCCURRENCE=[f"1,1,11,107,{when}", f"2,1,11,999,{when}"],
        DRUG_EXPOSURE=[f"1,1,11,106,{when},{when}", f"2,1,11,106,{when},2024-05-01,", f"3,1,11,999,{when},{when}"],
    )
    assert sorted(loaded.frames["transfusions"]["given_units"]) == [1, 2]
    assert set(loaded.frames["transfusions"]["setting"]) == {"inpatient"}
    assert faults(loaded, "transfusions") == [
        (4, "quantity: must be at least 0"),
        (5, "quantity: not a whole number"),
        (6, "visit_occurrence_id: no loaded stay tells where it was given"),
    ]
    assert len(loaded.frames["procedures"]) == 6
    assert faults(loaded, "procedures") == [(8, "procedure_concept_id: no concept of the delivered vocabulary")]
    assert loaded.frames["conditions"][["code_system", "code"]].to_numpy().tolist() == [["ICD-10-CM", "D46.9"]]
    assert faults(loaded, "conditions") == [(3, "condition_concept_id: no concept of the delivered vocabulary")]
    assert loaded.frames["drugs"]["name"].tolist() == ["warfarin 5 MG Oral Tablet"]
    assert faults(loaded, "drugs") == [(3, "drug_exposure_end_datetime: ends before it starts")]


def test_a_vocabulary_without_transfusions_gives_none(tmp_path, monkeypatch):
    concepts = [line for line in FILES["CONCEPT"] if not line.startswith("104")]
    monkeypatch.setitem(FILES, "CONCEPT", concepts)
    loaded = load(tmp_path, PROCEDURE_OCCURRENCE=[f"6,1,11,105,{DAY},{DAY} 10:00:00,1"])
    assert len(loaded.frames["transfusions"]) == 0
    assert len(loaded.frames["procedures"]) == 1


def test_a_recorded_group_is_read_and_confirmed_by_a_second_sample(tmp_path):
    group = "{number},1,11,102,{day},{day} 08:00:00,0,,{concept},0,,{written}"
    loaded = load(
        tmp_path,
        MEASUREMENT=[
            group.format(number=1, day=DAY, concept=103, written=""),
            group.format(number=2, day="2024-05-03", concept=0, written="A Pos"),
        ],
    )
    assert loaded.frames["patients"][["blood_group", "is_group_confirmed"]].to_numpy().tolist() == [["A+", True]]


def test_only_persons_and_the_vocabulary_are_required(tmp_path):
    for stem in ("CONCEPT", "PERSON"):
        (tmp_path / f"{stem}.csv").write_text("\n".join(FILES[stem]), encoding="utf-8")
    loaded = omop.load(tmp_path, NAMES, until=date(2024, 1, 1))
    assert loaded.report["read_rows"].sum() == len(loaded.frames["patients"]) == 1
    (tmp_path / "PERSON.csv").unlink()
    with pytest.raises(InputError, match=r"PERSON\.csv\.gz is not in the folder"):
        omop.load(tmp_path, NAMES)


def test_without_a_vocabulary_reviewed_concepts_are_known_and_others_keep_their_number(tmp_path):
    rows = [
        f"1,1,11,3000963,{DAY},{DAY} 08:00:00,0,81,,8636,,",
        f"2,1,11,3000963,{DAY},{DAY} 09:00:00,0,8.2,,99,g/dL,",
    ]
    told = {"MEASUREMENT": rows, "CONDITION_OCCURRENCE": [f"3,1,11,201826,{DAY},{DAY} 10:00:00"]}
    load(tmp_path, **told)
    (tmp_path / "CONCEPT.csv").unlink()
    loaded = omop.load(tmp_path, NAMES, until=date(2025, 1, 1))
    assert sorted(loaded.frames["labs"]["value"]) == [8.1, 8.2]
    assert loaded.frames["conditions"][["code_system", "code"]].to_numpy().tolist() == [["OMOP concept", "201826"]]
    assert any("No CONCEPT table" in note for note in loaded.notes)


def test_identifiers_never_show_even_in_the_wrong_column(tmp_path):
    uuid = "1007c05b-8d20-8fe6-6790-44622f8316df"
    loaded = load(
        tmp_path, PERSON=[f"2,{uuid},1960"], MEASUREMENT=[lab(uuid), lab(7, who=f"{uuid},11"), lab(8, unit=f"0,{uuid}")]
    )
    shown = loaded.quarantine["value"].dropna()
    assert len(shown) >= 4
    assert not shown.str.contains("1007c05b|8fe6", regex=True).any()
