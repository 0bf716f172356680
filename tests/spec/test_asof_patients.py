"""What is known of patients: tiny tables in, the answer out."""

import pandas as pd
import pytest

from hemoflow.domain.errors import UsageError
from tests.spec.asof_world import CUT, World, at


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def features(world, cut=CUT, zone="UTC"):
    with world.view(cut, zone) as view:
        return view.need_features().set_index("patient_id")


def test_under_care_is_an_open_stay_or_the_chronic_programme(world):
    for name, programme in [("in", "inpatient"), ("gone", "inpatient"), ("clinic", "chronic"), ("once", "background")]:
        world.add("patients", patient_id=name, programme=programme)
    world.add("patients", patient_id="unheard", programme="chronic", available_at=at("2024-10-31 08:01"))
    world.add("encounters", patient_id="in", started_at=at("2024-10-30 08:00"), ended_at=at("2024-10-31 08:01"))
    world.add("encounters", patient_id="gone", started_at=at("2024-10-29 08:00"), ended_at=at("2024-10-31 08:00"))
    world.add("encounters", patient_id="once", care_setting="OUTPATIENT", started_at=at("2024-10-31 07:00"))
    seen = features(world)
    assert list(seen.index) == ["clinic", "in"]
    assert list(seen["care_setting"]) == ["OUTPATIENT", "INPATIENT"]
    assert seen.loc["in", "stay_hours"] == 24
    assert pd.isna(seen.loc["clinic", "stay_hours"])


def test_the_site_is_that_of_the_latest_open_stay(world):
    world.add("patients", patient_id="p", site_id="CLINIC", programme="chronic")
    world.add("encounters", site_id="OLD", started_at=at("2024-10-20 10:00"))
    world.add("encounters", site_id="NEW", started_at=at("2024-10-30 10:00"))
    assert features(world).loc["p", "site_id"] == "NEW"


def test_haemoglobin_by_arrival_not_by_sampling(world):
    world.add("patients", patient_id="p", programme="chronic")
    world.add("labs", value=9.0, taken_at=at("2024-10-29 08:00"))
    world.add("labs", value=8.0, taken_at=at("2024-10-30 08:00"), available_at=at("2024-10-30 10:00"))
    world.add("labs", value=5.0, taken_at=at("2024-10-31 07:00"), available_at=at("2024-10-31 08:30"))
    world.add("labs", value=12.0, taken_at=at("2024-10-20 08:00"))
    world.add("labs", value=30.0, taken_at=at("2023-10-20 08:00"))
    seen = features(world).loc["p"]
    assert (seen["haemoglobin_g_per_dl"], seen["haemoglobin_age_hours"]) == (8.0, 24.0)
    assert (seen["haemoglobin_before_g_per_dl"], seen["haemoglobin_min_7d_g_per_dl"]) == (9.0, 8.0)
    assert seen["haemoglobin_slope_g_per_dl_day"] == -1.0
    assert seen["haemoglobin_sd_28d_g_per_dl"] == pytest.approx(pd.Series([9.0, 8.0, 12.0]).std(), abs=1e-6)
    assert seen["labs_24h"] == 0, "exactly 24 hours is not within 24 hours"


def test_a_slope_needs_two_instants(world):
    world.add("patients", patient_id="p", programme="chronic")
    world.add("labs", value=9.0, taken_at=at("2024-10-31 07:00")).add(
        "labs", value=8.0, taken_at=at("2024-10-31 07:00")
    )
    seen = features(world).loc["p"]
    assert pd.isna(seen["haemoglobin_slope_g_per_dl_day"])
    assert seen["haemoglobin_g_per_dl"] == 8.0, "of two results of one instant the later record counts"
    assert seen["labs_24h"] == 2


def test_other_analytes_and_units(world):
    world.add("patients", patient_id="p", programme="chronic", sex="M", birth_year=1950)
    for code, value in [("haematocrit", 24.0), ("platelets", 90.0), ("inr", 1.4), ("creatinine", 1.1)]:
        world.add("labs", code=code, value=value, taken_at=at("2024-10-30 08:00"))
    world.add("labs", code="ferritin", value=300.0, taken_at=at("2024-10-01")).add(
        "labs", code="mcv", value=95.0, taken_at=at("2024-10-01")
    )
    seen = features(world).loc["p"]
    names = ["haematocrit_share", "platelets_10e9_per_l", "inr", "creatinine_mg_per_dl", "ferritin_ng_per_ml", "mcv_fl"]
    assert list(seen[names]) == [0.24, 90.0, 1.4, 1.1, 300.0, 95.0]
    assert pd.isna(seen["haemoglobin_g_per_dl"])
    assert (seen["is_female"], seen["age_years"]) == (0.0, 73.0), "the least age that 1950 allows"


