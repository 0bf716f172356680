"""The page of the segments: what it shows, and what it withholds."""

from dataclasses import replace

import pandas as pd
import pytest

from hemoflow.domain.policy import load_policy
from hemoflow.reports.segment_pictures import consensus_matrix
from hemoflow.reports.segments import parting_rows, priority_rows, profile_rows
from hemoflow.schemas.frames import empty
from hemoflow.schemas.supply import OPEN_REQUESTS
from models.routing import assess
from models.routing.standing import standing, team_minutes
from models.routing.words import routes
from models.segmentation import Rule, fit
from models.segmentation.rules import Condition
from models.segmentation.ruling import with_rules
from optimization.home.daily import plan_slots
from tasks.segmentation import Placed
from tasks.segments_page import day_page, version_page
from tests.routing_sample import AS_OF, NOBODY_ELSE, team_days
from tests.segmentation_sample import planted

POLICY = load_policy("region_demo")
FAST = replace(POLICY, segmentation=replace(POLICY.segmentation, resamples=1, stability_splits=1, rule_bootstraps=2))


@pytest.fixture(scope="module")
def day():
    profiles, _ = planted(130)
    model = fit(profiles, FAST.segmentation, seed=1, trained_as_of=AS_OF)
    segments = with_rules(model.place(profiles, 0.1), profiles, model.rules, decide=False)
    need = profiles[["patient_id"]].assign(haemoglobin_age_hours=5.0, expected_8d_units=1.0)
    known = assess(profiles, segments, need, empty(OPEN_REQUESTS), FAST.routing, as_of=AS_OF)
    capacity = team_days([900] * 5)
    plan = plan_slots(known.candidates, known.visits, capacity, NOBODY_ELSE, FAST.routing, as_of=AS_OF)
    firm = standing(known, capacity, FAST.routing, as_of=AS_OF, seed=1)
    placed = routes(known, plan.slots, model.rules, FAST.routing, as_of=AS_OF, standings=firm)
    return profiles, Placed(segments, model.rules, model, {}), placed, known, capacity


def test_the_page_of_a_version_shows_its_choice_matrix_profiles_and_rules(day):
    model = day[1].model
    page = version_page(model, FAST)
    assert model.model_id in page
    assert "Score of the candidates by number of clusters" in page
    assert "Consensus matrix" in page
    assert all(rule.words in page for rule in model.rules)
    assert "Today" not in page


def test_the_page_of_a_day_names_rules_weights_and_no_patient(day):
    profiles, found, placed, _, _ = day
    page = day_page(found, profiles, placed, FAST, AS_OF)
    assert "Today: priority" in page
    assert "From the policy." in page
    assert "travel 25\u00a0%" in page
    assert not any(patient in page for patient in profiles["patient_id"])


def test_edited_rules_that_part_from_the_clusters_are_shown(day):
    profiles, found, placed, _, _ = day
    rules = (Rule(1, 1, (Condition.parse("age below 200 years"),)),)
    edited = replace(found, rules=rules, segments=with_rules(found.segments, profiles, rules, decide=True))
    page = day_page(edited, profiles, placed, replace(FAST, rules_text="x"), AS_OF)
    assert "edited by a person" in page
    agree = int((found.segments["cluster_segment"] == 1).sum())
    assert f"clusters agree: {agree}; part: {130 - agree}; no rule" in page


def test_small_counts_are_withheld(day):
    partings = pd.DataFrame(
        [(1, "1", 40), (1, "none", 3), (2, "1", 50), (2, "none", 20)],
        columns=["cluster_segment", "by_rules", "patients"],
    )
    assert parting_rows(partings, 8)["rows"] == [(1, [None, None]), (2, [50, 20])]
    few = day[2].head(5).assign(segment=1)
    assert priority_rows(few, 8)[0]["patients"] is None
    cells = profile_rows(day[1].model.evidence.profiles.assign(known_patients=3), [1, 2], 8)[0]["cells"]
    assert cells == ["withheld", "withheld"]


def test_the_matrix_says_how_often_segments_are_together():
    picture = consensus_matrix([[0.9, 0.1], [0.1, 0.7]], [1, 2])
    assert "Together in 80\u00a0% of the clusterings within a segment, in 10\u00a0% across segments" in picture


def test_standing_is_told_of_open_patients_with_a_visit_due_and_keeps_the_teams_minutes(day):
    _, _, placed, known, capacity = day
    told = placed[placed["standing"].notna()]
    assert set(told["standing"]) == {"always", "contested", "never"}
    assert set(told["patient_id"]) <= set(known.patients.loc[known.is_open.to_numpy(dtype=bool), "patient_id"])
    due = known.visits[known.visits["place"] == "HOME"].groupby("patient_id")["minutes"].sum()
    used = (told["selected_share"] * told["patient_id"].map(due)).sum()
    assert 0 < used <= team_minutes(capacity, FAST.routing, AS_OF)
