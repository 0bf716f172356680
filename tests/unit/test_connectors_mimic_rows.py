"""Small made-up MIMIC-IV folders: what becomes of each kind of row, good and bad."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from hemoflow.connectors import mimic
from hemoflow.connectors.drug_names import drug_class
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded
from hemoflow.domain.errors import InputError

PSEUDONYMISER = Pseudonymiser(b"a key for tests only")
FILES = {
    "hosp/patients": ["subject_id,gender,anchor_age,anchor_year", "90000001,F,60,2150"],
    "hosp/admissions": [
        "subject_id,hadm_id,admittime,dischtime",
        "90000001,80000001,2150-05-01 10:00:00,2150-05-09 12:00:00",
    ],
    "hosp/labevents": ["subject_id,hadm_id,labevent_id,itemid,charttime,storetime,valuenum,valueuom"],
    "hosp/poe": ["subject_id,hadm_id,poe_id,ordertime,transaction_type,discontinue_of_poe_id,order_subtype"],
    "hosp/prescriptions": ["subject_id,hadm_id,pharmacy_id,drug_type,drug,starttime,stoptime"],
    "hosp/diagnoses_icd": ["subject_id,hadm_id,seq_num,icd_code,icd_version"],
    "hosp/procedures_icd": ["subject_id,hadm_id,seq_num,chartdate,icd_code,icd_version"],
    "hosp/omr": ["subject_id,chartdate,result_name,result_value"],
    "icu/inputevents": [
        "subject_id,hadm_id,orderid,linkorderid,itemid,starttime,endtime,storetime,amount,amountuom,statusdescription,patientweight"
    ],
}
WHO = "90000001,80000001"
DAY = "2150-05-02"


def load(folder: Path, *, window: tuple[date, date] | None = None, **more: list[str]) -> Loaded:
    """Write the small folder with ``more`` lines (file stem without folder to lines) and load it."""
    for stem, lines in FILES.items():
        path = folder / f"{stem}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines + more.get(path.stem, [])) + "\n", encoding="utf-8")
    return mimic.load(folder, PSEUDONYMISER, window=window, seed=1)


def faults(loaded: Loaded, table_name: str) -> list[tuple[int, str]]:
    rows = loaded.quarantine[loaded.quarantine["table_name"] == table_name]
    return [
        (int(line), f"{field}: {reason}") for line, field, reason in rows[["row_number", "field", "reason"]].to_numpy()
    ]


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


def test_a_change_replaces_and_a_discontinuation_withdraws(tmp_path):
    subtype = "Red Cell Product Order"
    loaded = load(
        tmp_path,
        poe=[
            f"{WHO},90000001-1,{DAY} 08:00:00,New,,{subtype}",
            f"{WHO},90000001-2,{DAY} 09:00:00,Change,90000001-1,{subtype}",
            f"{WHO},90000001-3,{DAY} 10:00:00,D/C,90000001-2,{subtype}",
            f"{WHO},90000001-4,{DAY} 11:00:00,New,,{subtype}",
            f"{WHO},90000001-5,{DAY} 11:00:00,D/C,90000001-77,{subtype}",
            f"{WHO},90000001-6,{DAY} 11:00:00,New,,Platelet Product Order",
        ],
    )
    requests = loaded.frames["requests"].sort_values("requested_at")
    assert requests["requested_at"].tolist() == [at(f"{DAY} {hour}:00") for hour in ("08:00", "09:00", "11:00")]
    assert requests["cancelled_at"].tolist()[:2] == [at(f"{DAY} 09:00"), at(f"{DAY} 10:00")]
    assert requests["cancelled_at"].isna().tolist() == [False, False, True]
    assert (requests["available_at"] == requests["requested_at"]).all()
    assert requests["is_units_assumed"].all()
    assert requests["is_urgency_synthetic"].all()
    assert not requests["is_synthetic"].any()
    assert faults(loaded, "requests") == [
        (6, "discontinue_of_poe_id: withdraws a request that is not among the loaded requests")
    ]


def test_stretches_of_one_infusion_are_one_transfusion_and_volume_gives_units(tmp_path):
    def row(item, link, times, amount, *, unit="ml", status="FinishedRunning"):
        times = ",".join(f"{DAY} {time}:00" for time in times.split())
        return f"{WHO},{item},{link},225168,{times},{amount},{unit},{status},70"

    loaded = load(
        tmp_path,
        inputevents=[
            row(1, 1, "08:00 08:10 09:30", 25, status="ChangeDose/Rate"),
            row(2, 1, "08:10 09:00 08:15", 325),
            row(3, 3, "10:00 11:00 10:05", 525),
            row(4, 4, "12:00 13:00 12:05", 40),
            row(5, 5, "12:00 13:00 12:05", 350, status="Rewritten"),
            row(6, 6, "12:00 13:00 12:05", 2, unit="L"),
            row(7, 7, "12:00 11:00 12:05", 350),
            row(8, 8, "12:00 13:00 12:05", -1),
        ],
    )
    given = loaded.frames["transfusions"].sort_values("started_at")
    assert given["volume_ml"].tolist() == [350, 525, 40]
    assert given["given_units"].tolist() == [1, 2, 1]
    assert given["started_at"].tolist() == [at(f"{DAY} {hour}") for hour in ("08:00", "10:00", "12:00")]
    assert given["available_at"].tolist() == [at(f"{DAY} {hour}") for hour in ("09:30", "11:00", "13:00")]
    assert faults(loaded, "transfusions") == [
        (7, "amountuom: must be one of ml"),
        (8, "endtime: ends before it starts"),
        (9, "amount: must be at least 0"),
    ]
    report = loaded.report.set_index("table_name").loc["transfusions"]
    assert report[["read_rows", "loaded_rows", "quarantined_rows"]].tolist() == [7, 4, 3]
    assert loaded.frames["patients"]["weight_kg"].tolist() == [70]


def test_labs_are_known_when_stored_and_bad_ones_are_named(tmp_path):
    loaded = load(
        tmp_path,
        labevents=[
            f"{WHO},1,51222,{DAY} 08:00:00,{DAY} 09:00:00,7.5,g/dL",
            f"90000001,,2,51237,{DAY} 08:00:00,{DAY} 07:00:00,1.1,",
            f"{WHO},3,51222,{DAY} 08:00:00,{DAY} 09:00:00,75,g/L",
            f"{WHO},4,51222,{DAY} 08:00:00,{DAY} 09:00:00,75,g/dL",
            f"{WHO},5,51222,{DAY} 08:00:00,,7.5,g/dL",
            f"{WHO},6,51222,{DAY} 08:00:00,{DAY} 09:00:00,,g/dL",
            f"{WHO},7,50868,{DAY} 08:00:00,{DAY} 09:00:00,12,mEq/L",
            f"90000009,,8,51222,{DAY} 08:00:00,{DAY} 09:00:00,7.5,g/dL",
            f"{WHO},1,51222,{DAY} 08:00:00,{DAY} 09:00:00,7.5,g/dL",
        ],
    )
    labs = loaded.frames["labs"].sort_values("code")
    assert labs[["code", "value", "unit"]].to_numpy().tolist() == [
        ["haemoglobin", 7.5, "g/dL"], ["haemoglobin", 7.5, "g/dL"], ["inr", 1.1, "ratio"],
    ]  # fmt: skip
    assert labs["available_at"].tolist() == [at(f"{DAY} 09:00"), at(f"{DAY} 09:00"), at(f"{DAY} 08:00")]
    assert labs["encounter_id"].isna().tolist() == [False, False, True]
    assert faults(loaded, "labs") == [
        (5, "valuenum: haemoglobin must be 1 to 30 g/dL"),
        (6, "storetime: missing"),
        (7, "valuenum: missing"),
        (9, "subject_id: the patient is not among the loaded patients"),
    ]
    report = loaded.report.set_index("table_name").loc["labs"]
    assert report.drop("source").tolist() == [8, 3, 4, 1]


def test_coded_records_are_known_from_discharge_on(tmp_path):
    loaded = load(
        tmp_path,
        diagnoses_icd=[f"{WHO},1,D50,10", f"{WHO},2,2800,9", f"{WHO},3,D51,11", "90000001,80000009,1,D50,10"],
        procedures_icd=[f"{WHO},1,2150-05-03,30233N1,10", f"{WHO},2,2150-05-33,9904,9"],
    )
    conditions, procedures = loaded.frames["conditions"], loaded.frames["procedures"]
    assert set(conditions["code_system"]) == {"ICD-10-CM", "ICD-9-CM"}
    assert set(conditions["available_at"]) == set(procedures["available_at"]) == {at("2150-05-09 12:00")}
    assert procedures["performed_on"].tolist() == [pd.Timestamp("2150-05-03")]
    assert faults(loaded, "conditions") == [
        (4, "icd_version: must be one of 10, 9"),
        (5, "hadm_id: the stay is not among the loaded stays"),
    ]
    assert faults(loaded, "procedures") == [(3, "chartdate: not a day as YYYY-MM-DD")]


def test_drugs_of_a_class_that_matters(tmp_path):
    loaded = load(
        tmp_path,
        prescriptions=[
            f"{WHO},1,MAIN,Heparin Sodium,{DAY} 08:00:00,{DAY} 20:00:00",
            f"{WHO},1,BASE,Iso-Osmotic Dextrose,{DAY} 08:00:00,{DAY} 20:00:00",
            f"{WHO},2,MAIN,Ferrous Sulfate,{DAY} 08:00:00,",
            f"{WHO},3,MAIN,Warfarin,{DAY} 08:00:00,{DAY} 07:00:00",
        ],
    )
    drugs = loaded.frames["drugs"].sort_values("name")
    assert drugs[["name", "drug_class"]].to_numpy().tolist() == [
        ["Ferrous Sulfate", "iron"],
        ["Heparin Sodium", "anticoagulant"],
    ]
    assert faults(loaded, "drugs") == [(5, "stoptime: stops before it starts, so it was never given")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Epoetin Alfa", "esa"),
        ("Aspirin EC", "antiplatelet"),
        ("venetoclax", "chemotherapy"),
        ("Ferric Gluconate", "iron"),
        ("Enoxaparin (Prophylaxis)", "anticoagulant"),
        ("Heparin Flush (10 units/ml)", None),
        ("Heparin Dwell (1000 Units/mL)", None),
        ("Ferric Subsulfate (Monsel's)", None),
        ("Environmental rinse", None),
        ("Spironolactone", None),
    ],
)
def test_drug_class_matches_whole_words(name, expected):
    assert drug_class(name) == expected


def test_bad_patients_and_stays_take_their_rows_with_them_and_outsiders_are_not_read(tmp_path):
    blood = f"Red Cell Product Order\n90000002,80000002,90000002-1,{DAY} 08:00:00,New,,Red Cell Product Order"
    loaded = load(
        tmp_path,
        patients=["90000002,?,50,2150", "90000003,M,50,2150", "90000004,M,50,2150"],
        admissions=[
            f"90000002,80000002,{DAY} 08:00:00,{DAY} 09:00:00",
            f"90000003,80000003,{DAY} 08:00:00,{DAY} 07:00:00",
        ],
        poe=[
            f"{WHO},90000001-1,{DAY} 08:00:00,New,,{blood}",
            f"90000004,,90000004-1,{DAY} 08:00:00,New,,Red Cell Product Order",
        ],
    )
    assert len(loaded.frames["patients"]) == len(loaded.frames["encounters"]) == len(loaded.frames["requests"]) == 1
    assert faults(loaded, "patients") == [
        (3, "gender: must be one of F, M"),
        (4, "subject_id: has no usable stay"),
    ]
    assert faults(loaded, "encounters") == [
        (3, "subject_id: the patient is not among the loaded patients"),
        (4, "dischtime: ends before it starts"),
    ]
    assert faults(loaded, "requests") == [(3, "subject_id: the patient is not among the loaded patients")]
    assert loaded.report.set_index("table_name")["read_rows"][["patients", "requests"]].tolist() == [3, 2]


def test_age_at_the_last_admission_survives_the_move(tmp_path):
    loaded = load(tmp_path, window=(date(2024, 10, 1), date(2024, 10, 31)))
    assert loaded.frames["patients"]["birth_year"].tolist() == [2024 - 60]
    assert date(2024, 10, 1) <= loaded.frames["encounters"]["started_at"][0].date() <= date(2024, 10, 31)


def test_a_year_of_birth_far_ahead_is_kept(tmp_path):
    loaded = load(tmp_path, patients=["90000002,F,20,2190"], admissions=["90000002,80000002,2190-05-01 10:00:00,"])
    assert 2170 in loaded.frames["patients"]["birth_year"].tolist()


def test_weight_is_the_last_known_before_the_last_stay(tmp_path):
    loaded = load(
        tmp_path,
        omr=[
            "90000001,2150-04-01,Weight (Lbs),150",
            "90000001,2150-04-20,Weight (Lbs),160",
            "90000001,2150-06-01,Weight (Lbs),200",
            "90000001,2150-04-25,Height (Inches),66",
            "90000001,2150-04-29,Weight (Lbs),heavy",
        ],
    )
    assert loaded.frames["patients"]["weight_kg"].round(2).tolist() == [72.57]
    assert "1 records of body weight could not be read and were passed over." in loaded.notes


@pytest.mark.parametrize("stem", ["hosp/poe", "icu/inputevents", "hosp/labevents"])
def test_a_folder_may_lack_any_table_but_patients_and_stays(tmp_path, stem):
    load(tmp_path)
    (tmp_path / f"{stem}.csv").unlink()
    assert len(mimic.load(tmp_path, PSEUDONYMISER, window=None, seed=1).frames["patients"]) == 1


@pytest.mark.parametrize("stem", ["hosp/patients", "hosp/admissions"])
def test_a_missing_file_is_named(tmp_path, stem):
    load(tmp_path)
    (tmp_path / f"{stem}.csv").unlink()
    with pytest.raises(InputError, match=rf"{stem}\.csv\.gz is not in the folder"):
        mimic.load(tmp_path, PSEUDONYMISER, window=None, seed=1)
