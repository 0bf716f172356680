"""The habit of the replay, told in tiny tables: who asks for what, and what the laboratory then does."""

from datetime import date

import pandas as pd
import pytest

from hemoflow.connectors.synthetic.ledger import replay
from tests.synthetic_sample import calendar, donations, moment, opening, patients, requests, story

NOBODY = patients([])
SEED = 1


def told(asked, known, *, stock=(), given=(), days=4, **changes):
    region = calendar(days, **changes)
    return story(*replay(requests(asked), patients(known), donations(given), opening(stock), region=region, seed=SEED))


def happened(events, *words):
    return [event for event in events if event[2] in words]


def test_a_very_urgent_request_is_issued_within_the_hour_and_transfused_an_hour_later():
    events = told([("r", "p", 1, 0, moment(0, 13), None, None)], [("p", "A+", "F", 1960, False)], stock=[("A+", 5)])
    assert events == [
        (0, 0, "received", "A+", None),
        (0, 13, "issued", "A+", "r"),
        (0, 14, "transfused", "A+", "r"),
    ]


@pytest.mark.parametrize(
    ("asked_at", "issued"), [(moment(0, 15), (1, 10)), (moment(1, 8), (1, 10)), (moment(1, 9, 45), (2, 10))]
)
def test_an_urgent_request_waits_for_the_next_round(asked_at, issued):
    events = told([("r", "p", 1, 1, asked_at, None, None)], [("p", "A+", "F", 1960, False)], stock=[("A+", 5)])
    assert [event[:2] for event in happened(events, "issued")] == [issued]


def test_a_planned_request_has_units_set_aside_the_afternoon_before():
    asked = [("r", "p", 2, 8, moment(0, 9), date(2024, 7, 3), None)]
    events = told(asked, [("p", "A+", "F", 1960, False)], stock=[("A+", 5), ("A+", 6)])
    assert happened(events, "reserved", "issued") == [
        (1, 16, "reserved", "A+", "r"),
        (1, 16, "reserved", "A+", "r"),
        (2, 9, "issued", "A+", "r"),
        (2, 9, "issued", "A+", "r"),
    ]


def test_a_request_withdrawn_on_the_evening_before_sets_its_units_free():
    asked = [("r", "p", 1, 8, moment(0, 9), date(2024, 7, 3), moment(1, 18))]
    events = told(asked, [("p", "A+", "F", 1960, False)], stock=[("A+", 5)])
    assert [event[:3] for event in events[1:]] == [(1, 16, "reserved"), (1, 18, "released")]


def test_a_request_withdrawn_just_after_issue_sends_its_unit_through_quarantine():
    asked = [("r", "p", 1, 0, moment(0, 13), None, moment(0, 14))]
    events = told(asked, [("p", "A+", "F", 1960, False)], stock=[("A+", 5)])
    assert [event[:3] for event in events[1:]] == [(0, 13, "issued"), (1, 11, "returned"), (2, 11, "released")]


def test_the_oldest_unit_goes_first_and_the_rest_outdates_after_its_last_day():
    region = calendar(12)
    asked = requests([("r", "p", 1, 0, moment(0, 13), None, None)])
    known = patients([("p", "A+", "F", 1960, False)])
    units, events = replay(asked, known, donations([]), opening([("A+", 24), ("A+", 25)]), region=region, seed=SEED)
    oldest, younger = units.sort_values("collected_on")["unit_id"]
    assert events.set_index("event").loc["issued", "unit_id"] == oldest
    outdated = events.set_index("event").loc["outdated"]
    assert outdated["unit_id"] == younger
    last_day = units.set_index("unit_id").loc[younger, "outdate_on"]
    assert last_day == pd.Timestamp("2024-07-11")  # collected on 7 June: 7 June is day 1, 11 July is day 35
    assert outdated["occurred_at"].date() == date(2024, 7, 12)


def test_without_the_identical_group_a_compatible_one_then_one_from_outside():
    asked = [("r", "p", 2, 1, moment(0, 8), None, None)]
    events = told(asked, [("p", "A+", "F", 1960, False)], stock=[("O+", 5), ("O-", 5), ("A-", 5), ("B+", 5)])
    assert [event[3] for event in happened(events, "issued")] == ["O+", "A+"]
    assert (0, 10, "received", "A+", None) in events


