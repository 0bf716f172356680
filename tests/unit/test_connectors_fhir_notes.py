"""Notes: DocumentReferences give their text, and one without text is named."""

import base64
import json

import pandas as pd
import pytest

from hemoflow.connectors import fhir
from hemoflow.connectors.pseudonyms import Pseudonymiser

NAMES = Pseudonymiser(b"a key for tests only")


def document(name, text="Tired, stools black.", kind="text/plain", **more):
    attachment = {"contentType": kind, "data": base64.b64encode(text.encode()).decode()}
    start = {"resourceType": "DocumentReference", "id": name, "status": "current", "type": {"text": "Progress note"}}
    context = {"encounter": [{"reference": "Encounter/E-1"}]}
    about = {"subject": {"reference": "Patient/P-1"}, "date": "2024-05-02T08:00:00Z", "context": context}
    return start | about | {"content": [{"attachment": attachment}]} | more


def load(folder, *documents):
    patient = {"resourceType": "Patient", "id": "P-1", "gender": "female", "birthDate": "1950"}
    (folder / "Patient.ndjson").write_text(json.dumps(patient) + "\n")
    (folder / "DocumentReference.ndjson").write_text("".join(json.dumps(entry) + "\n" for entry in documents))
    return fhir.load(folder, NAMES)


def test_a_note_arrives_with_its_text_and_time(tmp_path):
    loaded = load(tmp_path, document("D-1"), document("D-2", "<p>Chest <b>pain</b></p>", "text/html; charset=utf-8"))
    notes = loaded.frames["notes"].set_index("note_id")
    first = notes.loc[NAMES.pseudonym("note", "fhir-r4", "D-1")]
    assert first[["kind", "body"]].tolist() == ["Progress note", "Tired, stools black."]
    assert first["available_at"] == first["written_at"] == pd.Timestamp("2024-05-02 08:00", tz="UTC")
    assert first["encounter_id"] == NAMES.pseudonym("enc", "fhir-r4", "E-1")
    assert notes.loc[NAMES.pseudonym("note", "fhir-r4", "D-2"), "body"].split() == ["Chest", "pain"]


@pytest.mark.parametrize(
    "content",
    [[], None, [{"attachment": {"url": "Binary/1"}}], [{"attachment": {"contentType": "text/plain", "data": "%%"}}],
     [{"attachment": {"contentType": "application/pdf", "data": "YQ=="}}]],
)  # fmt: skip
def test_a_note_without_text_is_named_and_the_others_stay(tmp_path, content):
    loaded = load(tmp_path, document("D-1"), document("D-2", content=content))
    assert len(loaded.frames["notes"]) == 1
    assert loaded.quarantine[["row_number", "reason"]].to_numpy().tolist() == [[2, "no text that can be read"]]


def test_a_superseded_note_is_not_read(tmp_path):
    loaded = load(tmp_path, document("D-1"), document("D-2", status="superseded"))
    assert len(loaded.frames["notes"]) == 1
    assert loaded.quarantine.empty
