"""The thinned Malaysian series: size, pattern, accounts, and numbers that depend on nothing later."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from hemoflow.connectors import donations
from hemoflow.connectors.reading import Loaded
from hemoflow.domain.errors import InputError, UsageError
from hemoflow.schemas.canonical import DONATIONS
from hemoflow.schemas.frames import conform
from hemoflow.settings import REPOSITORY

FOLDER = REPOSITORY / "data" / "malaysia-donations"
FIRST, LAST = date(2024, 1, 1), date(2024, 10, 31)
COUNTRY_WEEKDAY_INDEX = [0.695, 0.799, 0.959, 0.935, 0.649, 1.231, 1.747]
"""Monday to Sunday, published totals of the same days over their mean."""


def load(folder: Path = FOLDER, *, target: float = 90, seed: int = 3, first: date = FIRST, last: date = LAST) -> Loaded:
    return donations.load(folder, target_per_day=target, seed=seed, first_on=first, last_on=last)


@pytest.fixture(scope="module")
def year() -> Loaded:
    return load()


def test_frame_fits_its_layout_and_is_marked_synthetic(year):
    frame = year.frames["donations"]
    pd.testing.assert_frame_equal(conform(frame, DONATIONS), frame)
    assert frame["is_synthetic"].all()
    assert set(frame["source"]) == {"malaysia-donations"}
    assert (frame["available_at"].dt.tz_localize(None) - frame["donated_on"] == pd.Timedelta(days=1)).all()
    assert len(frame) == 8 * ((LAST - FIRST).days + 1)
    assert not frame.duplicated(list(DONATIONS.key)).any()


def test_size_weekday_cycle_and_groups_are_the_countrys(year):
    frame = year.frames["donations"]
    by_day = frame.groupby("donated_on")["donated_units"].sum().astype(float)
    assert by_day.mean() == pytest.approx(90 * 1604.6 / 1576.4, rel=0.02)
    by_weekday = by_day.groupby(by_day.index.dayofweek).mean() / by_day.mean()
    assert by_weekday.tolist() == pytest.approx(COUNTRY_WEEKDAY_INDEX, abs=0.05)
    by_group = frame.groupby("blood_group")["donated_units"].sum() / frame["donated_units"].sum()
    assert by_group[["O+", "O-"]].sum() == pytest.approx(0.426, abs=0.02)
    assert by_group["O-"] / by_group[["O+", "O-"]].sum() == pytest.approx(0.5 / 38.3, abs=0.004)


def test_a_day_depends_on_no_other_day_and_on_nothing_later(year):
    early = load(first=date(2024, 3, 5), last=date(2024, 3, 20)).frames["donations"]
    whole = year.frames["donations"]
    same = whole[whole["donated_on"].between("2024-03-05", "2024-03-20")].reset_index(drop=True)
    pd.testing.assert_frame_equal(early, same)


def test_seed_decides(year):
    assert load().frames["donations"].equals(year.frames["donations"])
    assert not load(seed=4).frames["donations"].equals(year.frames["donations"])


def test_a_region_as_large_as_the_country_keeps_every_donation(tmp_path):
    days = [date(2023, 12, 31), date(2024, 1, 1)]
    put(
        tmp_path,
        [
            f"{day},{group},{units}"
            for day in days
            for group, units in (("all", 100), ("a", 30), ("b", 20), ("o", 40), ("ab", 10))
        ],
    )
    frame = load(tmp_path, target=100, first=days[1], last=days[1]).frames["donations"]
    assert frame.groupby(frame["blood_group"].str[:-1])["donated_units"].sum().to_dict() == {
        "A": 30,
        "AB": 10,
        "B": 20,
        "O": 40,
    }


def test_notes_state_the_share_and_the_totals_that_do_not_add_up(year):
    assert year.notes == (
        "2024: share 0.05709 of the country's donations kept.",
        "On 18 of 305 days the groups differ from the published total, by at most 2.",
    )


def put(folder: Path, lines: list[str]) -> None:
    text = "\n".join(["date,blood_type,donations", *lines]) + "\n"
    (folder / "blood_donations.csv").write_text(text, encoding="utf-8")


def test_broken_rows_are_named_and_the_others_stay(year, tmp_path):
    lines = (FOLDER / "blood_donations.csv").read_text(encoding="utf-8").splitlines()[1:]
    bad = [
        "2024-02-31,a,5",
        "soon,a,5",
        "2024-05-01,x,5",
        "2024-05-01,b,4.5",
        "2024-05-02,b",
        "2025-01-01,a,7",
        lines[-1],
    ]
    put(tmp_path, [*lines, *bad, "2024-05-03,all,many"])
    loaded = load(tmp_path)
    assert loaded.quarantine[["row_number", "field", "reason"]].to_numpy().tolist()[1:] == [
        [len(lines) + 2, "date", "not a day as YYYY-MM-DD"],
        [len(lines) + 3, "date", "not a day as YYYY-MM-DD"],
        [len(lines) + 4, "blood_type", "must be one of a, ab, b, o"],
        [len(lines) + 5, "blood_type", "same key as another row, other content"],
        [len(lines) + 5, "donations", "not a whole number"],
        [len(lines) + 6, "line", "2 fields instead of 3"],
    ]
    whole = year.frames["donations"]
    lost = (whole["donated_on"] == "2024-05-01") & whole["blood_group"].isin(["B+", "B-"])
    pd.testing.assert_frame_equal(loaded.frames["donations"], whole[~lost].reset_index(drop=True))
    report = loaded.report.iloc[0]
    assert report["read_rows"] == report["loaded_rows"] + report["quarantined_rows"] + report["duplicate_rows"]
    assert report["quarantined_rows"] == 6
    assert loaded.notes[0] == "2 published totals could not be read and were passed over."
    assert loaded.notes[-1].startswith("On 1 days at least one ABO group is missing")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"target": 2000}, UsageError, "not between 0 and the country's 1576"),
        ({"target": 0}, UsageError, "not between 0"),
        ({"last": FIRST - timedelta(days=1)}, UsageError, "comes before the first"),
        ({"first": date(2006, 5, 1), "last": date(2006, 5, 2)}, InputError, "no totals of 2005"),
    ],
)
def test_senseless_wishes_are_refused(change, error, words):
    with pytest.raises(error, match=words):
        load(**change)
