"""Small made-up FHIR folders: what becomes of each kind of resource, good and bad."""

import json
from datetime import date

import pandas as pd
import pytest

from hemoflow.connectors import fhir
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.domain.errors import InputError

NAMES = Pseudonymiser(b"a key for tests only")
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
DAY = "2024-05-02"


def coded(code, system=LOINC, **more):
    return {"coding": [{"system": system, "code": code, **more}]}


def patient(name="P-1", **more):
    return {"resourceType": "Patient", "id": name, "gender": "female", "birthDate": "1950-02-03"} | more


def stay(name="E-1", **more):
    period = {"start": f"{DAY}T06:00:00Z", "end": "2024-05-09T12:00:00+02:00"}
    start = {"resourceType": "Encounter", "id": name, "status": "finished", "class": {"code": "IMP"}}
    return start | {"subject": {"reference": "Patient/P-1"}, "period": period} | more


def record(kind, name, **more):
    who = {"subject": {"reference": "Patient/P-1"}, "encounter": {"reference": "Encounter/E-1"}}
    return {"resourceType": kind, "id": name} | who | more


def lab(name, value=7.5, unit="g/dL", **more):
    quantity = {"value": value, "unit": unit, "code": unit}
    when = {"effectiveDateTime": f"{DAY}T08:00:00Z", "issued": f"{DAY}T09:00:00Z"}
    start = {"status": "final", "code": coded("718-7"), "valueQuantity": quantity}
    return record("Observation", name, **start, **when) | more


def write(folder, kind, *lines):
    """Write resources, or lines as they are, into the file of their type."""
    data = b"".join(
        (line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode()) + b"\n" for line in lines
    )
    (folder / f"{kind}.ndjson").write_bytes(data)


def load(folder, until=None, **more):
    """The folder with one patient and one stay, and ``more`` lines by type."""
    for kind, lines in {"Patient": [patient()], "Encounter": [stay()], **more}.items():
        write(folder, kind, *lines)
    return fhir.load(folder, NAMES, until=until)


def faults(loaded, table_name):
    rows = loaded.quarantine[loaded.quarantine["table_name"] == table_name]
    return [
        (int(line), f"{field}: {reason}") for line, field, reason in rows[["row_number", "field", "reason"]].to_numpy()
    ]


def at(text):
    return pd.Timestamp(text, tz="UTC")


def test_a_result_becomes_a_row_in_the_canonical_unit(tmp_path):
    loaded = load(
        tmp_path,
        Observation=[
            lab("O-1"),
            lab("O-2", 75, "g/L"),
            lab("O-3", 5, "mmol/L", code=coded("59260-0")),
            lab("O-4", 0.3, "L/L", code=coded("20570-8")),
            lab("O-5", 88.4, "umol/L", code=coded("14682-9")),
            lab("O-6", 250, "10*9/L", code=coded("777-3")),
            lab("O-7", 1.1, "{INR}", code=coded("6301-6")),
            lab("O-8", 30, "ug/L", code=coded("2276-4")),
            lab("O-9", 5.5, "%", code=coded("4548-4")),
        ],
    )
    labs = loaded.frames["labs"].sort_values(["code", "value"])
    assert labs[["code", "value", "unit"]].to_numpy().tolist() == [
        ["creatinine", 0.999981, "mg/dL"],
        ["ferritin", 30.0, "ng/mL"],
        ["haematocrit", 30.0, "%"],
        ["haemoglobin", 7.5, "g/dL"],
        ["haemoglobin", 7.5, "g/dL"],
        ["haemoglobin", 8.057, "g/dL"],
        ["inr", 1.1, "ratio"],
        ["platelets", 250.0, "10^9/L"],
    ]
    assert set(labs["taken_at"]) == {at(f"{DAY} 08:00")}
    assert set(labs["available_at"]) == {at(f"{DAY} 09:00")}
    assert loaded.report.set_index("table_name").loc["labs", "read_rows"] == 8
    assert len(loaded.quarantine) == 0


