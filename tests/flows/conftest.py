"""A home with the demonstration's history and a trained model, made once; every flow runs on a real Prefect server."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

TRAINED_ON = "2024-10-24"
KEY = "a key for tests only"
SERVER = {"url": "", "home": ""}


def free_port():
    """A port on which nobody listens now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="session", autouse=True)
def prefect_server(tmp_path_factory):
    """One Prefect server for the session, on a free port, with a database of its own."""
    home = tmp_path_factory.mktemp("prefect")
    port = free_port()
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    env = os.environ | {"PREFECT_HOME": str(home)}
    log = (home / "server.log").open("wb")
    server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    SERVER.update(url=f"http://127.0.0.1:{port}/api", home=str(home))
    try:
        _wait_until_it_answers(server, home)
        yield SERVER["url"]
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def _wait_until_it_answers(server, home):
    limit = time.monotonic() + 300
    while time.monotonic() < limit and server.poll() is None:
        try:
            if httpx.get(f"{SERVER['url']}/health", timeout=1).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise AssertionError((home / "server.log").read_text())


def environment(home):
    """The environment of a command: this home, the tests' key, the session's server."""
    ours = {"HEMOFLOW_HOME": str(home), "HEMOFLOW_PSEUDONYM_KEY": KEY, "COLUMNS": "200"}
    return os.environ | ours | {"PREFECT_API_URL": SERVER["url"], "PREFECT_HOME": SERVER["home"]}


def run_cli(home, *words, check=True, **more):
    """Run `hemoflow` as a process of its own, the way a person does."""
    command = [sys.executable, "-m", "flows", *words]
    done = subprocess.run(command, env=environment(home) | more, capture_output=True, text=True, timeout=600)
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="session")
def trained_home(prefect_server, tmp_path_factory):
    """Initialised, history loaded, need model trained; do not change it, copy it."""
    home = tmp_path_factory.mktemp("site") / "home"
    run_cli(home, "init")
    run_cli(home, "ingest")
    run_cli(home, "train", "--as-of", TRAINED_ON)
    return home


@pytest.fixture
def home(trained_home, tmp_path):
    """A copy of the trained home to run days in."""
    return Path(shutil.copytree(trained_home, tmp_path / "home"))
