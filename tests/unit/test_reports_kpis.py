"""Key figures and due units, by hand on small frames."""

import numpy as np
import pandas as pd
import pytest

from hemoflow.reports.clinic import capacity_board, capacity_use, home_share
from hemoflow.reports.due import due_units
from hemoflow.reports.kpis import READING_ORDER, in_reading_order, kpis
from hemoflow.reports.stock import stock_status
from hemoflow.schemas.canonical import CAPACITY
from hemoflow.schemas.frames import empty
from hemoflow.schemas.need import NEED
from hemoflow.schemas.routing import ROUTES, SLOTS
from hemoflow.schemas.supply import ALLOCATIONS, OPEN_REQUESTS, ORDERS, PLAN_DAYS, STOCK
from tests.browser.sample import (
    AS_OF,
    RULES,
    TODAY,
    make_capacity,
    make_day,
    make_need,
    make_requests,
    make_routes,
    make_slots,
)
from tests.unit.test_reports_stock import NO_BEFORE, history, stock, unit

DAY = make_day()


def figures(**changes):
    used = history((4, "O+", 8, 1, 1))
    held = stock(*[unit(i) for i in range(8)], *[unit(10 + i, "O-", days_left=2) for i in range(2)])
    frames = {
        "stock_status": stock_status(held, used, NO_BEFORE, RULES.supply, as_of=AS_OF), "issue_history": used,
        "plan_days": empty(PLAN_DAYS), "orders": empty(ORDERS), "open_requests": empty(OPEN_REQUESTS),
        "allocations": empty(ALLOCATIONS), "routes": empty(ROUTES), "slots": empty(SLOTS),
        "capacity": empty(CAPACITY), "need": empty(NEED),
    }  # fmt: skip
    table = kpis(**(frames | changes), rules=RULES, as_of=AS_OF)
    return table.set_index("kpi")["value"]


def test_stock_and_wastage_figures():
    value = figures()
    assert value["Days of stock"] == pytest.approx(10 / (10 / 4))
    assert value["O-negative share of stock"] == pytest.approx(2 / 10)
    assert value["Stock outdating within 7 days"] == pytest.approx(2 / 10)
    assert value["Wastage"] == pytest.approx(2 / 8)
    assert value["Outdated share of wastage"] == pytest.approx(1 / 2)
    assert value["Groups below alert"] == 6


def test_plan_figures():
    plan = DAY.plan_days
    value = figures(plan_days=plan, orders=DAY.orders)
    per_day = [plan.loc[plan["day_number"] == n, "internal_units"].sum() for n in range(1, 15)]
    external = plan["external_units"].sum()
    assert external > 0
    assert value["Range of daily internal units"] == max(per_day) - min(per_day)
    assert value["External units in the plan"] == external
    assert value["External share of supply"] == pytest.approx(external / (external + sum(per_day)))
    assert value["Order for tomorrow"] == DAY.orders["order_units"].sum()


def test_match_figures():
    rows = DAY.allocations.iloc[:4].assign(
        patient_blood_group=pd.array(["O+", "O-", None, "A+"], dtype="string"),
        unit_id=pd.array(["u1", "u2", "u3", None], dtype="string"),
        unit_blood_group=pd.array(["O+", "O-", "O-", None], dtype="string"),
        days_left=pd.array([2, 4, 6, None], dtype="Int64"),
    )
    value = figures(allocations=rows)
    assert value["Identical match"] == pytest.approx(2 / 3)
    assert value["O-negative to other groups"] == pytest.approx(1 / 2)
    assert value["Days left at issue"] == pytest.approx(4)


def test_without_a_plan_only_stock_and_wastage_have_values():
    assert set(figures().dropna().index) == {
        "Days of stock", "Groups below alert", "O-negative share of stock", "Stock outdating within 7 days", "Wastage",
        "Outdated share of wastage",
    }  # fmt: skip


def test_nothing_used_and_nothing_held_is_unknown_not_zero():
    status = stock_status(empty(STOCK), history(), NO_BEFORE, RULES.supply, as_of=AS_OF)
    value = figures(stock_status=status, issue_history=history())
    assert value[["Days of stock", "Wastage", "O-negative share of stock"]].isna().all()