def test_each_fault_of_a_result_is_named_and_the_good_rows_stay(tmp_path):
    good = lab("O-1")
    loaded = load(
        tmp_path,
        Observation=[
            good,
            lab("O-2", 1e9),
            lab("O-3", -7.5),
            lab("O-4", 7.5, "g"),
            lab("O-5", status="entered-in-error"),
            lab("O-6", valueQuantity={"value": 5, "code": "g/dL", "comparator": "<"}),
            lab("O-7", valueQuantity=None, dataAbsentReason=coded("unknown")),
            lab("O-8", subject={"reference": "Patient/P-9"}),
            lab("O-9", effectiveDateTime="2024-05-33"),
            lab("O-10", effectiveDateTime="2024"),
            lab("O-11", effectiveDateTime="2099-05-02"),
            lab("NaN"),
            lab("O-13", subject=None),
            b'{"resourceType": "Observation", "id": "O-14", "code": {"coding": [{"system": "http://loi',
            b'{"resourceType": "Observation", "id": "\xe9", "code": "718-7"}',
            json.dumps(lab("O-16", float("nan"))).encode(),
            patient("718-7"),
            b"[" * 100_000,
            b"",
            good,
            lab("O-21", code={"text": "Haemoglobin"}),
            lab("O-22", code=coded("718-7", "urn:local")),
            lab("O-23", effectiveDateTime="1024-05-02T08:00:00Z"),
        ],
    )
    assert len(loaded.frames["labs"]) == 1
    assert faults(loaded, "labs") == [
        (2, "valueQuantity.value: haemoglobin must be 1 to 30 g/dL"),
        (3, "valueQuantity.value: haemoglobin must be 1 to 30 g/dL"),
        (4, "valueQuantity.unit: unit of haemoglobin must be g/dL, g/L, mmol/L"),
        (5, "status: must be one of amended, corrected, final, preliminary"),
        (6, "valueQuantity.comparator: not an exact value"),
        (7, "valueQuantity.unit: unit of haemoglobin must be g/dL, g/L, mmol/L"),
        (7, "valueQuantity.value: missing"),
        (8, "subject_id: the patient is not among the loaded patients"),
        (9, "effective[x]: not a date and time"),
        (10, "effective[x]: not a date and time"),
        (11, "effective[x]: lies after it was issued"),
        (12, "id: missing"),
        (13, "subject_id: missing"),
        (14, "line: not a whole JSON object"),
        (15, "line: not UTF-8"),
        (16, "valueQuantity.value: not a number"),
        (17, "line: not a resource of type Observation"),
        (18, "line: not a whole JSON object"),
        (21, "code: no code says what was measured"),
        (23, "effective[x]: not a date and time"),
    ]
    report = loaded.report.set_index("table_name").loc["labs"]
    assert report.drop("source").tolist() == [21, 1, 19, 1]


def test_nothing_lies_after_the_last_day(tmp_path):
    later = {"effectiveDateTime": "2024-05-03T00:00:00Z", "issued": None}
    loaded = load(
        tmp_path,
        until=date(2024, 5, 2),
        Observation=[lab("O-1", issued=None), lab("O-2", **later)],
        Encounter=[stay(period={"start": f"{DAY}T06:00:00Z"})],
        Patient=[patient(), patient("P-2", birthDate="2030")],
    )
    reason = "lies after 2024-05-02, the last day of this source"
    assert faults(loaded, "labs") == [(2, f"effective[x]: {reason}")]
    assert faults(loaded, "patients") == [(2, "birthDate: must be 1850 to 2024")]
    assert len(loaded.frames["labs"]) == len(loaded.frames["patients"]) == 1


def test_a_result_is_known_when_issued_else_when_updated_else_when_taken_never_before(tmp_path):
    update = {"meta": {"lastUpdated": f"{DAY}T11:00:00Z"}}
    loaded = load(
        tmp_path,
        Observation=[
            lab("O-1", 7.1, **update),
            lab("O-2", 7.2, **update, issued=None),
            lab("O-3", 7.3, issued=None),
            lab("O-4", 7.4, issued=None, effectiveDateTime=DAY),
            lab("O-5", 7.5, issued=f"{DAY}T07:59:00Z"),
        ],
    )
    known = loaded.frames["labs"].sort_values("value")["available_at"].tolist()
    assert known == [at(f"{DAY} 09:00"), at(f"{DAY} 11:00"), at(f"{DAY} 08:00"), at("2024-05-03"), at(f"{DAY} 08:00")]


