"""`hemoflow serve` end to end: server, worker, cockpit, a store in PostgreSQL, a browser, days started by the API.

The tests come in the order in which a person would do these things.
"""

import json
import os
import signal
from datetime import UTC, datetime, timedelta

import psutil
import pytest
import yaml
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.deploying import LIST, mark_left_behind
from hemoflow.domain.policy import load_policy
from hemoflow.store import RunStatus, open_store

from .site import DAY, PATIENCE_S, wait_for
from .warm import begin

pytest_plugins = ["tests.conftest_store", "tests.flows.site"]
BEFORE, TWICE = "2024-10-30", "2024-10-28"
MONTH = [f"2024-10-{day:02}" for day in range(1, 32)]
STAGES = ("features", "need", "demand", "routing", "assignment", "publication")
WHO, PASSWORD = "A. Planner", "blood groups are never guessed"


def test_everything_of_the_list_stands_and_a_day_is_scheduled(site):
    written = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    standing = {each["name"]: each for each in site.ask("/deployments/filter")}
    assert standing.keys() == {each["name"] for each in written["deployments"]}
    for each in written["deployments"]:
        assert standing[each["name"]]["tags"] == each["tags"]
        assert [s["slug"] for s in standing[each["name"]]["schedules"]] == [
            s["slug"] for s in each.get("schedules", [])
        ]
    assert {each["name"] for each in site.ask("/automations/filter")} == {
        each["name"] for each in written["automations"]
    }
    form = standing["daily"]["parameter_openapi_schema"]["properties"]
    assert all(field["description"] for field in form.values())
    assert standing["daily"]["global_concurrency_limit"]["limit"] == 1
    assert "daily runs scheduled" in site.log.read_text()


@pytest.fixture(scope="module")
def asked_twice(site):
    """What was said to two people who asked for one day at the same moment."""
    return site.cli_at_once(*(["daily", "--as-of", TWICE],) * 2)


def test_one_day_by_two_people_at_once_is_planned_once(site, asked_twice):
    first, second = asked_twice
    assert first.stdout.splitlines()[:1] == second.stdout.splitlines()[:1] != []
    with open_store(site.database, site.home) as store:
        (run,) = [run for run in store.runs() if run.as_of.isoformat() == TWICE]
        assert run.status is RunStatus.DRAFT
        stages = store.stages(run.run_id)
        assert [(ref.stage, ref.damaged()) for ref in stages] == [(name, []) for name in STAGES]


@pytest.mark.usefixtures("asked_twice")
def test_from_the_first_day_to_an_approved_plan(site, browser):
    """The whole story: a day by the API, its papers, a rerun, a month backfilled, the cockpit, an approval."""
    run = site.end(site.start("daily/daily", "a day", as_of=DAY))
    assert (run["name"], run["state"]["type"]) == (f"daily-{DAY}", "COMPLETED"), run["state"]
    _its_papers_are_shown(site, run["id"], browser)
    _a_rerun_computes_only_what_changed(site, run["id"])
    _a_month_is_backfilled(site, run["id"])
    site.cli("user", "add", WHO, "--role", "planner", "--by", "B. Engineer", HEMOFLOW_PASSWORD=PASSWORD)
    _a_person_approves_in_the_cockpit(site, run["id"], browser)
    with open_store(site.database, site.home) as store:
        approved = store.run(DAY)
        assert approved.status is RunStatus.APPROVED
        assert (approval := store.approval(approved.run_id)).approved_by == WHO
        assert approval.reason == "looked at"
    assert [(entry.by_name, entry.reason) for entry in site.ledger("approve")] == [(WHO, "looked at")]
    assert "1 entries; chain" in site.cli("ledger", "--about", DAY).stdout


