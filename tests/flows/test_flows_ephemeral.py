"""Without any server the same command runs on Prefect's own ephemeral engine, kept inside the home folder."""

import subprocess
import sys

from .conftest import environment, run_cli


def test_a_command_needs_no_server(tmp_path):
    home = tmp_path / "home"
    alone = {"PREFECT_API_URL": "", "PREFECT_HOME": "", "HOME": str(tmp_path)}
    run_cli(home, "init", **alone)
    command = [sys.executable, "-m", "flows", "ingest", "--source", "fhir"]
    done = subprocess.run(command, env=environment(home) | alone, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "ephemeral engine" in done.stderr
    assert "fhir-r4" in done.stdout
    assert (home / "prefect" / "prefect.db").is_file()