def test_zero_width_characters_are_nothing(tmp_path):
    name = "Hemoglobin [Mass/\u200bvolume]"
    loaded = load(
        tmp_path,
        Observation=[
            lab("O-1", code=coded("718-7\u200b", display=name)),
            lab(
                "O-2",
                unit="\ufeffg/dL",
                code={"coding": [{"code": "x"}, *coded("71\u200b8-7")["coding"]], "text": name},
            ),
        ],
        MedicationRequest=[
            record("MedicationRequest", "M-1", status="active", intent="order", authoredOn=DAY)
            | {"medicationCodeableConcept": {"text": "War\u200bfarin "}}
        ],
    )
    assert len(loaded.frames["labs"]) == 2
    assert loaded.frames["drugs"]["name"].tolist() == ["Warfarin"]


def test_patients_and_stays(tmp_path):
    loaded = load(
        tmp_path,
        Patient=[
            patient(),
            patient("P-2", gender="other", birthDate="1960"),
            patient("P-3", gender="2024-01-01", birthDate="male"),
            patient("P-4", gender=None, birthDate=None),
            patient("P-5"),
            patient("P-5", gender="male"),
        ],
        Encounter=[
            stay("E-1"),
            stay("E-2", **{"class": {"code": "EMER"}}, subject={"reference": "urn:uuid:P-2"}),
            stay(
                "E-3", **{"class": {"code": "AMB"}}, subject={"reference": "https://a.org/fhir/Patient/P-2/_history/3"}
            ),
            stay("E-4", status="planned"),
            stay("E-5", period={"start": "2024-05-02", "end": "2024-05-01"}),
            stay("E-6", **{"class": {"code": "?"}}),
            stay("E-7", subject={"reference": "Patient/P-3"}),
            stay("E-8", period={"end": "2024-05-01"}),
        ],
    )
    patients = loaded.frames["patients"].sort_values("birth_year")
    assert patients.fillna({"sex": ""})[["birth_year", "sex", "programme"]].to_numpy().tolist() == [
        [1950, "F", "inpatient"],
        [1960, "", "background"],
    ]
    assert faults(loaded, "patients") == [
        (3, "birthDate: not a date"),
        (3, "gender: must be one of female, male, other, unknown"),
        (4, "available_at: missing"),
        (5, "id: same key as another row, other content"),
        (6, "id: same key as another row, other content"),
    ]
    stays = loaded.frames["encounters"]
    assert sorted(stays["care_setting"]) == ["EMERGENCY", "INPATIENT", "OUTPATIENT"]
    assert set(stays["ended_at"]) == {at("2024-05-09 10:00")}
    assert [line for line, _ in faults(loaded, "encounters")] == [4, 5, 6, 7, 8]
    assert patients["available_at"].tolist() == [at(f"{DAY} 06:00")] * 2


def test_transfusions_are_procedures_with_a_reviewed_code_and_a_place(tmp_path):
    def given(name, code, **more):
        when = {"performedPeriod": {"start": f"{DAY}T10:00:00Z"}}
        return record("Procedure", name, status="completed", code=coded(code, SNOMED), **when) | more

    loaded = load(
        tmp_path,
        Encounter=[stay(), stay("E-2", **{"class": {"code": "AMB"}})],
        Procedure=[
            given("T-1", "116863004"),
            given("T-2", "12719002", encounter={"reference": "Encounter/E-2"}),
            given("T-3", "13569004", encounter=None),
            given("T-4", "71493000", status="not-done"),
            given("T-5", "73761001"),
        ],
    )
    rows = loaded.frames["transfusions"].sort_values("component")
    assert rows[["component", "given_units", "setting"]].to_numpy().tolist() == [
        ["platelets", 1, "clinic"],
        ["red_cells", 1, "inpatient"],
    ]
    assert faults(loaded, "transfusions") == [
        (3, "encounter_id: no loaded stay tells where it was given"),
        (4, "status: must be one of completed, in-progress, stopped"),
    ]
    assert len(loaded.frames["procedures"]) == 4


