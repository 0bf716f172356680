"""A home with the demonstration's history and a trained model, made once; every flow runs on a real Prefect server."""

import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from hemoflow.domain.policy import PROFILES

from .warm import run_commands

TRAINED_ON = "2024-10-24"
HURRY = {"need.trees": 40, "need.folds": 2, "need.deals": 1, "segmentation.rule_bootstraps": 3}
KEY = "a key for tests only"
SERVER = {"url": "", "home": ""}


def free_port():
    """A port on which nobody listens now, and that the system gives to nobody who does not ask for it by its number."""
    for port in random.sample(range(20_000, 32_000), 1000):
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


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


def run_cli(home, *words, check=True, killed_at="", **more):
    """Run `hemoflow` as a process of its own, the way a person does; it may be killed at the first file of a stage."""
    (done,) = run_commands((words, environment(home) | more, killed_at))
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


def policy_file(folder, name, values):
    """The demonstration's policy under another name, with other values of some entries."""
    text = (PROFILES / "region_demo.toml").read_text(encoding="utf-8")
    for entry, value in {"name": name, **values}.items():
        text, changed = re.subn(rf"(?m)^(\[{entry}\]\nvalue|{entry}) = .*$", rf"\1 = {json.dumps(value)}", text)
        assert changed == 1, entry
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="session")
def trained_home(prefect_server, tmp_path_factory):
    """Initialised, history loaded, need model and segments trained in a hurry; do not change it, copy it."""
    folder = tmp_path_factory.mktemp("site")
    home, hurry = folder / "home", policy_file(folder, "region_hurry", HURRY)
    run_cli(home, "init")
    run_cli(home, "ingest")
    run_cli(home, "train", "--as-of", TRAINED_ON, "--policy", hurry)
    return home


@pytest.fixture
def home(trained_home, tmp_path):
    """A copy of the trained home to run days in."""
    return Path(shutil.copytree(trained_home, tmp_path / "home"))
