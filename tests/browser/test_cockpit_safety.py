"""The cockpit's door and its decisions, without a browser: sessions, headers, approvals that may not go wrong."""

import re
import time
from datetime import timedelta

import httpx
import pytest

from hemoflow.cockpit import access
from hemoflow.cockpit.access import Door, hash_password
from hemoflow.cockpit.pages import papers
from hemoflow.cockpit.site import PAGES
from hemoflow.schemas.frames import conform
from hemoflow.schemas.published import FRESHNESS
from hemoflow.store import Role, RunStatus
from tests.browser.cockpit_sample import NAMES, PASSWORD, cockpit, key_of
from tests.browser.sample import AS_OF, make_freshness


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with cockpit(tmp_path_factory.mktemp("home"), days=1) as running:
        yield running


def opened(url, role, password=PASSWORD):
    client = httpx.Client(base_url=url, follow_redirects=True, timeout=60)
    data = {"name": NAMES[role], "password": password, "token": token_of(client.get("/sign-in"))}
    client.post("/sign-in", data=data)
    return client


def token_of(answer):
    return re.search(r'name="token" value="([^"]+)"', answer.text).group(1)


@pytest.mark.parametrize("path", ["/sign-in", "/today", "/no-such-page", "/static/cockpit.js", "/export/orders.csv"])
def test_every_answer_forbids_what_does_not_come_from_here(served, path):
    headers = opened(served[0], Role.PLANNER).get(path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy["script-src"], policy["style-src"], policy["form-action"]} == {"'self'"}
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_pages_travel_small_and_styles_are_fetched_once_until_they_change(served):
    client = opened(served[0], Role.CLINIC)
    answer = client.get("/worklist")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-store"
    lasting = re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.text)
    assert len(lasting) == 4
    assert {client.get(path).headers["cache-control"] for path in lasting} == {"max-age=31536000, immutable"}


def test_a_copied_cookie_opens_nothing_after_signing_out(served):
    client = opened(served[0], Role.CLINIC)
    copy = dict(client.cookies)
    client.post("/sign-out", data={"token": token_of(client.get("/today"))})
    answer = httpx.get(f"{served[0]}/worklist", cookies=copy, timeout=60)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/worklist")


def test_a_session_ends_with_the_working_day_and_with_a_new_password(served, monkeypatch):
    url, store = served
    client = opened(url, Role.EVALUATOR)
    assert client.get("/figures").url.path == "/figures"
    now = time.time()
    with monkeypatch.context() as patched:
        patched.setattr(access, "time", lambda: now + access.WORKING_DAY_S + 1)
        assert client.get("/figures").url.path == "/sign-in"
    client = opened(url, Role.EVALUATOR)
    store.save_user(NAMES[Role.EVALUATOR], Role.EVALUATOR, hash_password(PASSWORD + "!"), by="the test")
    assert client.get("/figures").url.path == "/sign-in"


def test_an_address_that_guesses_names_rests_and_the_memory_does_not_grow(served, monkeypatch):
    _, store = served
    door, now = Door(), [0.0]
    monkeypatch.setattr(access, "monotonic", lambda: now[0])
    monkeypatch.setattr(access, "_fits", lambda _, password: password == PASSWORD)
    for guess in range(access.MOST_FAILURES_OF_ADDRESS):
        assert door.enter(store, f"guess {guess}", "wrong", "10.0.0.9") is None
    assert door.enter(store, NAMES[Role.PLANNER], PASSWORD, "10.0.0.9") is None
    assert door.enter(store, NAMES[Role.PLANNER], PASSWORD, "10.0.0.8").role is Role.PLANNER
    now[0] = access.PAUSE_S + 1
    assert door.enter(store, NAMES[Role.LABORATORY], PASSWORD, "10.0.0.9").role is Role.LABORATORY
    assert len(door._failures) == 0


def test_a_name_that_begins_to_rest_is_on_record_once(served, monkeypatch):
    _, store = served
    monkeypatch.setattr(access, "_fits", lambda *_: False)
    door = Door()
    for _ in range(2 * access.MOST_FAILURES):
        door.enter(store, NAMES[Role.ENGINEER], "wrong")
    assert len(store.newest_entries(50, ("rest",))) == 1


def test_a_refused_page_still_shows_the_way_to_ones_own(served):
    answer = opened(served[0], Role.PLANNER).get("/worklist")
    assert answer.status_code == 403
    assert "You are signed in as planner" in answer.text
    assert 'href="/orders"' in answer.text


def test_a_status_only_run_says_so_on_every_page_and_in_what_is_taken_away(tmp_path):
    with cockpit(tmp_path, days=0) as (url, store):
        run = store.open_run(key_of(AS_OF))
        stale = make_freshness()
        stale.loc[stale["is_critical"], "is_stale"] = True
        store.save_stage(run.run_id, "features", {"freshness": conform(stale, FRESHNESS)})
        store.publish(run.run_id, "STATUS_ONLY")
        for role in (Role.PLANNER, Role.CLINIC, Role.LABORATORY):
            client = opened(url, role)
            for page in (page.path for page in PAGES if role in page.roles):
                text = client.get(page).text
                assert re.search(r'class="status STATUS_ONLY"[^>]*role="alert"', text), page
                assert "Do not order, pick or call in" in text
                assert "STATUS ONLY · Hemoflow</title>" in text
        answer = client.get("/export/freshness.csv")
        assert answer.text.startswith("# status: STATUS_ONLY: the state of the stock; no plan was made")
        assert "STATUS-ONLY" in answer.headers["content-disposition"]


