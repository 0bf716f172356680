"""The level of demand: methods compete on the region's total, and days before the source count for nothing."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from hemoflow.domain.policy import load_policy
from hemoflow.reports.methods import method_sentence
from models.demand.rates import complete_days
from models.demand.totals import method_frame, total_donations, total_requests
from tests.browser.cockpit_sample import make_methods

AS_OF = date(2024, 10, 31)
SUPPLY = load_policy("region_demo").supply
SHAPE = np.array([7.0, 6, 5, 4, 3, 2, 1]) * 10


def history(days, units):
    on = pd.date_range(end=pd.Timestamp(AS_OF) - pd.Timedelta(days=1), periods=days)
    return pd.DataFrame({"request_on": on, "blood_group": "O+", "requested_units": units(on, np.arange(days))})


def test_the_total_is_forecast_without_bias_and_the_choice_is_told():
    rng = np.random.default_rng(1)
    past = history(170, lambda on, n: rng.poisson(SHAPE[on.dayofweek]))
    total = total_requests(past, SUPPLY, as_of=AS_OF)
    weekday = pd.date_range(AS_OF, periods=SUPPLY.horizon_days).dayofweek
    assert total.units.sum() == pytest.approx(SHAPE[weekday].sum(), rel=0.06)
    assert total.units == pytest.approx(SHAPE[weekday], rel=0.45)
    usual = pd.DataFrame({"a": np.full(7, 4.0), "b": np.full(7, 6.0)})
    assert (usual.sum(axis=1) * total.scaled(usual)).to_numpy() == pytest.approx(total.units[:7])
    frame = method_frame({"demand": total})
    assert frame["is_selected"].sum() == 1
    assert frame["compared_days"].max() == total.compared > 28
    assert "below that of the same weekday of the week before." in method_sentence(frame)


def test_days_mostly_without_units_keep_their_sum_though_their_middle_is_zero():
    rng = np.random.default_rng(3)
    past = history(170, lambda on, n: (rng.random(170) < 0.3) * 6)
    past = past.rename(columns={"request_on": "donated_on", "requested_units": "donated_units"})
    total = total_donations(past, SUPPLY, as_of=AS_OF)
    assert total.units.sum() > 0


def test_too_few_days_leave_the_rates_as_they_are():
    total = total_requests(history(80, lambda on, n: n * 0 + 5), SUPPLY, as_of=AS_OF)
    assert total.choice is None
    assert total.scaled(pd.DataFrame({"a": [1.0, 2.0]})).tolist() == [1, 1]
    assert method_frame({"demand": total})["method"].tolist() == ["weekday_rates"]


def test_days_before_a_source_was_in_use_are_no_days_without_demand():
    past = history(120, lambda on, n: np.where(n < 60, (n % 20 == 0) * 1, np.where(n < 65, 9, 90)))
    days = complete_days(past["request_on"], past["requested_units"], as_of=AS_OF, history_days=120)
    assert days[0].date() == AS_OF - timedelta(days=55)
    flat = complete_days(past["request_on"], past["requested_units"] * 0, as_of=AS_OF, history_days=120)
    assert len(flat) == 120


def test_words_say_why_no_method_was_chosen():
    assert method_sentence(make_methods()) == (
        "Demand: the mean of regression, smoothing and, where days suffice, trees, chosen of 2 methods by their errors "
        "on the 91 days before; error 20% below that of the same weekday of the week before. 180 days are too "
        "few for trees, so public holidays and days that come back every year are not yet foreseen. Donations: the "
        "weekday means of the last weeks, for 40 days are too few for methods to compete."
    )