@pytest.mark.parametrize(("home", "is_shown"), [(7, False), (8, True)])
def test_home_share_is_withheld_when_too_few_patients_are_at_home(home, is_shown):
    need = make_need(np.random.default_rng(0), inpatients=0, outpatients=130)
    slots = make_slots([("HOME", 1, 259)] * home + [("CLINIC", 1, 248)] * (130 - home))
    routes = make_routes(need, np.random.default_rng(0), home=home, hospital=0)
    value = figures(routes=routes, slots=slots, need=need)
    assert value["Home share"] == pytest.approx(home / 130 if is_shown else float("nan"), nan_ok=True)


def test_every_figure_has_a_place_in_the_reading_order():
    assert in_reading_order(DAY.kpis)["kpi"].tolist() == list(READING_ORDER)
    assert len(DAY.kpis) == len(READING_ORDER)


def test_capacity_use_by_hand():
    slots = make_slots([("HOME", 1, 259), ("HOME", 1, 239), ("CLINIC", 2, 248), ("CLINIC", None, 248)])
    use = capacity_use(slots, make_capacity(), RULES.routing, as_of=AS_OF).set_index("resource")
    assert use.loc["nurse_minutes", "used_minutes"] == 259 + 239
    assert use.loc["nurse_minutes", "available_minutes"] == 7 * 480
    assert use.loc["chair_minutes", "used_minutes"] == 248
    assert use.loc["chair_minutes", "used_share"] == pytest.approx(248 / (7 * 2880))
    nothing = capacity_use(slots, empty(CAPACITY), RULES.routing, as_of=AS_OF)
    assert nothing["used_share"].isna().all()


def test_capacity_board_and_home_share_by_hand():
    slots = make_slots([("HOME", 1, 259), ("HOME", 1, 221), ("CLINIC", 1, 248), ("CLINIC", None, 248)])
    board = capacity_board(slots, make_capacity(), RULES.routing, as_of=AS_OF)
    assert board["resource"].tolist() == ["nurse_minutes"] * 7 + ["chair_minutes"] * 7
    tomorrow = board[board["capacity_on"] == TODAY + pd.Timedelta(days=1)].set_index("resource")
    assert tomorrow["visits"].tolist() == [2, 1]
    assert tomorrow["units"].tolist() == [2, 1]
    assert tomorrow["used_share"].tolist() == pytest.approx([1.0, 248 / 2880])
    assert home_share(slots) == pytest.approx(2 / 3)
    assert np.isnan(home_share(empty(SLOTS)))


def test_due_units_by_hand():
    requests = make_requests(np.random.default_rng(0), count=5).assign(
        supply_blood_group=pd.array(["O+", "O+", "O+", "A+", "A+"], dtype="string"),
        urgency=pd.array([0, 1, 8, 0, 8], dtype="Int64"),
        due_on=[TODAY, TODAY - pd.Timedelta(days=1), TODAY + pd.Timedelta(days=1), TODAY, TODAY + pd.Timedelta(days=5)],
        open_units=pd.array([3, 2, 4, 1, 5], dtype="Int64"),
    )
    allocations = DAY.allocations.iloc[:4].assign(
        request_id=pd.array(["req_0000000000000000"] * 3 + ["req_0000000000000002"], dtype="string"),
        unit_id=pd.array(["u1", None, None, "u4"], dtype="string"),
        status=pd.array(["sample_needed", "order_external", "review", "sample_needed"], dtype="string"),
    )
    table = due_units(requests, allocations, as_of=AS_OF).set_index("blood_group")
    assert table.index.tolist() == ["O-", "O+", "A-", "A+", "B-", "B+", "AB-", "AB+"]
    assert table.loc["O+"].to_dict() == {
        "due_units": 5, "overdue_units": 2, "very_urgent_units": 3, "proposed_units": 1, "external_units": 1,
        "review_units": 1, "short_units": 4, "very_urgent_short_units": 2, "due_tomorrow_units": 4,
        "due_later_units": 0,
    }  # fmt: skip
    assert table.loc["A+", ["due_units", "short_units", "due_later_units"]].tolist() == [1, 1, 5]
