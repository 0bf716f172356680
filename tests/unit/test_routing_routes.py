"""Where patients are proposed, case by case: each gate, each reason, and who shares the home team's minutes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hemoflow.domain.errors import InputError
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import DEFERRALS, OUTPATIENT_PROFILES, ROUTES, SEGMENTS
from hemoflow.schemas.supply import OPEN_REQUESTS
from models.routing.gates import GATES, judge, usual_units
from models.routing.score import TERMS, decompose, priority_score
from models.segmentation.rules import Condition, Rule, Side
from tests.routing_sample import AS_OF, POLICY, place, team_days
from tests.segmentation_sample import planted


def cohort(patients=1, **values):
    """Patients who meet every gate, changed by ``values``."""
    profiles, _ = planted(patients)
    usual = {"age_years": 70.0, "travel_minutes": 30.0, "mean_interval_days": 14.0, "interval_variation": 0.2}
    return conform(
        profiles.assign(**{**usual, "frailty_score": 5, "days_since_transfusion": 13.0, **values}), OUTPATIENT_PROFILES
    )


def segments_of(profiles, margin=0.5):
    return conform(
        profiles[["patient_id"]].assign(
            segment=1,
            membership_share=0.9,
            margin_share=margin,
            is_ambiguous=margin < POLICY.uncertainty_margin,
            cluster_segment=1,
            rule_segment=None,
            placed_by="clusters",
        ),
        SEGMENTS,
    )


def day(profiles, *, minutes=(480,) * 4, units=1.0, hours=20.0, margin=0.5, rules=(), requests=None, routing=POLICY):
    """Routes where a visit of everybody falls into the planning days, and the team works on days 2 to 5."""
    need = profiles[["patient_id"]].assign(haemoglobin_age_hours=hours, expected_8d_units=units)
    capacity = team_days(minutes)
    found = place(
        profiles, segments_of(profiles, margin), need, capacity, rules=rules, requests=requests, routing=routing
    )
    return found[0]


CLOSED = {
    "bleeding": ("is_actively_bleeding", True, "HOSPITAL"),
    "heart and lungs": ("is_cardiopulmonary_unstable", True, "HOSPITAL"),
    "urgency": ("has_open_urgent_request", True, "HOSPITAL"),
    "age": ("age_years", 17.0, "HOSPITAL"),
    "earlier transfusion": ("transfusion_episodes", 0, "CLINIC"),
    "severe reaction": ("has_prior_severe_reaction", True, "CLINIC"),
    "haemolysis": ("has_haemolysis", True, "CLINIC"),
    "serology": ("has_unresolved_serology", True, "CLINIC"),
    "antibody screen": ("antibodies", "anti-K", "CLINIC"),
    "units of a visit": ("units_per_episode", 2.6, "CLINIC"),
    "travel": ("travel_minutes", 61.0, "CLINIC"),
    "consent": ("has_home_consent", False, "CLINIC"),
    "second adult": ("has_carer", False, "CLINIC"),
    "safety of the home": ("is_home_safe", False, "CLINIC"),
}


def test_a_patient_who_meets_every_gate_is_proposed_at_home():
    routes = day(cohort())
    pd.testing.assert_frame_equal(routes, conform(routes, ROUTES))
    row = routes.iloc[0]
    assert (row["route"], row["needs_review"], row["gates_failed"], row["gates_unknown"]) == ("HOME", False, "", "")
    assert row["nurse_minutes"] == 30 + 2 * 30 + 109 + 60
    assert row["expected_visits"] == pytest.approx(7 / 8)
    assert (row["home_visits"], row["used_minutes"]) == (1, 259)


@pytest.mark.parametrize("gate", CLOSED)
def test_each_failed_gate_keeps_the_patient_from_home_and_is_named(gate):
    column, value, place = CLOSED[gate]
    row = day(cohort(**{column: value})).iloc[0]
    assert (row["route"], row["gates_failed"], row["needs_review"]) == (place, gate, False)
    assert gate in row["reason"]
    assert next(g for g in GATES if g.name == gate).remedy in row["would_change"]


@pytest.mark.parametrize(
    ("gate", "column"),
    [(g, c) for g, (c, *_) in CLOSED.items() if OUTPATIENT_PROFILES.columns[c].nullable]
    + [("blood group", "blood_group")],
)
def test_each_unknown_gate_asks_for_a_look_and_is_never_met(gate, column):
    row = day(cohort(**{column: None})).iloc[0]
    assert (row["route"], row["gates_failed"], row["gates_unknown"]) == ("REVIEW", "", gate)
    assert row["needs_review"]
    assert gate in row["reason"]


@pytest.mark.parametrize("hours", [np.nan, 28 * 24 + 1])
def test_without_a_recent_haemoglobin_nobody_goes_home(hours):
    assert day(cohort(), hours=hours).iloc[0]["gates_unknown"] == "recent haemoglobin"


def test_consent_stands_without_a_recorded_preference_but_not_against_a_wish_for_the_clinic():
    assert day(cohort(prefers_home=None)).iloc[0]["route"] == "HOME"
    for consent in (True, None):
        row = day(cohort(has_home_consent=consent, prefers_home=False)).iloc[0]
        assert (row["route"], row["gates_failed"]) == ("CLINIC", "consent")


def test_every_gate_has_a_case_above():
    assert {gate.name for gate in GATES} == {*CLOSED, "blood group", "recent haemoglobin", "notes"}


def test_a_failed_gate_outweighs_an_unknown_one_and_both_are_named():
    row = day(cohort(is_actively_bleeding=True, has_home_consent=None)).iloc[0]
    assert (row["route"], row["needs_review"]) == ("HOSPITAL", False)
    assert row["reason"] == "Hospital: home is closed by bleeding; unknown: consent."


def test_an_open_urgent_request_means_hospital_even_when_the_profile_missed_it():
    profiles = cohort(2)
    request = {
        "request_id": "r", "patient_id": profiles["patient_id"][1], "site_id": "H", "component": "red_cells",
        "patient_blood_group": "O+", "supply_blood_group": "O+", "is_emergency_rule": False, "sex": "F",
        "age_years": 70.0, "needs_irradiated": False, "antibodies": "", "urgency": 1, "shortage_tier": 1,
        "requested_at": pd.Timestamp(AS_OF, tz="UTC"), "requested_on": pd.Timestamp(AS_OF),
        "due_on": pd.Timestamp(AS_OF), "open_units": 3, "reserved_units": 0,
    }  # fmt: skip
    routes = day(profiles, requests=conform(pd.DataFrame([request]), OPEN_REQUESTS))
    assert routes["route"].tolist() == ["HOME", "HOSPITAL"]
    assert routes["expected_visits"].tolist() == pytest.approx([7 / 8, 3 * 7 / 8])  # asked for is more than predicted


def test_an_uncertain_segment_is_no_gate():
    assert day(cohort(), margin=0.05).iloc[0]["route"] == "HOME"


def test_minutes_go_to_the_patient_who_gains_more_and_the_other_reads_what_would_change_it():
    routes = day(cohort(2, frailty_score=pd.array([3, 7], dtype="Int64")), minutes=(480,))
    assert routes["route"].tolist() == ["CLINIC", "HOME"]
    assert "home teams' minutes of 7 days go where each brings more" in routes["reason"][0]
    scores = routes["priority_score"]
    assert routes["would_change"][0] == (
        f"A score of about {scores[1]:.0f} instead of {scores[0]:.0f}, "
        "or room for 259 more nurse minutes on the days of the visit."
    )
    assert routes["would_change"][1] == (
        f"Any gate no longer met, fewer nurse minutes, or a score below about {scores[0]:.0f}."
    )


def test_who_is_at_home_stays_unless_somebody_gains_clearly_more():
    frailty, home = pd.array([5, 6], dtype="Int64"), pd.array([True, False], dtype="boolean")
    for is_at_home, expected in ((home, ["HOME", "CLINIC"]), (False, ["CLINIC", "HOME"])):
        routes = day(cohort(2, frailty_score=frailty, is_at_home=is_at_home), minutes=(480,))
        assert routes["route"].tolist() == expected
    clearly = day(cohort(2, frailty_score=pd.array([3, 7], dtype="Int64"), is_at_home=home), minutes=(480,))
    assert clearly["route"].tolist() == ["CLINIC", "HOME"]


def test_a_visit_longer_than_every_day_of_the_team_is_not_proposed():
    row = day(cohort(), minutes=(250,) * 4).iloc[0]
    assert (row["route"], row["home_visits"]) == ("CLINIC", 0)


def test_a_team_comes_from_the_day_after_on_and_within_the_planning_days_only():
    def route_on(day_number, resource="nurse_minutes"):
        profiles = cohort(1, days_since_transfusion=14.0 - (day_number - 1))
        need = profiles[["patient_id"]].assign(haemoglobin_age_hours=1.0, expected_8d_units=1.0)
        capacity = team_days((900,), first_day=day_number, resource=resource)
        return place(profiles, segments_of(profiles), need, capacity)[0]["route"].item()

    assert [route_on(number) for number in (1, 2, 7, 8)] == ["CLINIC", "HOME", "HOME", "CLINIC"]
    assert route_on(3, "chair_minutes") == "CLINIC"


@pytest.mark.parametrize(
    ("day_number", "place_of", "values"),
    [(2, "HOME", {}), (5, "CLINIC", {"has_home_consent": False}), (7, "HOME", {"mean_interval_days": None})],
)
def test_a_deferred_visit_is_on_the_day_that_was_named_and_on_no_other(day_number, place_of, values):
    profiles = cohort(**values)
    need = profiles[["patient_id"]].assign(haemoglobin_age_hours=1.0, expected_8d_units=1.0)
    every_day = pd.concat([team_days((900,) * 7, 1), team_days((900,) * 7, 1, "chair_minutes", profiles["site_id"][0])])

    def slots(days, lifted_by=""):
        until = pd.Timestamp(AS_OF) + pd.Timedelta(days=days - 1)
        told = {
            "patient_id": profiles["patient_id"], "from_on": pd.Timestamp(AS_OF) - pd.Timedelta(days=1),
            "until_on": until, "cause": "clinical", "clinician": None, "lifted_by": lifted_by,
        }  # fmt: skip
        deferrals = conform(pd.DataFrame(told), DEFERRALS)
        return place(profiles, segments_of(profiles), need, every_day, deferrals=deferrals)[1].slots

    visit = slots(day_number).iloc[0]
    assert (visit["slot_on"] - pd.Timestamp(AS_OF)).days + 1 == day_number
    assert visit["place"] == place_of
    assert slots(8).empty, "after the planning days"
    as_ever = place(profiles, segments_of(profiles), need, every_day)[1].slots
    pd.testing.assert_frame_equal(slots(day_number, "a very urgent request is never deferred"), as_ever)


def test_a_home_team_that_cannot_come_on_the_day_named_leaves_the_visit_to_the_clinic():
    profiles = cohort()
    need = profiles[["patient_id"]].assign(haemoglobin_age_hours=1.0, expected_8d_units=1.0)
    today = {
        "patient_id": profiles["patient_id"], "from_on": pd.Timestamp(AS_OF) - pd.Timedelta(days=1),
        "until_on": pd.Timestamp(AS_OF), "cause": "clinical", "clinician": None, "lifted_by": "",
    }  # fmt: skip
    deferrals = conform(pd.DataFrame(today), DEFERRALS)
    chairs = pd.concat([team_days((900,) * 5), team_days((900,), 1, "chair_minutes", profiles["site_id"][0])])
    slots = place(profiles, segments_of(profiles), need, chairs, deferrals=deferrals)[1].slots
    assert slots.iloc[0][["place", "slot_on"]].tolist() == ["CLINIC", pd.Timestamp(AS_OF)]


def test_without_a_visit_due_only_those_at_home_already_are_proposed_home():
    late = {"days_since_transfusion": 1.0, "mean_interval_days": 28.0}
    assert "no visit is due in 7 days" in day(cohort(**late)).iloc[0]["reason"]
    row = day(cohort(**late, is_at_home=True)).iloc[0]
    assert (row["route"], row["home_visits"]) == ("HOME", 0)


def test_two_units_become_two_visits_of_one_where_the_policy_allows_it():
    usual = {"units_per_episode": 2.0, "mean_interval_days": 6.0, "days_since_transfusion": 5.0}
    row = day(cohort(**usual)).iloc[0]
    assert (row["route"], row["planned_units"], row["home_visits"]) == ("HOME", 1, 2)
    whole = replace(POLICY, max_home_visits_per_clinic_visit=1)
    assert day(cohort(**usual), routing=whole).iloc[0]["gates_failed"] == "units of a visit"


def test_the_policy_decides_whether_home_needs_a_second_adult():
    for carer in (False, None):
        row = day(cohort(has_carer=carer), routing=replace(POLICY, needs_second_adult=False)).iloc[0]
        assert row["route"] == "HOME"


def test_a_team_without_the_skill_does_not_come():
    bedbound = cohort(mobility_score=pd.array([3], dtype="Int64"))
    assert day(bedbound).iloc[0]["route"] == "HOME"
    assert day(bedbound, routing=replace(POLICY, team_skills=())).iloc[0]["route"] == "CLINIC"


def test_a_patient_without_need_is_sized_by_the_recent_rate_but_has_no_recent_haemoglobin():
    profiles = cohort(1, transfused_84d_units=12.0)
    need = profiles[["patient_id"]].head(0).assign(haemoglobin_age_hours=0.0, expected_8d_units=0.0)
    row = place(profiles, segments_of(profiles), need, team_days(()))[0].iloc[0]
    assert row["expected_visits"] == pytest.approx(1.0)
    assert (row["route"], row["gates_unknown"]) == ("REVIEW", "recent haemoglobin")


def test_the_first_rule_that_the_patient_meets_is_shown():
    rules = [Rule(1, n + 1, (Condition("age_years", Side.AT_LEAST, cut),)) for n, cut in enumerate((80.0, 65.0, 60.0))]
    rules.append(Rule(2, 1, (Condition("age_years", Side.AT_LEAST, 20.0),)))
    words = day(cohort(2, age_years=[70.0, 40.0]), rules=rules)["segment_words"].tolist()
    assert words == ["age at least 65 years", "meets no rule of the segment"]
    assert day(cohort())["segment_words"].item() == "no rules describe the segments"


def test_a_patient_without_segment_is_refused_without_naming_anybody():
    profiles = cohort(2)
    segments = profiles[["patient_id"]].head(1).assign(segment=1, margin_share=1.0, is_ambiguous=False)
    need = profiles[["patient_id"]].assign(haemoglobin_age_hours=1.0, expected_8d_units=1.0)
    with pytest.raises(InputError, match="1 of 2 patients have no segment") as caught:
        place(profiles, segments, need, team_days(()))
    assert "p_000" not in str(caught.value)


def test_no_patients_give_an_empty_frame():
    assert day(cohort(1).head(0)).empty


def test_routes_do_not_depend_on_the_order_of_rows():
    profiles = cohort(30, frailty_score=pd.array([3, 4, 5, 6, 7] * 6, dtype="Int64"))
    pd.testing.assert_frame_equal(day(profiles), day(profiles.sample(frac=1, random_state=1)))


def test_score_by_hand():
    profile = cohort(1, travel_minutes=35.0, interval_variation=0.45, frailty_score=5, mobility_score=2, stays_84d=0.6)
    profile["mean_interval_days"] = 28.0 / 4
    score = priority_score(profile, POLICY).iloc[0]
    gains = 30 * 0.5 + 25 * 0.5 + 20 * 0.5 + 15 * 0.8 + 10 * 1.0 + 10 * 0.8 + 5 + 5
    uncertain = min((2.563 * 0.45 * 2 - 0.5) / 3.5, 1)
    assert score["priority_score"] == pytest.approx(gains / 1.2 * (1 - 0.3 * uncertain))
    assert "travel 35 min one way +12.5, interval variation 0.45 +10.4, frailty 5 +8.3" in score["score_words"]
    assert score["score_words"].endswith("risk -0.0") or "risk +0.0" in score["score_words"]


def test_the_parts_of_a_score_add_up_to_it_and_doubt_and_risk_take_away():
    profile = cohort(3, age_years=85.0, weight_kg=48.0).assign(membership_share=[1.0, 0.5, 0.1], stays_84d=0.0)
    parts, score = decompose(profile, POLICY), priority_score(profile, POLICY)["priority_score"]
    assert parts.sum(axis=1).to_numpy() == pytest.approx(score.to_numpy())
    assert score.is_monotonic_decreasing
    assert parts["risk"].to_numpy() == pytest.approx(-100 * 0.1 * (0.75 + 0.8) / 2)
    assert parts["membership"].iloc[0] == 0


def test_an_unknown_trait_counts_nothing_and_is_named():
    score = priority_score(cohort(1, frailty_score=None, interval_variation=None), POLICY).iloc[0]
    assert "frailty unknown +0.0" in score["score_words"]
    assert "interval variation unknown +0.0" in score["score_words"]
    known = priority_score(cohort(1, frailty_score=1, interval_variation=0.9), POLICY).iloc[0]
    assert score["priority_score"] < known["priority_score"]  # unknown variation is as uncertain as the anchors know


def test_the_weights_of_the_score_are_those_of_the_policy():
    assert {term.weight for term in TERMS} == {name for name in POLICY.__slots__ if name.startswith("weight_")}


@pytest.mark.parametrize(("mean", "units"), [(1.0, 1), (1.49, 1), (1.5, 2), (0.4, 1), (2.4, 2)])
def test_usual_units_are_the_nearest_whole_number(mean, units):
    assert usual_units(cohort(1, units_per_episode=mean)).item() == units


def test_gates_are_documented():
    for gate in GATES:
        assert gate.sentence.endswith(".")
        assert gate.source
        assert not gate.remedy.endswith(".")
    assert list(judge(cohort().assign(haemoglobin_age_hours=1.0), POLICY).columns) == [gate.name for gate in GATES]