def _its_papers_are_shown(site, run_id, browser):
    papers = {"daily-brief", "stock-status", "order-list", "key-figures", "allocation-plan"}
    shown = wait_for(lambda: found if papers <= (found := site.artifacts(run_id)).keys() else None, "artifacts")
    assert DAY in shown["daily-brief"]["data"]
    assert json.loads(shown["order-list"]["data"])
    assert list((site.home / "runs" / DAY).glob("*/publication/brief.html"))
    asked = {"flow_run_id": {"any_": [run_id]}}
    told = lambda: [line for line in site.ask("/logs/filter", logs=asked) or [] if "rows" in line["message"]]  # noqa: E731
    wait_for(told, "logs")
    sheet = browser.new_page()
    sheet.goto(f"{site.ui}/runs/flow-run/{run_id}")
    sheet.get_by_text(f"daily-{DAY}").first.wait_for(timeout=PATIENCE_S * 1000)
    sheet.get_by_text("Completed").first.wait_for(timeout=PATIENCE_S * 1000)
    sheet.close()


def _a_rerun_computes_only_what_changed(site, run_id):
    """The brief is lost: a rerun from the UI writes the papers again, the same ones, and no other stage."""
    before = _papers(site)
    (brief,) = (path for path in before if path.name == "brief.html")
    brief.unlink()
    site.set_state(run_id, "SCHEDULED", "AwaitingRetry")
    wait_for(lambda: (site.get(f"/flow_runs/{run_id}") or {}).get("run_count") == 2, "the second time")
    assert site.end(run_id)["state"]["type"] == "COMPLETED"
    after = _papers(site)
    assert {path: data for path, (data, _) in after.items()} == {path: data for path, (data, _) in before.items()}
    assert {path.parent.name for path in before if after[path] != before[path]} == {"publication"}
    with open_store(site.database, site.home) as store:
        first, second = store.executions(store.run(DAY).run_id)
    assert (first.timings.keys() & STAGES, second.timings.keys() & STAGES) == (set(STAGES), {"publication"})


def _papers(site):
    """Every file of the day: what it says, and when it was written."""
    files = (path for path in (site.home / "runs" / DAY).rglob("*") if path.is_file())
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def _a_month_is_backfilled(site, daily_id):
    before = _papers(site)
    words = {"start": MONTH[0], "end": MONTH[-1], "side_by_side": 2}
    run = site.end(site.start("backfill/backfill", "a month", **words), patience=6 * PATIENCE_S)
    assert run["state"]["type"] == "COMPLETED", run["state"]
    shown = wait_for(lambda: site.artifacts(run["id"]), "the matrix")
    rows = json.loads(shown["backfill-days"]["data"])
    there = {TWICE, DAY}
    assert [(row["day"], row["result"]) for row in rows] == [
        (day, "skipped" if day in there else "published") for day in MONTH
    ]
    assert [row["day"] for row in rows if row["day"] not in there and not all(row[stage] > 0 for stage in STAGES)] == []
    with open_store(site.database, site.home) as store:
        drafts = {run.as_of.isoformat(): run.run_id for run in store.runs(limit=100) if run.status is RunStatus.DRAFT}
    assert sorted(drafts) == MONTH
    assert {row["day"]: row["detail"] for row in rows} == drafts | dict.fromkeys(there, "already published")
    assert all((site.home / "runs" / day / drafts[day] / "publication" / "brief.html").is_file() for day in MONTH)
    assert _papers(site) == before, "what is published stays as it is"
    assert shown["backfill-progress"]["data"] == 100.0
    latest = site.ask("/artifacts/latest/filter", artifacts={"key": {"any_": ["daily-brief"]}})
    assert [each["flow_run_id"] for each in latest] == [daily_id], "past days do not hide the latest brief"


