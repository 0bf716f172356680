"""`hemoflow serve`: deployments stand, a run is scheduled, and one started through the API publishes a day."""

import signal
import subprocess
import sys
import time

import httpx
import pytest

from .conftest import environment, free_port

PATIENCE_S = 240


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


@pytest.fixture
def served(home, tmp_path):
    """The command `serve` on a free port, and a client of its API."""
    port = free_port()
    alone = {"PREFECT_API_URL": "", "PREFECT_HOME": str(tmp_path / "prefect")}
    command = [sys.executable, "-m", "flows", "serve", "--port", str(port)]
    log = (tmp_path / "serve.log").open("wb")
    process = subprocess.Popen(command, env=environment(home) | alone, stdout=log, stderr=log)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=10) as api:
        yield api, process
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    log.close()


def test_a_day_is_scheduled_and_can_be_started_in_the_server(served, home, browser):
    api, _ = served
    wait_for(lambda: api.get("/health").is_success, "the server")
    deployment = wait_for(lambda: found(api.get("/deployments/name/daily/daily")), "the deployment")
    scheduled = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    runs = wait_for(lambda: found(api.post("/flow_runs/filter", json=scheduled)), "a scheduled run")
    assert all(run["auto_scheduled"] for run in runs)
    asked = {"parameters": {"as_of": "2024-10-31", "policy": "region_demo", "seed": 1}, "state": {"type": "SCHEDULED"}}
    # A busy server may refuse once; the key makes it safe to ask again.
    path = f"/deployments/{deployment['id']}/create_flow_run"
    run = wait_for(lambda: found(api.post(path, json=asked | {"idempotency_key": "asked once"})), "the run")
    state = wait_for(lambda: ended(api, run["id"]), "the end of the run")
    assert state["type"] == "COMPLETED", state
    assert wait_for(lambda: found(api.get(f"/flow_runs/{run['id']}")), "its name")["name"] == "daily-2024-10-31"
    keys = {
        artifact["key"] for artifact in wait_for(lambda: found(api.post("/artifacts/filter", json={})), "artifacts")
    }
    assert {"daily-brief", "stock-status", "order-list", "key-figures", "allocation-plan"} <= keys
    assert list((home / "runs" / "2024-10-31").glob("*/publication/brief.html"))
    assert "Completed" in read(browser, api, f"/runs/flow-run/{run['id']}")
    assert (home / "server.url").read_text().startswith("http://127.0.0.1:")


def read(browser, api, path):
    """What a person reads on a page of the server's UI."""
    sheet = browser.new_page()
    sheet.goto(f"{str(api.base_url).removesuffix('/api/')}{path}")
    sheet.get_by_text("daily-2024-10-31").first.wait_for(timeout=60_000)
    text = sheet.inner_text("body")
    sheet.close()
    return text


def found(answer):
    return answer.json() if answer.is_success else None


def ended(api, run_id):
    state = (found(api.get(f"/flow_runs/{run_id}")) or {}).get("state")
    return state if state and state["type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else None