def test_transfusions_and_their_rhythm(world):
    world.add("patients", patient_id="p", programme="chronic")
    for day, units in [("2024-05-01", 9), ("2024-09-30", 2), ("2024-10-10", 1), ("2024-10-10", 1), ("2024-10-24", 2)]:
        world.add("transfusions", given_units=units, started_at=at(f"{day} 10:00"))
    world.add("transfusions", component="platelets", given_units=5, started_at=at("2024-10-30 10:00"))
    world.add("transfusions", given_units=4, started_at=at("2024-10-30 10:00"), available_at=at("2024-11-01"))
    seen = features(world).loc["p"]
    windows = [f"transfused_{span}_units" for span in ("24h", "7d", "28d", "84d")]
    assert list(seen[windows]) == [0, 2, 4, 6]
    assert seen["transfusion_age_hours"] == 6 * 24 + 22
    assert seen["last_interval_days"] == 14
    assert seen["mean_interval_days"] == 12, "the interval that begins before the 84 days does not count"


def test_requests_asked_for_and_not_withdrawn(world):
    world.add("patients", patient_id="p", programme="chronic")
    world.add("requests", requested_units=2, requested_at=at("2024-10-31 07:00"))
    world.add("requests", requested_units=3, requested_at=at("2024-10-28 07:00"), cancelled_at=at("2024-10-31 08:01"))
    world.add("requests", requested_units=5, requested_at=at("2024-10-28 07:00"), cancelled_at=at("2024-10-31 07:59"))
    world.add("requests", requested_units=7, requested_at=at("2024-10-20 07:00"))
    seen = features(world).loc["p"]
    assert (seen["requested_24h_units"], seen["requested_7d_units"]) == (2, 5)


def test_drugs_by_when_they_ran(world):
    world.add("patients", patient_id="p", programme="chronic")
    world.add("drugs", started_at=at("2024-10-01"), ended_at=at("2024-10-20"))
    world.add("drugs", drug_class="anticoagulant", started_at=at("2024-10-01"), ended_at=at("2024-12-01"))
    world.add("drugs", drug_class="iron", started_at=at("2024-10-01"), ended_at=at("2024-10-10"))
    world.add("drugs", drug_class="esa", started_at=at("2024-08-01"), ended_at=at("2024-09-10"))
    seen = features(world).loc["p"]
    assert list(seen[["chemotherapy_7d", "anticoagulant_7d", "iron_28d", "esa_28d"]]) == [0, 1, 1, 0]


def test_points_are_the_daily_cuts_of_a_stay_and_every_third_day_of_an_outpatient(world):
    world.add("patients", patient_id="in").add(
        "patients", patient_id="clinic", programme="chronic", available_at=at("2024-10-20")
    )
    world.add("encounters", patient_id="in", started_at=at("2024-10-25 08:00"), ended_at=at("2024-10-28 08:00"))
    with world.view() as view:
        points = view.training_points(8)
    stay, visits = (points.loc[points["patient_id"] == name, "cut_at"] for name in ("in", "clinic"))
    assert list(stay) == [at(f"2024-10-{day} 08:00") for day in (25, 26, 27)]
    assert list(visits) == [at(f"2024-10-{day} 08:00") for day in (20, 23, 26, 29)]


def test_points_keep_the_local_hour_when_clocks_change(world):
    world.add("patients", patient_id="in").add("encounters", patient_id="in", started_at=at("2024-10-26 00:00"))
    with world.view(at("2024-10-29 00:00"), "Europe/Rome") as view:
        points = view.training_points(8)
    assert [cut.hour for cut in points["cut_at"]] == [6, 7, 7]


def test_labels_count_new_need_day_by_day(world):
    world.add("patients", patient_id="p", programme="chronic")
    world.add("requests", requested_units=9, requested_at=at("2024-10-01 08:00"))  # the point itself is not after it
    world.add("requests", requested_units=2, requested_at=at("2024-10-02 08:00"))  # the end of day 1 belongs to it
    world.add("transfusions", given_units=2, started_at=at("2024-10-03 10:00"))  # asked for before
    world.add("requests", requested_units=4, requested_at=at("2024-10-04 10:00"), cancelled_at=at("2024-10-04 12:00"))
    world.add("patients", patient_id="q", programme="chronic")
    world.add("transfusions", patient_id="q", given_units=3, started_at=at("2024-10-03 10:00"))  # never asked for
    world.add("transfusions", patient_id="q", given_units=1, started_at=at("2024-10-05 08:01"))  # day 5
    points = pd.DataFrame({"patient_id": ["p", "q"], "cut_at": [at("2024-10-01 08:00")] * 2})
    with world.view() as view:
        labels = view.need_labels(points, 4)
    assert labels["units"].tolist() == [2, 0, 0, 0, 0, 0, 3, 0]
    assert labels["has_event"].tolist() == [True, False, True, True, False, False, True, False]
    assert labels["day_number"].tolist() == [1, 2, 3, 4] * 2


