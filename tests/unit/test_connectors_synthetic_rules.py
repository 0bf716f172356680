"""Draws, the habit's hours and groups, capacity, and what MIMIC-IV patients are given."""

from dataclasses import fields, replace
from datetime import date
from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest

from hemoflow.connectors.synthetic import draws
from hemoflow.connectors.synthetic.capacity import HOME_TEAM, make_capacity
from hemoflow.connectors.synthetic.completion import complete_inpatients
from hemoflow.connectors.synthetic.habit import accepted_groups, hours_of
from hemoflow.connectors.synthetic.magnitudes import DEMO, Figure, Region, at
from hemoflow.domain.blood_groups import BloodGroup, is_compatible
from hemoflow.domain.requests import Urgency
from hemoflow.schemas.canonical import PATIENTS, REQUESTS
from hemoflow.schemas.frames import conform, empty


def test_a_draw_belongs_to_its_name_purpose_and_seed():
    alone, together = draws.uniform(["a"], "x", 1), draws.uniform(["b", "a"], "x", 1)
    assert alone[0] == together[1]
    assert len({draws.one("a", "x", 1), draws.one("b", "x", 1), draws.one("a", "y", 1), draws.one("a", "x", 2)}) == 4


def test_draws_are_uniform():
    numbers = draws.uniform((str(n) for n in range(4000)), "x", 1)
    assert 0 <= numbers.min() < numbers.max() < 1
    assert np.histogram(numbers, bins=8, range=(0, 1))[0] == pytest.approx(500, abs=90)


def test_pick_follows_the_weights():
    assert draws.pick([0.0, 0.249, 0.25, 0.999], [("a", 1), ("b", 3)]) == ["a", "a", "b", "b"]


def test_generators_of_two_days_differ_and_repeat():
    first, again, other = (draws.generator(1, "x", number).random() for number in (7, 7, 8))
    assert first == again != other


def test_every_figure_names_its_unit_and_source():
    hints = get_type_hints(Region, include_extras=True)
    figures = [figure for field in fields(Region) for figure in hints[field.name].__metadata__]
    assert len(figures) == len(fields(Region))
    assert all(isinstance(figure, Figure) and figure.unit and figure.meaning and figure.source for figure in figures)


def test_the_preset_is_the_region_of_one_million():
    assert DEMO.asked_units == 93
    assert sum(DEMO.urgency_share) == pytest.approx(1)
    assert sum(share for _, share in DEMO.group_mix) == pytest.approx(1, abs=0.001)
    assert DEMO.last_on.strftime("%A") == "Thursday"
    assert replace(DEMO, population=500_000).asked_units == 46.5


@pytest.mark.parametrize("group", list(BloodGroup))
@pytest.mark.parametrize("urgency", list(Urgency))
def test_accepted_groups_are_compatible_and_begin_with_the_identical(group, urgency):
    donors = accepted_groups(group, "F", 30, urgency)
    assert donors[0] is group
    assert all(is_compatible(donor, group) for donor in donors)
    assert urgency is Urgency.VERY_URGENT or group is BloodGroup.O_NEG or BloodGroup.O_NEG not in donors


def test_a_request_without_an_agreed_day_is_used_two_to_eight_days_later():
    days = {hours_of(Urgency.NOT_URGENT, at(date(2024, 7, 1), 9), None, lead)[1] for lead in (0.0, 0.5, 0.999)}
    assert sorted(days) == [at(date(2024, 7, day), 9) for day in (3, 6, 9)]


def test_nothing_is_issued_before_it_was_asked_for():
    asked_at = at(date(2024, 7, 1), 20)
    assert hours_of(Urgency.NOT_URGENT, asked_at, date(2024, 7, 1)) == (None, at(date(2024, 7, 1), 20, 30))


