"""CSV and JSON-safe rows."""

import io
import json

import numpy as np
import openpyxl
import pandas as pd
import pytest

from hemoflow.reports.exports import csv_bytes, csv_parts, plain, table_rows, write_xlsx
from hemoflow.schemas.columns import count, day, flag, instant, measure, text
from hemoflow.schemas.frames import conform
from hemoflow.schemas.table import Layout
from tests.browser.sample import make_day, make_header

LAYOUT = Layout(
    "things",
    "A thing.",
    {
        "name": text("Name.", missing=True), "n_units": count("Units.", least=None, missing=True),
        "value": measure("Value.", missing=True), "is_new": flag("New."),
        "made_on": day("Day.", missing=True), "seen_at": instant("Instant.", missing=True),
    },
    ("name",),
)  # fmt: skip


def things(*rows):
    frame = pd.DataFrame(rows, columns=list(LAYOUT.columns))
    return frame.assign(made_on=pd.to_datetime(frame["made_on"]), seen_at=pd.to_datetime(frame["seen_at"], utc=True))


def body(frame):
    lines = csv_bytes(frame, make_header(), LAYOUT).decode().splitlines()
    return [line for line in lines if not line.startswith("# ")]


def test_values_are_written_in_one_way_only():
    rows = things(("b", None, None, None, None, None), ("a", -3, 0.1, True, "2024-10-31", "2024-10-31T08:00:00Z"))
    assert body(rows) == [
        "name,n_units,value,is_new,made_on,seen_at",
        "a,-3,0.1,true,2024-10-31,2024-10-31T08:00:00Z",
        "b,,,,,",
    ]


def test_the_header_comes_first_and_pandas_skips_it():
    data = csv_bytes(make_day().stock_status, make_header(), _layout("stock_status"))
    assert data.startswith(b"# status: DRAFT: a recommendation; a person decides\n# run_id: 2024-10-31-5f0c2a9be711\n")
    assert b"\r" not in data
    assert data.endswith(b"\n")
    read = pd.read_csv(io.BytesIO(data), comment="#")
    assert read["blood_group"].tolist() == make_day().stock_status["blood_group"].tolist()
    assert read["change_units"].tolist() == make_day().stock_status["change_units"].tolist()


def test_a_line_break_in_the_header_cannot_start_a_row():
    data = csv_bytes(things(), make_header(data_note="one\nx,1,2\r\nthree"), LAYOUT).decode()
    assert [line for line in data.splitlines() if not line.startswith("# ")] == [",".join(LAYOUT.columns)]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1", "\t=1"])
def test_formulas_are_neutralised_in_text(name):
    written = body(things((name, -1, -1.5, False, None, None)))[1]
    assert written.lstrip('"').startswith("'")
    assert ",-1,-1.5," in written, "numbers stay numbers"


@pytest.mark.parametrize("name", ["O-", "a=b", "'=1"])
def test_harmless_text_is_left_alone(name):
    assert body(things((name, 1, 1.0, False, None, None)))[1].startswith(f"{name},")


@pytest.mark.parametrize("status", ["DRAFT", "STATUS_ONLY"])
def test_a_workbook_says_what_the_run_is_and_runs_nothing(status, tmp_path):
    names = ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1", "\x0b=1", "fine"]
    frames = [things(), conform(things(*((name, 1, 0.5, True, None, None) for name in names)), LAYOUT)]
    write_xlsx(frames, make_header(status=status), LAYOUT, tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    sheet, about = book.worksheets
    assert sheet.title == f"{status.replace('_', ' ')} things"
    assert status.replace("_", " ") in sheet.oddHeader.center.text
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == tuple(LAYOUT.columns)
    assert {row[0][0] for row in rows[1:]} == {"'", "f"}
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
    assert next(about.iter_rows(values_only=True))[0] == "status"


def test_parts_of_a_table_are_the_table():
    rows = [(name, 1, float("inf"), None, None, None) for name in ("a", "b,c", "d")]
    whole, header = csv_bytes(things(*rows), make_header(), LAYOUT), make_header()
    parts = [conform(things(*some), LAYOUT) for some in ([], rows[:1], rows[1:])]
    assert b"".join(csv_parts(parts, header, LAYOUT)) == whole


def test_rows_for_a_table_artifact_survive_json():
    frame = things(("a", 1, np.inf, True, "2024-10-31", "2024-10-31T08:00:00Z"), (None, None, np.nan, None, None, None))
    assert json.loads(json.dumps(table_rows(frame, 10), allow_nan=False)) == [
        {
            "name": "a",
            "n_units": 1,
            "value": None,
            "is_new": True,
            "made_on": "2024-10-31",
            "seen_at": "2024-10-31T08:00:00Z",
        },
        dict.fromkeys(LAYOUT.columns),
    ]
    assert len(table_rows(make_day().kpis, 3)) == 3


@pytest.mark.parametrize(
    "name", ["stock_status", "worklist", "allocations", "kpis", "plan_days", "orders", "routes", "freshness"]
)
def test_every_frame_of_the_day_can_be_shown_and_written(name):
    frame = getattr(make_day(), name)
    json.dumps(table_rows(frame, 100), allow_nan=False)
    assert csv_bytes(frame, make_header(), _layout(name)) == csv_bytes(frame[::-1], make_header(), _layout(name))


def test_numpy_scalars_become_plain():
    assert [plain(value) for value in (np.int64(3), np.float32(0.5), np.bool_(True), pd.NA, pd.NaT)] == [
        3,
        0.5,
        True,
        None,
        None,
    ]
    assert type(plain(np.int64(3))) is int


def _layout(name):
    from hemoflow.schemas.results import RESULTS

    return RESULTS[name]
