"""A folder of canonical tables: good rows arrive whole, bad ones are named, identifiers never stay, twice is once."""

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hemoflow.connectors import canonical
from hemoflow.connectors.deliveries import Source
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.synthetic.population import Population, draw_district
from hemoflow.connectors.telling import told
from hemoflow.domain.errors import InputError
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import empty
from hemoflow.schemas.ingest import SOURCE_COLUMNS
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE
from hemoflow.store.parquet import read_frame, write_frame

KEY = Pseudonymiser(b"a key for tests only")
MADE_UP = {"schema": "hemoflow-canonical/1", "people": 20000, "seed": 1}


@pytest.fixture(scope="module")
def frames():
    return draw_district(Population(people=20_000, days=15, seed=5), 0)


@pytest.fixture
def folder(frames, tmp_path):
    for name, frame in frames.items():
        write_frame(frame, CANONICAL[name], tmp_path / "region" / name / "part-0001.parquet")
    return tmp_path / "region"


def written(loaded, tmp_path):
    """The tables as they arrive in the lake."""
    found = {}
    for name, write in loaded.large.items():
        rows = write(tmp_path / f"{name}.parquet")
        found[name] = read_frame(tmp_path / f"{name}.parquet")
        assert len(found[name]) == rows
    return found


def counts(loaded, table):
    report = loaded.report.set_index("table_name").loc[table]
    return [int(report[f"{name}_rows"]) for name in ("read", "loaded", "quarantined", "duplicate")]


def test_made_up_people_arrive_as_they_are(folder, frames, tmp_path):
    (folder / "manifest.json").write_text(json.dumps(MADE_UP))
    loaded = canonical.load(folder, KEY)
    assert len(loaded.quarantine) == 0
    arrived = written(loaded, tmp_path)
    assert set(arrived) == set(frames)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(arrived[name], frame)
        assert counts(loaded, name) == [len(frame), len(frame), 0, 0]


@pytest.mark.parametrize("reason", ["no manifest", "a real row"])
def test_everybody_else_is_renamed_alike_in_every_table(folder, frames, tmp_path, reason):
    if reason == "a real row":
        (folder / "manifest.json").write_text(json.dumps(MADE_UP))
        real = frames["patients"].assign(is_synthetic=[False, *[True] * (len(frames["patients"]) - 1)])
        write_frame(real, CANONICAL["patients"], folder / "patients" / "part-0001.parquet")
    arrived = written(canonical.load(folder, KEY), tmp_path)
    for name in ("labs", "requests", "unit_events"):
        for column, kind in (("patient_id", "p"), ("request_id", "req"), ("unit_id", "unit"), ("lab_id", "lab")):
            if column in frames[name]:
                expected = KEY.series(kind, "canonical", frames[name][column])
                assert list(arrived[name][column].fillna("")) == list(expected.fillna(""))
    assert arrived["patients"]["patient_id"].str.fullmatch("p_[0-9a-f]{16}").all()


def test_a_long_key_gives_the_names_that_python_gives(folder, frames, tmp_path):
    long = Pseudonymiser(b"k" * 100)
    arrived = written(canonical.load(folder, long), tmp_path)
    assert arrived["labs"]["lab_id"].iloc[0] == long.pseudonym("lab", "canonical", frames["labs"]["lab_id"].iloc[0])


def test_faults_are_named_and_masked_and_the_rest_arrives(folder, frames, tmp_path):
    labs = frames["labs"].astype(object).head(12).copy()
    labs["value"] = [str(value) for value in labs["value"]]
    labs.loc[0, "value"] = "twelve"
    labs.loc[1, "value"] = "-3"
    labs.loc[2, "code"] = "sodium"
    labs.loc[3, "lab_id"] = None
    labs.loc[4, "unit"] = "stone"
    labs.loc[5, "value"] = "inf"
    again = pd.concat([labs, labs.iloc[[7]], labs.iloc[[8]].assign(value="9.9")], ignore_index=True)
    pq.write_table(pa.Table.from_pandas(again, preserve_index=False), folder / "labs" / "part-0001.parquet")
    loaded = canonical.load(folder, KEY)
    assert counts(loaded, "labs") == [14, 5, 8, 1]
    found = loaded.quarantine
    assert list(found.columns) == list(QUARANTINE.columns)
    assert set(found["table_name"]) == {"labs"}
    faults = {(int(row.row_number), row.field): row.reason for row in found.itertuples()}
    assert faults[1, "value"] == "not a number"
    assert "must be at least" in faults[2, "value"]
    assert "must be one of" in faults[3, "code"]
    assert faults[4, "lab_id"] == "missing"
    assert "must be in" in faults[5, "unit"]
    assert faults[6, "value"] == "not a number"
    assert {number for number, _ in faults} >= {9, 14}
    assert "D001" not in found.to_csv()
    assert len(written(loaded, tmp_path)["labs"]) == 5


