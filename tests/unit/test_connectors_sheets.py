"""Spreadsheets: templates come back as they were filled, and the ingest doctor says what it mended."""

import csv
import io

import openpyxl
import pandas as pd
import pytest

from hemoflow.connectors import sheets
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.sheets.layouts import TEMPLATES
from hemoflow.domain.errors import InputError
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform

NAMES = Pseudonymiser(b"a key for tests only")
STOCK = [field.name for field in TEMPLATES["stock"]]
BAG = {
    "unit_id": "W1", "component": "red_cells", "blood_group": "O+", "collected_on": "2024-10-01",
    "outdate_on": "2024-11-11", "site_id": "HOSP-1",
}  # fmt: skip


def write_csv(path, columns, rows):
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def stock(folder, *bags):
    write_csv(folder / "stock.csv", STOCK, [BAG | bag for bag in bags])
    return sheets.load_templates(folder, NAMES)


def bag(name):
    return NAMES.pseudonym("unit", "templates", name)


@pytest.mark.parametrize("name", [*TEMPLATES, "units"])
def test_a_template_s_own_example_loads_once_the_mark_is_taken_away(tmp_path, name):
    text = sheets.template_text(name)
    header, explained, example = csv.reader(io.StringIO(text))
    assert len(header) == len(explained) == len(example)
    (tmp_path / f"{name}.csv").write_text(text)
    assert sheets.load_templates(tmp_path, NAMES).report["read_rows"].sum() == 0
    (tmp_path / f"{name}.csv").write_text(text.replace(example[0], example[0].removeprefix("# ")))
    loaded = sheets.load_templates(tmp_path, NAMES)
    assert loaded.report[["read_rows", "loaded_rows"]].to_numpy().tolist() == [[1, 1]]
    for table, frame in loaded.frames.items():
        pd.testing.assert_frame_equal(conform(frame, CANONICAL[table]), frame)
        assert len(frame) == (8 if name == "facility" else 1), "donations by hospital are eight groups a row"


def test_one_bag_on_several_rows_is_one_bag_with_its_most_restrictive_status(tmp_path):
    loaded = stock(tmp_path, {"status": "Available"}, {"status": "Issued"}, {"unit_id": "W2"})
    events = loaded.frames["unit_events"]
    assert len(loaded.frames["units"]) == 2
    assert events.loc[events["unit_id"] == bag("W1"), "event"].tolist().count("issued") == 1
    assert any("several rows" in note for note in loaded.notes)
    assert loaded.report["loaded_rows"].sum() == 3, "both rows are accounted for"


def test_a_bag_with_two_contents_is_nobody_s(tmp_path):
    loaded = stock(tmp_path, {}, {"blood_group": "A+"}, {"unit_id": "W2"})
    assert loaded.frames["units"]["unit_id"].tolist() == [bag("W2")]
    assert set(loaded.quarantine["reason"]) == {"same bag as another row, other content"}


@pytest.mark.parametrize("part", ["W1.S1", "W1-S2", "W1/2"])
def test_parts_of_split_bags_are_put_aside(tmp_path, part):
    loaded = stock(tmp_path, {"unit_id": part}, {"unit_id": "W2"})
    assert len(loaded.frames["units"]) == 1
    assert loaded.quarantine["reason"].tolist() == ["part of a split bag"]


def test_status_and_location_must_both_say_usable(tmp_path):
    loaded = stock(tmp_path, {"location": "Patient"}, {"unit_id": "W2", "location": "Bank"})
    events = loaded.frames["unit_events"].groupby("unit_id")["event"].agg(list).to_dict()
    assert sorted(events[bag("W1")]) == ["received", "returned"]
    assert events[bag("W2")] == ["received"]
    assert any("quarantine" in note for note in loaded.notes)


@pytest.mark.parametrize(
    ("written", "meant"), [("LPRC", "red_cells"), ("Pooled platelets", "platelets"), ("FFP", "plasma")]
)
def test_usual_names_of_components_are_understood(tmp_path, written, meant):
    loaded = stock(tmp_path, {"component": written})
    assert loaded.frames["units"]["component"].tolist() == [meant]
    assert any("translated" in note for note in loaded.notes)


