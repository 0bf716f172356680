"""Moving a patient's dates never changes an interval within the patient."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hemoflow.connectors import mimic
from hemoflow.connectors.mimic.study import shifts
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.settings import REPOSITORY

FOLDER = REPOSITORY / "data" / "mimic-iv-demo"
PSEUDONYMISER = Pseudonymiser(b"a key for tests only")
STARTS = st.dictionaries(
    st.text("0123456789", min_size=1, max_size=8),
    st.datetimes(pd.Timestamp("2100-01-01").to_pydatetime(), pd.Timestamp("2210-01-01").to_pydatetime()),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(
    starts=STARTS,
    first=st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    days=st.integers(0, 60),
    seed=st.integers(0, 2**31),
)
def test_every_last_admission_lands_in_the_window_and_patients_do_not_influence_one_another(starts, first, days, seed):
    last_admission = pd.Series(starts, dtype="datetime64[ns]")
    window = (first, first + timedelta(days=days))
    moved = shifts(last_admission, window, seed)
    landed = (last_admission + pd.to_timedelta(moved, unit="D")).dt
    assert all(window[0] <= day <= window[1] for day in landed.date)
    assert (landed.time == last_admission.dt.time).all()
    alone = last_admission.iloc[[0]]
    assert shifts(alone, window, seed).iloc[0] == moved.iloc[0]


def test_the_seed_decides():
    starts = pd.Series(pd.Timestamp("2150-01-01 10:00"), index=[str(number) for number in range(20)])
    window = (date(2024, 10, 1), date(2024, 10, 31))
    assert shifts(starts, window, 1).equals(shifts(starts, window, 1))
    assert not shifts(starts, window, 1).equals(shifts(starts, window, 2))


def test_without_a_window_nothing_moves():
    assert shifts(pd.Series({"1": pd.Timestamp("2150-01-01")}), None, 3).tolist() == [0]


def test_days_are_drawn_evenly_over_the_window():
    starts = pd.Series(pd.Timestamp("2150-01-01 10:00"), index=[str(number) for number in range(4000)])
    counts = shifts(starts, (date(2024, 10, 1), date(2024, 10, 10)), 5).value_counts()
    assert len(counts) == 10
    assert counts.between(330, 470).all()


@pytest.fixture(scope="module")
def frames() -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    window = (date(2024, 10, 1), date(2024, 10, 31))
    kept = mimic.load(FOLDER, PSEUDONYMISER, window=None, seed=7).frames
    return kept, mimic.load(FOLDER, PSEUDONYMISER, window=window, seed=7).frames


def test_every_instant_and_day_moves_by_the_recorded_whole_days(frames):
    kept, moved = frames
    shift = moved["date_shifts"].set_index("patient_id")["shift_days"]
    times = 0
    for name in ("encounters", "labs", "requests", "transfusions", "conditions", "procedures", "drugs", "patients"):
        days = pd.to_timedelta(kept[name]["patient_id"].map(shift).astype("int64"), unit="D")
        for column in kept[name].select_dtypes(["datetime64[ns]", "datetime64[ns, UTC]"]):
            pd.testing.assert_series_equal(kept[name][column] + days, moved[name][column], check_names=False)
            times += 1
        same = [column for column in kept[name] if not column.endswith(("_at", "_on", "birth_year"))]
        pd.testing.assert_frame_equal(kept[name][same], moved[name][same])
    assert times == 18
    assert kept["date_shifts"].empty
