"""A home with the demonstration's history and a trained model, made once; every flow runs on a real Prefect engine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TRAINED_ON = "2024-10-24"
KEY = "a key for tests only"


def run_cli(home, *words, check=True, **environment):
    """Run `hemoflow` as a process of its own, the way a person does."""
    env = os.environ | {
        "HEMOFLOW_HOME": str(home),
        "HEMOFLOW_PSEUDONYM_KEY": KEY,
        "PREFECT_HOME": str(Path(home).parent / "prefect"),
        "COLUMNS": "200",
    }
    env.pop("PREFECT_API_URL", None)
    done = subprocess.run(
        [sys.executable, "-m", "flows", *words], env=env | environment, capture_output=True, text=True, timeout=600
    )
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory):
    """Initialised, history loaded, need model trained; do not change it, copy it."""
    home = tmp_path_factory.mktemp("site") / "home"
    run_cli(home, "init")
    run_cli(home, "ingest")
    run_cli(home, "train", "--as-of", TRAINED_ON)
    return home


@pytest.fixture
def home(trained_home, tmp_path):
    """A copy of the trained home to run days in."""
    (tmp_path / "prefect").symlink_to(trained_home.parent / "prefect")
    return Path(shutil.copytree(trained_home, tmp_path / "home"))
