"""Go/no-go, the planning study and their pages, case by case."""

from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape

import numpy as np
import pandas as pd
import pytest

from hemoflow.domain.errors import InputError
from hemoflow.reports.go_no_go import go_no_go, read_confirmations
from hemoflow.reports.home_pages import capacity_html, go_no_go_html, routing_html
from hemoflow.reports.plan_home import LINES, HomeStudy, frontier_picture, plan_home_html
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.routing import GO_NO_GO, OUTPATIENT_PROFILES, SLOTS
from models.routing import assess
from models.routing.gates import GATES, funnel
from optimization.home.daily import plan_slots
from optimization.home.planning import capacity_of, frontier
from tests.browser.sample import AS_OF, RULES, TODAY, make_day, make_need, make_slots, patient
from tests.routing_sample import NOBODY_ELSE
from tests.segmentation_sample import planted

DAY = make_day()
ID = patient(1)


def allocations(*lines):
    frame = pd.DataFrame(lines, columns=["patient_id", "unit_id", "status"])
    return frame.astype("string")


def evening(lines=(), confirmed=""):
    need = make_need(np.random.default_rng(0), inpatients=0, outpatients=3)
    slots = make_slots([("HOME", 1, 259), ("CLINIC", 1, 248), ("HOME", 2, 259)])
    given = (
        read_confirmations(f"patient_id,sample_taken_on,is_crossmatched,is_stable,has_transport\n{confirmed}")
        if confirmed
        else None
    )
    return go_no_go(slots, need, allocations(*lines), given, as_of=AS_OF)


UNIT = (ID, "u1", "sample_needed")


def test_only_home_visits_of_the_next_day_are_listed_and_nothing_is_there_until_confirmed():
    rows = evening()
    pd.testing.assert_frame_equal(rows, conform(rows, GO_NO_GO))
    assert rows["patient_id"].tolist() == [ID]
    assert rows["visit_on"].tolist() == [TODAY + pd.Timedelta(days=1)]
    assert rows["lacking"].item() == (
        "1 unit not assigned; sample from Tue 29 Oct on; crossmatch not done; stability not confirmed; "
        "transport not booked"
    )
    assert not rows["is_go"].any()


@pytest.mark.parametrize(
    ("lines", "confirmed", "lacking"),
    [
        ([UNIT], f"{ID},2024-10-29,yes,yes,true", ""),
        ([], f"{ID},2024-10-29,yes,yes,yes", "1 unit not assigned"),
        ([(ID, "u1", "review")], f"{ID},2024-10-29,yes,yes,yes", "1 unit not assigned"),
        ([UNIT], f"{ID},2024-10-28,yes,yes,yes", "sample from Tue 29 Oct on"),
        ([UNIT], f"{ID},,yes,yes,yes", "sample from Tue 29 Oct on"),
        ([UNIT], f"{ID},2024-10-30,,yes,yes", "crossmatch not done"),
        ([UNIT], f"{ID},2024-10-30,no,yes,yes", "crossmatch not done"),
        ([UNIT], f"{ID},2024-10-30,yes,no,yes", "not stable"),
        ([UNIT], f"{ID},2024-10-30,yes,,yes", "stability not confirmed"),
        ([UNIT], f"{ID},2024-10-30,yes,yes,no", "transport not booked"),
        ([UNIT], f"{ID},2024-11-02,yes,yes,yes", "sample from Tue 29 Oct on"),
    ],
)
def test_go_takes_unit_sample_crossmatch_stability_and_transport(lines, confirmed, lacking):
    row = evening(lines, confirmed).iloc[0]
    assert (row["lacking"], row["is_go"]) == (lacking, lacking == "")


def test_a_question_that_a_list_of_calls_does_not_ask_is_not_answered():
    given = read_confirmations(f"patient_id,is_stable\n{ID},yes\n")
    assert given.loc[0].isna().tolist() == [name not in {"patient_id", "is_stable"} for name in given]


def test_without_home_visits_the_list_is_empty():
    rows = go_no_go(empty(SLOTS), DAY.worklist, allocations(), as_of=AS_OF)
    assert rows.empty
    assert "No home visit is planned" in go_no_go_html(DAY.header, rows)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("patient,is_stable\np_1,yes\n", "the column patient_id is missing"),
        ("patient_id,sample_taken_on,is_stable,has_transport,note\n", "the column note is unknown"),
        ("patient_id,sample_taken_on,is_stable,has_transport\np_1,31.10.2024,maybe,yes\n", "line 2: is_stable 'maybe'"),
        ("patient_id,sample_taken_on,is_stable,has_transport\np_1,,,\np_1,,,\n", "line 3: the patient occurs again"),
    ],
)
def test_confirmations_that_cannot_be_read_are_refused_without_naming_anybody(text, words):
    with pytest.raises(InputError, match=words) as caught:
        read_confirmations(text)
    assert "p_1" not in str(caught.value)


