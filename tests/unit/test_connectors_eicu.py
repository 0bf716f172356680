"""eICU: offsets become instants, names become ours, and every faulty row is named."""

import pandas as pd
import pytest

from hemoflow.connectors import eicu
from hemoflow.connectors.eicu.items import component_of, red_cell_volume, units_of
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.domain.errors import InputError
from tests.eicu_sample import FILES, LABS, PATIENT, write_eicu

NAMES = Pseudonymiser(b"a key for tests only")


def load(folder, **changes):
    return eicu.load(write_eicu(folder, {**FILES, **changes}), NAMES)


def stay(raw):
    return NAMES.pseudonym("enc", "eicu", raw)


def of_stay(frame, raw):
    return frame[frame["encounter_id"] == stay(raw)]


def reasons(loaded):
    return loaded.quarantine[["file", "row_number", "field", "reason"]].to_numpy().tolist()


def test_the_sample_loads_whole(tmp_path):
    loaded = load(tmp_path)
    assert reasons(loaded) == []
    assert {name: len(frame) for name, frame in loaded.frames.items()} == {
        "encounters": 4, "patients": 3, "labs": 6, "conditions": 4, "procedures": 4, "drugs": 2, "notes": 1,
        "transfusions": 3,
    }  # fmt: skip


def test_capitals_and_gzip_change_nothing(tmp_path):
    plain = load(tmp_path / "a")
    packed = eicu.load(write_eicu(tmp_path / "b", packed=frozenset(FILES)), NAMES)
    for name, frame in plain.frames.items():
        pd.testing.assert_frame_equal(frame, packed.frames[name])


def test_minutes_are_counted_from_the_admission_to_the_unit(tmp_path):
    loaded = load(tmp_path)
    stays, labs = loaded.frames["encounters"], loaded.frames["labs"]
    (first,) = of_stay(stays, "7001")["started_at"]
    (second,) = of_stay(stays, "7002")["started_at"]
    assert (first.year, first.hour, first.minute) == (2015, 23, 44)
    assert second - first == pd.Timedelta(minutes=2892), "two units of one hospital stay keep their distance"
    found = of_stay(labs, "7001").sort_values("taken_at")
    assert (found["taken_at"] - first).tolist() == [pd.Timedelta(minutes=-10), pd.Timedelta(minutes=300)]
    assert (found["available_at"] - first).tolist() == [pd.Timedelta(minutes=20), pd.Timedelta(minutes=320)]
    (ended,) = of_stay(stays, "7003")["ended_at"]
    assert ended - of_stay(stays, "7003")["started_at"].item() == pd.Timedelta(minutes=793)


def test_a_result_is_never_known_before_its_sample(tmp_path):
    labs = load(tmp_path).frames["labs"]
    assert (labs["available_at"] >= labs["taken_at"]).all()


def test_units_become_canonical(tmp_path):
    labs = of_stay(load(tmp_path).frames["labs"], "7003").set_index("code")
    assert labs.loc["haemoglobin", ["value", "unit"]].tolist() == [10.3, "g/dL"]
    assert labs.loc["platelets", "value"] == 210
    assert of_stay(load(tmp_path).frames["labs"], "7004").set_index("code").loc["creatinine", "value"] == pytest.approx(
        1, abs=1e-4
    )


def test_a_haemoglobin_without_a_unit_has_the_database_s_own(tmp_path):
    labs = load(
        tmp_path, **{"lab.csv": ["labid,patientunitstayid,labresultoffset,labname,labresult", "1,7001,5,Hgb,9"]}
    )
    assert labs.frames["labs"]["value"].tolist() == [9]


def test_treatments_are_transfusions_once_and_volumes_fill_the_gaps(tmp_path):
    loaded = load(tmp_path)
    given = loaded.frames["transfusions"]
    red = given[given["component"] == "red_cells"]
    assert of_stay(red, "7001")["given_units"].tolist() == [3], "more than 2 units, told twice at the same minute"
    assert of_stay(red, "7003")[["given_units", "volume_ml"]].to_numpy().tolist() == [[2, 700.0]]
    assert of_stay(given, "7003")["component"].tolist().count("plasma") == 1
    assert any("not counted twice" in note for note in loaded.notes)


