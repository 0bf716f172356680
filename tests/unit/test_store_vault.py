"""The identity vault: off by default, encrypted, bound to its patient, rotated, forgotten with the patient."""

import json

import pytest
from sqlalchemy import select, update

from hemoflow.connectors.identities import identities
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.domain.errors import StateError, UsageError
from hemoflow.settings import Settings
from hemoflow.store import Identity, VaultKeys
from hemoflow.store.privacy_tables import VAULT

pytest_plugins = ["tests.conftest_store"]
OLD, NEW = "an old key of the vault for tests only", "a new key of the vault for tests only"
ANA = Identity("Šimić Anastazija", "MRN-4711-A")
PSEUDONYMISER = Pseudonymiser(b"a key for tests only")


@pytest.fixture
def filled(store):
    store.save_identities(VaultKeys(OLD), {"p_1": ANA, "p_2": Identity("Somebody Else", "2")})
    return store


def change(store, **values):
    with store._database.engine.begin() as connection:
        connection.execute(update(VAULT).where(VAULT.c.patient_id == "p_2").values(values))


def test_only_the_key_opens_it_and_the_table_tells_nothing(filled):
    assert filled.identities(VaultKeys(OLD), ["p_1", "p_9"]) == {"p_1": ANA}
    with filled._database.engine.connect() as connection:
        rows = str(connection.execute(select(VAULT)).all())
    assert "4711" not in rows
    assert "Anastazija" not in rows
    with pytest.raises(StateError, match="needs key"):
        filled.identities(VaultKeys(NEW), ["p_1"])


def test_an_entry_that_was_moved_or_changed_does_not_open(filled):
    with filled._database.engine.connect() as connection:
        sealed = connection.scalar(select(VAULT.c.sealed).where(VAULT.c.patient_id == "p_1"))
    change(filled, sealed=sealed)
    with pytest.raises(StateError, match="was changed"):
        filled.identities(VaultKeys(OLD), ["p_2"])


def test_a_key_is_rotated_and_the_old_one_no_longer_needed(filled):
    assert filled.rotate_vault(VaultKeys(f"{NEW},{OLD}"), by="Dr A") == 2
    assert filled.rotate_vault(VaultKeys(NEW), by="Dr A") == 0
    assert filled.identities(VaultKeys(NEW), ["p_1"]) == {"p_1": ANA}
    assert [entry.kind for entry in filled.ledger()] == ["vault", "vault"]


def test_a_forgotten_patient_leaves_the_vault(filled):
    filled.forget(["p_1"], [], by="Dr A", reason="asked")
    assert list(filled.identities(VaultKeys(OLD), ["p_1", "p_2"])) == ["p_2"]


def test_it_is_off_by_default_and_a_short_key_is_refused(monkeypatch):
    monkeypatch.delenv("HEMOFLOW_VAULT_KEY", raising=False)
    assert Settings().vault_key.get_secret_value() == ""
    for words in ("", "short", f"{NEW},short"):
        with pytest.raises(UsageError):
            VaultKeys(words)


def test_fhir_names_and_numbers_are_read_for_loaded_patients_only(tmp_path):
    number = {"type": {"coding": [{"code": "MR"}]}, "value": ANA.hospital_number}
    name = [{"use": "nickname", "text": "Anči"}, {"use": "official", "family": "Šimić", "given": ["Ana"]}]
    ana = {"resourceType": "Patient", "id": "a", "name": name, "identifier": [{"value": "x"}, number]}
    other = {"resourceType": "Patient", "id": "b", "name": [{"text": "Else"}], "identifier": "odd"}
    lines = [json.dumps(entry) for entry in (ana, other | {"identifier": []})]
    (tmp_path / "Patient.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    who = PSEUDONYMISER.pseudonym("p", "fhir-r4", "a")
    assert identities("fhir-r4", tmp_path, PSEUDONYMISER, [who]) == {who: ("Šimić Ana", "MRN-4711-A")}
    assert identities("mimic-iv", tmp_path, PSEUDONYMISER, [who]) == {}


def test_the_patients_sheet_beside_the_templates_is_for_the_vault_alone(tmp_path):
    (tmp_path / "patients.csv").write_text("patient_id,name\nMRN-4711-A,Šimić Ana\n", encoding="utf-8")
    who = PSEUDONYMISER.pseudonym("p", "templates", "MRN-4711-A")
    assert identities("templates", tmp_path, PSEUDONYMISER, [who]) == {who: ("Šimić Ana", "MRN-4711-A")}