def test_a_plan_is_approved_as_it_was_seen_and_only_once(tmp_path):
    with cockpit(tmp_path, days=1) as (url, store):
        run = store.runs(1)[0]
        planner, laboratory = opened(url, Role.PLANNER), opened(url, Role.LABORATORY)
        page = planner.get("/today")
        form = {
            "run_id": run.run_id,
            "token": token_of(page),
            "seen": re.search(r'name="seen" value="(\d+)"', page.text)[1],
        }
        key = {"component": "red_cells", "blood_group": "O-"}
        store.override(run.run_id, "orders", key, 3, by="somebody else", reason="a call")
        late = planner.post("/approve", data=form)
        assert late.status_code == 409
        assert "changed by hand since you looked: Changed by somebody else from" in late.text
        assert store.run(run.run_id).status is RunStatus.DRAFT
        now = {"run_id": run.run_id, "seen": "1"}
        assert planner.post("/approve", data=now | {"token": form["token"]}).status_code == 200
        again = laboratory.post("/approve", data=now | {"token": token_of(laboratory.get("/today"))})
        assert again.status_code == 409
        assert f"approved already, by {NAMES[Role.PLANNER]}" in again.text
        assert [link.approved_by for link in [store.approval(run.run_id)]] == [NAMES[Role.PLANNER]]
        assert "# approved_by: Planner One, " in planner.get("/export/orders.csv").text
        assert planner.get("/export/orders.csv").text.count("Changed by somebody else") == 1


def test_a_role_may_not_decide_by_address_what_its_pages_do_not_offer(served):
    url, store = served
    clinic = opened(url, Role.CLINIC)
    token, run = token_of(clinic.get("/today")), store.runs(1)[0]
    assert clinic.post("/approve", data={"run_id": run.run_id, "token": token, "seen": 0}).status_code == 403
    change = {"key": '{"component": "red_cells", "blood_group": "O-"}', "value": "9", "reason": "r", "token": token}
    assert clinic.post("/override/orders", data=change).status_code == 403
    assert clinic.post("/what-if", data={"key": "phase", "value": "red", "token": token}).status_code == 403
    assert store.overrides(run.run_id) == []
    listed = store.result(run.run_id, "go_no_go").iloc[0].patient_id
    for role, path in ((Role.PLANNER, "/decide"), (Role.LABORATORY, "/decide"), (Role.ENGINEER, "/confirm")):
        other = opened(url, role)
        words = {"patient_id": listed, "choice": "accept", "token": token_of(other.get("/today"))}
        assert other.post(path, data=words).status_code == 403
        assert other.post(path, data=words | {"token": "made up"}).status_code == 403
    assert store.decisions(run.run_id) == store.confirmations(run.run_id) == []


def test_a_deferral_that_safety_forbids_is_refused_in_words_and_leaves_no_trace(served):
    url, store = served
    run, clinic = store.runs(1)[0], opened(url, Role.CLINIC)
    patient = store.result(run.run_id, "worklist").iloc[0].patient_id
    words = {"patient_id": patient, "choice": "defer", "reason": "no chair", "token": token_of(clinic.get("/today"))}
    refused = clinic.post("/decide", data=words)
    assert refused.status_code == 409
    assert "must be to a day after" in refused.text
    unreadable = clinic.post("/decide", data=words | {"until_on": "soon", "at": "javascript:"})
    assert unreadable.status_code == 422
    assert "at, until_on" in unreadable.text
    assert store.decisions(run.run_id) == []


def test_a_table_longer_than_a_sheet_says_so_and_the_csv_takes_it(served, monkeypatch):
    clinic = opened(served[0], Role.CLINIC)
    assert clinic.get("/export/worklist.xlsx").content[:2] == b"PK"
    monkeypatch.setattr(papers, "SHEET_ROWS", 10)
    refused = clinic.get("/export/worklist.xlsx")
    assert refused.status_code == 409
    assert "a sheet holds 10 under its head. Take the CSV" in refused.text
    assert clinic.get("/export/worklist.csv").status_code == 200


def test_a_changed_line_shows_its_new_unit_whatever_page_and_filter_it_is_on(tmp_path):
    with cockpit(tmp_path, days=1) as (url, store):
        run = store.runs(1)[0]
        line = store.result(run.run_id, "allocations").query("match_class == 'identical'").iloc[0]
        key = {"request_id": line.request_id, "line_number": int(line.line_number)}
        store.override(run.run_id, "allocations", key, None, by=NAMES[Role.LABORATORY], reason="leaks")
        laboratory = opened(url, Role.LABORATORY)
        shown = laboratory.get("/picks", params={"status": "review", "patient_id": line.patient_id}).text
        assert "leaks" in shown.partition("<tbody>")[2]
        rest = laboratory.get("/picks", params={"match_class": "identical", "patient_id": line.patient_id}).text
        assert "leaks" not in rest.partition("<tbody>")[2]


def test_who_approves_sees_a_changed_place_without_the_patient(tmp_path):
    with cockpit(tmp_path, days=1) as (url, store):
        run = store.runs(1)[0]
        patient = store.result(run.run_id, "routes").query("route == 'HOME'").iloc[0].patient_id
        store.override(run.run_id, "routes", {"patient_id": patient}, "CLINIC", by=NAMES[Role.CLINIC], reason="asked")
        text = opened(url, Role.PLANNER).get("/today").text
        assert "The place of a patient: Changed by Clinic One from HOME to CLINIC: asked" in text
        assert patient not in text


def test_the_day_before_yesterday_is_no_yesterday(served):
    url, store = served
    assert store.runs(1)[0].as_of == AS_OF
    assert "no published run of the day before" in opened(url, Role.PLANNER).get("/changes").text
    assert store.runs(1)[0].as_of - timedelta(days=1) not in {run.as_of for run in store.runs()}
