"""Demand and donations of a small region, cell by cell."""

from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest

from hemoflow.domain.errors import InputError
from hemoflow.domain.policy import load_policy
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.need import NEED, NEED_BY_DAY
from hemoflow.schemas.supply import DEMAND, OPEN_REQUESTS, SUPPLY_FORECAST
from models.demand.backtest import backtest_demand
from models.demand.forecast import forecast_demand, forecast_supply
from models.demand.rates import GROUPS

AS_OF = date(2024, 10, 31)  # a Thursday
SUPPLY = load_policy("region_demo").supply
WEEKDAY = np.array([7.0, 6, 5, 4, 3, 2, 1])


def requests(*rows):
    if not rows:
        return empty(OPEN_REQUESTS)
    base = {
        "patient_id": "p_1", "site_id": "H", "component": "red_cells", "patient_blood_group": "O+",
        "supply_blood_group": "O+", "is_emergency_rule": False, "sex": "F", "age_years": 60.0,
        "needs_irradiated": False, "antibodies": "", "urgency": 8, "shortage_tier": 1,
        "requested_at": pd.Timestamp("2024-10-30", tz="UTC"), "requested_on": pd.Timestamp("2024-10-30"),
        "due_on": pd.Timestamp("2024-11-02"), "open_units": 2, "reserved_units": 0,
    }  # fmt: skip
    return conform(pd.DataFrame([{**base, "request_id": f"r_{n}", **row} for n, row in enumerate(rows)]), OPEN_REQUESTS)


def needs(*patients):
    """Patients as (id, group, setting, expected units by day)."""
    if not patients:
        return empty(NEED), empty(NEED_BY_DAY)
    rows = [
        {
            "patient_id": name, "site_id": "H", "care_setting": setting, "programme": "chronic",
            "diagnosis_group": None, "blood_group": group, "haemoglobin_g_per_dl": 7.0, "haemoglobin_age_hours": 5.0,
            "threshold_g_per_dl": 7.0, "is_threshold_personal": False, "request_24h_probability": 0.5,
            "expected_8d_units": sum(units), "expected_28d_units": None,
            "low_28d_units": None, "high_28d_units": None, "request_8d_probability": 0.5, "below_on": None,
            "below_from_on": None, "below_until_on": None, "is_transfusion_refused": None, "reason": "r",
            "estimated_haemoglobin_g_per_dl": None, "model_id": "m",
        }
        for name, group, setting, units in patients
    ]  # fmt: skip
    days = [
        {
            "patient_id": name,
            "day_number": n + 1,
            "need_on": pd.Timestamp(AS_OF) + pd.Timedelta(days=n),
            "expected_units": u,
        }
        for name, _, _, units in patients
        for n, u in enumerate(units)
    ]
    return conform(pd.DataFrame(rows), NEED), conform(pd.DataFrame(days), NEED_BY_DAY)


def history(units=lambda day, group, urgency, programme: 0):
    days = pd.date_range("2024-08-26", AS_OF)
    cells = product(days, GROUPS, (0, 1, 8), ("background", "chronic", "inpatient"))
    rows = [(d, g, u, p, units(d, g, u, p)) for d, g, u, p in cells]
    return pd.DataFrame(rows, columns=["request_on", "blood_group", "urgency", "programme", "requested_units"])


def cell(frame, group, urgency, column):
    rows = frame[(frame["blood_group"] == group) & (frame["urgency"] == urgency)]
    return rows.sort_values("day_number")[column].tolist()


def test_every_combination_is_present_even_of_nothing():
    demand = forecast_demand(requests(), *needs(), history(), SUPPLY, as_of=AS_OF)
    assert len(demand) == SUPPLY.horizon_days * 8 * 3
    assert demand[["known_units", "new_units", "quantile_units"]].to_numpy().sum() == 0
    pd.testing.assert_frame_equal(demand, conform(demand, DEMAND))


def test_known_units_fall_on_their_due_day_and_overdue_ones_on_the_first():
    open_requests = requests({}, {"due_on": pd.Timestamp("2024-10-20"), "open_units": 3}, {"component": "plasma"})
    demand = forecast_demand(open_requests, *needs(), history(), SUPPLY, as_of=AS_OF)
    assert cell(demand, "O+", 8, "known_units")[:4] == [3, 0, 2, 0]
    assert demand["known_units"].sum() == 5


def test_predicted_need_is_net_of_what_the_patient_already_asked_for():
    need = needs(("p_1", "O+", "OUTPATIENT", [0.5, 0.5, 1.5, 0.25]), ("p_2", "A-", "INPATIENT", [0.5, 0.25]))
    demand = forecast_demand(requests({"open_units": 2}), *need, history(), SUPPLY, as_of=AS_OF)
    assert cell(demand, "O+", 8, "predicted_units")[:5] == pytest.approx([0, 0, 0.5, 0.25, 0])
    assert cell(demand, "A-", 1, "predicted_units")[:3] == pytest.approx([0.5, 0.25, 0])
    assert demand["predicted_units"].sum() == pytest.approx(1.5)


