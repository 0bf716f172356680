"""The supply status of a patient, case by case, and the order in which the list is read."""

import pandas as pd
import pytest

from hemoflow.reports.worklist import REFUSED, most_urgent_first, worklist
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.need import NEED
from hemoflow.schemas.routing import DEFERRALS, ROUTES
from hemoflow.schemas.supply import ALLOCATIONS, OPEN_REQUESTS, PLAN_DAYS
from tests.browser.sample import TODAY, make_day, make_need, make_requests, make_routes, np

PLAN = make_day().plan_days


def one_patient():
    rng = np.random.default_rng(0)
    need = make_need(rng, inpatients=0, outpatients=1)
    return need, make_routes(need, rng, home=1, hospital=0)


def asked(units):
    request = make_requests(np.random.default_rng(0), count=1)
    return request.assign(open_units=pd.array([units], dtype="Int64"))


def lines(*kinds):
    rows = [
        {
            "request_id": "req_0000000000000000", "line_number": i, "patient_id": "p_0000000000000000",
            "site_id": "HOSP-1", "patient_blood_group": "O+", "urgency": 0, "shortage_tier": 1, "due_on": TODAY,
            "unit_id": f"u{i}" if kind == "sample_needed" else None, "unit_blood_group": None, "outdate_on": None,
            "days_left": None, "match_class": "identical", "status": kind, "reason": "why", "alternative_1": None,
            "alternative_2": None,
        }
        for i, kind in enumerate(kinds, start=1)
    ]  # fmt: skip
    return conform(pd.DataFrame(rows, columns=list(ALLOCATIONS.columns)), ALLOCATIONS)


@pytest.mark.parametrize(
    ("units", "kinds", "expected"),
    [
        (0, [], "no request"),
        (2, ["sample_needed", "sample_needed"], "unit proposed"),
        (3, ["sample_needed", "sample_needed"], "partly proposed"),
        (2, ["sample_needed", "order_external"], "partly proposed"),
        (1, ["order_external"], "order external"),
        (2, ["review", "order_external"], "order external"),
        (1, ["review"], "needs review"),
        (1, [], "later in plan"),
    ],
)
def test_supply_status_of_open_requests(units, kinds, expected):
    need, routes = one_patient()
    requests = asked(units) if units else empty(OPEN_REQUESTS)
    row = worklist(need, routes, requests, lines(*kinds), PLAN).iloc[0]
    assert (row["supply_status"], row["open_units"]) == (expected, units)


def test_without_a_plan_nothing_is_promised():
    need, routes = one_patient()
    assert worklist(need, routes, asked(1), lines(), empty(PLAN_DAYS)).iloc[0]["supply_status"] == "no plan"


def test_a_line_that_waits_for_a_person_marks_the_patient():
    need, routes = one_patient()
    assert not routes["needs_review"].any()
    assert worklist(need, routes, asked(1), lines("review"), PLAN).iloc[0]["needs_review"]


def test_inpatients_have_no_place_and_everyone_under_care_is_listed():
    rng = np.random.default_rng(0)
    need = make_need(rng, inpatients=2, outpatients=3)
    frame = worklist(need, make_routes(need, rng, home=1, hospital=1), empty(OPEN_REQUESTS), lines(), PLAN)
    assert frame["patient_id"].tolist() == sorted(need["patient_id"])
    assert frame.loc[frame["care_setting"] == "INPATIENT", "route"].isna().all()
    assert frame.loc[frame["care_setting"] == "OUTPATIENT", "reason"].str.contains("Place: ").all()
    assert not frame.loc[frame["care_setting"] == "INPATIENT", "needs_review"].any()


def test_nobody_under_care_gives_an_empty_list():
    assert worklist(empty(NEED), empty(ROUTES), asked(1), lines(), PLAN).empty


def test_open_requests_come_before_probable_ones():
    found = make_day().worklist
    ordered = most_urgent_first(found)
    n_open = int((found["open_units"] > 0).sum())
    assert 0 < n_open < len(found)
    assert (ordered["open_units"].head(n_open) > 0).all()
    for part in (ordered.head(n_open), ordered.tail(-n_open)):
        assert part["request_24h_probability"].is_monotonic_decreasing


def test_a_refusal_stands_before_all_else_and_the_need_stays_as_it_is():
    need, routes = one_patient()
    told = need.assign(is_transfusion_refused=pd.array([True], dtype="boolean"))
    plain, row = (worklist(frame, routes, asked(1), lines(), PLAN).iloc[0] for frame in (need, told))
    assert row["needs_review"]
    assert row["reason"] == f"{REFUSED}{plain['reason']}"
    assert not plain["needs_review"]
    same = ["request_24h_probability", "expected_8d_units", "open_units", "supply_status", "route"]
    assert row[same].equals(plain[same])


@pytest.mark.parametrize(
    ("lifted_by", "words", "asks"),
    [
        ("", "Deferred from Wed 30 Oct: patient asked; to Sat 2 Nov. ", False),
        (
            "a very urgent request is never deferred",
            "NO LONGER DEFERRED from Wed 30 Oct: patient asked; a very urgent request is never deferred. ",
            True,
        ),
    ],
)
def test_a_deferred_visit_says_from_when_and_why_and_one_that_may_not_wait_asks_for_review(lifted_by, words, asks):
    need, routes = one_patient()
    told = {
        "patient_id": need["patient_id"], "from_on": pd.Timestamp("2024-10-30"), "until_on": pd.Timestamp("2024-11-02"),
        "cause": "patient asked", "clinician": None, "lifted_by": lifted_by,
    }  # fmt: skip
    deferrals = conform(pd.DataFrame(told), DEFERRALS)
    plain = worklist(need, routes, asked(1), lines(), PLAN).iloc[0]
    row = worklist(need, routes, asked(1), lines(), PLAN, deferrals=deferrals).iloc[0]
    assert (row["reason"], row["needs_review"]) == (words + plain["reason"], asks)
    rest = plain.index.difference(["reason", "needs_review"])
    assert row[rest].equals(plain[rest])
