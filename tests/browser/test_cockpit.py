"""The cockpit in a real browser: each role signs in, finds its daily answer, decides, takes tables away."""

import csv
import io

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from hemoflow.cockpit.access import hash_password
from hemoflow.cockpit.deeds import Deeds
from hemoflow.cockpit.site import HOME, PAGES
from hemoflow.store import Role, RunStatus, open_store
from tests.browser.cockpit_sample import NAMES, PASSWORD, cockpit

ANSWERS = {
    Role.PLANNER: ("Days of stock", "O−"),
    Role.LABORATORY: ("Pick list", "Patient's group"),
    Role.CLINIC: ("Worklist", "Request in 24 h"),
    Role.ENGINEER: ("Data health", "Freshness at the cut"),
    Role.EVALUATOR: ("Figures", "Days of stock"),
}


FEWER_ROWS = "document.querySelectorAll('tbody tr:nth-child(n + 4)').forEach((row) => row.remove())"
"""Rows of a table are alike, and axe looks at each for long."""


def signed_in(page, role, path="/"):
    page.goto(path)
    page.get_by_label("Name").fill(NAMES[role])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with cockpit(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="module")
def sessions():
    """Sessions that began by signing in, by role, for tests to go on with."""
    return {}


@pytest.fixture
def open_as(browser, served, sessions):
    contexts = []

    def enter(role, *, anew=False):
        context = browser.new_context(
            base_url=served[0], viewport={"width": 1360, "height": 900}, accept_downloads=True,
            storage_state=None if anew else sessions.get(role),
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.noise, page.asked = [], []
        page.on("console", lambda message: page.noise.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.noise.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        if role in sessions and not anew:
            page.goto(HOME[role])
            return page
        signed_in(page, role)
        if not anew:
            sessions[role] = context.storage_state()
        return page

    yield enter
    for context in contexts:
        context.close()


@pytest.mark.parametrize("role", list(Role))
def test_each_role_starts_at_its_daily_answer(open_as, role):
    page = open_as(role, anew=True)
    title, answer = ANSWERS[role]
    assert page.url.endswith(HOME[role])
    assert page.get_by_role("heading", level=1).inner_text().startswith(title)
    assert answer in page.locator("main").inner_text()
    assert page.noise == []


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_its_pages_and_no_others(open_as, role):
    page = open_as(role)
    for entry in PAGES:
        assert page.request.get(entry.path).status == (200 if role in entry.roles else 403), entry.path


def test_the_planner_sees_first_when_a_group_falls_below_its_alert_level(open_as):
    page = open_as(Role.PLANNER)
    page.goto("/today")
    short = page.get_by_label("Today in short").inner_text()
    assert short.index("Stock") < short.index("Below alert if nothing is ordered") < short.index("Order")
    assert page.get_by_role("heading", level=2).all_inner_texts()[:2] == [
        "Stock now", "The week ahead if nothing is ordered",
    ]  # fmt: skip
    fans = page.locator("ul.traces").first.locator("li")
    assert fans.count() == 7, "every group with use on record"
    assert "below alert" in fans.first.inner_text()
    assert "eight courses of ten" in fans.first.get_by_role("img").first.get_attribute("aria-label")


def test_every_page_is_accessible_in_both_colour_schemes_and_loads_nothing_from_elsewhere(open_as, served):
    axe, unseen = Axe(), {entry.path for entry in PAGES}
    for role in (Role.PLANNER, Role.CLINIC, Role.LABORATORY):
        page = open_as(role)
        for entry in PAGES:
            if role in entry.roles and entry.path in unseen:
                page.goto(entry.path)
                page.evaluate(FEWER_ROWS)
                for scheme, rules in (("light", ["wcag2a", "wcag2aa", "wcag21aa"]), ("dark", ["color-contrast"])):
                    page.emulate_media(color_scheme=scheme)
                    found = axe.run(page, options={"runOnly": rules})
                    assert found.violations_count == 0, (entry.path, scheme, found.generate_report())
                unseen.remove(entry.path)
        assert page.noise == []
        assert {url for url in page.asked if not url.startswith(served[0])} == set()
    assert unseen == set()


def test_patients_stay_with_those_who_care_for_them(open_as):
    page = open_as(Role.PLANNER)
    for entry in PAGES:
        if Role.PLANNER in entry.roles:
            page.goto(entry.path)
            assert "p_0000" not in page.content(), entry.path
    for path in ("/export/worklist.csv", "/export/allocations.xlsx", "/paper/worklist.html", "/export/need.csv"):
        assert page.request.get(path).status in {403, 404}, path


def test_a_wrong_password_tells_nothing_and_rests_after_five(served, browser):
    served[1].save_user("Forgetful", Role.EVALUATOR, hash_password(PASSWORD), by="the test")
    page = browser.new_page(base_url=served[0])
    for _ in range(6):
        page.goto("/sign-in")
        page.get_by_label("Name").fill("Forgetful")
        page.get_by_label("Password").fill("wrong wrong wrong")
        page.get_by_role("button", name="Sign in").click()
        assert "Name or password is not right" in page.get_by_role("alert").inner_text()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    assert page.url.endswith("/sign-in"), "a name rests even for the right password"
    page.close()


def test_signed_out_means_out(open_as):
    page = open_as(Role.CLINIC, anew=True)
    page.get_by_role("button", name="Sign out").click()
    page.goto("/worklist")
    assert "/sign-in" in page.url


def test_a_form_from_elsewhere_is_refused(open_as, served):
    page = open_as(Role.PLANNER)
    _, store = served
    run = store.runs(1)[0]
    answer = page.request.post("/approve", form={"run_id": run.run_id, "token": "made up", "seen": 0})
    assert answer.status == 403
    assert store.run(run.run_id).status is RunStatus.DRAFT


def test_the_keyboard_reaches_content_and_navigation(open_as):
    page = open_as(Role.PLANNER)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_role("link", name="Order list").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders")


def test_tables_can_be_taken_away_and_carry_no_formula(open_as, served):
    page = open_as(Role.PLANNER)
    _, store = served
    wanted = store.result(store.runs(1)[0].run_id, "orders")
    text = page.request.get("/export/orders.csv").text()
    assert text.startswith("# status: DRAFT: a recommendation; a person decides")
    rows = list(csv.DictReader(line for line in io.StringIO(text) if line[0] != "#"))
    assert [int(row["order_units"]) for row in rows] == wanted["order_units"].tolist()
    book = openpyxl.load_workbook(io.BytesIO(page.request.get("/export/orders.xlsx").body()))
    cells = list(book.active.iter_rows(values_only=True))
    assert cells[0] == tuple(wanted.columns)
    assert len(cells) == len(wanted) + 1
    assert not [cell for row in cells for cell in row if isinstance(cell, str) and cell[:1] in "=+-@"]


def test_the_brief_prints(open_as):
    page = open_as(Role.EVALUATOR)
    page.goto("/paper/brief.html")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Red cell brief")


def test_rows_turn_pages_and_filter(open_as):
    page = open_as(Role.CLINIC)
    first = page.locator("tbody th").all_inner_texts()
    page.get_by_role("link", name="Next").click()
    assert set(first).isdisjoint(page.locator("tbody th").all_inner_texts())
    page.get_by_label("Site").select_option(index=1)
    page.wait_for_url("**site_id=**")
    assert len({row.split(" · ")[0] for row in page.locator("tbody th .sub").all_inner_texts()}) == 1
    lines = page.request.get(page.get_by_role("link", name="CSV").get_attribute("href")).text().splitlines()
    shown = int(page.locator("main p.note").first.inner_text().split(" ")[0])
    assert len([line for line in lines if line[0] != "#"]) == shown + 1, "the export is the page, all its turns"


def test_demand_of_a_hospital_is_told_by_urgency_on_request_and_taken_away_as_shown(open_as):
    page = open_as(Role.PLANNER)
    page.goto("/sites?site_id=HOSP-2")
    assert page.locator("tbody tr").count() == 2
    page.get_by_label("By", exact=True).select_option("hospital and urgency")
    page.wait_for_url("**by=urgency**")
    assert page.locator("tbody tr").count() == 6
    assert page.get_by_role("cell", name="very urgent").count() == 2
    lines = page.request.get(page.get_by_role("link", name="CSV").get_attribute("href")).text().splitlines()
    rows = list(csv.DictReader(line for line in lines if line[0] != "#"))
    assert [(row["site_id"], row["urgency"]) for row in rows] == [("HOSP-2", str(n)) for n in (0, 0, 1, 1, 8, 8)]


def test_seeing_patients_is_on_record(open_as, served):
    _, store = served
    before = len([entry for entry in store.ledger() if entry.kind == "view"])
    open_as(Role.CLINIC).goto("/routing")
    seen = [entry for entry in store.ledger() if entry.kind == "view"][before:]
    assert [(entry.by_name, entry.detail["page"]) for entry in seen] == [
        (NAMES[Role.CLINIC], "worklist"), (NAMES[Role.CLINIC], "routing"),
    ]  # fmt: skip


def test_a_planner_changes_an_order_with_a_reason_then_approves_and_nothing_changes_any_more(browser, tmp_path):
    with cockpit(tmp_path, days=1) as (address, store):
        run = store.runs(1)[0]
        page = browser.new_page(base_url=address)
        signed_in(page, Role.PLANNER, "/orders")
        page.get_by_label("Change the order of O-", exact=True).click()
        row = page.locator("tbody tr").first
        row.get_by_label("New value").fill("7")
        row.get_by_label("Reason").fill("holiday tomorrow")
        row.get_by_role("button", name="Save the change").click()
        assert "holiday tomorrow" in page.get_by_role("status").inner_text()
        assert page.url.endswith("/orders")
        changed = store.effective(run.run_id, "orders").set_index("blood_group")["order_units"]
        assert changed["O-"] == 7
        page.get_by_text("Approve this plan").click()
        page.get_by_label("Reason or remark").fill("checked")
        page.get_by_role("button", name="Approve as Planner One").click()
        assert "is approved" in page.get_by_role("status").inner_text()
        assert store.run(run.run_id).status is RunStatus.APPROVED
        assert page.get_by_text("Approve this plan").count() == 0
        assert page.get_by_text("Save the change").count() == 0
        assert store.verify_ledger() == store.verify_approvals() == []
        page.close()


def test_an_unsafe_change_is_refused_in_words(browser, tmp_path):
    with cockpit(tmp_path, days=1) as (address, store):
        run = store.runs(1)[0]
        lines, stock = store.result(run.run_id, "allocations"), store.result(run.run_id, "stock")
        line = lines[lines["patient_blood_group"] == "O-"].iloc[0]
        unit = stock[(stock["blood_group"] == "A+") & (stock["state"] == "available")]["unit_id"].iloc[0]
        page = browser.new_page(base_url=address)
        signed_in(page, Role.LABORATORY, "/picks")
        token = page.locator("input[name=token]").first.get_attribute("value")
        key = f'{{"request_id": "{line.request_id}", "line_number": {line.line_number}}}'
        answer = page.request.post(
            "/override/allocations", form={"key": key, "value": unit, "reason": "it was at hand", "token": token}
        )
        assert answer.status == 409
        assert "refused" in answer.text()
        assert store.overrides(run.run_id) == []
        page.close()


def test_a_clinic_accepts_defers_and_takes_back_and_the_recommendation_stays(browser, tmp_path):
    with cockpit(tmp_path, days=1) as (address, store):
        run = store.runs(1)[0]
        page = browser.new_page(base_url=address)
        signed_in(page, Role.CLINIC)
        row = page.locator("tbody tr").first
        patient, proposed = row.locator("th").inner_text(), row.locator("td.why").first.inner_text()

        def decide(choice, **fields):
            row.get_by_label("Decide about").click()
            row.get_by_label("The visit is").select_option(choice)
            for label, words in fields.items():
                row.get_by_label(label.replace("_", " "), exact=True).fill(words)
            row.get_by_role("button", name="Save the decision").press("Enter")

        decide("accept")
        expect(page.get_by_role("status").first).to_contain_text("is accepted")
        expect(row).to_contain_text("Clinic One")
        assert page.url.endswith("/worklist#r1")
        decide("open", Reason="a slip")
        expect(row).to_contain_text("a slip")
        assert [each.wish.choice for each in store.decisions(run.run_id)] == ["accept", "open"]
        assert row.locator("th").inner_text() == patient
        assert row.locator("td.why").first.inner_text() == proposed
        decide("accept", Reason="she can come")
        expect(row).to_contain_text("she can come")
        page.get_by_label("Decided").select_option("accept")
        page.wait_for_url("**decision=accept**")
        assert page.locator("tbody tr").count() == 1
        lines = page.request.get(page.get_by_role("link", name="CSV").get_attribute("href")).text()
        rows = list(csv.DictReader(line for line in io.StringIO(lines) if line[0] != "#"))
        assert [(each["decision"], each["decided_by"], each["decision_reason"]) for each in rows] == [
            ("accepted", NAMES[Role.CLINIC], "she can come")
        ]
        page.close()


def test_a_home_visit_goes_when_somebody_has_answered_for_all_of_it(browser, tmp_path):
    with cockpit(tmp_path, days=1) as (address, store):
        run = store.runs(1)[0]
        page = browser.new_page(base_url=address)
        signed_in(page, Role.CLINIC, "/go-no-go")
        row = page.locator("tbody tr").first
        expect(row).to_contain_text("nobody yet")
        visit = store.result(run.run_id, "go_no_go").iloc[0]
        row.get_by_label("Answer for").click()
        row.get_by_label("Sample taken on").fill(str(visit.visit_on.date()))
        row.get_by_label("Patient stable, called").select_option("yes")
        row.get_by_role("button", name="Confirm as Clinic One").click()
        expect(row).to_contain_text("Clinic One, ")
        expect(row.locator(".mark-bad").first).to_have_text("NO-GO")
        assert "transport not booked" in row.inner_text()
        assert "stability" not in row.inner_text()
        told = store.confirmations(run.run_id)
        assert [(each.by, each.answers.is_stable, each.answers.has_transport) for each in told] == [
            (NAMES[Role.CLINIC], True, None)
        ]
        assert row.get_by_label("Crossmatch done").count() == 0, "the laboratory answers for its crossmatch"
        page.context.clear_cookies()
        signed_in(page, Role.LABORATORY, "/go-no-go")
        row.get_by_label("Answer for").click()
        assert row.get_by_label("Patient stable, called").count() == 0
        row.get_by_label("Crossmatch done").select_option("yes")
        row.get_by_role("button", name=f"Confirm as {NAMES[Role.LABORATORY]}").click()
        expect(row).to_contain_text(f"{NAMES[Role.LABORATORY]}, ")
        answers = store.confirmations(run.run_id)[-1].answers
        assert (answers.is_crossmatched, answers.is_stable, answers.has_transport) == (True, True, None)
        page.close()


def test_a_house_without_runs_says_what_to_do(browser, tmp_path):
    with cockpit(tmp_path, days=0) as (address, _):
        page = browser.new_page(base_url=address)
        signed_in(page, Role.PLANNER, "/")
        for entry in PAGES:
            if Role.PLANNER in entry.roles:
                assert page.goto(entry.path).status == 200, entry.path
        page.goto("/today")
        assert "hemoflow daily" in page.locator(".empty").inner_text()
        page.close()


def test_an_evaluator_tries_something_puts_it_away_and_adopts_another(browser, tmp_path):
    asked = []

    def try_it(run_id, changes, by):
        asked.append((run_id, list(changes), by))
        said = {"run_id": "other", "orders": [{"of": "red_cells O-", "what": "order_units", "before": 0, "after": 4}]}
        with open_store(f"sqlite:///{(tmp_path / 'hemoflow.db').resolve()}", tmp_path) as store:
            return store.save_what_if(run_id, dict(words.split("=", 1) for words in changes), said, by=by)

    def adopt(what_if_id, by, reason):
        with open_store(f"sqlite:///{(tmp_path / 'hemoflow.db').resolve()}", tmp_path) as store:
            return store.adopt_what_if(what_if_id, store.runs(2)[1].run_id, by=by, reason=reason).adopted_run_id

    with cockpit(tmp_path, deeds=Deeds(try_it, adopt)) as (address, store):
        page = browser.new_page(base_url=address)
        signed_in(page, Role.EVALUATOR, "/what-if")
        page.get_by_label("Change").select_option("stock.O-")
        page.get_by_label("to", exact=True).fill("-5")
        page.get_by_role("button", name="Try").click()
        run = store.runs(1)[0]
        assert asked == [(run.run_id, ["stock.O-=-5"], NAMES[Role.EVALUATOR])]
        assert "Units to order" in page.locator(".trial").inner_text()
        page.get_by_label("Reason").fill("only a look")
        page.get_by_role("button", name="Discard").click()
        assert "put away" in page.get_by_role("status").inner_text()
        assert [trial.status for trial in store.what_ifs(run.run_id)] == ["DISCARDED"]
        page.get_by_label("and also", exact=True).fill("capacity.nurse_minutes=-50%")
        page.get_by_label("Change").select_option("other")
        page.get_by_role("button", name="Try").click()
        page.get_by_role("button", name="Adopt").click()
        page.wait_for_url(f"**/today?run={store.runs(2)[1].run_id}")
        assert "capacity.nurse_minutes = -50%" in page.get_by_label("State of the run").inner_text()
        page.close()