def test_capacity_is_published_a_month_ahead_and_none_at_the_weekend():
    capacity = make_capacity(DEMO)
    assert capacity["capacity_on"].agg(["min", "max"]).tolist() == [
        pd.Timestamp("2024-07-01"),
        pd.Timestamp("2024-11-30"),
    ]
    notice = capacity["capacity_on"].dt.tz_localize("UTC") - capacity["available_at"]
    assert (notice == pd.Timedelta(days=30)).all()
    by_day = capacity[capacity["capacity_on"] == "2024-10-31"].set_index("site_id")["available_minutes"]
    assert by_day.to_dict() == {"CLINIC-1": 4 * 480, "CLINIC-2": 2 * 480, HOME_TEAM: 720}
    weekend = capacity["capacity_on"].dt.weekday >= 5
    assert (capacity[weekend]["available_minutes"] == 0).all()
    assert (capacity[~weekend]["available_minutes"] > 0).all()


def test_a_small_region_still_has_a_chair_and_a_nurse():
    assert make_capacity(replace(DEMO, population=50_000))["available_minutes"].max() == 480


@pytest.fixture(scope="module")
def inpatients():
    stamp = pd.Timestamp("2024-10-02", tz="UTC")
    provenance = {"available_at": stamp, "source": "mimic-iv", "is_synthetic": False}
    ids = [f"p_{n:016x}" for n in range(800)]
    known = pd.DataFrame({"patient_id": ids}).assign(
        is_group_synthetic=False, programme="inpatient", site_id="HOSP-1", **provenance
    )
    asked = pd.DataFrame({"request_id": [f"req_{n}" for n in range(800)], "patient_id": ids}).assign(
        site_id="HOSP-1",
        component="red_cells",
        requested_units=1,
        is_units_assumed=True,
        urgency=1,
        is_urgency_synthetic=True,
        shortage_tier=2,
        requested_at=stamp,
        **provenance,
    )
    frames = {
        "patients": conform(known.reindex(columns=list(PATIENTS.columns)), PATIENTS),
        "requests": conform(asked.reindex(columns=list(REQUESTS.columns)), REQUESTS),
        "labs": "untouched",
    }
    return frames, complete_inpatients(frames, 1)


def test_inpatients_get_a_group_of_the_mix_and_it_is_marked(inpatients):
    patients = inpatients[1]["patients"]
    assert patients["is_group_synthetic"].all()
    assert not patients["is_synthetic"].any()
    shares = patients["blood_group"].value_counts(normalize=True)
    for group, share in DEMO.group_mix:
        assert shares.get(str(group), 0) == pytest.approx(share, abs=0.06)
    assert patients["antibodies"].eq("").mean() == pytest.approx(0.95, abs=0.03)


def test_inpatients_ask_very_urgently_or_urgently_and_the_first_come_first_in_a_shortage(inpatients):
    requests = inpatients[1]["requests"]
    assert requests["urgency"].eq(0).mean() == pytest.approx(0.25, abs=0.05)
    assert set(requests["urgency"]) == {0, 1}
    assert requests.groupby("urgency")["shortage_tier"].unique().map(list).to_dict() == {0: [1], 1: [2]}
    assert requests["is_urgency_synthetic"].all()


def test_completion_changes_nothing_else(inpatients):
    before, after = inpatients
    drawn = ["blood_group", "is_group_synthetic", "is_group_confirmed", "needs_irradiated", "antibodies"]
    pd.testing.assert_frame_equal(before["patients"].drop(columns=drawn), after["patients"].drop(columns=drawn))
    drawn = ["urgency", "is_urgency_synthetic", "shortage_tier"]
    pd.testing.assert_frame_equal(before["requests"].drop(columns=drawn), after["requests"].drop(columns=drawn))
    assert after["labs"] == "untouched"


def test_a_patients_draw_does_not_depend_on_the_others(inpatients):
    before, after = inpatients
    few = complete_inpatients({**before, "patients": before["patients"].iloc[5:9]}, 1)["patients"]
    pd.testing.assert_frame_equal(few, after["patients"].iloc[5:9].reset_index(drop=True))


def test_completion_of_nobody_is_nobody():
    frames = complete_inpatients({"patients": empty(PATIENTS), "requests": empty(REQUESTS)}, 1)
    assert [len(frame) for frame in frames.values()] == [0, 0]