def _a_person_approves_in_the_cockpit(site, daily_id, browser):
    """From the brief in Prefect to the cockpit, and from there back to the run."""
    sheet = browser.new_page()
    sheet.set_default_timeout(PATIENCE_S * 1000)
    sheet.goto(f"{site.ui}/artifacts/artifact/{site.artifacts(daily_id)['daily-brief']['id']}")
    sheet.goto(sheet.get_by_role("link", name="cockpit").get_attribute("href"))
    sheet.get_by_label("Name").fill(WHO)
    sheet.get_by_label("Password").fill(PASSWORD)
    sheet.get_by_role("button", name="Sign in").click()
    with open_store(site.database, site.home) as store:
        sheet.wait_for_url(f"**/today?run={store.run(DAY).run_id}")  # signed in, one is where the link led
    sheet.get_by_text("Approve this plan").click()
    sheet.get_by_label("Reason or remark").fill("looked at")
    sheet.get_by_role("button", name=f"Approve as {WHO}").click()
    sheet.get_by_text(f"Approved by {WHO}").first.wait_for()
    sheet.get_by_role("link", name="runs and logs").click()
    sheet.wait_for_url(f"{site.ui}/runs/flow-run/{daily_id}")
    sheet.get_by_text(f"daily-{DAY}").first.wait_for()
    sheet.close()


def test_a_what_if_shows_its_difference_and_leaves_the_brief_of_the_day(site):
    run = site.end(site.start("what-if/what-if", "a trial", run=DAY, changes=["stock.O-=-500"], by=WHO))
    assert run["name"] == f"what-if-{DAY}"
    shown = wait_for(lambda: site.artifacts(run["id"]), "the difference")
    assert {"O−", "red"} <= {cell for line in json.loads(shown["what-if"]["data"]) for cell in line.values()}
    assert not {"daily-brief", "stock-status", "order-list"} & shown.keys()


def test_a_plan_that_nobody_approved_is_noticed_and_then_is_not(site):
    late = site.end(site.start("watch/watch", "eight o'clock", as_of=BEFORE))
    assert late["state"]["type"] == "COMPLETED"
    (told,) = wait_for(lambda: site.ledger("notice"), "the notice")
    assert (told.reason, told.subject) == ("not-approved", f"The plan of {BEFORE} is not approved.")


def test_a_plan_is_signed_in_the_form_of_a_paused_run(site):
    form = site.start("sign-off/sign-off", "a signature", as_of=BEFORE)
    wait_for(lambda: site.state(form) == "PAUSED", "the form")
    signed = {"approve": True, "name": WHO, "reason": "checked"}
    wait_for(lambda: site.ask(f"/flow_runs/{form}/resume", run_input=signed), "the signature")
    assert site.end(form)["state"]["type"] == "COMPLETED"
    assert [(entry.by_name, entry.reason) for entry in site.ledger("approve")][-1] == (WHO, "checked")
    assert "1 entries; chain" in site.cli("ledger", "--about", BEFORE).stdout


def test_what_happens_calls_for_notices_training_and_ingestion(site):
    pool = f"/work_pools/{yaml.safe_load(LIST.read_text(encoding='utf-8'))['name']}"
    assert site.api.patch(pool, json={"is_paused": True}).is_success
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for kind, state in (("late", "SCHEDULED"), ("failed", "FAILED")):
        run_id = site.start("sign-off/sign-off", f"to be {kind}", at=tomorrow, as_of=DAY)
        site.set_state(run_id, state, kind.capitalize())
    site.emit("hemoflow.phase", "hemoflow.stock.red_cells.O-", "O- is red.")
    site.emit("hemoflow.drift", "hemoflow.model.need-1", "mcv_fl has moved.")
    site.emit("hemoflow.arrival", "hemoflow.sources", "three files")
    wanted = {"train", "ingest", "late", "failed", "phase: O- is red.", "drift: mcv_fl has moved."}
    asked = wait_for(lambda: found if wanted <= (found := _by_automation(site)).keys() else None, "all six")
    for run_id in (found for words, found in asked.items() if words != "ingest"):
        site.api.delete(f"/flow_runs/{run_id}")  # a notice was written before; training would take long
    assert site.api.patch(pool, json={"is_paused": False}).is_success
    assert site.end(asked["ingest"])["state"]["type"] == "COMPLETED"


def _by_automation(site):
    """Runs that wait because an automation asked for them: what they are, and which."""
    deployments = {each["id"]: each["name"] for each in site.ask("/deployments/filter") or []}
    waiting = {"state": {"type": {"any_": ["SCHEDULED", "PENDING"]}}}
    runs = site.ask("/flow_runs/filter", flow_runs=waiting, limit=200) or []
    found = {}
    for run in runs:
        if (run["created_by"] or {}).get("type") == "AUTOMATION":
            given, name = run["parameters"], deployments[run["deployment_id"]]
            kind = given.get("kind", name)
            found[f"{kind}: {given['about']}" if kind in {"phase", "drift"} else kind] = run["id"]
    return found


