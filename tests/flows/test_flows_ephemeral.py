"""Without any server the same command runs on Prefect's own ephemeral engine, kept inside the home folder."""

from .conftest import run_cli


def test_a_command_needs_no_server(tmp_path):
    home = tmp_path / "home"
    alone = {"PREFECT_API_URL": "", "PREFECT_HOME": "", "HOME": str(tmp_path)}
    run_cli(home, "init", **alone)
    done = run_cli(home, "ingest", **alone)
    assert "ephemeral engine" in done.stderr
    assert "synthetic-region" in done.stdout
    assert (home / "prefect" / "prefect.db").is_file()
