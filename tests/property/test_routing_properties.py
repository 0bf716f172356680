"""What no routing may ever do."""

from datetime import date
from itertools import product

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from hemoflow.domain.policy import load_policy
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.routing import OUTPATIENT_PROFILES
from hemoflow.schemas.supply import OPEN_REQUESTS
from models.routing import route
from models.routing_capacity import share_out
from models.routing_score import priority_score
from tests.segmentation_sample import planted

POLICY = load_policy("region_demo").routing
AS_OF = date(2024, 10, 31)
BASE = planted(12)[0]

FORBIDDEN = (  # flags and the value that home demands
    ("is_actively_bleeding", False), ("is_cardiopulmonary_unstable", False), ("has_prior_severe_reaction", False),
    ("has_haemolysis", False), ("has_unresolved_serology", False), ("has_home_consent", True), ("has_carer", True),
    ("is_home_safe", True),
)  # fmt: skip

FINE = {
    **dict(FORBIDDEN), "prefers_home": True,
    "has_open_urgent_request": False, "antibodies": "", "blood_group": "O+", "travel_minutes": 30.0,
    "age_years": 70.0, "units_per_episode": 1.0, "transfusion_episodes": 9, "margin": 0.7, "hours": 5.0, "units": 1.0,
}  # fmt: skip
SPOILT = {
    **{name: st.sampled_from([not good, None]) for name, good in FORBIDDEN},
    "prefers_home": st.sampled_from([False, None]),
    "has_open_urgent_request": st.just(value=True),
    "antibodies": st.sampled_from(["anti-E", None]),
    "blood_group": st.none(),
    "travel_minutes": st.one_of(st.floats(0, 90), st.just(float("nan"))),
    "age_years": st.sampled_from([45.0, 18.0, 17.9, float("nan")]),
    "units_per_episode": st.sampled_from([1.2, 1.49, 1.5, 3.0, float("nan")]),
    "transfusion_episodes": st.sampled_from([0, 1]),
    "margin": st.sampled_from([0.05, 0.1]),
    "hours": st.sampled_from([600.0, 700.0, float("nan")]),
    "units": st.floats(0, 4),
}
CHANGE = st.one_of([st.tuples(st.just(name), values) for name, values in SPOILT.items()])
PATIENT = st.lists(CHANGE, max_size=2).map(lambda changes: {**FINE, **dict(changes)})
"""A patient who may be at home, with at most two things changed, so that both sides of every border are met often."""


def day(patients, minutes):
    drawn = pd.DataFrame(patients)
    profiles = BASE.head(len(drawn)).assign(**{name: drawn[name] for name in drawn if name in BASE})
    ids = profiles[["patient_id"]]
    segments = ids.assign(segment=1, margin_share=drawn["margin"], is_ambiguous=drawn["margin"] < 0.1)
    need = ids.assign(haemoglobin_age_hours=drawn["hours"], expected_8d_units=drawn["units"])
    capacity = pd.DataFrame({"capacity_on": pd.date_range(AS_OF, periods=len(minutes)), "resource": "nurse_minutes"})
    capacity["available_minutes"] = minutes
    profiles = conform(profiles, OUTPATIENT_PROFILES)
    routes = route(profiles, segments, (), need, capacity, empty(OPEN_REQUESTS), POLICY, as_of=AS_OF)
    return profiles.assign(margin=drawn["margin"], hours=drawn["hours"]), routes


@settings(max_examples=30, deadline=None)
@given(st.lists(PATIENT, min_size=1, max_size=12), st.lists(st.integers(0, 900), min_size=1, max_size=7))
def test_home_needs_every_record_and_room(patients, minutes):
    """Re-derives each hard rule in plain words, without the gates: unknown or wrong keeps a patient from home."""
    profiles, routes = day(patients, minutes)
    home = (routes["route"] == "HOME").to_numpy()
    at_home = profiles[home]
    for name, good in FORBIDDEN:
        assert (at_home[name].notna() & (at_home[name] == good)).all()
    assert at_home["prefers_home"].fillna(value=True).all()
    assert not at_home["has_open_urgent_request"].any()
    assert (at_home["antibodies"].fillna("unscreened") == "").all()
    assert at_home["blood_group"].notna().all()
    assert (at_home["travel_minutes"] <= POLICY.max_travel_minutes).all()
    assert (at_home["age_years"] >= POLICY.min_age_years).all()
    assert (at_home["units_per_episode"] < POLICY.max_units_per_home_visit + 0.5).all()
    assert (at_home["transfusion_episodes"] >= POLICY.min_prior_transfusions).all()
    assert (at_home["margin"] >= POLICY.uncertainty_margin).all()
    assert (at_home["hours"] <= 28 * 24).all()
    used = (routes["nurse_minutes"] * routes["expected_visits"])[home].sum()
    assert used <= sum(minutes) + 1e-6
    assert (routes["needs_review"] == ((routes["gates_unknown"] != "") & (routes["gates_failed"] == ""))).all()
    assert (routes[home][["gates_failed", "gates_unknown"]] == "").all(axis=None)
    assert (routes[["reason", "would_change", "score_words"]] != "").all(axis=None)


BAG = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 40)), min_size=1, max_size=8)


def benefit(bag, taken):
    return sum(gain for (gain, _), is_taken in zip(bag, taken, strict=True) if is_taken)


@settings(max_examples=60, deadline=None)
@given(BAG, st.integers(0, 120))
def test_sharing_out_is_exact_and_within_capacity(bag, capacity):
    taken = share_out(*zip(*bag, strict=True), capacity)
    assert sum(cost for (_, cost), is_taken in zip(bag, taken, strict=True) if is_taken) <= capacity
    possible = [
        choice
        for choice in product([False, True], repeat=len(bag))
        if sum(cost for (_, cost), is_taken in zip(bag, choice, strict=True) if is_taken) <= capacity
    ]
    best = max(benefit(bag, choice) for choice in possible)
    assert benefit(bag, taken) == best
    positions = [sum(np.flatnonzero(choice)) + sum(choice) for choice in possible if benefit(bag, choice) == best]
    assert sum(np.flatnonzero(taken)) + sum(taken) == min(positions)


@settings(max_examples=60, deadline=None)
@given(BAG, st.integers(0, 120), st.integers(0, 60))
def test_more_capacity_never_lowers_the_total_benefit(bag, capacity, more):
    gains, costs = zip(*bag, strict=True)
    small, large = (benefit(bag, share_out(gains, costs, room)) for room in (capacity, capacity + more))
    assert small <= large


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["travel_minutes", "frailty_score", "mobility_score"]),
    st.lists(st.integers(0, 100), min_size=2, max_size=12),
)
def test_more_travel_frailty_or_immobility_never_lowers_the_score(trait, values):
    profiles = pd.concat([BASE.head(1)] * len(values), ignore_index=True).assign(**{trait: sorted(values)})
    scores = priority_score(profiles, POLICY)["priority_score"]
    assert (scores.diff().dropna() >= -1e-9).all()
    assert scores.between(0, 100).all()
