"""Invariants of the ledger on any small history, and what a longer history may not change."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from hemoflow.connectors.synthetic.background import make_background
from hemoflow.connectors.synthetic.capacity import make_capacity
from hemoflow.connectors.synthetic.chronic import make_chronic
from hemoflow.connectors.synthetic.ledger import make_opening, replay
from hemoflow.connectors.synthetic.magnitudes import Region
from hemoflow.domain.blood_groups import BloodGroup, emergency_groups, is_compatible
from tests.synthetic_sample import FIRST, NAMES, calendar, donations, moment, opening, patients, requests

GROUPS = [str(group) for group in BloodGroup]
DAYS = 12
MINUTE = pd.Timedelta(minutes=1)
NEXT = {
    None: {"received"},
    "received": {"reserved", "issued", "outdated"},
    "reserved": {"issued", "released"},
    "released": {"reserved", "issued", "outdated"},
    "issued": {"transfused", "discarded", "returned"},
    "returned": {"released", "outdated"},
    "transfused": set(),
    "discarded": set(),
    "outdated": set(),
}


PERSON = st.tuples(
    st.sampled_from([*GROUPS, None]),
    st.sampled_from(["F", "M", None]),
    st.sampled_from([1950, 1990, None]),
    st.sampled_from([False, False, True, None]),
)
URGENCY_AND_LEAD = st.one_of(
    st.tuples(st.sampled_from([0, 1]), st.none()), st.tuples(st.just(8), st.one_of(st.none(), st.integers(0, 8)))
)
ASKED = st.tuples(
    st.integers(0, 3),  # who, modulo the people there are
    st.integers(1, 4),  # units
    URGENCY_AND_LEAD,
    st.integers(0, DAYS * 24 * 60 - 1),  # minute of the request
    st.one_of(st.none(), st.integers(1, 60)),  # hours until it is withdrawn
)
GIVEN = st.tuples(st.integers(0, DAYS - 1), st.sampled_from(GROUPS), st.integers(0, 3))
SHARE = st.sampled_from([0.0, 0.5])


def request_row(number, people, asked):
    who, units, (urgency, lead), minute, hours = asked
    requested_at = moment(0, 0) + timedelta(minutes=minute)
    planned_on = None if lead is None else requested_at.date() + timedelta(days=lead)
    cancelled_at = None if hours is None else requested_at + timedelta(hours=hours)
    return f"r{number}", f"p{who % people}", units, urgency, requested_at, planned_on, cancelled_at


@st.composite
def histories(draw):
    people = draw(st.lists(PERSON, min_size=1, max_size=4))
    asked = draw(st.lists(ASKED, max_size=10))
    given_units = draw(st.lists(GIVEN, max_size=8, unique_by=lambda row: row[:2]))
    stock = draw(st.lists(st.tuples(st.sampled_from(GROUPS), st.integers(1, 34)), max_size=8))
    return (
        patients([(f"p{number}", *person) for number, person in enumerate(people)]),
        requests([request_row(number, len(people), row) for number, row in enumerate(asked)]),
        donations(given_units),
        opening(stock),
        calendar(DAYS, discarded_share=draw(SHARE), irradiated_share=draw(SHARE)),
    )


def run(history, last_day=DAYS):
    known, asked, given_units, stock, region = history
    region = replace(region, last_on=FIRST + timedelta(days=last_day - 1))
    return replay(asked, known, given_units, stock, region=region, seed=3)


def every_unit_lives_one_life(units, events):
    last_days = units.set_index("unit_id")["outdate_on"].to_dict()
    for unit_id, life in events.groupby("unit_id"):
        before = None
        for event in life.to_dict("records"):
            assert event["event"] in NEXT[before]
            before = event["event"]
            is_past = event["occurred_at"].tz_localize(None).normalize() > last_days[unit_id]
            assert is_past == (before == "outdated") or (before == "discarded" and is_past)
        assert life["occurred_at"].is_monotonic_increasing
        assert life["occurred_at"].is_unique
    assert set(events["unit_id"]) == set(units["unit_id"])


def every_issue_is_compatible(units, events, known):
    issued = events[events["event"] == "issued"].merge(units[["unit_id", "blood_group", "is_irradiated"]], on="unit_id")
    people = known.astype(object).where(known.notna(), None).set_index("patient_id").to_dict("index")
    for event in issued.to_dict("records"):
        person, donor = people[event["patient_id"]], BloodGroup(event["blood_group"])
        if person["blood_group"] is None:
            age = None if person["birth_year"] is None else event["occurred_at"].year - person["birth_year"]
            assert donor in emergency_groups(person["sex"], age)
        else:
            assert is_compatible(donor, BloodGroup(person["blood_group"]))
        assert event["is_irradiated"] or person["needs_irradiated"] is False


def every_request_gets_what_it_asked_for_or_nothing(events, asked):
    wanted = asked.set_index("request_id")
    for request_id, lines in events[events["event"] == "issued"].groupby("request_id"):
        request = wanted.loc[request_id]
        assert len(lines) == request["requested_units"]
        assert (lines["occurred_at"] > request["requested_at"]).all()
        assert pd.isna(request["cancelled_at"]) or (lines["occurred_at"] <= request["cancelled_at"] + MINUTE).all()


def what_was_received_is_there_or_accounted_for(units, events, given_units, stock):
    tally, last = Counter(events["event"]), Counter(events.drop_duplicates("unit_id", keep="last")["event"])
    in_house = last["received"] + last["released"] + last["reserved"] + last["returned"]
    on_the_way = tally["issued"] - tally["returned"] - tally["transfused"] - tally["discarded"]
    assert last["issued"] == on_the_way >= 0
    ended = tally["transfused"] + tally["discarded"] + tally["outdated"]
    assert tally["received"] == len(units) == in_house + on_the_way + ended
    origins = Counter(units["origin"])
    assert (origins["opening"], origins["donation"]) == (len(stock), given_units["donated_units"].sum())


@given(histories())
@settings(max_examples=40, deadline=None)
def test_the_ledger_keeps_its_invariants(history):
    known, asked, given_units, stock, _ = history
    units, events = run(history)
    events = events.sort_values(["occurred_at", "event_id"])
    every_unit_lives_one_life(units, events)
    every_issue_is_compatible(units, events, known)
    every_request_gets_what_it_asked_for_or_nothing(events, asked)
    what_was_received_is_there_or_accounted_for(units, events, given_units, stock)


@given(histories(), st.integers(1, DAYS - 1))
@settings(max_examples=15, deadline=None)
def test_a_longer_history_keeps_the_shorter_ledger(history, last_day):
    for shorter, longer in zip(run(history, last_day), run(history), strict=True):
        end = pd.Timestamp(moment(last_day, 0))
        pd.testing.assert_frame_equal(shorter, longer[longer["available_at"] < end].reset_index(drop=True))


SMALL = Region(population=100_000, last_on=date(2024, 8, 20))


def made(region, seed=5):
    chronic, background = make_chronic(NAMES, region, seed), make_background(NAMES, region, seed)
    frames = {f"chronic {table}": frame for table, frame in chronic.items()}
    frames |= {f"background {table}": frame for table, frame in background.items()}
    asked = pd.concat([chronic["requests"], background["requests"]], ignore_index=True)
    known = pd.concat([chronic["patients"], background["patients"]], ignore_index=True)
    units, events = replay(asked, known, donations([]), make_opening(region), region=region, seed=seed)
    return frames | {"units": units, "events": events, "capacity": make_capacity(region)}


def test_a_longer_history_keeps_every_row_of_the_shorter_one():
    shorter, longer = made(SMALL), made(replace(SMALL, last_on=date(2024, 9, 17)))
    for name, frame in shorter.items():
        kept = longer[name][longer[name]["available_at"] < pd.Timestamp(SMALL.ends_at)].reset_index(drop=True)
        known = frame[frame["available_at"] < pd.Timestamp(SMALL.ends_at)].reset_index(drop=True)
        assert len(known) > 0, name
        pd.testing.assert_frame_equal(known, kept, obj=name)
        assert name == "capacity" or len(known) == len(frame), f"{name} delivers what was not yet known"


def test_another_seed_gives_other_people():
    one, other = made(SMALL, 5), made(SMALL, 6)
    assert not one["background requests"].equals(other["background requests"])
    assert not one["chronic labs"].equals(other["chronic labs"])


def test_another_population_size_changes_no_chronic_patient_who_stays():
    small, large = (make_chronic(NAMES, replace(SMALL, population=size), 5)["labs"] for size in (100_000, 200_000))
    of_small = large[large["patient_id"].isin(set(small["patient_id"]))].reset_index(drop=True)
    pd.testing.assert_frame_equal(small, of_small)