def test_what_is_removed_from_the_list_is_removed_from_the_server(site, tmp_path):
    written = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    written["deployments"] = [each for each in written["deployments"] if each["name"] != "review"]
    train = next(each for each in written["deployments"] if each["name"] == "train")
    train["schedules"] = []
    written["automations"] = [each for each in written["automations"] if each["name"] != "hemoflow: arrival"]
    silent = next(each for each in written["automations"] if each["name"] == "hemoflow: silent run")
    silent["trigger"]["within"] = 10  # the next test need not wait 90 seconds
    (tmp_path / "list.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    site.cli("deploy", "--file", str(tmp_path / "list.yaml"))
    standing = {each["name"]: each for each in site.ask("/deployments/filter")}
    assert "review" not in standing
    assert standing["train"]["schedules"] == []
    assert "hemoflow: arrival" not in {each["name"] for each in site.ask("/automations/filter")}


def test_runs_killed_in_the_worker_and_by_hand_are_marked_crashed(site, tmp_path):
    site.start("backfill/backfill", "killed", start="2024-09-30", end="2024-09-30")
    names = ["backfill-2024-09-30-2024-09-30", "day-2024-09-30", "daily-2024-09-29"]
    wait_for(lambda: _states(site, names).get(names[1]) == "RUNNING", "the day of a backfill")
    with open_store(site.database, site.home) as store, store._database.locked():  # they wait for us in the middle
        by_hand = begin(tmp_path / "by-hand", ["daily", "--as-of", "2024-09-29"], site.environment)
        wait_for(lambda: _alive(site, names), "a heartbeat of all three")
        doomed = [each for each in psutil.process_iter(["cmdline"]) if _is_doomed(each, site)]
        assert len(doomed) >= 2, "the worker and the backfill"
        for each in doomed:
            os.kill(each.pid, signal.SIGKILL)
        by_hand.kill()
        by_hand.join()
    wait_for(lambda: _states(site, names) == dict.fromkeys(names, "CRASHED"), "all three crashed")


def _runs(site, names):
    return site.ask("/flow_runs/filter", flow_runs={"name": {"any_": names}}) or []


def _states(site, names):
    return {run["name"]: run["state_type"] for run in _runs(site, names)}


def _alive(site, names):
    """Whether the server has a heartbeat of each: it notices no silence of a run that never gave one."""
    runs = [f"prefect.flow-run.{run['id']}" for run in _runs(site, names)]
    asked = {"event": {"name": ["prefect.flow-run.heartbeat"]}, "resource": {"id": runs}}
    found = (site.ask("/events/filter", filter=asked) or {"events": []})["events"]
    return len({event["resource"]["prefect.resource.id"] for event in found}) == len(names)


def _is_doomed(process, site):
    words = {"worker", "prefect.engine", "prefect.flow_engine"} & set(process.info["cmdline"] or [])
    return words and str(site.port) in _api_of(process)


def test_what_a_stopped_server_left_behind_is_marked_when_it_starts_again(site):
    run_id = site.start("sign-off/sign-off", "left", at=datetime.now(UTC) + timedelta(days=1), as_of=DAY)
    site.set_state(run_id, "RUNNING", "Running")
    with temporary_settings({PREFECT_API_URL: site.url}):
        assert mark_left_behind() >= 1
    assert site.state(run_id) == "CRASHED"


def _api_of(process):
    try:
        return process.environ().get("PREFECT_API_URL", "")
    except (psutil.Error, OSError):
        return ""


def test_the_zone_of_the_list_is_that_of_the_demonstration():
    written = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    zones = {each["timezone"] for entry in written["deployments"] for each in entry.get("schedules", [])}
    assert zones == {load_policy("region_demo").clock.time_zone}
