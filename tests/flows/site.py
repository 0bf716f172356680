"""A home that is served: `hemoflow serve` with server, worker and cockpit, over a store in PostgreSQL.

One for the session; its home is the trained one, moved into PostgreSQL by a backup. A test module asks for it with
``pytest_plugins = ["tests.conftest_store", "tests.flows.site"]``, and also imports from here, hence
PYTEST_DONT_REWRITE.
"""

import signal
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime

import httpx
import psutil
import pytest

from hemoflow.store import open_store
from tests.conftest_store import _database, _execute

from .conftest import HURRY, environment, free_port, policy_file, run_cli
from .warm import run_commands

PATIENCE_S = 300
DAY, BEFORE_THE_MONTH = "2024-10-31", "2024-09-26"
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


def wait_for(ask, what, patience=PATIENCE_S):
    """Ask until there is an answer."""
    limit = time.monotonic() + patience
    while time.monotonic() < limit:
        try:
            if answer := ask():
                return answer
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"{what} did not happen in {patience} s")


class Site:
    """A home that is served, and its server's API."""

    def __init__(self, home, database, port, log):
        self.home, self.database, self.port, self.log = home, database, port, log
        self.ui = f"http://127.0.0.1:{port}"
        self.url = f"http://127.0.0.1:{port}/api"
        self.api = httpx.Client(base_url=self.url, timeout=20)

    def get(self, path):
        answer = self.api.get(path)
        return answer.json() if answer.is_success else None

    def ask(self, path, **body):
        answer = self.api.post(path, json=body)
        return answer.json() if answer.is_success else None

    def state(self, run_id):
        return (self.get(f"/flow_runs/{run_id}") or {}).get("state", {}).get("type")

    def set_state(self, run_id, kind, name):
        """Set a state by force, as the UI does."""
        state = {"type": kind, "name": name}
        wait_for(lambda: self.ask(f"/flow_runs/{run_id}/set_state", state=state, force=True), name)

    def emit(self, event, resource, name):
        """Emit an event, as whoever brings files or a run of ours would."""
        resource = {"prefect.resource.id": resource, "prefect.resource.name": name}
        body = {"id": str(uuid.uuid4()), "occurred": datetime.now(UTC).isoformat(), "event": event}
        assert self.api.post("/events", json=[body | {"resource": resource}]).is_success

    def start(self, deployment, key, *, at=None, **parameters):
        """Start a run; a busy server may refuse once, and the key makes it safe to ask again."""
        standing = wait_for(lambda: self.get(f"/deployments/name/{deployment}"), deployment)
        body = {"parameters": parameters, "state": {"type": "SCHEDULED"}, "idempotency_key": key}
        if at:
            body["state"]["state_details"] = {"scheduled_time": at.isoformat()}
        path = f"/deployments/{standing['id']}/create_flow_run"
        return wait_for(lambda: self.ask(path, **body), "the run")["id"]

    def end(self, run_id, patience=PATIENCE_S):
        """The run, once it has ended."""
        ended = lambda run: run if run and run["state"] and run["state"]["type"] in ENDED else None  # noqa: E731
        return wait_for(lambda: ended(self.get(f"/flow_runs/{run_id}")), "the end of the run", patience)

    def artifacts(self, run_id):
        found = self.ask("/artifacts/filter", artifacts={"flow_run_id": {"any_": [run_id]}}, limit=100) or []
        return {each["key"]: each for each in found}

    @property
    def environment(self):
        return environment(self.home) | {"HEMOFLOW_DATABASE_URL": self.database, "PREFECT_API_URL": self.url}

    def cli(self, *words, **more):
        return run_cli(self.home, *words, HEMOFLOW_DATABASE_URL=self.database, PREFECT_API_URL=self.url, **more)

    def cli_at_once(self, *commands):
        done = run_commands(*((words, self.environment) for words in commands))
        assert [each.returncode for each in done] == [0] * len(done), [each.stderr for each in done]
        return done

    def ledger(self, kind):
        with open_store(self.database, self.home) as store:
            return [entry for entry in store.ledger() if entry.kind == kind]


@pytest.fixture(scope="session")
def database(postgres_server):
    """The address of an empty database."""
    name = f"hemoflow_{uuid.uuid4().hex}"
    _execute(postgres_server, f'CREATE DATABASE "{name}"')
    yield _database(postgres_server, name)
    _execute(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def site(trained_home, database, tmp_path_factory):
    """The command `serve` on a free port, in a copy of the trained home."""
    root = tmp_path_factory.mktemp("served")
    home, port, kept = root / "home", free_port(), str(root / "kept.tar.gz")
    run_cli(trained_home, "backup", kept)
    run_cli(home, "restore", kept, HEMOFLOW_DATABASE_URL=database)
    hurry = policy_file(root, "region_hurry", HURRY)
    run_cli(home, "train", "--as-of", BEFORE_THE_MONTH, "--policy", hurry, HEMOFLOW_DATABASE_URL=database)
    alone = {"PREFECT_API_URL": "", "PREFECT_HOME": str(root / "prefect"), "PREFECT_LOGGING_TO_API_ENABLED": "true"}
    env = environment(home) | alone | {"HEMOFLOW_DATABASE_URL": database}
    command = [sys.executable, "-m", "flows", "serve", "--port", str(port), "--cockpit-port", str(free_port())]
    with (root / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    served = Site(home, database, port, root / "serve.log")
    try:
        wait_for(lambda: "daily runs scheduled" in served.log.read_text() or process.poll() is not None, "serving")
        assert process.poll() is None, served.log.read_text()
        yield served
    finally:
        served.api.close()
        mine = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)  # Ctrl-C
        process.wait(PATIENCE_S)
        assert [each for each in mine if each.is_running() and each.status() != "zombie"] == [], "nothing stays"