def test_labels_only_when_the_whole_horizon_is_past(world):
    world.add("patients", patient_id="p", programme="chronic")
    world.add("requests", requested_at=at("2024-10-24 08:00"))
    points = pd.DataFrame({"patient_id": "p", "cut_at": [at("2024-10-23 08:00"), at("2024-10-23 08:01")]})
    with world.view() as view:
        labels = view.need_labels(points, 8)
    assert labels["cut_at"].unique().tolist() == [at("2024-10-23 08:00")]


def test_a_point_knows_nothing_that_arrived_after_it(world):
    point, late = at("2024-10-20 08:00"), {"available_at": at("2024-10-20 08:01")}
    before = at("2024-10-19 08:00")
    world.add("patients", patient_id="p", programme="chronic").add("patients", patient_id="new", **late)
    world.add("labs", value=7.0, taken_at=before, **late)
    world.add("transfusions", started_at=before, **late).add("drugs", started_at=before, **late)
    world.add("requests", requested_at=before, **late).add("encounters", started_at=before, **late)
    points = pd.DataFrame({"patient_id": ["p", "new"], "cut_at": [point, point]})
    with world.view() as view:
        (seen,) = view.need_features(points).to_dict("records")
        (now,) = view.need_features().to_dict("records")
    names = ["haemoglobin_g_per_dl", "transfused_7d_units", "chemotherapy_7d", "requested_7d_units", "stay_hours"]
    assert [seen[name] for name in names] == pytest.approx([float("nan"), 0, 0, 0, float("nan")], nan_ok=True)
    assert (now["haemoglobin_g_per_dl"], now["transfused_28d_units"], now["care_setting"]) == (7.0, 1, "INPATIENT")


def test_nothing_older_than_a_year_counts(world):
    world.add("patients", patient_id="p", programme="chronic")
    world.add("labs", value=7.0, taken_at=CUT - pd.Timedelta(days=365))
    world.add("transfusions", started_at=CUT - pd.Timedelta(days=365))
    seen = features(world).loc["p"]
    assert pd.isna(seen["haemoglobin_g_per_dl"])
    assert pd.isna(seen["transfusion_age_hours"])


def test_a_point_after_the_cut_is_refused(world):
    points = pd.DataFrame({"patient_id": ["p"], "cut_at": [CUT + pd.Timedelta(minutes=1)]})
    with world.view() as view, pytest.raises(UsageError, match="lies after the cut"):
        view.need_features(points)


def test_outpatient_profile(world):
    world.add("patients", patient_id="p", programme="chronic", travel_minutes=40.0, has_home_consent=True)
    world.add("patients", patient_id="in")
    world.add("encounters", patient_id="in", started_at=at("2024-10-30 08:00"))
    for day, units in [("2024-05-01", 9), ("2024-09-30", 2), ("2024-10-10", 1), ("2024-10-24", 3)]:
        world.add("transfusions", given_units=units, started_at=at(f"{day} 08:00"))
    world.add("encounters", started_at=at("2024-10-01"), ended_at=at("2024-10-02"))
    world.add("encounters", care_setting="EMERGENCY", started_at=at("2024-10-03"), ended_at=at("2024-10-03 09:00"))
    world.add("encounters", care_setting="OUTPATIENT", started_at=at("2024-10-04"))
    world.add("encounters", started_at=at("2024-07-01"), ended_at=at("2024-07-02"))
    world.add("requests", urgency=1, requested_at=at("2024-10-30 08:00"))
    with world.view() as view:
        (seen,) = view.outpatient_profiles().to_dict("records")
    assert (seen["transfusion_episodes"], seen["transfused_84d_units"], seen["units_per_episode"]) == (4, 6, 2)
    assert (seen["mean_interval_days"], seen["days_since_transfusion"]) == (12, 7)
    assert seen["interval_variation"] == pytest.approx(pd.Series([10, 14]).std() / 12, abs=1e-6)
    assert (seen["stays_84d"], seen["has_open_urgent_request"], seen["has_home_consent"]) == (2, True, True)
    assert pd.isna(seen["has_carer"]), "unknown stays unknown"
