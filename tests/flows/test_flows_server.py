"""`hemoflow serve` end to end: server, worker, a store in PostgreSQL, a browser, and days started through the API.

One server and worker serve the whole module; their home is the trained one, moved into PostgreSQL by a backup.
The tests come in the order in which a person would do these things.
"""

import json
import os
import signal
import subprocess
import sys
import time
import uuid

import httpx
import psutil
import pytest
import yaml

from flows.deploying import LIST
from hemoflow.domain.policy import load_policy
from hemoflow.store import open_store
from tests.conftest_store import _database, _execute

from .conftest import environment, free_port, run_cli

pytest_plugins = ["tests.conftest_store"]
PATIENCE_S = 300
DAY = "2024-10-31"
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


def wait_for(ask, what):
    """Ask until there is an answer."""
    limit = time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        try:
            if answer := ask():
                return answer
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"{what} did not happen in {PATIENCE_S} s")


class Site:
    """A home that is served, and its server's API."""

    def __init__(self, home, database, port, log):
        self.home, self.database, self.port, self.log = home, database, port, log
        self.url = f"http://127.0.0.1:{port}/api"
        self.api = httpx.Client(base_url=self.url, timeout=20)

    def get(self, path):
        answer = self.api.get(path)
        return answer.json() if answer.is_success else None

    def ask(self, path, **body):
        answer = self.api.post(path, json=body)
        return answer.json() if answer.is_success else None

    def start(self, deployment, key, **parameters):
        """Start a run; a busy server may refuse once, and the key makes it safe to ask again."""
        standing = wait_for(lambda: self.get(f"/deployments/name/{deployment}"), deployment)
        body = {"parameters": parameters, "state": {"type": "SCHEDULED"}, "idempotency_key": key}
        path = f"/deployments/{standing['id']}/create_flow_run"
        return wait_for(lambda: self.ask(path, **body), "the run")["id"]

    def end(self, run_id):
        """The run, once it has ended."""
        ended = lambda run: run if run and run["state"] and run["state"]["type"] in ENDED else None  # noqa: E731
        return wait_for(lambda: ended(self.get(f"/flow_runs/{run_id}")), "the end of the run")

    def artifacts(self, run_id):
        found = self.ask("/artifacts/filter", artifacts={"flow_run_id": {"any_": [run_id]}}, limit=100) or []
        return {each["key"]: each for each in found}

    def cli(self, *words):
        return run_cli(self.home, *words, HEMOFLOW_DATABASE_URL=self.database, PREFECT_API_URL=self.url)

    def ledger(self, kind):
        with open_store(self.database, self.home) as store:
            return [entry for entry in store.ledger() if entry.kind == kind]


