"""Planted identifiers: every kind of source is loaded with them, and nothing that we keep or say holds one."""

import json
import sqlite3
from pathlib import Path

import pytest

from hemoflow.store.forgetting import whole_words
from hemoflow.store.traces import traces

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
    stray = lab | {"id": "2", "effectiveDateTime": PHONE, "subject": {"reference": f"Patient/{NUMBER}-unknown"}}
    (folder / "Patient.ndjson").write_text(json.dumps(person) + "\n" + f'{{"id": "{NUMBER}", {NAME}\n')
    (folder / "Observation.ndjson").write_text("\n".join(map(json.dumps, (lab, stray))) + "\n")


def templates(folder):
    head = "request_id,patient_id,site_id,component,requested_units,requested_at,urgency\n"
    rows = [f"R-{NUMBER},{NUMBER},HOSP-1,red_cells,2,2024-10-15T07:10,1", f"R2,{NUMBER},HOSP-1,red_cells,{PHONE},x,1"]
    (folder / "requests.csv").write_text(head + "\n".join(rows) + "\n")
    (folder / "patients.csv").write_text(f"patient_id,name\n{NUMBER},{NAME}\n")


def hl7(folder):
    segments = [
        "MSH|^~\\&|LIS|LAB|HEMO|HOSP|20241015070000||ORU^R01|1|P|2.5",
        f"PID|1||{NUMBER}^^^HOSP^MR||{NAME}^ANA||19500101|F|||{STREET}||{PHONE}",
        f"OBR|1||{NUMBER}-1|718-7^Hb^LN|||20241015070000",
        "OBX|1|NM|718-7^Hb^LN||8.1|g/dL|||||F|||20241015070000",
        f"OBX|2|NM|718-7^Hb^LN||{PHONE}|g/dL|||||F|||20241015070000",
    ]
    (folder / "results.hl7").write_text("\r".join(segments) + "\r")


SOURCES = {"fhir-r4": fhir, "templates": templates, "hl7-v2": hl7}


def said_to_prefect():
    """Everything in Prefect's database: parameters, results, artifacts, logs, states."""
    prefect = sqlite3.connect(Path(SERVER["home"]) / "prefect.db")
    names = [row[0] for row in prefect.execute("select name from sqlite_master where type = 'table'")]
    return "\n".join(str(row) for name in names for row in prefect.execute(f"select * from {name}"))


@pytest.mark.parametrize("kind", SOURCES)
def test_planted_identifiers_are_found_nowhere(tmp_path, kind):
    from hemoflow.store.engine import Database

    folder, home = tmp_path / "source", tmp_path / "home"
    folder.mkdir()
    SOURCES[kind](folder)
    run_cli(home, "init")
    done = run_cli(home, "ingest", "--source", kind, "--path", str(folder), **VAULT)
    database = Database(f"sqlite:///{(home / 'hemoflow.db').resolve()}", home)
    with sqlite3.connect(home / "hemoflow.db") as rows:
        kept = rows.execute("select count(*) from vault").fetchone()[0]
    assert kept == (0 if kind == "hl7-v2" else 1), "the vault, and it alone, knows who that is"
    assert list((home / "lake" / "patients").glob("*.parquet")), "the patient was loaded"
    assert traces(database, CANARIES) == []
    pattern = whole_words(CANARIES)
    assert pattern.findall(done.stdout + done.stderr) == []
    assert pattern.findall(said_to_prefect()) == []
