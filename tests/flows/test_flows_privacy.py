"""Planted identifiers: every kind of source is loaded with them, and nothing that we keep or say holds one."""

import json
import re
import sqlite3
from pathlib import Path

import httpx
import pytest

from hemoflow.cockpit.beside import served
from hemoflow.cockpit.deeds import NO_DEEDS
from hemoflow.settings import Settings
from hemoflow.store import Role, open_store
from hemoflow.store.engine import Database
from hemoflow.store.forgetting import whole_words
from hemoflow.store.traces import traces
from tests.browser.cockpit_sample import CHEAP, PASSWORD

from .conftest import SERVER, run_cli

NUMBER, NAME, STREET, PHONE = "CANARY4711", "Kanarienvogel", "Amsterdamweg", "0123456789012"
CANARIES = [NUMBER, NAME, STREET, PHONE]
VAULT = {"HEMOFLOW_VAULT_KEY": "a key of the vault for tests only and quite long"}


def fhir(folder):
    person = {
        "resourceType": "Patient", "id": NUMBER, "gender": "female", "birthDate": "1950-01-01",
        "name": [{"family": NAME}], "telecom": [{"value": PHONE}], "address": [{"line": [STREET]}],
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": NUMBER}],
    }  # fmt: skip
    coded = {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}
    lab = {
        "resourceType": "Observation", "id": f"lab-{NUMBER}", "status": "final", "code": coded,
        "subject": {"reference": f"Patient/{NUMBER}", "display": NAME}, "effectiveDateTime": "2024-10-15T07:00:00Z",
        "valueQuantity": {"value": 8.1, "unit": "g/dL"}, "note": [{"text": f"call {NAME} {PHONE}"}],
    }  # fmt: skip
    wrong = lab | {"id": "3", "valueQuantity": {"value": 8.1, "unit": NAME}}
    stray = lab | {"id": "2", "effectiveDateTime": PHONE, "subject": {"reference": f"Patient/{NUMBER}-unknown"}}
    (folder / "Patient.ndjson").write_text(json.dumps(person) + "\n" + f'{{"id": "{NUMBER}", {NAME}\n')
    (folder / "Observation.ndjson").write_text("\n".join(map(json.dumps, (lab, stray, wrong))) + "\n")


def templates(folder):
    head = "request_id,patient_id,site_id,component,requested_units,requested_at,urgency\n"
    rows = [
        f"R-{NUMBER},{NUMBER},HOSP-1,red_cells,2,2024-10-15T07:10,1",
        f"R2,{NUMBER},HOSP-1,red_cells,{PHONE},x,1",
        f"R3,{NUMBER},HOSP-1,{NAME},2,{STREET},1",
    ]
    (folder / "requests.csv").write_text(head + "\n".join(rows) + "\n")
    (folder / "patients.csv").write_text(f"patient_id,name,{NAME}\n{NUMBER},{NAME},7\n")


def hl7(folder):
    segments = [
        "MSH|^~\\&|LIS|LAB|HEMO|HOSP|20241015070000||ORU^R01|1|P|2.5",
        f"PID|1||{NUMBER}^^^HOSP^MR||{NAME}^ANA||19500101|F|||{STREET}||{PHONE}",
        f"OBR|1||{NUMBER}-1|718-7^Hb^LN|||20241015070000",
        "OBX|1|NM|718-7^Hb^LN||8.1|g/dL|||||F|||20241015070000",
        f"OBX|2|NM|718-7^Hb^LN||{PHONE}|g/dL|||||F|||20241015070000",
        f"OBX|3|NM|718-7^Hb^LN||9.9|{NAME}|||||F|||20241015070000",
    ]
    (folder / f"{NAME} {NUMBER}.hl7").write_text("\r".join(segments) + "\r")


