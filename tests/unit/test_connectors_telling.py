"""What a load tells of itself: lateness, columns, what changed since the load before, and sentences."""

import pandas as pd
import pytest

from hemoflow.connectors import eicu
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import RawRows
from hemoflow.connectors.telling import columns_of, kind_of, told
from hemoflow.reports.data_health import told_summary
from hemoflow.schemas.frames import empty
from hemoflow.schemas.ingest import SOURCE_COLUMNS, drift
from hemoflow.store import open_store
from tests.eicu_sample import FILES, write_eicu

NAMES = Pseudonymiser(b"a key for tests only")
NOTHING = empty(SOURCE_COLUMNS)


def loaded(folder, **changes):
    write_eicu(folder, FILES | changes)
    return eicu.load(folder, NAMES)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return loaded(tmp_path_factory.mktemp("first"))


def test_lateness_is_the_time_from_the_sample_to_the_last_revision(first):
    late = told(first, "eicu", NOTHING)["lateness"].set_index("table_name")
    minutes = pd.Series([30, 20, 10, -10, 10, 5]).clip(lower=0)  # of the six results that are read
    assert late.loc["labs", "rows"] == 6
    assert late.loc["labs", "median_hours"] == pytest.approx(minutes.median() / 60)
    assert late.loc["labs", "p95_hours"] == pytest.approx(minutes.quantile(0.95) / 60)
    assert late.loc["labs", "latest_hours"] == 0.5
    assert "patients" not in late.index


def test_a_first_load_has_no_drift_and_the_same_load_none_either(first):
    assert told(first, "eicu", NOTHING)["schema_drift"].empty
    assert drift(first.columns, first.columns).empty


def test_new_missing_and_other_columns_are_told(first, tmp_path):
    lines = [
        FILES["lab.csv"][0].replace("labtypeid", "Jane Doe").replace(",labresulttext", ""),
        "90001,7001,-10,3,Hgb,high,g/dL,gm/dL,20",
    ]
    changes = drift(first.columns, loaded(tmp_path, **{"lab.csv": lines}).columns)
    found = changes[["file", "column_name", "change", "before", "now"]].astype("object").to_numpy().tolist()
    assert found == [
        ["lab", "labresult", "type", "number", "text"],
        ["lab", "labresulttext", "missing", "number", pd.NA],
        ["lab", "labtypeid", "missing", "not read", pd.NA],
        ["lab", "xxxx xxx~4", "new", pd.NA, "not read"],
    ]


@pytest.mark.parametrize(
    ("file", "label"),
    [("lab-2024-10-15.csv.gz", "lab"), ("hosp/labevents.csv", "hosp/labevents"), ("Patient.000.ndjson", "Patient")],
)
def test_a_file_of_another_day_is_the_same_file(file, label):
    frame = pd.DataFrame({"value": pd.array(["7"], dtype="string")})
    assert columns_of(RawRows(file, frame, header=("value", "more"))) == {
        (label, "value"): "number",
        (label, "more"): "not read",
    }


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2.5", None, "-3e2"], "number"), (["2024-10-01", "2024-10-02"], "day"), ([None], "empty"),
        (["2024-10-01T08:00", "2024-10-01 09:30:00Z"], "instant"),
        (["1", "two"], "text"), (["7"] * 99 + ["x"], "number"),
    ],
)  # fmt: skip
def test_the_kind_of_a_column_is_that_of_nearly_all_its_values(values, kind):
    assert kind_of(pd.Series(values, dtype="string")) == kind


def test_a_file_that_gives_no_row_is_told(tmp_path):
    only_sodium = [FILES["lab.csv"][0], "90005,7003,60,1,sodium,140,140,mmol/L,mmol/L,70"]
    notes = loaded(tmp_path, **{"lab.csv": only_sodium, "note.csv": FILES["note.csv"][:1]}).notes
    assert "None of the rows of lab.csv is asked for." in notes
    assert "note.csv holds no row." in notes


def test_the_store_keeps_what_loads_told_and_compares_with_the_load_before(first, tmp_path):
    with open_store(f"sqlite:///{tmp_path}/store.db", tmp_path) as store:
        store.init()
        assert store.columns_before("eicu").empty
        store.save_source("eicu", "f1", {}, first.report, first.quarantine)
        store.save_told("eicu", "f1", told(first, "eicu", NOTHING))
        for later in ("eicu", "eicu@20240101t000000z"):
            pd.testing.assert_frame_equal(store.columns_before(later), first.columns)
        assert store.columns_before("fhir-r4").empty
        notes = store.told("source_notes")
        summary = told_summary(store.told("lateness"), store.told("schema_drift"), notes)
        assert summary["lateness"]["labs"]["latest_hours"] == 0.5
        assert summary["drift"] == []
        assert summary["notes"] == list(first.notes)
        store.save_source("eicu", "f2", {}, first.report, first.quarantine)
        assert store.told("lateness").empty, "the new version has told nothing yet"