def test_unknown_group_counts_where_the_emergency_rule_supplies_it():
    need = needs(("p_1", None, "INPATIENT", [1.0]), ("p_2", None, "INPATIENT", [4.0]))
    asked = requests({"patient_id": "p_2", "patient_blood_group": None, "supply_blood_group": "O+", "open_units": 1})
    demand = forecast_demand(asked, *need, history(), SUPPLY, as_of=AS_OF)
    assert cell(demand, "O-", 1, "predicted_units")[0] == 1.0
    assert cell(demand, "O+", 1, "predicted_units")[0] == 3.0


def test_history_counts_the_background_first_and_everybody_beyond_the_need_model():
    past = history(lambda day, group, urgency, programme: WEEKDAY[day.dayofweek] * (group == "A+") * (urgency == 1))
    need = needs(("p_1", "O+", "OUTPATIENT", [0.0] * 8))
    demand = forecast_demand(requests(), *need, past, SUPPLY, as_of=AS_OF)
    weekday = pd.date_range(AS_OF, periods=14).dayofweek
    assert cell(demand, "A+", 1, "other_units") == pytest.approx(WEEKDAY[weekday] * np.repeat([1, 3], [8, 6]))
    assert demand["other_units"].sum() == pytest.approx(sum(cell(demand, "A+", 1, "other_units")))


def test_the_units_of_the_run_s_own_day_are_not_history():
    spike = history(lambda day, *_: 1000 if day == pd.Timestamp(AS_OF) else 0)
    demand = forecast_demand(requests(), *needs(), spike, SUPPLY, as_of=AS_OF)
    assert demand["other_units"].sum() == 0


def test_very_urgent_quantile_is_above_the_plan_and_others_equal_it():
    past = history(lambda day, group, urgency, programme: 2 * (programme == "background"))
    demand = forecast_demand(requests(), *needs(), past, SUPPLY, as_of=AS_OF)
    assert set(cell(demand, "B+", 0, "quantile_units")) == {5}  # Poisson with mean 2: P(<= 5) = .983, P(<= 4) = .947
    assert cell(demand, "B+", 8, "quantile_units") == cell(demand, "B+", 8, "new_units") == [2] * 14


def test_bursts_raise_the_quantile():
    rng = np.random.default_rng(3)
    bursts = history(lambda *_: int(rng.negative_binomial(0.5, 0.2)))  # mean 2, variance 10
    demand = forecast_demand(requests(), *needs(), bursts, SUPPLY, as_of=AS_OF)
    busy = demand[(demand["urgency"] == 0) & (demand["day_number"] == 2)]
    assert (busy["quantile_units"] > busy["new_units"] + 6).all()


def test_an_urgency_that_the_policy_does_not_know_is_refused():
    with pytest.raises(InputError, match=r"\[3\].*urgency_deadlines_days"):
        forecast_demand(requests({"urgency": 3}), *needs(), history(), SUPPLY, as_of=AS_OF)


def test_supply_follows_the_weekday_and_its_low_quantile_is_below():
    days = pd.date_range("2024-08-26", AS_OF)
    donated = pd.DataFrame(
        [(d, g, 10 * WEEKDAY[d.dayofweek] * (g == "O+")) for d, g in product(days, GROUPS)],
        columns=["donated_on", "blood_group", "donated_units"],
    )
    donated.loc[donated["donated_on"] == pd.Timestamp(AS_OF), "donated_units"] = 0  # not complete at the cut
    supply = forecast_supply(donated, SUPPLY, as_of=AS_OF)
    pd.testing.assert_frame_equal(supply, conform(supply, SUPPLY_FORECAST))
    assert len(supply) == 14 * 8
    o_pos = supply[supply["blood_group"] == "O+"].sort_values("day_number")
    assert o_pos["planned_units"].tolist() == [40, 30, 20, 10, 70, 60, 50] * 2
    assert o_pos["low_units"].tolist()[:4] == [30, 21, 13, 5]  # Poisson, 5 %
    assert (supply["low_units"] <= supply["planned_units"]).all()


def test_forecast_is_repeatable_and_does_not_depend_on_row_order():
    past = history(lambda day, group, urgency, programme: (day.day * 7 + len(group) + urgency) % 5)
    need = needs(("p_1", "O+", "OUTPATIENT", [0.3] * 8), ("p_2", None, "INPATIENT", [0.7] * 8))
    asked = requests({}, {"patient_id": "p_2", "supply_blood_group": "O+", "urgency": 1})
    one = forecast_demand(asked, *need, past, SUPPLY, as_of=AS_OF)
    shuffled = [frame.sample(frac=1, random_state=1) for frame in (asked, *need, past)]
    pd.testing.assert_frame_equal(one, forecast_demand(*shuffled, SUPPLY, as_of=AS_OF))


def test_backtest_shows_the_weekday_model_ahead_of_both_simple_rules_on_a_weekday_pattern():
    rng = np.random.default_rng(5)
    days = pd.date_range("2024-05-06", AS_OF)
    rows = [(d, g, 1, "background", rng.poisson(2 * WEEKDAY[d.dayofweek])) for d, g in product(days, GROUPS)]
    past = pd.DataFrame(rows, columns=["request_on", "blood_group", "urgency", "programme", "requested_units"])
    scores = backtest_demand(past, SUPPLY, last_on=date(2024, 10, 30), windows=4).set_index(["level", "method"])[
        "mae_units"
    ]
    for level in ("group", "region"):
        assert scores[level, "forecast"] < 0.85 * scores[level, "seasonal_naive"]
        assert scores[level, "forecast"] < 0.6 * scores[level, "mean_28d"]