def laboratory(folder):
    lines = [f"{NAME} {PHONE},Lab,HN,Patient,Test,Result,Unit,Taken"]
    lines += [f"1,L-{NUMBER},{NUMBER},{NAME},Hb,8.1,g/dL,15/10/2567 06:40"]
    lines += [f"2,L2,{NUMBER},{NAME},Hb,{PHONE},{PHONE},{PHONE}", f"3,L3,{NUMBER},{NAME}"]
    lines += [f"4,L4,{NUMBER},,Hb,{NAME} 8.1,{STREET},{NAME} 2024", f"5,L5,{NUMBER},,{NAME},8.1,g/dL,15/10/2024"]
    (folder / "labs.csv").write_text("\n".join(lines) + "\n")
    columns = {
        "lab_id": "Lab",
        "patient_id": "HN",
        "code": "Test",
        "value": "Result",
        "unit": "Unit",
        "taken_at": "Taken",
    }
    named = [f'{name} = "{theirs}"' for name, theirs in columns.items()]
    (folder / "mapping.toml").write_text("\n".join(["[labs]", "[labs.columns]", *named]) + "\n")


def mimic(folder):
    (folder / "hosp").mkdir()
    stay, day = f"{NUMBER},{PHONE}", "2150-01-02"
    for name, lines in {
        "patients": [
            "subject_id,gender,anchor_age,anchor_year",
            f"{NUMBER},F,60,2150", f"{NAME},{PHONE},1,1", f"77,{NAME},60,2150",
        ],
        "admissions": [
            "subject_id,hadm_id,admittime,dischtime,insurance",
            f"{stay},{day} 06:00:00,{day} 20:00:00,{NAME}", f"{NUMBER},{PHONE}9,{PHONE},,{NAME}",
        ],
        "labevents": [
            "subject_id,hadm_id,labevent_id,itemid,charttime,storetime,valuenum,valueuom,comments",
            f"{stay},1,51222,{day} 08:00:00,{day} 09:00:00,8.1,g/dL,{NAME}",
            f"{stay},{NUMBER},51222,{PHONE},{day},{PHONE},,{STREET}",
            f"{stay},3,51222,{day} 08:00:00,{day} 09:00:00,8.1,{NAME},",
        ],
    }.items():  # fmt: skip
        (folder / "hosp" / f"{name}.csv").write_text("\n".join(lines) + "\n")


def eicu(folder):
    for name, lines in {
        "patient": [
            "patientunitstayid,patienthealthsystemstayid,uniquepid,gender,age,hospitaldischargeyear,ethnicity",
            f"{PHONE},{PHONE}1,{NUMBER},Female,70,2015,{NAME}",
            f"{PHONE}2,{PHONE}3,{NUMBER},{PHONE},{PHONE},2015,{STREET}",
        ],
        "lab": [
            f"labid,patientunitstayid,labresultoffset,labname,labresult,labmeasurenamesystem,{NAME}",
            f"{NUMBER},{PHONE},5,Hgb,8.1,g/dL,", f"2,{PHONE},{PHONE},Hgb,{PHONE},{PHONE},",
            f"3,{PHONE},5,Hgb,8.1,{NAME},",
        ],
    }.items():  # fmt: skip
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


MEASUREMENT = (
    "measurement_id,person_id,visit_occurrence_id,measurement_concept_id,measurement_date,measurement_datetime,"
    "operator_concept_id,value_as_number,unit_concept_id,unit_source_value"
)


def omop(folder):
    for name, lines in {
        "PERSON": [
            "person_id,gender_concept_id,year_of_birth,person_source_value",
            f"{PHONE},8532,1950,{NUMBER}", f"{NUMBER},8532,{PHONE},{NAME}",
        ],
        "CONCEPT": [
            "concept_id,concept_name,domain_id,vocabulary_id,concept_code",
            "3000963,Hemoglobin,Measurement,LOINC,718-7", "8713,gram per deciliter,Unit,UCUM,g/dL",
        ],
        "MEASUREMENT": [
            MEASUREMENT,
            f"1,{PHONE},,3000963,2024-10-15,,,8.1,8713,{NAME}", f"2,{PHONE},,3000963,{PHONE},,,{PHONE},,{PHONE}",
            f"3,{PHONE},,3000963,{NAME},,,{STREET},{NAME},{NAME}",
        ],
    }.items():  # fmt: skip
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def canonical(folder):
    known = "2024-10-15T08:00:00Z,canonical,false"
    for name, lines in {
        "patients": [
            "patient_id,programme,site_id,is_group_synthetic,available_at,source,is_synthetic",
            f"{NUMBER},chronic,S,false,{known}", f"{NUMBER}-2,{PHONE},S,false,{known}",
        ],
        "labs": [
            "lab_id,patient_id,code,value,unit,taken_at,available_at,source,is_synthetic",
            f"{NUMBER},{NUMBER},haemoglobin,8.1,g/dL,2024-10-15T07:00:00Z,{known}",
            f"2,{NUMBER},haemoglobin,{PHONE},g/dL,{PHONE},{known}",
            f"3,{NUMBER},{NAME},{STREET},{NAME},{NAME},{known}",
        ],
    }.items():  # fmt: skip
        (folder / name).mkdir()
        (folder / name / f"part-{NAME}-{NUMBER}.csv").write_text("\n".join(lines) + "\n")
    (folder / "labs" / f"part-{PHONE}.csv").write_text(f"{STREET}\n")