@pytest.mark.parametrize(
    ("path", "component", "units"),
    [
        ("hematology|red blood cell disorders|blood product administration|packed red blood cells", "red_cells", 1),
        ("x|packed red blood cells|transfusion of 1-2 units prbc's", "red_cells", 1),
        ("x|packed red blood cells|transfusion of > 2 units prbc's", "red_cells", 3),
        ("x|blood product administration|platelet concentrate", "platelets", 1),
        ("x|blood product administration|fresh frozen plasma", "plasma", 1),
        ("hematology|red blood cell disorders|hemoglobin monitoring", None, 1),
    ],
)
def test_what_a_treatment_s_path_means(path, component, units):
    assert (component_of(path), units_of(path)) == (component, units)


def test_labels_of_the_fluid_balance():
    labels = ["pRBCs", "PRBC", "Volume-Transfuse red blood cells", "Volume (ml)-Transfuse - Leukoreduced Packed RBCs"]
    assert all(map(red_cell_volume, labels))
    assert not any(map(red_cell_volume, ["Urine", "Plasma", "Crystalloids"]))


def test_diagnoses_keep_their_system(tmp_path):
    found = load(tmp_path).frames["conditions"]
    assert sorted(zip(found["code_system"], found["code"], strict=True)) == [
        ("ICD-10-CM", "D68.9"),
        ("ICD-9-CM", "285.9"),
        ("eICU admission diagnosis", "admission diagnosis|Non-operative|Gastrointestinal|Bleeding upper"),
        ("eICU diagnosis", "cardiovascular|shock / hypotension|hypovolemic shock"),
    ]


def test_cancelled_orders_are_not_read_and_stop_zero_means_none(tmp_path):
    loaded = load(tmp_path)
    drugs = loaded.frames["drugs"].set_index("drug_class")
    assert set(drugs.index) == {"anticoagulant", "esa"}
    assert pd.isna(drugs.loc["esa", "ended_at"])
    assert loaded.report.set_index("table_name").loc["drugs", "read_rows"] == 2


def test_people_over_89_and_unknown_ages(tmp_path):
    loaded = load(tmp_path)
    people = loaded.frames["patients"].set_index("patient_id")
    old, unknown = (NAMES.pseudonym("p", "eicu", raw) for raw in ("902-1003", "902-1004"))
    assert people.loc[old, ["sex", "birth_year"]].tolist() == ["M", 2014 - 90]
    assert people.loc[unknown, ["sex", "birth_year", "weight_kg"]].isna().all()


def test_faulty_rows_are_named_and_the_others_stay(tmp_path):
    whole = load(tmp_path / "a").frames["labs"]
    bad = [
        "1,7777,5,3,Hgb,9,9,g/dL,,6", "2,7001,soon,3,Hgb,9,9,g/dL,,6", "3,7001,5,3,Hgb,1e9,9,g/dL,,6",
        "4,7001,5,3,Hgb,9,9,furlong,,6", "5,7001,99999999,3,Hgb,9,9,g/dL,,6", "6,7001,5,3,Hgb,,,g/dL,,6",
        LABS[0],
    ]  # fmt: skip
    loaded = load(tmp_path / "b", **{"lab.csv": [FILES["lab.csv"][0], *LABS, *bad]})
    pd.testing.assert_frame_equal(loaded.frames["labs"], whole)
    assert [(row, field) for _, row, field, _ in reasons(loaded)] == [
        (9, "patientunitstayid"), (10, "labresultoffset"), (11, "labresult"), (12, "labmeasurenamesystem"),
        (13, "labresultoffset"), (14, "labresult"),
    ]  # fmt: skip
    assert loaded.report.set_index("table_name").loc["labs"].tolist()[1:] == [13, 6, 6, 1]


def test_a_patient_with_a_fault_takes_the_stay_along_and_says_so(tmp_path):
    rows = [line.replace("> 89", "-3") for line in FILES["patient.csv"]]
    loaded = load(tmp_path, **{"patient.csv": rows})
    assert len(loaded.frames["patients"]) == 2
    assert ["patient.csv", 4, "age", "must be 0 to 130 or '> 89'"] in reasons(loaded)
    assert set(loaded.frames["labs"]["patient_id"]) <= set(loaded.frames["patients"]["patient_id"])


def test_few_columns_are_enough(tmp_path):
    (tmp_path / "patient.csv").write_text("patientunitstayid,gender\n1,Female\n")
    loaded = eicu.load(tmp_path, NAMES)
    assert len(loaded.frames["patients"]) == len(loaded.frames["encounters"]) == 1
    assert PATIENT.count(",") == 16


def test_without_patients_there_is_nothing(tmp_path):
    with pytest.raises(InputError, match="patient"):
        eicu.load(tmp_path, NAMES)