@pytest.mark.parametrize("written", ["45566", "2567-10-01", "01/10/2567", "1.10.2024", "2024/10/1"])
def test_excel_and_buddhist_dates_are_the_same_day(tmp_path, written):
    loaded = stock(tmp_path, {"collected_on": written})
    assert loaded.frames["units"]["collected_on"].tolist() == [pd.Timestamp("2024-10-01")]
    assert bool(loaded.notes) == (written in {"45566", "2567-10-01", "01/10/2567"})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"collected_on": "soon"}, "not a date"),
        ({"collected_on": "2024-13-45"}, "not a date"),
        ({"outdate_on": "1824-10-01"}, "must lie between 1900 and 2099"),
        ({"outdate_on": "2024-09-01"}, "lies before the collection"),
        ({"blood_group": "O"}, "not a whole ABO and RhD group"),
        ({"component": "soup"}, "must be one of"),
        ({"unit_id": ""}, "missing"),
    ],
)
def test_what_has_no_reading_is_a_fault(tmp_path, change, reason):
    loaded = stock(tmp_path, change, {"unit_id": "W2"})
    assert len(loaded.frames["units"]) == 1
    assert reason in loaded.quarantine["reason"].iloc[0]


def test_a_workbook_of_a_laboratory_is_read_through_its_mapping(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Inventory"
    for row in [
        ["Hospital X"], ["Bag No.", "Type", "Group", "Drawn", "Expiry", "Where"],
        ["W1", "LPRC (SAGM)", "O Pos", pd.Timestamp("2024-10-01").to_pydatetime(), 45607, "Bank"],
        ["W2", "FFP", "AB NEG", "01/10/2567", "11/11/2567", "Donor room"],
    ]:  # fmt: skip
        book.active.append(row)
    book.save(tmp_path / "inventory 2024.xlsx")
    (tmp_path / "mapping.toml").write_text(
        """
        [stock]
        file = "inventory*.xlsx"
        sheet = "Inventory"
        header_row = 2
        [stock.columns]
        unit_id = "Bag No."
        component = "Type"
        blood_group = "Group"
        collected_on = "Drawn"
        outdate_on = "Expiry"
        location = "Where"
        [stock.constants]
        site_id = "HOSP-9"
        [stock.names.component]
        "LPRC (SAGM)" = "red_cells"
        """
    )
    loaded = sheets.load_laboratory(tmp_path, NAMES)
    assert len(loaded.quarantine) == 0
    units = loaded.frames["units"].sort_values("blood_group")
    assert units[["component", "blood_group", "site_id"]].to_numpy().tolist() == [
        ["plasma", "AB-", "HOSP-9"], ["red_cells", "O+", "HOSP-9"],
    ]  # fmt: skip
    assert set(units["outdate_on"]) == {pd.Timestamp("2024-11-11")}
    assert "W1" not in units.to_csv()


@pytest.mark.parametrize(
    ("text", "words"),
    [("[stock", "not valid TOML"), ("[stars]\n", "unknown template"), ("[stock.columns]\ncolour='x'\n", "colour")],
)
def test_a_mapping_that_makes_no_sense_is_refused(tmp_path, text, words):
    (tmp_path / "mapping.toml").write_text(text)
    with pytest.raises(InputError, match=words):
        sheets.load_laboratory(tmp_path, NAMES)


def test_broken_workbooks_are_named(tmp_path):
    (tmp_path / "stock.xlsx").write_bytes(b"PK no archive")
    (tmp_path / "stock 2.xlsx").write_bytes(b"")
    write_csv(tmp_path / "stock.csv", STOCK, [BAG])
    loaded = sheets.load_templates(tmp_path, NAMES)
    assert len(loaded.frames["units"]) == 1
    assert sorted(loaded.quarantine["file"]) == ["stock 2.xlsx", "stock.xlsx"]


def test_requests_and_results_bring_their_patients(tmp_path):
    columns = [field.name for field in TEMPLATES["requests"]]
    row = {
        "request_id": "R1",
        "patient_id": "MRN-1",
        "site_id": "H",
        "component": "prc",
        "requested_at": "2024-10-15T07:10",
    }
    write_csv(tmp_path / "requests.csv", columns, [row | {"blood_group": "A pos"}])
    columns = [field.name for field in TEMPLATES["labs"]]
    result = {"lab_id": "L1", "code": "Hgb", "value": "78", "unit": "g/L", "taken_at": "2024-10-15T06:40"}
    write_csv(tmp_path / "labs.csv", columns, [result | {"patient_id": "MRN-1", "sex": "female", "birth_year": "1950"}])
    loaded = sheets.load_templates(tmp_path, NAMES)
    (who,) = loaded.frames["patients"].to_dict("records")
    assert (who["sex"], who["birth_year"], who["blood_group"]) == ("F", 1950, "A+")
    assert loaded.frames["labs"]["value"].tolist() == [7.8]
    assert loaded.frames["requests"][["requested_units", "urgency", "shortage_tier"]].to_numpy().tolist() == [[1, 1, 2]]
    assert loaded.frames["requests"]["is_units_assumed"].tolist() == [True]
