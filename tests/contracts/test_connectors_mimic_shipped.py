"""The shipped MIMIC-IV subset keeps the contract of every connector."""

import gzip
import re
import shutil
from datetime import date

import pandas as pd
import pytest

from hemoflow.connectors import mimic
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded, read_rows
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE
from hemoflow.settings import REPOSITORY

FOLDER = REPOSITORY / "data" / "mimic-iv-demo"
WINDOW = (date(2024, 10, 1), date(2024, 10, 31))
PSEUDONYMISER = Pseudonymiser(b"a key for tests only")
IDENTIFIERS = {
    "hosp/admissions": ("subject_id", "hadm_id"),
    "hosp/labevents": ("labevent_id",),
    "hosp/poe": ("poe_id",),
    "hosp/prescriptions": ("pharmacy_id",),
}


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return mimic.load(FOLDER, PSEUDONYMISER, window=WINDOW, seed=7)


def tables(loaded: Loaded) -> dict[str, pd.DataFrame]:
    return loaded.frames | {"quarantine": loaded.quarantine, "report": loaded.report}


def test_every_frame_fits_its_layout_and_its_key_is_unique(loaded):
    for name, frame in loaded.frames.items():
        pd.testing.assert_frame_equal(conform(frame, CANONICAL[name]), frame)
        assert not frame.duplicated(list(CANONICAL[name].key)).any(), name
    conform(loaded.quarantine, QUARANTINE)
    conform(loaded.report, INGEST_REPORT)


def test_nothing_is_lost(loaded):
    report = loaded.report.set_index("table_name")
    accounted = report["loaded_rows"] + report["quarantined_rows"] + report["duplicate_rows"]
    assert (report["read_rows"] == accounted).all()
    assert report["read_rows"].to_dict() == {
        "conditions": 2769, "drugs": 544, "encounters": 166, "labs": 9281, "patients": 60, "procedures": 427,
        "requests": 86, "transfusions": 64,
    }  # fmt: skip
    assert report["quarantined_rows"][lambda rows: rows > 0].to_dict() == {"drugs": 29, "labs": 19}
    assert {name: len(loaded.frames[name]) for name in ("requests", "transfusions", "labs")} == {
        "requests": 82, "transfusions": 62, "labs": 9262,
    }  # fmt: skip


def test_loading_twice_gives_the_same(loaded):
    again = mimic.load(FOLDER, PSEUDONYMISER, window=WINDOW, seed=7)
    for name, table in tables(loaded).items():
        pd.testing.assert_frame_equal(tables(again)[name], table)


def test_no_identifier_of_the_source_is_in_any_output(loaded):
    raw = {
        text
        for stem, columns in IDENTIFIERS.items()
        for column, texts in read_rows(FOLDER, stem, columns).frame.items()
        for text in texts.dropna()
        if len(text) >= 6
    }
    assert len(raw) > 80_000
    for name, table in tables(loaded).items():
        for column in table.select_dtypes("string"):
            words = table[column].dropna().str.split(r"[^0-9A-Za-z-]+").explode()
            assert not set(words) & raw, f"{name}.{column}"


def test_the_last_stay_begins_in_the_window_and_no_row_precedes_its_patient(loaded):
    last = loaded.frames["encounters"].groupby("patient_id")["started_at"].max().dt.date
    assert last.between(*WINDOW).all()
    assert last.nunique() > 15
    seen = loaded.frames["patients"].set_index("patient_id")["available_at"]
    for name in ("encounters", "labs", "requests", "transfusions", "conditions", "procedures", "drugs"):
        frame = loaded.frames[name]
        assert (frame["available_at"] >= frame["patient_id"].map(seen)).all(), name


def test_what_mimic_does_not_record_stays_missing(loaded):
    patients = loaded.frames["patients"]
    assert patients["blood_group"].isna().all()
    assert patients.loc[:, "needs_irradiated":"frailty_score"].isna().all(axis=None)
    assert patients["birth_year"].notna().all()
    told = {"white": 46, "black": 5, "hispanic": 3, "other": 2}
    assert patients["ancestry"].value_counts().to_dict() == told
    assert not any(frame["is_synthetic"].any() for name, frame in loaded.frames.items() if name != "date_shifts")
    assert (loaded.frames["labs"]["available_at"] >= loaded.frames["labs"]["taken_at"]).all()


def test_broken_rows_are_named_and_good_rows_stay_as_they_were(loaded, tmp_path):
    folder = tmp_path / "mimic"
    shutil.copytree(FOLDER, folder)
    path = folder / "hosp" / "labevents.csv.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    header = lines[0].split(",")
    first = next(line for line in lines[1:] if ",51222," in line and line.count(",") == len(header) - 1)
    fields = dict(zip(header, first.split(","), strict=True))
    bad = [
        ",".join((fields | change).values())
        for change in (
            {"labevent_id": "999000001", "valuenum": "seven"},
            {"labevent_id": "999000002", "charttime": "10014354"},
            {"labevent_id": "999000003", "subject_id": "10999999"},
            {"labevent_id": "999000004", "valueuom": "mEq/L"},
        )
    ]
    path.write_bytes(gzip.compress("\n".join([*lines, *bad, "torn", ""]).encode()))
    broken = mimic.load(folder, PSEUDONYMISER, window=WINDOW, seed=7)
    for name, frame in loaded.frames.items():
        pd.testing.assert_frame_equal(broken.frames[name], frame)
    new = broken.quarantine[
        (broken.quarantine["table_name"] == "labs") & (broken.quarantine["row_number"] > len(lines))
    ]
    assert new["row_number"].tolist() == list(range(len(lines) + 1, len(lines) + 6))
    assert new["field"].tolist() == ["valuenum", "charttime", "subject_id", "valueuom", "line"]
    assert new["value"].tolist()[:4] == ["seven", "(masked)", "(masked)", "mEq/L"]
    assert not new.astype("string").apply(lambda column: column.str.contains(re.compile(r"\d{7}"))).any(axis=None)
    report = broken.report.set_index("table_name").loc["labs"]
    assert report[["read_rows", "loaded_rows", "quarantined_rows"]].tolist() == [9286, 9262, 24]