def test_requests_keep_what_is_written_and_mark_what_is_assumed(tmp_path):
    def ask(name, **more):
        start = {"status": "active", "intent": "order", "code": coded("116863004", SNOMED)}
        return record("ServiceRequest", name, **start, authoredOn=f"{DAY}T10:00:00Z") | more

    loaded = load(
        tmp_path,
        ServiceRequest=[
            ask("R-1", priority="routine", quantityQuantity={"value": 2}, reasonCode=[{"text": "anaemia"}]),
            ask("R-2", priority="stat", status="revoked", meta={"lastUpdated": f"{DAY}T12:00:00Z"}),
            ask("R-3"),
            ask("R-4", status="revoked"),
            ask("R-5", quantityQuantity={"value": 1.5}),
            ask("R-6", quantityQuantity={"value": -2}),
            ask("R-7", intent="plan"),
            ask("R-8", code=coded("73761001", SNOMED)),
            ask("R-9", priority="soon"),
        ],
    )
    rows = loaded.frames["requests"].sort_values("urgency")
    shown = ["urgency", "is_urgency_synthetic", "requested_units", "is_units_assumed"]
    assert rows[shown].to_numpy().tolist() == [[0, False, 1, True], [1, True, 1, True], [8, False, 2, False]]
    assert rows["cancelled_at"].iloc[0] == at(f"{DAY} 12:00")
    assert rows["cancelled_at"].notna().sum() == 1
    assert rows["indication"].iloc[2] == "anaemia"
    assert set(rows["available_at"]) == {at(f"{DAY} 10:00")}
    assert faults(loaded, "requests") == [
        (4, "meta.lastUpdated: missing: nobody knows when it was revoked"),
        (5, "quantityQuantity.value: not a whole number"),
        (6, "quantityQuantity.value: must be at least 1"),
        (9, "priority: must be one of asap, routine, stat, urgent"),
    ]


def test_conditions_and_drugs(tmp_path):
    def ill(name, **more):
        return (
            record("Condition", name, code=coded("D46.9", "http://hl7.org/fhir/sid/icd-10-cm"), recordedDate=DAY) | more
        )

    def drug(name, text, **more):
        start = {"status": "active", "intent": "order", "authoredOn": f"{DAY}T08:00:00Z"}
        return record("MedicationRequest", name, **start, medicationCodeableConcept={"text": text}) | more

    loaded = load(
        tmp_path,
        Condition=[
            ill("C-1"),
            ill("C-2", verificationStatus=coded("refuted", "x")),
            ill("C-3", code={"text": "tired"}),
            ill("C-4", code=coded("x", "urn:local")),
        ],
        MedicationRequest=[
            drug("M-1", "Warfarin 5 MG"),
            drug("M-2", "Warfarin 5 MG", status="entered-in-error"),
            drug("M-3", "Water"),
            drug("M-4", "Warfarin 5 MG", intent="proposal"),
        ],
    )
    assert loaded.frames["conditions"][["code_system", "code"]].to_numpy().tolist() == [["ICD-10-CM", "D46.9"]]
    assert [line for line, _ in faults(loaded, "conditions")] == [2, 3, 3, 4, 4]
    assert loaded.frames["drugs"]["drug_class"].tolist() == ["anticoagulant"]
    assert faults(loaded, "drugs") == [(2, "status: must be one of active, completed, on-hold, stopped")]


GROUP_TESTS = {
    "whole group": ([("882-1", "278149003", 1), ("882-1", "278149003", 2)], "A+", True),
    "two halves": ([("883-9", "58460004", 1), ("10331-7", "165746003", 1)], "O-", False),
    "written": ([("882-1", "AB Rh(D) Negative", 1)], "AB-", False),
    "one half": ([("883-9", "58460004", 1)], None, None),
    "contradiction": ([("882-1", "278149003", 1), ("882-1", "278147001", 2)], None, None),
    "unreadable": ([("882-1", "see report", 1)], None, None),
}