SOURCES = {
    "fhir-r4": fhir, "templates": templates, "hl7-v2": hl7, "laboratory": laboratory, "mimic-iv": mimic, "eicu": eicu,
    "omop-cdm": omop, "canonical": canonical,
}  # fmt: skip


def said_to_prefect():
    """Everything in Prefect's database: parameters, results, artifacts, logs, states."""
    prefect = sqlite3.connect(Path(SERVER["home"]) / "prefect.db")
    names = [row[0] for row in prefect.execute("select name from sqlite_master where type = 'table'")]
    return "\n".join(str(row) for name in names for row in prefect.execute(f"select * from {name}"))


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A home into which every kind of source was loaded, and a day that was run on it; what the commands said."""
    home = tmp_path_factory.mktemp("planted")
    entries = []
    for kind, write in SOURCES.items():
        folder = tmp_path_factory.mktemp(kind)
        write(folder)
        entries.append(f'[[source]]\nkind = "{kind}"\npath = "{folder}"\n')
    run_cli(home, "init")
    (home / "sources.toml").write_text("\n".join(entries))
    loaded = run_cli(home, "ingest", "--json", str(home / "out.json"), **VAULT)
    day = run_cli(home, "daily", "--as-of", "2024-10-16", check=False)
    return home, loaded.stdout + loaded.stderr, day.stdout + day.stderr


def test_every_source_was_loaded_and_had_faults(planted):
    home, _, day = planted
    with sqlite3.connect(home / "hemoflow.db") as rows:
        loaded = dict(rows.execute("select source, sum(loaded_rows) from ingest_report group by source").fetchall())
        faulty = {row[0] for row in rows.execute("select distinct source from quarantine")}
        kept = rows.execute("select count(*) from vault").fetchone()[0]
    assert set(loaded) == faulty == set(SOURCES)
    assert min(loaded.values()) >= 1, "a row of each arrived"
    assert kept == 2, "the vault, and it alone, knows who that is: FHIR and the templates tell names"
    assert "Traceback" not in day
    assert "2024-10-16" in day


def shown_of_data(home):
    """The page of sources, faults and columns, as an engineer sees it."""
    settings = Settings(home=home, cockpit_url="", database_url="")
    with open_store(settings.store_url, home) as store, served(settings, store, NO_DEEDS) as address:
        store.save_user("Engineer", Role.ENGINEER, CHEAP.hash(PASSWORD), by="the test")
        with httpx.Client(base_url=address, follow_redirects=True, timeout=60) as client:
            token = re.search(r'name="token" value="([^"]+)"', client.get("/sign-in").text)[1]
            client.post("/sign-in", data={"name": "Engineer", "password": PASSWORD, "token": token})
            return client.get("/data").text


def test_planted_identifiers_are_found_nowhere(planted):
    home, *said = planted
    database = Database(f"sqlite:///{(home / 'hemoflow.db').resolve()}", home)
    assert traces(database, CANARIES) == []
    pattern = whole_words(CANARIES)
    assert pattern.findall(" ".join(said)) == []
    assert pattern.findall(said_to_prefect()) == []
    page = shown_of_data(home)
    assert "part-xxxxxxxxxxxxx-xxxxxx4711~" in page
    assert pattern.findall(page) == []
