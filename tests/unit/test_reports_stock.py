"""Days of stock by hand."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from hemoflow.domain.policy import load_policy
from hemoflow.reports.stock import stock_status
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.supply import STOCK

AS_OF = date(2024, 10, 31)
TODAY = pd.Timestamp(AS_OF)
SUPPLY = load_policy("region_demo").supply
NO_BEFORE = pd.DataFrame({"blood_group": pd.Series(dtype="string"), "available_units": pd.Series(dtype="Int64")})


def unit(number, group="O+", state="available", days_left=20, component="red_cells"):
    last = TODAY + timedelta(days=days_left)
    return (f"u{number}", component, group, last - timedelta(days=34), last, "CENTRE", False, state, None)


def stock(*units):
    return conform(pd.DataFrame(units, columns=list(STOCK.columns)), STOCK)


def history(*rows):
    columns = ["issue_on", "blood_group", "issued_units", "outdated_units", "discarded_units"]
    return pd.DataFrame([(TODAY - timedelta(days=ago), *rest) for ago, *rest in rows], columns=columns)


def status_of(group, *args, supply=SUPPLY):
    frame = stock_status(*args, supply, as_of=AS_OF)
    return frame.set_index("blood_group").loc[group]


def test_days_of_stock_is_free_units_over_mean_daily_use():
    used = history((4, "O+", 5, 1, 0), (2, "O+", 4, 0, 2))
    row = status_of("O+", stock(*[unit(i) for i in range(9)]), used, NO_BEFORE)
    assert row["average_daily_demand_units"] == pytest.approx((5 + 1 + 4 + 2) / 4)
    assert row["days_of_stock"] == pytest.approx(9 / 3)


@pytest.mark.parametrize(("free", "phase"), [(0, "red"), (7, "red"), (8, "amber"), (23, "amber"), (24, "green")])
def test_phase_changes_exactly_at_alert_and_target(free, phase):
    used = history((1, "A-", 4, 0, 0))
    assert status_of("A-", stock(*[unit(i, "A-") for i in range(free)]), used, NO_BEFORE)["phase"] == phase


@pytest.mark.parametrize(("free", "phase"), [(0, "red"), (50, "amber")])
def test_a_group_without_use_has_no_days_and_is_never_green(free, phase):
    used = history((1, "O+", 4, 0, 0))
    row = status_of("AB-", stock(*[unit(i, "AB-") for i in range(free)]), used, NO_BEFORE)
    assert pd.isna(row["days_of_stock"])
    assert row["phase"] == phase


def test_only_free_red_cells_within_their_life_count():
    held = stock(
        unit(1),
        unit(2, state="reserved"),
        unit(3, state="quarantine"),
        unit(4, days_left=-1),
        unit(5, component="platelets"),
    )
    row = status_of("O+", held, history((1, "O+", 1, 0, 0)), NO_BEFORE)
    assert (row["available_units"], row["reserved_units"], row["quarantine_units"]) == (1, 1, 1)


def test_units_near_their_last_day_are_counted_within_three_and_seven_days():
    held = stock(
        *[unit(i, days_left=days) for i, days in enumerate([0, 3, 4, 7, 8])], unit(9, days_left=1, state="reserved")
    )
    row = status_of("O+", held, history((1, "O+", 1, 0, 0)), NO_BEFORE)
    assert (row["outdating_3d_units"], row["outdating_7d_units"]) == (2, 4)


def test_today_and_days_before_the_history_do_not_count():
    used = history((0, "O+", 90, 0, 0), (2, "O+", 4, 0, 0), (57, "O+", 1000, 0, 0))
    row = status_of("O+", stock(unit(1)), used, NO_BEFORE)
    assert row["average_daily_demand_units"] == pytest.approx(4 / 2)


def test_change_is_against_the_day_before():
    before = pd.DataFrame({"blood_group": ["O+"], "available_units": [5]})
    frame = stock_status(stock(unit(1), unit(2, "B+")), history((1, "O+", 1, 0, 0)), before, SUPPLY, as_of=AS_OF)
    change = frame.set_index("blood_group")["change_units"]
    assert (change["O+"], change["B+"], change["AB-"]) == (-4, 1, 0)


def test_all_eight_groups_are_there_even_without_stock_or_history():
    frame = stock_status(empty(STOCK), history(), NO_BEFORE, replace(SUPPLY, alert_days_of_stock=1.0), as_of=AS_OF)
    assert len(frame) == 8
    assert set(frame["phase"]) == {"red"}
    assert frame["days_of_stock"].isna().all()