@pytest.fixture(scope="module")
def database(postgres_server):
    """The address of an empty database."""
    name = f"hemoflow_{uuid.uuid4().hex}"
    _execute(postgres_server, f'CREATE DATABASE "{name}"')
    yield _database(postgres_server, name)
    _execute(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def site(trained_home, database, tmp_path_factory):
    """The command `serve` on a free port, in a copy of the trained home."""
    root = tmp_path_factory.mktemp("served")
    home, port, kept = root / "home", free_port(), str(root / "kept.tar.gz")
    run_cli(trained_home, "backup", kept)
    run_cli(home, "restore", kept, HEMOFLOW_DATABASE_URL=database)
    alone = {"PREFECT_API_URL": "", "PREFECT_HOME": str(root / "prefect"), "PREFECT_LOGGING_TO_API_ENABLED": "true"}
    env = environment(home) | alone | {"HEMOFLOW_DATABASE_URL": database}
    command = [sys.executable, "-m", "flows", "serve", "--port", str(port)]
    with (root / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    served = Site(home, database, port, root / "serve.log")
    try:
        wait_for(lambda: "daily runs scheduled" in served.log.read_text() or process.poll() is not None, "serving")
        assert process.poll() is None, served.log.read_text()
        yield served
    finally:
        served.api.close()
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@pytest.fixture(scope="module")
def daily_run(site):
    """The day, started through the API."""
    run = site.end(site.start("daily/daily", "a day", as_of=DAY))
    assert run["state"]["type"] == "COMPLETED", run["state"]
    return run


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


def test_a_day_started_through_the_api_shows_its_papers(site, daily_run, browser):
    assert daily_run["name"] == f"daily-{DAY}"
    shown = wait_for(lambda: site.artifacts(daily_run["id"]), "artifacts")
    assert {"daily-brief", "stock-status", "order-list", "key-figures", "allocation-plan"} <= shown.keys()
    assert list((site.home / "runs" / DAY).glob("*/publication/brief.html"))
    said = wait_for(lambda: site.ask("/logs/filter", logs={"flow_run_id": {"any_": [daily_run["id"]]}}), "logs")
    assert any("rows" in line["message"] for line in said)
    sheet = browser.new_page()
    sheet.goto(f"http://127.0.0.1:{site.port}/runs/flow-run/{daily_run['id']}")
    sheet.get_by_text(f"daily-{DAY}").first.wait_for(timeout=120_000)
    assert "Completed" in sheet.inner_text("body")
    sheet.close()


def test_a_rerun_from_the_ui_computes_nothing_again(site, daily_run):
    papers = {path: path.stat().st_mtime_ns for path in (site.home / "runs" / DAY).rglob("*") if path.is_file()}
    again = {"type": "SCHEDULED", "name": "AwaitingRetry"}
    wait_for(lambda: site.ask(f"/flow_runs/{daily_run['id']}/set_state", state=again, force=True), "the retry")
    wait_for(lambda: (site.get(f"/flow_runs/{daily_run['id']}") or {}).get("run_count") == 2, "the second time")
    assert site.end(daily_run["id"])["state"]["type"] == "COMPLETED"
    assert {path: path.stat().st_mtime_ns for path in papers} == papers


def test_a_backfill_walks_the_days_and_shows_them_by_stage(site, daily_run):
    run = site.end(site.start("backfill/backfill", "days", start="2024-10-29", end=DAY))
    assert run["state"]["type"] == "COMPLETED", run["state"]
    shown = wait_for(lambda: site.artifacts(run["id"]), "the matrix")
    rows = json.loads(shown["backfill-days"]["data"])
    assert [(row["day"], row["result"]) for row in rows] == [
        ("2024-10-29", "published"), ("2024-10-30", "published"), (DAY, "skipped"),
    ]  # fmt: skip
    assert all(rows[0][stage] > 0 for stage in ("features", "need", "demand", "routing", "assignment", "publication"))
    assert shown["backfill-progress"]["data"] == 100.0
    latest = site.ask("/artifacts/latest/filter", artifacts={"key": {"any_": ["daily-brief"]}})
    assert [each["flow_run_id"] for each in latest] == [daily_run["id"]], "past days do not hide the latest brief"


def test_a_plan_that_nobody_approved_is_noticed_and_then_is_not(site, daily_run):
    late = site.end(site.start("watch/watch", "eight o'clock", as_of=DAY))
    assert late["state"]["type"] == "COMPLETED"
    (told,) = wait_for(lambda: site.ledger("notice"), "the notice")
    assert (told.reason, told.subject) == ("not-approved", f"The plan of {DAY} is not approved.")
    form = site.start("sign-off/sign-off", "a signature", as_of=DAY)
    wait_for(lambda: (site.get(f"/flow_runs/{form}") or {}).get("state", {}).get("type") == "PAUSED", "the form")
    signed = {"approve": True, "name": "A. Planner", "reason": "checked"}
    wait_for(lambda: site.ask(f"/flow_runs/{form}/resume", run_input=signed), "the signature")
    assert site.end(form)["state"]["type"] == "COMPLETED"
    assert [(entry.by_name, entry.reason) for entry in site.ledger("approve")] == [("A. Planner", "checked")]
    assert "1 entries; chain" in site.cli("ledger", "--about", DAY).stdout


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


def test_a_run_killed_together_with_its_worker_is_marked_crashed(site):
    run_id = site.start("daily/daily", "killed", as_of="2024-10-28")
    running = lambda: (site.get(f"/flow_runs/{run_id}") or {}).get("state", {}).get("type") == "RUNNING"  # noqa: E731
    wait_for(running, "the run")
    time.sleep(1)  # its first heartbeat
    mine = [each for each in psutil.process_iter(["cmdline"]) if str(site.port) in _api_of(each)]
    doomed = [
        each for each in mine if {"worker", "prefect.engine", "prefect.flow_engine"} & set(each.info["cmdline"] or [])
    ]
    assert len(doomed) >= 2, [each.info["cmdline"] for each in mine]
    for each in doomed:
        os.kill(each.pid, signal.SIGKILL)
    assert site.end(run_id)["state"]["type"] == "CRASHED"


def _api_of(process):
    try:
        return process.environ().get("PREFECT_API_URL", "")
    except (psutil.Error, OSError):
        return ""


def test_the_zone_of_the_list_is_that_of_the_demonstration():
    written = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    zones = {each["timezone"] for entry in written["deployments"] for each in entry.get("schedules", [])}
    assert zones == {load_policy("region_demo").clock.time_zone}
