"""Names beside pseudonyms: only where the vault is on, only for those who look after patients, and on record."""

import re

import httpx
import pytest

from hemoflow.store import Identity, Role, VaultKeys
from tests.browser.cockpit_sample import NAMES, PASSWORD, cockpit

SECRET = "a key of the vault for tests only and quite long"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HEMOFLOW_VAULT_KEY", SECRET)
        with cockpit(tmp_path_factory.mktemp("home"), days=1) as (url, store):
            run_id = store.runs()[0].run_id
            names = {
                *store.result(run_id, "worklist")["patient_id"],
                *store.result(run_id, "allocations")["patient_id"],
            }
            store.save_identities(VaultKeys(SECRET), {name: Identity("Kanarienvogel", "CANARY4711") for name in names})
            yield url, store


def opened(url, role):
    client = httpx.Client(base_url=url, follow_redirects=True, timeout=60)
    token = re.search(r'name="token" value="([^"]+)"', client.get("/sign-in").text).group(1)
    client.post("/sign-in", data={"name": NAMES[role], "password": PASSWORD, "token": token})
    return client


@pytest.mark.parametrize(("role", "page"), [(Role.CLINIC, "/worklist"), (Role.LABORATORY, "/picks")])
def test_clinic_and_laboratory_see_the_name_and_it_is_noted(served, role, page):
    url, store = served
    client = opened(url, role)
    assert "Kanarienvogel CANARY4711" in client.get(page).text
    told = [entry for entry in store.ledger() if entry.by_name == NAMES[role] and "names" in entry.detail]
    assert told[-1].detail["page"] == page
    assert told[-1].detail["names"] > 0
    table = "worklist" if page == "/worklist" else "allocations"
    assert "Kanarienvogel" not in client.get(f"/export/{table}.csv").text, "an export never names anybody"


@pytest.mark.parametrize("role", [Role.PLANNER, Role.ENGINEER, Role.EVALUATOR])
def test_nobody_else_does(served, role):
    url, store = served
    client = opened(url, role)
    assert all("Kanarienvogel" not in client.get(page).text for page in ("/worklist", "/picks", "/", "/data"))
    assert not [entry for entry in store.ledger() if entry.by_name == NAMES[role] and "names" in entry.detail]
