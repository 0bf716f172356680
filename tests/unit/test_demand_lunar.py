"""Moving feasts beside the days on which they were kept."""

import pandas as pd
import pytest

from models.demand.lunar import islamic_day, lunar_new_year


@pytest.mark.parametrize("feast", ["2022-07-30", "2023-07-19", "2024-07-07", "2006-01-31"])
def test_the_islamic_new_year_is_met_within_two_days(feast):
    days = pd.date_range(pd.Timestamp(feast) - pd.Timedelta(days=2), periods=5)
    assert (islamic_day(days) == 0).sum() == 1


@pytest.mark.parametrize("feast", ["2006-01-29", "2014-01-31", "2022-02-01", "2023-01-22", "2024-02-10"])
def test_the_lunar_new_year_is_met_within_a_day(feast):
    distance = lunar_new_year(pd.date_range(pd.Timestamp(feast) - pd.Timedelta(days=1), periods=3))
    assert 0.0 in distance
    before, after = (lunar_new_year(pd.DatetimeIndex([feast]) + pd.Timedelta(days=days))[0] for days in (-10, 150))
    assert before == pytest.approx(-10, abs=1)
    assert after == 40


def test_islamic_years_follow_one_another_without_a_gap():
    found = islamic_day(pd.date_range("2000-01-01", "2040-01-01"))
    steps = pd.Series(found).diff().dropna()
    assert set(steps) == {1.0, -353.0, -354.0}
