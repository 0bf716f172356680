"""What no routing may ever do."""

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import OUTPATIENT_PROFILES
from models.routing.score import TERMS, decompose, priority_score, weighable, weighting
from tests.routing_sample import POLICY, place, team_days
from tests.segmentation_sample import planted

BASE = planted(12)[0].assign(days_since_transfusion=12.0, mean_interval_days=14.0)

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
    "units_per_episode": st.sampled_from([1.2, 1.49, 1.5, 2.49, 2.5, 3.0, float("nan")]),
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
    profiles = conform(profiles, OUTPATIENT_PROFILES)
    routes, plan = place(profiles, segments, need, team_days(minutes))
    at_home = plan.slots[plan.slots["place"] == "HOME"]
    assert (at_home.groupby("slot_on")["minutes"].sum().to_numpy() <= np.array(minutes).max()).all()
    assert set(at_home["patient_id"]) == set(routes.loc[routes["home_visits"] > 0, "patient_id"])
    return profiles.assign(margin=drawn["margin"], hours=drawn["hours"]), routes


@settings(max_examples=25, deadline=None)
@given(st.lists(PATIENT, min_size=1, max_size=12), st.lists(st.integers(0, 900), min_size=1, max_size=4))
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
    most = POLICY.max_units_per_home_visit * POLICY.max_home_visits_per_clinic_visit
    assert (at_home["units_per_episode"] < most + 0.5).all()
    assert (routes[home]["planned_units"] <= POLICY.max_units_per_home_visit).all()
    assert (at_home["transfusion_episodes"] >= POLICY.min_prior_transfusions).all()
    assert (at_home["hours"] <= 28 * 24).all()
    assert routes["used_minutes"].sum() <= sum(minutes)
    assert (routes["needs_review"] == (routes["route"] == "REVIEW")).all()
    assert (routes["needs_review"] == ((routes["gates_unknown"] != "") & (routes["gates_failed"] == ""))).all()
    assert (routes[home][["gates_failed", "gates_unknown"]] == "").all(axis=None)
    assert (routes[["reason", "would_change", "score_words"]] != "").all(axis=None)


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


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([("interval_variation", 0.01), ("stays_84d", 0.05), ("has_carer", None), ("prefers_home", None)]),
    st.lists(st.integers(0, 100), min_size=2, max_size=12),
)
def test_unsteadiness_never_raises_the_score_and_a_carer_or_a_wish_never_lowers_it(trait, values):
    name, step = trait
    drawn = sorted(values) if step is None else [step * value for value in sorted(values)]
    column = pd.array([value > 50 for value in drawn], dtype="boolean") if step is None else drawn
    profiles = pd.concat([BASE.head(1)] * len(values), ignore_index=True).assign(**{name: column})
    changes = priority_score(profiles, POLICY)["priority_score"].diff().dropna()
    assert (changes >= -1e-9).all() if step is None else (changes <= 1e-9).all()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["membership_share", "weight_kg", "age_years"]), st.lists(st.integers(0, 100), min_size=2))
def test_doubt_and_risk_only_take_points_off(trait, values):
    drawn = sorted(values)
    column = {"membership_share": [v / 100 for v in drawn], "weight_kg": [30 + v for v in drawn],
              "age_years": [20 + (100 - v) for v in drawn]}[trait]  # fmt: skip
    profiles = pd.concat([BASE.head(1)] * len(values), ignore_index=True).assign(**{trait: column})
    assert (priority_score(profiles, POLICY)["priority_score"].diff().dropna() >= -1e-9).all()
    parts = decompose(profiles, POLICY)
    assert (parts[["membership", "uncertainty", "risk"]] <= 1e-9).all(axis=None)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=12, max_size=12), st.lists(st.integers(30, 100), min_size=12, max_size=12))
def test_the_weighted_sum_of_the_weighable_terms_is_the_score(member, weight):
    profiles = BASE.assign(membership_share=member, weight_kg=[float(w) for w in weight])
    summed = 100 * weighable(profiles, POLICY).to_numpy() @ np.array(weighting(POLICY).shares)
    assert np.allclose(summed.clip(0), priority_score(profiles, POLICY)["priority_score"])


def test_comparisons_in_pairs_replace_the_weights():
    names = [term.name for term in TERMS]
    order = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    words = tuple(f"{a} over {b} = {9 if a == 'travel' else 1}" for a, b in order)
    routing = replace(POLICY, pairwise_comparisons=words)
    found = weighting(routing)
    assert found.shares[0] == max(found.shares) > 0.5
    far = BASE.head(1).assign(travel_minutes=60.0)
    assert decompose(far, routing)["travel"].iloc[0] == 100 * found.shares[0]
    assert "consistency ratio 0.00" in found.words