def test_only_a_very_urgent_request_may_take_rhd_negative_cells_of_others():
    stock = [("O-", 5), ("A-", 5)]
    known = [("p", "A+", "F", 1960, False)]
    urgent = told([("r", "p", 2, 1, moment(0, 8), None, None)], known, stock=stock)
    very_urgent = told([("r", "p", 2, 0, moment(0, 8), None, None)], known, stock=stock)
    assert [event[3] for event in happened(urgent, "issued")] == ["A+", "A+"]
    assert [event[3] for event in happened(very_urgent, "issued")] == ["A-", "O-"]


@pytest.mark.parametrize(
    ("sex", "born", "group"), [("F", 1990, "O-"), ("M", 1960, "O+"), (None, 1960, "O+"), ("M", None, "O-")]
)
def test_an_unknown_group_follows_the_emergency_rule(sex, born, group):
    stock = [(each, 5) for each in ("O-", "O+", "A+", "AB+")]
    events = told([("r", "p", 1, 0, moment(0, 8), None, None)], [("p", None, sex, born, False)], stock=stock)
    assert [event[3] for event in happened(events, "issued")] == [group]


@pytest.mark.parametrize("record", [True, None])
def test_who_needs_irradiated_cells_or_whose_record_is_missing_gets_only_those(record):
    region = calendar(3)
    asked = requests([("r", "p", 1, 0, moment(0, 13), None, None)])
    known = patients([("p", "A+", "F", 1960, record)])
    units, events = replay(asked, known, donations([]), opening([("A+", 5)]), region=region, seed=SEED)
    given = events[events["event"] == "transfused"].merge(units, on="unit_id")
    assert given["is_irradiated"].tolist() == [True]
    assert given["origin"].tolist() == ["external"]


def test_irradiated_units_are_kept_for_those_who_need_them_until_they_are_near_their_last_day():
    asked = [(f"r{n}", "p", 1, 0, moment(n, 13), None, None) for n in (1, 12)]
    region = calendar(14, irradiated_share=1.0)
    units, events = replay(
        requests(asked),
        patients([("p", "A+", "F", 1960, False)]),
        donations([(0, "A+", 1)]),
        opening([("A+", 5)]),
        region=region,
        seed=SEED,
    )
    issued = events[events["event"] == "issued"].merge(units, on="unit_id").set_index("request_id")["is_irradiated"]
    assert issued.to_dict() == {"r1": False, "r12": True}


def test_donations_of_a_day_are_there_at_noon():
    asked = [("morning", "p", 1, 0, moment(0, 9), None, None), ("evening", "p", 1, 0, moment(0, 18), None, None)]
    events = told(asked, [("p", "A+", "F", 1960, False)], given=[(0, "A+", 1)])
    assert [(event[1], event[2]) for event in events if event[2] in {"received", "issued"}] == [
        (9, "received"),
        (9, "issued"),
        (12, "received"),
        (18, "issued"),
    ]


def test_a_group_that_is_nearly_gone_is_ordered_up_for_the_next_day():
    mix = calendar(1).group_mix
    region = calendar(2, order_below_days=1.0, order_up_to_days=2.0, group_mix=(mix[3],), population=100_000)
    units, _ = replay(requests([]), NOBODY, donations([]), opening([("A+", 1)] * 1), region=region, seed=SEED)
    delivered = units[units["origin"] == "external"]
    use = region.asked_units * mix[3][1]
    assert len(delivered) == -(-(2.0 * use - 1) // 1)  # rounded up to whole units
    assert delivered["available_at"].unique().tolist() == [pd.Timestamp(moment(1, 14))]


def test_what_falls_outside_the_calendar_is_left_out():
    asked = [("before", "p", 1, 0, moment(-3, 9), None, None), ("after", "p", 1, 0, moment(4, 9), None, None)]
    assert told(asked, [("p", "A+", "F", 1960, False)], stock=[("A+", 5)]) == [(0, 0, "received", "A+", None)]


def test_a_unit_on_its_last_day_is_not_taken_for_a_transfusion_after_midnight():
    known, stock = [("p", "A+", "F", 1960, False)], [("A+", 34), ("A+", 10)]
    at_noon = told([("r", "p", 1, 0, moment(0, 12), None, None)], known, stock=stock)
    late = told([("r", "p", 1, 0, moment(0, 22, 45), None, None)], known, stock=stock)
    tomorrow = told([("r", "p", 1, 8, moment(0, 9), date(2024, 7, 2), None)], known, stock=stock)
    assert happened(at_noon, "outdated") == []
    for events in (late, tomorrow):
        assert happened(events, "outdated") == [(1, 0, "outdated", "A+", None)]
        assert len(happened(events, "issued", "transfused")) == 2