def test_the_routing_page_shows_every_patient_once_home_first():
    page = routing_html(DAY)
    assert [page.count(f">{name}<") for name in DAY.routes["patient_id"]] == [1] * len(DAY.routes)
    assert page.index("Home: 22 patients of 130") < page.index("Clinic: ")


def test_the_capacity_board_shows_shares_overflow_and_ways_to_choose():
    page = capacity_html(DAY)
    overflow = DAY.slots[DAY.slots["slot_on"].isna()]
    assert f"Overflow: {len(overflow)} visits without a chair" in page
    assert all(name in page for name in overflow["patient_id"])
    assert page.index("Program (optimum, floors kept)") < page.index("Greedy by score per nurse hour")
    assert "No capacity is on record" in capacity_html(replace(DAY, capacity=DAY.capacity.head(0)))


def study(days=14):
    routing = replace(RULES.routing, planning_days=days)
    profiles = conform(
        planted(40)[0].assign(days_since_transfusion=9.0, has_carer=[None, *[True] * 39]), OUTPATIENT_PROFILES
    )
    segments = profiles[["patient_id"]].assign(segment=1, membership_share=1.0, margin_share=1.0, is_ambiguous=False)
    need = profiles[["patient_id"]].assign(haemoglobin_age_hours=9.0, expected_8d_units=np.nan)
    known = assess(profiles, segments, need, DAY.open_requests.head(0), routing, as_of=AS_OF)
    steps = frontier(known.candidates, known.visits, (0.5, 2.0), routing, as_of=AS_OF)
    cut_at = datetime(2024, 10, 31, 8, tzinfo=UTC)
    return HomeStudy(AS_OF, cut_at, RULES, days, funnel(known.gates), 40, steps, known.visits, int(known.is_open.sum()))


def test_a_study_counts_who_qualifies_and_more_nurses_never_bring_less():
    found = study()
    assert found.qualified == 39
    assert found.funnel.set_index("gate").loc["second adult", ["unknown_patients", "alone_patients"]].tolist() == [1, 1]
    sizes, ways = found.sizes(), found.ways()
    assert sizes["clinic_visits_saved"].is_monotonic_increasing
    free = found.frontier[found.frontier["rule"] == "program without floors"].set_index("nurses")["points"]
    for name in LINES:
        assert (ways.set_index("nurses")[name] <= free + 1e-6).all()
    assert sizes["most_reactions"].tolist() == pytest.approx((sizes["home_visits"] * 2.68 / 100).tolist())


def test_the_page_of_a_study_names_every_gate_and_nobody():
    found = study()
    page = plan_home_html(found)
    assert all(gate.sentence in unescape(page) for gate in GATES)
    assert "p_00" not in page
    assert str(frontier_picture(found)) in page
    assert plan_home_html(study()) == page


@pytest.mark.parametrize(("nurses", "working"), [(0.5, [0, 1, 0, 1, 0, 1]), (1.5, [1, 2, 1, 2, 1, 2]), (2, [2] * 6)])
def test_part_of_a_nurse_works_whole_days(nurses, working):
    routing = replace(RULES.routing, planning_days=8)
    rows = capacity_of(nurses, routing, date(2024, 10, 31))
    assert (rows["available_minutes"] / 480).tolist() == working
    assert rows["capacity_on"].dt.weekday.max() < 5


def test_floors_keep_the_far_zone_from_being_emptied():
    travel = [50.0] * 10 + [10.0] * 10
    profiles = planted(20)[0].assign(travel_minutes=travel, days_since_transfusion=30.0, mean_interval_days=30.0)
    profiles = conform(profiles.assign(frailty_score=7), OUTPATIENT_PROFILES)
    segments = profiles[["patient_id"]].assign(segment=1, membership_share=1.0, margin_share=1.0, is_ambiguous=False)
    need = profiles[["patient_id"]].assign(haemoglobin_age_hours=9.0, expected_8d_units=1.0)
    capacity = capacity_of(1, RULES.routing, AS_OF)

    def far(percent):
        routing = replace(RULES.routing, equity_floor_percent=percent, weight_travel=0.0001)
        known = assess(profiles, segments, need, DAY.open_requests.head(0), routing, as_of=AS_OF)
        plan = plan_slots(known.candidates, known.visits, capacity, NOBODY_ELSE, routing, as_of=AS_OF)
        return plan.home_rules.set_index("rule").loc["program", "far_share"]

    assert far(80) >= 0.25 > far(0)
