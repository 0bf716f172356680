"""Without any server the same command runs on Prefect's own ephemeral engine, kept inside the home folder."""

import subprocess
import sys

from .conftest import environment


def test_a_command_needs_no_server(tmp_path):
    home = tmp_path / "home"
    alone = {"PREFECT_API_URL": "", "PREFECT_HOME": "", "HOME": str(tmp_path)}
    for word in ("init", "ingest"):
        command = [sys.executable, "-m", "flows", word]
        done = subprocess.run(command, env=environment(home) | alone, capture_output=True, text=True, check=True)
    assert "ephemeral engine" in done.stderr
    assert "synthetic-region" in done.stdout
    assert (home / "prefect" / "prefect.db").is_file()
