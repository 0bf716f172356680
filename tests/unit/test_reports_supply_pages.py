"""Words and figures of the planner's and the laboratory's pages: outdating, levers, what changed, whether it held."""

import pandas as pd
import pytest

from hemoflow.cockpit.columns import Column, cells
from hemoflow.reports.difference import readable
from hemoflow.reports.expiry import expiry_risk, fewer_than
from hemoflow.reports.fan import fan_sentence, fan_table
from hemoflow.reports.held import held_sentences
from hemoflow.reports.reservations import with_advice
from hemoflow.reports.shortage import deferrable, levers, may_wait
from hemoflow.reports.special import needs_by
from tests.browser.cockpit_sample import make_fan
from tests.browser.sample import AS_OF, TODAY, make_day

DAY = make_day(1)
ASKED = DAY.open_requests.assign(rows=1)
"""Requests counted one by one."""


def stock(*rows):
    return pd.DataFrame(
        [(group, TODAY + pd.Timedelta(days=days), units) for group, days, units in rows],
        columns=["blood_group", "outdate_on", "rows"],
    )


@pytest.mark.parametrize(
    ("units", "mean", "chance"),
    [(0, 5.0, 0.0), (1, 0.0, 1.0), (1, 2.0, 0.1353), (3, 2.0, 0.6767), (2000, 1000.0, 1.0), (1, 900.0, 0.0)],
)
def test_the_chance_of_fewer_is_poissons(units, mean, chance):
    assert fewer_than(units, mean) == pytest.approx(chance, abs=1e-4)


def test_units_outdate_by_window():
    rows = stock(("O-", 2, 1), ("O-", 7, 1), ("AB-", 14, 1), ("O-", 15, 4), ("O-", -1, 4))
    risk = expiry_risk(rows, DAY.stock_status, as_of=AS_OF).set_index("blood_group")
    assert risk.loc["O-", ["outdating_3d_units", "outdating_7d_units", "outdating_14d_units"]].tolist() == [1, 2, 2]
    assert risk.loc["AB-", "outdate_probability"] == pytest.approx(1.0), "no use on record: it will outdate"
    assert risk.loc["O+", "suggestion"] == "leave: use covers them"


def test_o_negative_units_are_never_offered_to_other_groups_because_they_outdate():
    status = DAY.stock_status.assign(average_daily_demand_units=0.1)
    risk = expiry_risk(stock(("O-", 3, 6)), status, as_of=AS_OF).set_index("blood_group")
    assert "other groups do not get them" in risk.loc["O-", "suggestion"]


def test_what_may_wait_is_the_same_for_a_frame_and_for_a_question():
    compare = {"=": lambda a, b: a == b, "<>": lambda a, b: a != b, ">": lambda a, b: a > pd.Timestamp(b)}
    wanted = pd.Series(data=True, index=DAY.open_requests.index)
    for column, comparison, value in may_wait(AS_OF):
        wanted &= compare[comparison](DAY.open_requests[column], value)
    found = deferrable(DAY.open_requests, as_of=AS_OF)["may_wait"]
    assert found.tolist() == wanted.tolist()
    assert 0 < found.sum() < len(found)


def test_levers_by_group_add_up_to_the_requests_that_may_wait_and_keep_o_negative():
    table = levers(ASKED, DAY.plan_days, DAY.stock_status, "red").set_index("blood_group")
    waits = DAY.open_requests[(DAY.open_requests["urgency"] == 8) & (DAY.open_requests["shortage_tier"] > 1)]
    assert table["waiting_units"].sum() == waits["open_units"].sum()
    status = DAY.stock_status.assign(average_daily_demand_units=1.0, target_days=6.0, available_units=0)
    status.loc[status["blood_group"].isin(["O-", "B+"]), "available_units"] = 16
    spare = levers(ASKED, DAY.plan_days, status, "amber").set_index("blood_group")
    assert spare["substitute_units"].to_dict() == dict.fromkeys(spare.index, 0) | {"AB+": 10}
    assert spare["lacking_units"].to_dict() == dict.fromkeys(spare.index, 6) | {"O-": 0, "B+": 0}


