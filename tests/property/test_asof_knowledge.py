"""No answer looks ahead, and a naive reading of the tables gives the same answers."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hemoflow.asof import open_view
from models.notes import mentions
from tests.spec.asof_world import CUT, World

HOUR = pd.Timedelta(hours=1)
BODIES = ("Melaena.", "No bleeding.", "Declines blood products.", "Well.", "Fatigued. Chemotherapy planned for Monday.")


def features_with_notes(view):
    """Features of patients after notes were read, as a run asks for them."""
    view.read_notes(mentions, 84)
    return view.need_features()


QUESTIONS = {
    "need_features": features_with_notes,
    "outpatient_profiles": lambda view: view.outpatient_profiles(),
    "stock": lambda view: view.stock(),
    "open_requests": lambda view: view.open_requests(),
    "stock_count_before": lambda view: view.stock_count_before(),
    "request_history": lambda view: view.request_history(5),
    "donation_history": lambda view: view.donation_history(5),
    "issue_history": lambda view: view.issue_history(5),
    "capacity": lambda view: view.capacity(),
    "freshness": lambda view: view.freshness(["requests"], 36),
    "training_points": lambda view: view.training_points(8),
    "need_labels": lambda view: view.need_labels(view.training_points(8), 8),
    "crossings": lambda view: view.crossings(view.training_points(8), 7.0),
}
AFTER_EVENT = {
    "received": ["reserved", "issued", "outdated", "discarded"],
    "reserved": ["released", "issued"],
    "released": ["reserved", "issued", "outdated"],
    "issued": ["transfused", "returned", "discarded"],
    "returned": ["released", "discarded"],
}
SETTINGS = ["INPATIENT", "EMERGENCY"]
PATIENTS = [f"p{number}" for number in range(6)]


class Luck:
    """Draws of moments around the cut."""

    def __init__(self, seed):
        self.draw = np.random.default_rng(seed)

    def whole(self, low, high):
        return int(self.draw.integers(low, high))

    def pick(self, options):
        return options[self.whole(0, len(options))]

    def moment(self, first=-30, last=10):
        return CUT + timedelta(minutes=self.whole(first * 1440, last * 1440))

    def late(self, when):
        return when + timedelta(minutes=self.pick([0, 0, 5, 600]))

    def later_or_never(self, when):
        return self.pick([None, when + timedelta(minutes=self.whole(0, 10 * 1440))])


def make_world(folder, seed):
    """Forty days around the cut: things happen, arrive late, end or are withdrawn later, or never."""
    world, luck = World(folder), Luck(seed)
    for name in PATIENTS:
        world.add(
            "patients", patient_id=name, programme=luck.pick(["chronic", "inpatient", "background"]),
            blood_group=luck.pick(["O+", "A-", None]), sex=luck.pick(["F", "M", None]),
            birth_year=luck.pick([1950, 1980, None]), available_at=luck.moment(-60, 2),
        )  # fmt: skip
    for _ in range(25):
        when, who = luck.moment(), luck.pick(PATIENTS)
        world.add("labs", patient_id=who, value=luck.whole(50, 120) / 10, taken_at=when, available_at=luck.late(when))
    for number in range(10):
        add_care(world, luck)
        when = luck.moment()
        day = when.tz_localize(None).normalize()
        world.add("donations", donated_on=day, site_id=f"S{number}", donated_units=luck.whole(0, 9), available_at=when)
        world.add(
            "notes", patient_id=luck.pick(PATIENTS), body=luck.pick(BODIES), written_at=when,
            available_at=luck.late(when),
        )  # fmt: skip
        published = when - timedelta(days=9)
        world.add("capacity", capacity_on=day, site_id=f"S{number}", available_minutes=60, available_at=published)
    for number in range(12):
        when = luck.moment(-35, 5)
        world.add(
            "requests", request_id=f"r{number}", patient_id=luck.pick(PATIENTS), requested_units=luck.whole(1, 4),
            urgency=luck.pick([0, 1, 8]), requested_at=when, available_at=luck.late(when),
            cancelled_at=luck.later_or_never(when),
        )  # fmt: skip
    for number in range(15):
        add_unit(world, luck, f"u{number}")
    return world


def add_care(world, luck):
    when, who = luck.moment(), luck.pick(PATIENTS)
    end, units = luck.later_or_never(when), luck.whole(1, 4)
    world.add("encounters", patient_id=who, started_at=when, ended_at=end, care_setting=luck.pick(SETTINGS))
    world.add("transfusions", patient_id=who, given_units=units, started_at=when, available_at=luck.late(when))
    world.add("drugs", patient_id=who, drug_class=luck.pick(["iron", "chemotherapy"]), started_at=when, ended_at=end)


def add_unit(world, luck, unit):
    last_day = luck.moment(-3, 10).tz_localize(None).normalize()
    world.add("units", unit_id=unit, blood_group=luck.pick(["O+", "A-"]), outdate_on=last_day)
    event, when = "received", luck.moment(-30, 2)
    for _ in range(luck.whole(1, 6)):
        request = f"r{luck.whole(0, 12)}" if event in {"reserved", "issued", "returned"} else None
        world.add("unit_events", unit_id=unit, event=event, occurred_at=when, request_id=request)
        if event not in AFTER_EVENT:
            break
        event, when = luck.pick(AFTER_EVENT[event]), when + timedelta(minutes=luck.whole(0, 6 * 1440))


def answers(paths, zone):
    with open_view(paths, CUT, time_zone=zone) as view:
        return {name: ask(view) for name, ask in QUESTIONS.items()} | {"hash": view.content_hash()}


def assert_same(left, right):
    assert left.pop("hash") == right.pop("hash")
    for name, frame in left.items():
        pdt.assert_frame_equal(frame, right[name], check_exact=True, obj=name)


def forget_the_future(frame):
    """Rows that arrive after the cut go, and every end that lies ahead becomes another."""
    known = frame[frame["available_at"] <= CUT].copy()
    for name in ("ended_at", "cancelled_at"):
        if name in known:
            known.loc[known[name] > CUT, name] = CUT + timedelta(days=99)
    return known.sample(frac=1, random_state=1)


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10**6), zone=st.sampled_from(["UTC", "Europe/Rome", "Pacific/Auckland"]))
def test_the_future_changes_no_answer(tmp_path_factory, seed, zone):
    world = make_world(tmp_path_factory.mktemp("world"), seed)
    assert_same(answers(world.write(), zone), answers(world.write("past", forget_the_future), zone))


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_many_points_at_once_equal_the_days_one_by_one(tmp_path_factory, seed):
    paths = make_world(tmp_path_factory.mktemp("world"), seed).write()
    with open_view(paths, CUT, time_zone="UTC") as view:
        points = view.training_points(8, chronic_every_days=1)
        assume(len(points))
        together = view.need_features(points)
    cuts = sorted(points["cut_at"].unique())[-5:]
    alone = []
    for cut in cuts:
        with open_view(paths, cut, time_zone="UTC") as view:
            alone.append(view.need_features())
    one_by_one = pd.concat(alone).sort_values(["patient_id", "cut_at"], ignore_index=True)
    pdt.assert_frame_equal(together[together["cut_at"].isin(cuts)].reset_index(drop=True), one_by_one, check_exact=True)


def naive_features(world, patient, cut):
    """A few features as one would compute them with a pencil."""

    def known(table, when, days):
        frame = world.frame(table)
        own = frame[(frame["patient_id"] == patient) & (frame["available_at"] <= cut) & (frame[when] <= cut)]
        return own[own[when] > cut - timedelta(days=days)].sort_values(when, kind="stable")

    labs = known("labs", "taken_at", 365)
    week = known("labs", "taken_at", 7)
    given = known("transfusions", "started_at", 84)
    asked = known("requests", "requested_at", 7)
    standing = asked[asked["cancelled_at"].isna() | (asked["cancelled_at"] > cut)]
    days = sorted(given["started_at"].dt.date.unique())
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return {
        "haemoglobin_g_per_dl": labs["value"].iloc[-1] if len(labs) else np.nan,
        "haemoglobin_age_hours": (cut - labs["taken_at"].iloc[-1]) / HOUR if len(labs) else np.nan,
        "haemoglobin_min_7d_g_per_dl": week["value"].min(),
        "haemoglobin_slope_g_per_dl_day": (
            np.polyfit((week["taken_at"] - cut) / (24 * HOUR), week["value"], 1)[0]
            if len(set(week["taken_at"])) > 1
            else np.nan
        ),
        "haemoglobin_sd_28d_g_per_dl": known("labs", "taken_at", 28)["value"].std(),
        "transfused_84d_units": float(given["given_units"].sum()),
        "mean_interval_days": np.mean(gaps) if gaps else np.nan,
        "requested_7d_units": float(standing["requested_units"].sum()),
    }


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_features_agree_with_a_naive_reading(tmp_path_factory, seed):
    world = make_world(tmp_path_factory.mktemp("world"), seed)
    with world.view() as view:
        seen = view.need_features()
    for row in seen.to_dict("records"):
        expected = naive_features(world, row["patient_id"], CUT)
        assert {name: row[name] for name in expected} == pytest.approx(expected, abs=2e-6, nan_ok=True)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_stock_and_open_requests_agree_with_a_naive_reading(tmp_path_factory, seed):
    world = make_world(tmp_path_factory.mktemp("world"), seed)
    with world.view() as view:
        stock, open_requests = view.stock(), view.open_requests()
    states, issued = {}, {}
    for unit, events in world.frame("unit_events").sort_values("event_id").groupby("unit_id"):
        past = events[events["occurred_at"] <= CUT].sort_values("occurred_at", kind="stable")
        story = list(zip(past["event"], past["request_id"], strict=True))
        for number, (event, request) in enumerate(story):
            back = number + 1 < len(story) and story[number + 1][0] == "returned"
            if event == "issued" and not back:
                issued[request] = issued.get(request, 0) + 1
        if story:
            states[unit] = story[-1][0]
    units = world.frame("units").set_index("unit_id")
    last_day = pd.Timestamp(datetime(2024, 10, 31, tzinfo=UTC)).tz_localize(None)
    words = {"received": "available", "released": "available", "reserved": "reserved", "returned": "quarantine"}
    expected = {u: words[s] for u, s in states.items() if s in words and units.loc[u, "outdate_on"] >= last_day}
    assert stock.set_index("unit_id")["state"].to_dict() == expected
    requests = world.frame("requests").set_index("request_id")
    standing = requests[
        (requests["available_at"] <= CUT)
        & (requests["requested_at"] > CUT - timedelta(days=30))
        & ~(requests["cancelled_at"] <= CUT)
    ]
    left = {name: int(row.requested_units) - issued.get(name, 0) for name, row in standing.iterrows()}
    assert open_requests.set_index("request_id")["open_units"].to_dict() == {n: u for n, u in left.items() if u > 0}
