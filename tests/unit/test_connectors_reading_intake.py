"""Converters note what they cannot accept; the accounts always balance; no identifier shows."""

import pandas as pd
import pytest

from hemoflow.connectors.blocks import TEXT, BrokenLine
from hemoflow.connectors.intake import Intake, delivered
from hemoflow.connectors.masking import MASK
from hemoflow.connectors.reading import RawRows


def intake_of(*broken: BrokenLine, **columns: list[str | None]) -> Intake:
    frame = pd.DataFrame({name: pd.array(texts, dtype=TEXT) for name, texts in columns.items()})
    frame.index += 2
    return Intake("clinic", "donations", RawRows("x.csv", frame, broken))


def faults(intake: Intake) -> dict[int, str]:
    return dict(zip(intake.quarantine["row_number"], intake.quarantine["reason"], strict=True))


def test_number():
    intake = intake_of(x=["1.5", "-1", "11", "abc", None, "inf", "nan"])
    assert intake.number("x", least=0, most=10)[2] == 1.5
    assert faults(intake) == {
        3: "must be at least 0", 4: "must be at most 10", 5: "not a number", 6: "missing",
        7: "not a number", 8: "not a number",
    }  # fmt: skip


def test_whole():
    intake = intake_of(x=["3", "3.0", "3.5", "-1"])
    assert intake.whole("x").tolist()[:2] == [3, 3]
    assert faults(intake) == {4: "not a whole number", 5: "must be at least 0"}


def test_instant_is_utc_and_refuses_what_is_no_time():
    intake = intake_of(
        at=["2150-02-03 04:05:06", "2150-02-03T04:05:06+02:00", "2150-02-30 00:00:00", "soon", "99999-01-01"]
    )
    found = intake.instant("at")
    assert found[2] == pd.Timestamp("2150-02-03 04:05:06", tz="UTC")
    assert found[3] == pd.Timestamp("2150-02-03 02:05:06", tz="UTC")
    assert list(faults(intake)) == [4, 5, 6]


def test_day_wants_one_spelling():
    intake = intake_of(on=["2024-02-29", "2023-02-29", "2024-2-9", "01/02/2024"])
    assert intake.day("on")[2] == pd.Timestamp("2024-02-29")
    assert list(faults(intake)) == [3, 4, 5]


def test_choice_translates_and_missing_is_a_fault_only_where_it_must_not_be():
    intake = intake_of(sex=["F", "X", None])
    assert intake.choice("sex", {"F": "female"}, missing=True)[2] == "female"
    assert faults(intake) == {3: "must be one of F"}
    intake.text("sex")
    assert faults(intake)[4] == "missing"


def test_same_key_with_other_content_rejects_both_and_an_exact_repeat_counts_as_duplicate():
    intake = intake_of(key=["a", "a", "b", "b", "c"], x=["1", "1", "1", "2", "1"])
    intake.unique(["key"])
    assert list(faults(intake)) == [4, 5]
    assert intake.report["read_rows"] == 5
    assert (intake.report["loaded_rows"], intake.report["quarantined_rows"], intake.report["duplicate_rows"]) == (
        2,
        2,
        1,
    )


def test_broken_lines_count_as_read_and_quarantined():
    intake = intake_of(BrokenLine(9, "3 fields instead of 2", "Mend the line."), x=["1"])
    assert faults(intake) == {9: "3 fields instead of 2"}
    assert (intake.report["read_rows"], intake.report["quarantined_rows"]) == (2, 1)


def test_a_row_with_two_faults_counts_once():
    intake = intake_of(x=["z", "1"], y=["z", "1"])
    intake.number("x")
    intake.number("y")
    intake.number("y")
    assert len(intake.quarantine) == 2
    assert intake.report["quarantined_rows"] == 1


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("subject_id", "10014354", MASK),
        ("orderid", "77", MASK),
        ("charttime", "10014354-228", f"{MASK}-228"),
        ("charttime", "2150-02-30", "2150-02-30"),
        ("charttime", "x" * 99, "x" * 40),
    ],
)
def test_no_identifier_shows_in_a_fault(field, value, shown):
    intake = intake_of(**{field: [value]})
    intake.instant(field)
    assert intake.quarantine["value"].tolist() == [shown]


def donation(units: list[int]) -> pd.DataFrame:
    at = pd.Timestamp("2024-01-02", tz="UTC")
    columns = {"donated_on": pd.Timestamp("2024-01-01"), "site_id": "S", "component": "red_cells", "blood_group": "O+"}
    return pd.DataFrame(
        columns | {"donated_units": units, "available_at": at, "is_synthetic": True}, index=range(2, 2 + len(units))
    )


def test_the_layout_is_the_last_net():
    intake = intake_of(x=["1", "2"])
    frame = intake.finish(donation([4, -4]))
    assert frame["donated_units"].tolist() == [4]
    assert faults(intake) == {3: "must be at least 0"}


def test_loaded_without_a_fault_has_an_empty_quarantine_of_the_right_layout():
    intake = intake_of(x=["1"])
    loaded = delivered({"donations": intake.finish(donation([4]))}, [intake], ["a note"])
    assert loaded.quarantine.empty
    assert list(loaded.quarantine.columns)[:3] == ["source", "table_name", "file"]
    assert loaded.report["loaded_rows"].tolist() == [1]
    assert loaded.notes == ("a note",)