def test_a_difference_reads_in_the_order_of_groups_with_units_and_without_what_looks_the_same():
    rows = [
        {"of": "red_cells AB+", "what": "order_units", "before": 7, "after": 0},
        {"of": "red_cells O-", "what": "order_units", "before": 0, "after": 4},
        {"of": "Home share", "what": "value", "before": 0.1201, "after": 0.1202},
        {"of": "Wastage", "what": "value", "before": 0.01, "after": 0.02},
    ]
    lines = readable(rows, {"Home share": "share", "Wastage": "share"})
    assert [tuple(line) for line in lines] == [
        ("O−", "Units to order", "0", "4", "+4"), ("AB+", "Units to order", "7", "0", "−7"),
        ("Wastage", "", "1.0\N{NO-BREAK SPACE}%", "2.0\N{NO-BREAK SPACE}%", ""),
    ]  # fmt: skip


def test_the_fan_in_words_names_the_first_day_and_its_numbers_stand_beside():
    fan = make_fan(DAY.stock_status)
    days, rows = fan_table(fan)
    assert days[0] == "Fri 1 Nov"
    assert len(days) == 7
    assert dict(rows).keys() == set(fan.loc[fan["p50_days"].notna(), "blood_group"])
    assert fan_sentence(fan).startswith("Below alert if nothing is ordered: O− on")
    calm = fan.assign(p10_days=9.0, p50_days=10.0, p90_days=11.0)
    assert fan_sentence(calm).startswith("No group falls below")


def test_whether_a_plan_held_is_said_in_units_and_share():
    table = pd.DataFrame(
        {"blood_group": ["O-", "A+"], "planned_units": [10, 30], "issued_units": [12, 20], "error_units": [2, -10],
         "outdated_units": [1, 0], "discarded_units": [0, 1], "planned_outdated_units": [0, 0]}
    )  # fmt: skip
    assert held_sentences(table) == [
        "40 units planned, 32 issued: −8 (−20\N{NO-BREAK SPACE}%).", "Furthest apart: A+ −10 and O− +2.",
        "2 units outdated or discarded, 0 planned.",
    ]  # fmt: skip


def test_a_reservation_is_kept_only_as_long_as_its_request_needs_it():
    rows = [("gone", 9), ("over", 9), ("today", 9), ("later", 9), ("old", 2)]
    units = pd.DataFrame(
        [(name, TODAY + pd.Timedelta(days=days)) for name, days in rows], columns=["reserved_request_id", "outdate_on"]
    )
    due = {"over": -1, "today": 0, "later": 5, "old": 5}
    asked = pd.DataFrame(
        [(name, "p", "S", TODAY + pd.Timedelta(days=days), 8) for name, days in due.items()],
        columns=["request_id", "patient_id", "site_id", "due_on", "urgency"],
    )
    assert [words.split(":")[0] for words in with_advice(units, asked, as_of=AS_OF)["advice"]] == [
        "release", "ask", "keep", "could be free until nearer the day", "exchange",
    ]  # fmt: skip


def test_special_needs_are_said_and_what_nobody_knows_is_not_taken_for_none():
    asked = pd.DataFrame(
        {"request_id": ["plain", "special", "unknown"], "needs_irradiated": [False, True, None],
         "antibodies": ["", "anti-K", None]}
    )  # fmt: skip
    assert needs_by(asked, "request_id") == {
        "plain": "none", "special": "irradiated; antibodies: anti-K",
        "unknown": "irradiation not known; antibodies not screened",
    }  # fmt: skip


def test_no_units_step_back_but_not_where_fewer_than_planned_are_there():
    row = {"order_units": 0, "assigned_units": 0, "planned_units": 1, "days_left": 0}
    planned = (Column("planned_units", "of", "count"),)
    columns = [Column("order_units", "", "count"), Column("assigned_units", "", "count", planned),
               Column("days_left", "", "count")]  # fmt: skip
    assert [found.css for found in cells(row, columns)] == ["n nil", "n", "n"]