@pytest.mark.parametrize(("results", "group", "is_confirmed"), GROUP_TESTS.values(), ids=GROUP_TESTS)
def test_a_group_is_said_only_where_all_results_agree(tmp_path, results, group, is_confirmed):
    def test(name, code, answer, hour):
        said = {"valueCodeableConcept": coded(answer, SNOMED)} if answer.isdigit() else {"valueString": answer}
        when = {"effectiveDateTime": f"{DAY}T0{hour}:00:00Z"}
        return record("Observation", name, status="final", code=coded(code), **when) | said

    loaded = load(tmp_path, Observation=[test(f"G-{number}", *each) for number, each in enumerate(results)])
    row = loaded.frames["patients"].iloc[0]
    found = tuple(None if pd.isna(row[name]) else row[name] for name in ("blood_group", "is_group_confirmed"))
    assert found == (group, is_confirmed)
    assert bool(loaded.notes) == ("see report" in str(results) or ("278147001" in str(results)))


def test_identifiers_never_show_even_in_the_wrong_field(tmp_path):
    uuid, number = "1007c05b-8d20-8fe6-6790-44622f8316df", "999-21-1297"
    loaded = load(
        tmp_path,
        Observation=[lab("O-1", unit=uuid), lab("O-2", number), lab(uuid, subject={"reference": f"Patient/{uuid}"})],
    )
    shown = loaded.quarantine["value"].dropna().tolist()
    assert len(shown) == 3
    assert not any(secret[:8] in text for secret in (uuid, number) for text in shown)


def test_only_patients_are_required(tmp_path):
    write(tmp_path, "Patient", patient())
    loaded = fhir.load(tmp_path, NAMES)
    assert len(loaded.frames["patients"]) == 1
    assert loaded.frames["patients"]["available_at"].tolist() == [at("1950-01-01")]
    assert loaded.report["read_rows"].sum() == 1


def test_a_folder_without_patients_is_refused_in_words(tmp_path):
    with pytest.raises(InputError, match=r"Patient\.ndjson is not in the folder"):
        fhir.load(tmp_path, NAMES)


def test_parts_of_a_type_are_one_table_and_faults_name_their_part(tmp_path):
    whole = load(tmp_path, Observation=[lab("O-1"), lab("O-2", 9)])
    parts = tmp_path / "parts"
    parts.mkdir()
    write(parts, "Patient", patient())
    write(parts, "Encounter", stay())
    write(parts, "Observation.000", lab("O-1"))
    write(parts, "Observation.001", b"{", lab("O-2", 9))
    loaded = fhir.load(parts, NAMES)
    pd.testing.assert_frame_equal(loaded.frames["labs"], whole.frames["labs"])
    assert loaded.quarantine[["file", "row_number"]].to_numpy().tolist() == [["Observation.001.ndjson", 1]]


def test_pages_of_a_server_s_search_are_read_like_files(tmp_path):
    whole = load(tmp_path, Observation=[lab("O-1"), lab("O-2", 9)])
    folder = tmp_path / "pages"
    folder.mkdir()
    for number, entries in enumerate([[patient(), lab("O-1")], [stay(), lab("O-2", 9), lab("O-1"), lab("O-3", 1e9)]]):
        bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": entry} for entry in entries]}
        (folder / f"page-{number}.json").write_text(json.dumps(bundle))
    (folder / "page-9.json").write_text('{"resourceType": "Bundle", "entry": [')
    loaded = fhir.load(folder, NAMES)
    pd.testing.assert_frame_equal(loaded.frames["labs"], whole.frames["labs"])
    assert loaded.report.set_index("table_name").loc["labs"].tolist()[1:] == [4, 2, 1, 1], "O-1 stands on two pages"
    assert loaded.quarantine[["file", "row_number", "field"]].to_numpy().tolist() == [
        ["page-1.json", 4, "valueQuantity.value"],
        ["page-9.json", 1, "line"],
    ]
