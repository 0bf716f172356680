"""A region made to measure, from the word that draws it to the day's plan."""

from .conftest import run_cli


def lake_of(home):
    return {path: path.stat().st_mtime_ns for path in (home / "lake").rglob("*") if path.is_file()}


def test_a_made_up_region_is_loaded_learned_from_and_planned_for(tmp_path):
    home, region = tmp_path / "home", tmp_path / "region"
    said = run_cli(home, "synth", "--population", "50000", "--days", "40", "-o", str(region)).stdout
    assert f"hemoflow ingest --source canonical --path {region}" in " ".join(said.split())
    run_cli(home, "init")
    run_cli(home, "ingest", "--source", "canonical", "--path", str(region))
    before = lake_of(home)
    assert len(before) == 10
    run_cli(home, "ingest")
    assert lake_of(home) == before
    assert "Promoted" in run_cli(home, "train", "--as-of", "2024-10-30").stdout
    assert "DRAFT" in run_cli(home, "daily", "--as-of", "2024-10-31").stdout