def test_a_key_that_two_files_share_is_found(folder, frames):
    twice = frames["requests"].head(3)
    write_frame(twice, CANONICAL["requests"], folder / "requests" / "part-0002.parquet")
    rows = len(frames["requests"])
    assert counts(canonical.load(folder, KEY), "requests") == [rows + 3, rows, 0, 3]


def test_csv_is_read_too_and_its_lines_are_counted_as_an_editor_does(tmp_path, frames):
    patients = frames["patients"].head(5).drop(columns="frailty_score")
    lines = patients.to_csv(index=False).splitlines()
    width = lines[0].count(",") + 1
    lines.insert(2, "too,few")
    lines[4] = lines[4].replace(lines[4].split(",")[2], "MMXX", 1)
    (tmp_path / "patients.csv").write_text("\n".join(lines) + "\n")
    loaded = canonical.load(tmp_path, KEY)
    assert counts(loaded, "patients") == [6, 4, 2, 0]
    found = loaded.quarantine.sort_values("row_number")
    assert list(found["row_number"]) == [3, 5]
    assert list(found["reason"]) == [f"2 fields instead of {width}", "not a whole number"]


def test_damaged_and_foreign_files_are_named(folder, tmp_path):
    (folder / "labs" / "part-0001.parquet").write_bytes(b"PAR1 and nothing else")
    pq.write_table(pa.table({"a": [1]}), folder / "units" / "part-0001.parquet")
    loaded = canonical.load(folder, KEY)
    reasons = dict(zip(loaded.quarantine["table_name"], loaded.quarantine["reason"], strict=True))
    assert reasons["labs"] == "the file is damaged"
    assert reasons["units"].startswith("lacks the columns")
    assert len(written(loaded, tmp_path)["labs"]) == 0
    assert list(loaded.report.columns) == list(INGEST_REPORT.columns)


def test_a_folder_without_tables_is_refused(tmp_path):
    with pytest.raises(InputError, match="no canonical table"):
        canonical.load(tmp_path, KEY)


def test_a_delivery_was_not_known_before_it_arrived(folder, tmp_path):
    at = pd.Timestamp("2025-01-01T06:00Z")
    ((_, loaded),) = Source("canonical", folder, at.to_pydatetime()).load(KEY, 1)
    assert (written(loaded, tmp_path)["labs"]["available_at"] == at).all()


def test_lateness_and_columns_are_told_as_of_every_other_source(folder, frames, tmp_path):
    loaded = canonical.load(folder, KEY)
    paths = {name: tmp_path / f"{name}.parquet" for name in loaded.large}
    for name, write in loaded.large.items():
        write(paths[name])
    said = told(loaded, "canonical", empty(SOURCE_COLUMNS), paths)
    hours = (frames["labs"]["available_at"] - frames["labs"]["taken_at"]).dt.total_seconds() / 3600
    late = said["lateness"].set_index("table_name").loc["labs"]
    assert late["rows"] == len(hours)
    assert late["latest_hours"] == pytest.approx(hours.max())
    assert late["median_hours"] == pytest.approx(hours.median(), rel=0.02)
    kinds = said["source_columns"].set_index(["file", "column_name"])["kind"]
    assert [kinds["labs", name] for name in ("lab_id", "value", "taken_at")] == ["text", "number", "instant"]
    for path in (folder / "labs").iterdir():
        path.unlink()
    frames["labs"].rename(columns={"unit": "measure"}).to_csv(folder / "labs.csv", index=False)
    assert "lacks the columns unit" in set(canonical.load(folder, KEY).quarantine["reason"])
    frames["labs"].assign(value="high", Roe=1).to_csv(folder / "labs.csv", index=False)
    changes = told(canonical.load(folder, KEY), "canonical", loaded.columns)["schema_drift"]
    found = changes[["file", "column_name", "change", "now"]].astype("object").to_numpy().tolist()
    assert found == [["labs", "value", "type", "text"], ["labs", "xxx~11", "new", "not read"]]


def test_csv_may_have_fields_of_several_lines_and_a_forgotten_quotation_mark_costs_one_row(tmp_path, frames):
    notes = frames["labs"].head(6).astype(object).assign(unit=[f"g/dL{end}" for end in ("\n", "", "", "", "", "")])
    notes = notes.assign(code="haemoglobin", value=8.1)
    lines = notes.to_csv(index=False).splitlines()
    lines[4] = lines[4].replace("g/dL", '"g/dL')
    (tmp_path / "labs.csv").write_text("\n".join(lines) + "\n")
    loaded = canonical.load(tmp_path, KEY)
    assert counts(loaded, "labs") == [6, 5, 1, 0]
    assert loaded.quarantine[["row_number", "reason"]].to_numpy().tolist() == [[5, "a quotation mark is not closed"]]
    assert len(written(loaded, tmp_path)["labs"]) == 5
