"""Broken files, other sources, wrong words: a report or a clear sentence, and the run goes on."""

import gzip
import shutil
from pathlib import Path

import pytest

from tests.fhir_server import BROKEN, serving, shipped

from .conftest import run_cli

SHIPPED = Path(__file__).resolve().parents[2] / "data"


def spoil(path, change):
    """Rewrite a gzipped CSV line by line; ``change`` gets the list of lines (the header is the first)."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    change(lines)
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")


@pytest.fixture
def broken_data(tmp_path):
    """The shipped data with three broken lines: an impossible number, an impossible day, an impossible count."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "data"))

    def break_haemoglobin(lines):
        header = lines[0].split(",")
        row = next(number for number, line in enumerate(lines) if line.split(",")[header.index("itemid")] == "51222")
        fields = lines[row].split(",")
        fields[header.index("valuenum")] = "twelve"
        lines[row] = ",".join(fields)

    spoil(folder / "mimic-iv-demo" / "hosp" / "labevents.csv.gz", break_haemoglobin)
    donations = folder / "malaysia-donations" / "blood_donations.csv"
    lines = donations.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("2024-10-15,o,"))
    lines[at] = "2024-10-15,o,-5"
    lines.append("2024-13-45,a,7")
    donations.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder, at + 1, len(lines)


def test_broken_rows_are_named_and_the_run_goes_on(home, broken_data):
    data, negative_line, last_line = broken_data
    said = run_cli(home, "ingest", HEMOFLOW_DATA=str(data)).stdout
    listing = (home / "quarantine.csv").read_text(encoding="utf-8")
    assert "labevents" in said
    assert "twelve" in listing
    assert f"blood_donations.csv,{negative_line},donations,'-5" in listing, (
        "the apostrophe keeps a spreadsheet from running it"
    )
    assert f"blood_donations.csv,{last_line},date,2024-13-45" in listing
    assert "DRAFT" in run_cli(home, "daily", "--as-of", "2024-10-31", HEMOFLOW_DATA=str(data)).stdout


def test_electronic_records_load_whole_beside_one_another_and_say_so_to_programs(tmp_path):
    import json

    import pandas as pd

    home, summary = tmp_path / "home", tmp_path / "summary.json"
    with serving(shipped(SHIPPED / "synthea-fhir-r4")) as server:
        server.troubles = {2: 429, 5: 503, 9: BROKEN}
        run_cli(home, "ingest", "--source", "fhir-r4", "--url", server.url)
    assert not [*home.rglob("*.ndjson")], "what was fetched is deleted once it is loaded"
    for kind, patients, haemoglobins in (("fhir", 9, 28), ("omop-cdm", 28, 108)):
        run_cli(home, "ingest", "--source", kind, "--json", str(summary))
        said = json.loads(summary.read_text(encoding="utf-8"))
        assert said["tables"]["patients"] == {"read": patients, "loaded": patients, "quarantined": 0, "duplicates": 0}
        assert said["reasons"] == {}
        assert said["lateness"]["labs"]["latest_hours"] >= 0
        labs = pd.concat(pd.read_parquet(path) for path in (home / "lake" / "labs").glob("*.parquet"))
        mine = labs[labs["source"] == {"fhir": "fhir-r4"}.get(kind, kind)]
        assert (mine["code"] == "haemoglobin").sum() == haemoglobins
        assert len(mine) == said["tables"]["labs"]["loaded"]
    assert labs.groupby("source").size().to_dict() == {"fhir-r4": 161, "omop-cdm": 683}
    (tmp_path / "empty").mkdir()
    done = run_cli(
        home, "ingest", "--source", "hl7", "--path", str(tmp_path / "empty"), "--json", str(summary), check=False
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    (reason,) = json.loads(summary.read_text(encoding="utf-8"))["reasons"]
    assert "holds no .hl7 file" in reason
    assert "hl7-v2" not in (home / "sources.toml").read_text(), "what cannot be loaded does not stand in the way"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["daily", "--as-of", "yesterday"], 2, "does not match"),
        (["daily", "--as-of", "2024-10-31", "--policy", "atlantis"], 4, "No policy profile"),
        (["ingest", "--source", "stars", "--path", "/tmp"], 2, "Unknown source"),
        (["ingest", "--source", "mimic-iv", "--path", "/nowhere"], 2, "does not exist"),
        (["assign", "/nowhere.json", "-o", "/tmp/plan.json"], 2, "does not exist"),
        (["show", "1999-01-01"], 2, "no run"),
        (["backfill", "--from", "2024-10-31", "--to", "2024-10-30"], 2, "before it starts"),
    ],
)
def test_wrong_words_end_in_a_sentence(trained_home, words, code, sentence):
    done = run_cli(trained_home, *words, check=False)
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_an_instance_that_makes_no_sense_lists_every_problem(trained_home, tmp_path):
    (tmp_path / "bad.json").write_text('{"schema": "hemoflow-supply/1", "horizon_days": -1, "donations": "many"}')
    done = run_cli(trained_home, "assign", str(tmp_path / "bad.json"), "-o", str(tmp_path / "plan.json"), check=False)
    assert done.returncode == 3
    assert "horizon_days" in done.stderr
    assert "donations" in done.stderr
    assert not (tmp_path / "plan.json").exists()


def test_a_command_before_init_says_what_to_do(tmp_path):
    done = run_cli(tmp_path / "home", "runs", check=False)
    assert done.returncode == 5
    assert "hemoflow init" in done.stderr
